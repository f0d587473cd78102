import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, ArenaFullError, type Handle, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { ScoreTree, TreeCursor } from "#src/storage/score-tree.js";
import { LEAF_BYTES, ScoreTreeNodes } from "#src/storage/score-tree-layout.js";
import { Random } from "../support/random.js";
import { checkScoreTree } from "../support/structure/score-tree-check.js";

interface Entry {
  score: number;
  readonly member: Buffer;
  readonly record: Handle;
}

function order(a: Entry, b: Entry): number {
  return a.score < b.score ? -1 : a.score > b.score ? 1 : Buffer.compare(a.member, b.member);
}

/** A tree beside a sorted array that says what it must hold. */
class Model {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly tree = new ScoreTree(this.arena);
  readonly nodes = new ScoreTreeNodes(this.arena);
  readonly cursor = new TreeCursor();
  readonly root = this.tree.create();
  entries: Entry[] = [];

  /** A record that is in no tree yet. */
  makeEntry(score: number, member: Buffer): Entry {
    const long = member.length > 254 ? 4 : 0;
    const record = this.arena.alloc(9 + long + member.length);
    const { bytes, view } = this.arena.window(record);
    const at = this.arena.offset(record);
    bytes[at] = long > 0 ? 255 : member.length;
    view.setFloat64(at + 1, score, true);
    if (long > 0) view.setUint32(at + 9, member.length, true);
    bytes.set(member, at + 9 + long);
    return { score, member, record };
  }

  insert(score: number, member: Buffer | string): Entry {
    const entry = this.makeEntry(score, Buffer.from(member));
    this.tree.insert(this.root, entry.record);
    this.entries.splice(this.rankFor(entry), 0, entry);
    return entry;
  }

  append(score: number, member: string): void {
    const entry = this.makeEntry(score, Buffer.from(member));
    this.tree.append(this.root, entry.record);
    this.entries.push(entry);
  }

  removeAt(index: number): void {
    const [entry] = this.entries.splice(index, 1);
    assert.ok(entry);
    assert.equal(this.tree.remove(this.root, entry.record), index);
    this.arena.free(entry.record);
  }

  rescore(index: number, score: number): void {
    const [entry] = this.entries.splice(index, 1);
    assert.ok(entry);
    entry.score = score;
    this.tree.setScore(this.root, entry.record, score);
    this.entries.splice(this.rankFor(entry), 0, entry);
  }

  takeRange(from: number, count: number): void {
    let left = count;
    while (left > 0) {
      const taken = this.tree.takeRange(this.root, from, left);
      assert.ok(taken > 0 && taken <= left);
      const expected = this.entries.splice(from, taken).map(({ record }) => record);
      assert.deepEqual([...this.tree.taken.subarray(0, taken)], expected);
      for (const record of expected) this.arena.free(record);
      left -= taken;
    }
  }

  /** Where the entry is, or would be. */
  rankFor(entry: Entry): number {
    return countWhile(this.entries, (other) => order(other, entry) < 0);
  }

  verify(): void {
    const { records } = checkScoreTree(this.arena, this.root, "the tree");
    assert.deepEqual(
      records,
      this.entries.map(({ record }) => record),
    );
    this.checks.verify(this.arena);
  }

  destroy(): void {
    this.tree.destroy(this.root);
    for (const { record } of this.entries) this.arena.free(record);
    this.checks.verify(this.arena);
    assert.equal(this.arena.usedBytes, 0, "nothing is left in the arena");
  }
}

/** How many leading entries satisfy a predicate that no later one does. */
function countWhile(entries: readonly Entry[], holds: (entry: Entry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && holds(entry)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const SPECIAL_SCORES = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-320, Number.MAX_VALUE, 0.1, -1];

function makeScore(random: Random): number {
  if (random.oneIn(4)) return random.pick(SPECIAL_SCORES);
  if (random.oneIn(2)) return random.int(-20, 20);
  return (random.float() - 0.5) * 1e6;
}

function makeSeed(): number {
  return Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));
}

/** All records from the model's cursor on, as readAhead reads them. */
function readToEnd({ tree, cursor }: Model): [record: number, score: number][] {
  const found: [number, number][] = [];
  for (let count = tree.readAhead(cursor); count > 0; count = tree.readAhead(cursor)) {
    assert.ok(count <= tree.aheadRecords.length);
    for (let i = 0; i < count; i++) found.push([tree.aheadRecords[i] ?? NONE, tree.aheadScores[i] ?? Number.NaN]);
  }
  return found;
}

function verifyReads(model: Model, random: Random): void {
  const { tree, root, entries, cursor } = model;
  for (let i = 0; i < 200; i++) {
    const score = makeScore(random);
    assert.equal(
      tree.countBeforeScore(root, score, false),
      countWhile(entries, (entry) => entry.score < score),
    );
    const after = countWhile(entries, (entry) => entry.score <= score);
    assert.equal(tree.countBeforeScore(root, score, true), after);
    assert.equal(tree.seekScore(root, score, true, cursor), entries[after]?.record ?? NONE);
    assert.equal(tree.previous(cursor), entries[after - 1]?.record ?? NONE);
    if (i < 5) {
      tree.seekScore(root, score, false, cursor);
      const rest = entries.slice(countWhile(entries, (entry) => entry.score < score));
      assert.deepEqual(
        readToEnd(model),
        rest.map((entry) => [entry.record, entry.score]),
      );
    }
    if (entries.length === 0) continue;
    const rank = random.int(0, entries.length - 1);
    const record = entries[rank]?.record ?? NONE;
    assert.equal(tree.rankOf(root, record), rank);
    assert.equal(tree.seek(root, rank, cursor), record);
    for (let step = 1; step <= 3; step++) assert.equal(tree.next(cursor), entries[rank + step]?.record ?? NONE);
    assert.equal(tree.seek(root, rank, cursor), record);
    for (let step = 1; step <= 3; step++) {
      const expected = entries[rank - step]?.record ?? NONE;
      assert.equal(tree.previous(cursor), expected);
      if (expected === NONE) break;
    }
  }
}

test("a score tree holds what a sorted array holds through random growth and shrinking", () => {
  const seed = makeSeed();
  const random = new Random(seed);
  const model = new Model();
  try {
    for (let phase = 0; phase < 6; phase++) {
      const growing = phase % 2 === 0;
      // Two levels of inner nodes at the height of each growth, and none at the end of each decline.
      if (growing) for (let i = 0; i < 20_000; i++) model.insert(makeScore(random), `${phase}-${i}`);
      for (let i = 0; i < 9000; i++) {
        const { entries } = model;
        if (entries.length === 0 || random.oneIn(growing ? 2 : 6)) {
          model.insert(makeScore(random), `${random.oneIn(20) ? "m".repeat(300) : "m"}${phase}:${i}`);
        } else if (random.oneIn(2)) {
          model.rescore(random.int(0, entries.length - 1), makeScore(random));
        } else if (!growing) {
          const from = random.int(0, entries.length - 1);
          if (random.oneIn(40)) model.takeRange(from, random.int(1, Math.min(900, entries.length - from)));
          else model.removeAt(from);
        }
        if (i % 3000 === 0) model.verify();
      }
      model.verify();
      verifyReads(model, random);
    }
    model.takeRange(0, model.entries.length);
    model.verify();
    assert.equal(model.tree.treeBytes(model.root), LEAF_BYTES + 24, "an emptied tree is back to one leaf");
    model.destroy();
  } catch (error) {
    throw new Error(`TEST_SEED=${seed}`, { cause: error });
  }
});

test("members of one score are ordered by their bytes, and bounds of members are found", () => {
  const seed = makeSeed();
  const random = new Random(seed);
  const model = new Model();
  const names = new Set<string>();
  while (names.size < 5000) names.add(random.bytes(random.int(0, 6)).toString("latin1"));
  for (const name of names) model.insert(0, Buffer.from(name, "latin1"));
  model.verify();
  for (let i = 0; i < 500; i++) {
    const bound = random.oneIn(2) ? random.pick(model.entries).member : random.bytes(random.int(0, 6));
    const bytes = new Uint8Array(bound);
    const view = new DataView(bytes.buffer);
    const before = countWhile(model.entries, ({ member }) => Buffer.compare(member, bound) < 0);
    const notAfter = countWhile(model.entries, ({ member }) => Buffer.compare(member, bound) <= 0);
    const { tree, root } = model;
    assert.equal(tree.countBeforeMember(root, view, 0, bytes.length, false), before, `TEST_SEED=${seed}`);
    assert.equal(tree.countBeforeMember(root, view, 0, bytes.length, true), notAfter, `TEST_SEED=${seed}`);
  }
  model.destroy();
});

test("members that arrive in order fill their leaves, in either direction, at the end or in the middle", () => {
  const count = 100_000;
  const makers: readonly (readonly [name: string, score: (i: number) => number])[] = [
    ["ascending", (i) => i],
    ["descending", (i) => -i],
    ["ascending before a last one", (i) => (i === 0 ? count : i)],
  ];
  for (const [name, score] of makers) {
    const model = new Model();
    for (let i = 0; i < count; i++) {
      const entry = model.makeEntry(score(i), Buffer.from(String(i)));
      model.tree.insert(model.root, entry.record);
      model.entries.push(entry);
    }
    model.entries.sort(order);
    model.verify();
    const bytes = model.tree.treeBytes(model.root) / count;
    assert.ok(bytes < 5, `${name}: ${bytes} bytes a member`);
    model.destroy();
  }
});

test("a tree of random order takes at most 7 bytes a member", () => {
  const random = new Random(makeSeed());
  const model = new Model();
  for (let i = 0; i < 100_000; i++) {
    const entry = model.makeEntry(random.float(), Buffer.from(`member:${i}`));
    model.tree.insert(model.root, entry.record);
    model.entries.push(entry);
  }
  model.entries.sort(order);
  model.verify();
  const bytes = model.tree.treeBytes(model.root) / model.entries.length;
  assert.ok(bytes <= 7, `${bytes} bytes a member, seed ${random.seed}`);
  model.destroy();
});

test("append builds a tree in order with full leaves", () => {
  const model = new Model();
  for (let i = 0; i < 30_000; i++) model.append(Math.floor(i / 3), `m${i % 3}`);
  model.verify();
  assert.ok(model.tree.treeBytes(model.root) / 30_000 < 4.6);
  model.destroy();
});

test("a record that finds no room leaves the tree as it was", () => {
  const model = new Model();
  let failed = 0;
  const { arena } = model;
  const alloc = arena.alloc.bind(arena);
  for (let i = 0; i < 20_000; i++) {
    const entry = model.makeEntry(i % 97, Buffer.from(`m${i}`));
    arena.alloc = (bytes) => {
      if (bytes >= LEAF_BYTES && i % 5 !== 0) throw new ArenaFullError(bytes);
      return alloc(bytes);
    };
    try {
      model.tree.insert(model.root, entry.record);
      model.entries.push(entry);
    } catch (error) {
      assert.ok(error instanceof ArenaFullError);
      failed++;
      arena.free(entry.record);
      if (failed % 50 === 1) {
        model.entries.sort(order);
        model.verify();
      }
    }
    arena.alloc = alloc;
  }
  assert.ok(failed > 10);
  model.entries.sort(order);
  model.verify();
  model.destroy();
});

test("the owner's word of a root is kept", () => {
  const model = new Model();
  model.tree.setOwnerWord(model.root, 12345);
  for (let i = 0; i < 1000; i++) model.insert(i, `m${i}`);
  assert.equal(model.tree.ownerWord(model.root), 12345);
  model.destroy();
});
