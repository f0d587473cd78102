import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, ArenaFullError } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { Id } from "#src/storage/id.js";
import { IdCursor, IdTree } from "#src/storage/id-tree.js";
import { checkIdTree } from "#src/storage/id-tree-check.js";
import { Random } from "../support/random.js";

const MAX_64 = 2n ** 64n - 1n;

/** An ID as one number of 128 bits. */
function toBig(id: Id): bigint {
  return (id.msExact() << 64n) | id.seqExact();
}

function toId(big: bigint, id = new Id()): Id {
  id.setMsExact(big >> 64n);
  id.setSeqExact(big & MAX_64);
  return id;
}

/** A tree beside a sorted array that says what it must hold: IDs, and the first word of each value. */
class Model {
  readonly arena: Arena;
  readonly tree: IdTree;
  readonly cursor = new IdCursor();
  readonly root: number;
  readonly words: number;
  keys: bigint[] = [];
  values = new Map<bigint, number>();

  constructor(words: number, arena = new Arena({ checks: new ArenaChecks() })) {
    this.arena = arena;
    this.words = words;
    this.tree = new IdTree(this.arena, words);
    this.root = this.tree.create();
  }

  /** How many keys are before this one. */
  rank(key: bigint): number {
    let low = 0;
    let high = this.keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.keys[middle] ?? 0n) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  insert(key: bigint, value: number): void {
    const isNew = !this.values.has(key);
    assert.equal(this.tree.insert(this.root, toId(key), this.cursor), isNew);
    this.expectAt(key);
    if (isNew) for (let i = 0; i < this.words; i++) assert.equal(this.tree.word(this.cursor, i), 0);
    for (let i = 0; i < this.words; i++) this.tree.setWord(this.cursor, i, value + i);
    if (isNew) this.keys.splice(this.rank(key), 0, key);
    this.values.set(key, value);
  }

  delete(key: bigint): void {
    const had = this.values.delete(key);
    assert.equal(this.tree.delete(this.root, toId(key)), had);
    if (had) this.keys.splice(this.rank(key), 1);
  }

  deleteAt(key: bigint): void {
    assert.equal(this.tree.find(this.root, toId(key), this.cursor), true);
    this.tree.deleteAt(this.root, this.cursor);
    const rank = this.rank(key);
    this.keys.splice(rank, 1);
    this.values.delete(key);
    this.expectAt(this.keys[rank]);
  }

  /** The cursor must be on this key's entry, or at the end. */
  expectAt(key: bigint | undefined): void {
    assert.equal(this.cursor.isAtEnd, key === undefined);
    if (key === undefined) return;
    const id = new Id();
    this.tree.readId(this.cursor, id);
    assert.equal(toBig(id), key);
    const value = this.values.get(key);
    if (value === undefined) return;
    for (let i = 0; i < this.words; i++) assert.equal(this.tree.word(this.cursor, i), value + i);
  }

  /** Looks for a key in every way there is. */
  seek(key: bigint): void {
    const id = toId(key);
    const rank = this.rank(key);
    const isThere = this.keys[rank] === key;
    const atMost = isThere ? rank : rank - 1;
    assert.equal(this.tree.find(this.root, id, this.cursor), isThere);
    this.expectAt(isThere ? key : undefined);
    assert.equal(this.tree.seekAtLeast(this.root, id, this.cursor), rank < this.keys.length);
    this.expectAt(this.keys[rank]);
    if (!this.cursor.isAtEnd) {
      this.tree.next(this.cursor);
      this.expectAt(this.keys[rank + 1]);
    }
    assert.equal(this.tree.seekAtMost(this.root, id, this.cursor), atMost >= 0);
    this.expectAt(this.keys[atMost]);
    if (!this.cursor.isAtEnd) {
      this.tree.previous(this.cursor);
      this.expectAt(this.keys[atMost - 1]);
    }
  }

  checkAll(): void {
    checkIdTree(this.tree, this.root);
    const { tree, root, cursor } = this;
    assert.equal(tree.count(root), this.keys.length);
    tree.seekFirst(root, cursor);
    for (const key of this.keys) {
      this.expectAt(key);
      tree.next(cursor);
    }
    assert.equal(cursor.isAtEnd, true);
    tree.seekLast(root, cursor);
    for (const key of [...this.keys].reverse()) {
      this.expectAt(key);
      tree.previous(cursor);
    }
    assert.equal(cursor.isAtEnd, true);
    assert.equal(tree.treeBytes(root), this.arena.usedBytes);
    assert.equal(tree.blockCount(root), this.arena.blockCount);
  }
}

function randomKey(random: Random, spread: number): bigint {
  const edge = (): bigint => random.pick([0n, 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 63n, MAX_64]);
  if (random.oneIn(20)) return (edge() << 64n) | edge();
  return (BigInt(random.int(0, spread)) << 64n) | BigInt(random.int(0, 7));
}

for (const words of [0, 1, 5, 6]) {
  test(`random insertions, deletions and searches agree with a sorted array (${words} words of value)`, () => {
    for (let seed = 1; seed <= 6; seed++) {
      const random = new Random(seed * 100 + words);
      const model = new Model(words);
      const spread = random.pick([30, 400, 5000]);
      for (let round = 0; round < 6; round++) {
        const grows = random.oneIn(2);
        for (let i = 0; i < 500; i++) {
          const key = random.oneIn(3)
            ? random.pick(model.keys.length > 0 ? model.keys : [7n])
            : randomKey(random, spread);
          if (random.oneIn(grows ? 5 : 2)) {
            if (model.values.has(key) && random.oneIn(2)) model.deleteAt(key);
            else model.delete(key);
          } else if (random.oneIn(3)) {
            model.seek(key);
          } else {
            model.insert(key, random.int(0, 2 ** 20));
          }
        }
        model.checkAll();
      }
      for (const key of random.shuffle(model.keys)) model.delete(key);
      model.checkAll();
      model.tree.destroy(model.root);
      assert.equal(model.arena.usedBytes, 0);
    }
  });
}

test("IDs in order leave every node full but the last", () => {
  const model = new Model(1);
  const { tree, root, cursor } = model;
  const id = new Id();
  const entries = 20_000;
  for (let i = 1; i <= entries; i++) {
    id.setNumbers(i, 0);
    tree.insert(root, id, cursor);
  }
  checkIdTree(tree, root);
  assert.ok(tree.treeBytes(root) < entries * 20 * 1.06, `${tree.treeBytes(root)} bytes`);
  for (let i = 1; i <= entries; i++) {
    tree.seekFirst(root, cursor);
    tree.deleteAt(root, cursor);
  }
  checkIdTree(tree, root);
  assert.equal(tree.blockCount(root), 1);
});

test("deleting most entries at random gives most memory back", () => {
  const model = new Model(1);
  const { tree, root, cursor } = model;
  const random = new Random(5);
  const id = new Id();
  const numbers = Array.from({ length: 20_000 }, (_, i) => i);
  for (const number of numbers) {
    id.setNumbers(number, 0);
    tree.insert(root, id, cursor);
  }
  const full = tree.treeBytes(root);
  for (const number of random.shuffle(numbers).slice(0, 19_000)) {
    id.setNumbers(number, 0);
    assert.equal(tree.delete(root, id), true);
  }
  checkIdTree(tree, root);
  assert.ok(tree.treeBytes(root) < full / 4, `${tree.treeBytes(root)} of ${full} bytes`);
});

test("a tree of few entries is small", () => {
  const { tree, root, cursor } = new Model(1);
  assert.equal(tree.treeBytes(root), 32);
  tree.insert(root, toId(1n), cursor);
  assert.ok(tree.treeBytes(root) <= 80);
  tree.delete(root, toId(1n));
  assert.equal(tree.treeBytes(root), 32);
});

test("a copy has the same entries, and shares nothing", () => {
  const model = new Model(5);
  const random = new Random(9);
  for (let i = 0; i < 2000; i++) model.insert(randomKey(random, 3000), i);
  const copy = model.tree.copy(model.root);
  checkIdTree(model.tree, copy);
  const first = model.keys[0] ?? 0n;
  model.delete(first);
  model.tree.seekFirst(copy, model.cursor);
  const id = new Id();
  model.tree.readId(model.cursor, id);
  assert.equal(toBig(id), first);
  model.tree.destroy(model.root);
  assert.equal(model.tree.treeBytes(copy), model.arena.usedBytes);
  model.tree.destroy(copy);
  assert.equal(model.arena.usedBytes, 0);
});

test("a tree is freed in slices, with what its values name", () => {
  const model = new Model(1);
  const random = new Random(3);
  for (let i = 0; i < 3000; i++) model.insert(randomKey(random, 5000), i);
  const words: number[] = [];
  let slices = 1;
  while (!model.tree.freeSlice(model.root, 100, (word) => words.push(word))) slices++;
  assert.ok(slices > 15, `${slices} slices`);
  const sort = (a: number, b: number): number => a - b;
  assert.deepEqual(words.sort(sort), [...model.values.values()].sort(sort));
  assert.equal(model.arena.usedBytes, 0);
});

test("an insertion that the arena has no room for changes nothing", () => {
  const model = new Model(6, new Arena({ maxWindows: 1, pagesPerWindow: 64, checks: new ArenaChecks() }));
  const random = new Random(11);
  assert.throws(() => {
    for (let i = 0; ; i++) model.insert(randomKey(random, 2 ** 30), i);
  }, ArenaFullError);
  model.checkAll();
});

test("numbers are kept in two words", () => {
  const { tree, root, cursor } = new Model(5);
  tree.insert(root, toId(1n), cursor);
  tree.setNumber(cursor, 0, 1_700_000_000_123);
  tree.setNumber(cursor, 2, 2 ** 53);
  tree.setWord(cursor, 4, -5);
  assert.deepEqual(
    [tree.number(cursor, 0), tree.number(cursor, 2), tree.word(cursor, 4)],
    [1_700_000_000_123, 2 ** 53, -5],
  );
});

test("IDs are compared, stepped and stored as unsigned 128-bit numbers", () => {
  const random = new Random(1);
  const view = new DataView(new ArrayBuffer(16));
  const words = new Int32Array(4);
  for (let i = 0; i < 2000; i++) {
    const a = randomKey(random, 3);
    const b = randomKey(random, 3);
    const id = toId(a);
    assert.equal(toBig(id), a);
    assert.equal(Math.sign(id.compare(toId(b))), a < b ? -1 : a > b ? 1 : 0);
    assert.equal(id.equals(toId(b)), a === b);
    assert.equal(id.increment(), a !== 2n ** 128n - 1n);
    assert.equal(toBig(id), a === 2n ** 128n - 1n ? a : a + 1n);
    toId(a, id);
    assert.equal(id.decrement(), a !== 0n);
    assert.equal(toBig(id), a === 0n ? a : a - 1n);
    toId(a, id);
    id.writeBigEndian(view, 0);
    assert.equal((view.getBigUint64(0) << 64n) | view.getBigUint64(8), a);
    id.writeWords(words, 0);
    id.setMin();
    id.readWords(words, 0);
    assert.equal(toBig(id), a);
    id.setMax();
    id.readBigEndian(view, 0);
    assert.equal(toBig(id), a);
    assert.equal(id.isZero, a === 0n);
  }
});
