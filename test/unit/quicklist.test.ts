import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { BlockMover } from "#src/storage/block-mover.js";
import { ListCursor } from "#src/storage/list-cursor.js";
import { Listpack } from "#src/storage/listpack.js";
import { countValidEntries } from "#src/storage/listpack-check.js";
import { decompressLzf } from "#src/storage/lzf.js";
import { Quicklist } from "#src/storage/quicklist.js";
import { exceedsLimit } from "#src/storage/quicklist-limits.js";
import { Random } from "../support/random.js";

const checks = new ArenaChecks();
const arena = new Arena({ checks });
const listpacks = new Listpack(arena);
const quicklists = new Quicklist(arena, listpacks);
const { nodes } = quicklists;
const cursor = new ListCursor();

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function elementAt(at: ListCursor): Buffer {
  if (at.isLarge) {
    const start = arena.offset(at.data);
    return Buffer.from(arena.window(at.data).bytes.subarray(start, start + nodes.largeBytes(at.node)));
  }
  listpacks.locate(at.data, at.position);
  const { view, start, length } = listpacks;
  return Buffer.from(new Uint8Array(view.buffer, view.byteOffset + start, length));
}

function forward(root: number): string[] {
  const words: string[] = [];
  for (quicklists.seek(root, 0, cursor); !cursor.isAtEnd; quicklists.next(cursor)) {
    words.push(elementAt(cursor).toString("hex"));
  }
  return words;
}

function backward(root: number): string[] {
  const words: string[] = [];
  for (quicklists.seek(root, -1, cursor); !cursor.isAtEnd; quicklists.previous(cursor)) {
    words.push(elementAt(cursor).toString("hex"));
  }
  return words.reverse();
}

/** How many compressed nodes assertSound has met. */
let compressed = 0;

/** The listpack of a node, compressed or not. */
function readNode(node: number): Uint8Array {
  const data = nodes.data(node);
  const start = arena.offset(data);
  const size = nodes.compressedBytes(node);
  const { bytes } = arena.window(data);
  if (size === 0) return bytes.subarray(start, start + listpacks.byteLength(data));
  const raw = new Uint8Array(nodes.rawBytes(node));
  assert.ok(decompressLzf(bytes, start, start + size, raw));
  return raw;
}

function isFarFromEnds(root: number, node: number): boolean {
  const steps = (move: (at: number) => number): number => {
    let count = 0;
    for (let at = node; at !== 0; at = move(at)) count++;
    return count;
  };
  const depth = nodes.compressDepth(root);
  return depth > 0 && steps((at) => nodes.next(at)) > depth && steps((at) => nodes.previous(at)) > depth;
}

/** Checks every link and count, and that no node of several entries is past what its fill allowed at an insertion. */
function assertSound(root: number, where: string): void {
  let count = 0;
  let length = 0;
  let previous = 0;
  for (let node = nodes.first(root); node !== 0; node = nodes.next(node)) {
    assert.equal(nodes.previous(node), previous, where);
    previous = node;
    length++;
    count += nodes.entries(node);
    const isCompressed = nodes.compressedBytes(node) > 0;
    if (isCompressed) compressed++;
    assert.ok(!isCompressed || isFarFromEnds(root, node), where);
    if (nodes.isLarge(node)) continue;
    const bytes = readNode(node);
    assert.equal(countValidEntries(bytes, 0, bytes.length), nodes.entries(node), where);
    assert.ok(nodes.entries(node) > 0, where);
  }
  assert.equal(nodes.last(root), previous, where);
  assert.equal(nodes.count(root), count, where);
  assert.equal(nodes.nodeCount(root), length, where);
}

function pickWord(random: Random): Buffer {
  if (random.oneIn(5)) return Buffer.from("again and ".repeat(random.int(1, 120)));
  if (random.oneIn(12)) return random.bytes(random.int(3000, 9000));
  return random.oneIn(3) ? Buffer.from(random.integerLike(), "latin1") : random.value(400);
}

for (const [fill, threshold, depth] of [-2, -1, 1, 4, 100].flatMap((fill) =>
  [0, 200].flatMap((threshold) => [0, 1, 3].map((depth) => [fill, threshold, depth] as const)),
)) {
  test(`random changes keep a quicklist of fill ${fill} and compress depth ${depth} equal to its model, elements large from ${threshold} on`, () => {
    const seed = (Math.random() * 2 ** 31) | 0;
    const random = new Random(seed);
    quicklists.packedThreshold = threshold;
    const root = quicklists.create(fill, depth);
    const model: Buffer[] = [];
    compressed = 0;
    for (let step = 0; step < 1200; step++) {
      const where = `seed ${seed}, step ${step}`;
      const word = pickWord(random);
      const view = viewOf(word);
      const index = random.int(0, Math.max(0, model.length - 1));
      const action = model.length === 0 ? 0 : random.int(0, model.length > 150 ? 9 : 6);
      if (action <= 1) {
        const atHead = random.oneIn(2);
        quicklists.push(root, view, 0, word.length, atHead);
        if (atHead) model.unshift(word);
        else model.push(word);
      } else if (action <= 3) {
        const after = random.oneIn(2);
        quicklists.seek(root, random.oneIn(2) ? index : index - model.length, cursor);
        quicklists.insert(cursor, view, 0, word.length, after);
        model.splice(after ? index + 1 : index, 0, word);
      } else if (action === 4) {
        quicklists.seek(root, index, cursor);
        quicklists.replace(cursor, view, 0, word.length);
        model[index] = word;
      } else if (action === 5) {
        const isBackward = random.oneIn(2);
        quicklists.seek(root, index, cursor);
        quicklists.delete(cursor, isBackward);
        model.splice(index, 1);
        const at = isBackward ? index - 1 : index;
        assert.equal(cursor.isAtEnd, model[at] === undefined, where);
        if (!cursor.isAtEnd) assert.deepEqual(elementAt(cursor), model[at], where);
      } else if (action === 6) {
        quicklists.seek(root, index, cursor);
        assert.deepEqual(elementAt(cursor), model[index], where);
        const wanted = random.oneIn(2) ? (model[random.int(0, model.length - 1)] ?? word) : word;
        listpacks.setNeedle(viewOf(wanted), 0, wanted.length);
        assert.equal(quicklists.matches(cursor), model[index]?.equals(wanted), where);
      } else {
        const count = Math.min(random.int(0, 30), model.length - index);
        quicklists.deleteRange(root, index, count, cursor);
        model.splice(index, count);
      }
      if (step % 20 > 0) continue;
      assertSound(root, where);
      const expected = model.map((element) => element.toString("hex"));
      assert.deepEqual(forward(root), expected, where);
      assert.deepEqual(backward(root), expected, where);
    }
    const copy = quicklists.copy(root);
    assert.deepEqual(forward(copy), forward(root));
    assertSound(copy, `the copy, seed ${seed}`);
    quicklists.free(root);
    quicklists.free(copy);
    checks.verify(arena);
    assert.equal(arena.usedBytes, 0);
    assert.equal(compressed > 0, depth > 0, "nodes were compressed");
  });
}

for (const [fill, depth] of [-2, -1, 4, 100].flatMap((fill) => [0, 1].map((depth) => [fill, depth] as const))) {
  test(`a quicklist of fill ${fill} and compress depth ${depth} is a queue at both ends, whatever reads it meanwhile`, () => {
    const seed = (Math.random() * 2 ** 31) | 0;
    const random = new Random(seed);
    quicklists.packedThreshold = 0;
    const root = quicklists.create(fill, depth);
    const model: Buffer[] = [];
    for (let step = 0; step < 12_000; step++) {
      const where = `seed ${seed}, step ${step}`;
      // Long stretches of one kind: gaps open, are used up, and close.
      const [grows, atHead] = [step % 3000 < 1800, step % 700 < 500];
      if (model.length === 0 || random.oneIn(grows ? 4 : 3) !== grows) {
        const word = random.oneIn(40) ? pickWord(random) : random.value(90);
        quicklists.push(root, viewOf(word), 0, word.length, atHead);
        if (atHead) model.unshift(word);
        else model.push(word);
      } else {
        const fromHead = random.oneIn(5) !== atHead;
        quicklists.seekEnd(root, fromHead, cursor);
        assert.deepEqual(elementAt(cursor), fromHead ? model.shift() : model.pop(), where);
        quicklists.drop(cursor);
      }
      if (random.oneIn(90) && model.length > 0) {
        const index = random.int(0, model.length - 1);
        quicklists.seek(root, index, cursor);
        assert.deepEqual(elementAt(cursor), model[index], where);
      }
      if (!random.oneIn(400)) continue;
      assertSound(root, where);
      assert.deepEqual(
        forward(root),
        model.map((element) => element.toString("hex")),
        where,
      );
      checks.verify(arena);
    }
    const copy = quicklists.copy(root);
    assert.deepEqual(
      forward(copy),
      model.map((element) => element.toString("hex")),
    );
    quicklists.free(root);
    quicklists.free(copy);
    assert.equal(arena.usedBytes, 0);
  });
}

test("elements that LPUSH and LPOP leave alone stay where they are", () => {
  const root = quicklists.create(-2, 0);
  const word = Buffer.from("an element");
  for (let i = 0; i < 2000; i++) quicklists.push(root, viewOf(word), 0, word.length, true);
  const node = nodes.first(root);
  assert.ok(nodes.gap(node) > 0, "the first node has room in front");
  const before = nodes.gap(node);
  quicklists.seekEnd(root, true, cursor);
  const { data, position } = cursor;
  quicklists.push(root, viewOf(word), 0, word.length, true);
  quicklists.seekEnd(root, true, cursor);
  assert.deepEqual([cursor.data, cursor.position < position], [data, true]);
  quicklists.drop(cursor);
  assert.equal(nodes.gap(node), before);
  assert.equal(nodes.data(node), data);
  assert.equal(nodes.gap(node), 0, "whoever asks for the listpack gets one without a gap");
  quicklists.free(root);
  assert.equal(arena.usedBytes, 0);
});

test("nodes fill up to the limit, and an index past the ends is at the end", () => {
  quicklists.packedThreshold = 0;
  const root = quicklists.create(-2, 0);
  const word = Buffer.from("0123456789");
  for (let i = 0; i < 5000; i++) quicklists.push(root, viewOf(word), 0, word.length, false);
  assert.equal(exceedsLimit(-2, 8192, 1), false);
  assert.ok(nodes.nodeCount(root) <= 9, `${nodes.nodeCount(root)} nodes for 60,000 bytes`);
  for (const index of [5000, -5001]) {
    quicklists.seek(root, index, cursor);
    assert.ok(cursor.isAtEnd);
  }
  assert.equal(quicklists.freeSlice(root, 3), false, "three nodes do not make the whole list");
  assert.equal(quicklists.freeSlice(root, 100), true);
  assert.equal(arena.usedBytes, 0);
});

test("nodes move a few at a time, and the place in between survives that its node goes", () => {
  const mover = new BlockMover(arena);
  arena.relocatesAll = true;
  const push = (root: number, i: number): void => {
    const bytes = Buffer.from(`element ${i}`);
    quicklists.push(root, viewOf(bytes), 0, bytes.length, false);
  };
  let root = quicklists.create(4, 0);
  for (let i = 0; i < 400; i++) push(root, i);
  const words = forward(root);
  root = quicklists.moveRoot(root, mover);
  assert.equal(quicklists.moveNodes(root, true, 10, mover), false);
  // The nodes from the ninth to the twentieth: the next one to move, 11, is among them.
  quicklists.deleteRange(root, 32, 48, cursor);
  words.splice(32, 48);
  const hits = mover.hits;
  assert.equal(quicklists.moveNodes(root, false, 1000, mover), true);
  assert.equal(mover.hits - hits, 2 * 80, "80 nodes were left behind it, each with its listpack");
  assert.deepEqual(forward(root), words);
  assert.deepEqual(backward(root), words);
  assert.equal(quicklists.moveNodes(root, true, 10, mover), false);
  quicklists.free(root);
  assert.equal(nodes.bookmark, 0, "a list that is gone leaves no place behind");
  const other = quicklists.create(4, 0);
  push(other, 1);
  assert.equal(quicklists.moveNodes(other, false, 10, mover), true);
  quicklists.free(other);
  arena.relocatesAll = false;
});
