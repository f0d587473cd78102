import assert from "node:assert/strict";
import { test } from "node:test";
import { TrackingTable } from "#src/server/tracking/tracking-table.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

function viewOf(key: string): DataView {
  const bytes = Buffer.from(key);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A table, and a model of what is in it. */
class Modelled {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly table = new TrackingTable(this.arena, new KeyHash(1, 2));
  readonly model = new Map<string, Set<number>>();

  add(key: string, id: number): void {
    const ids = this.model.get(key) ?? new Set();
    this.model.set(key, ids);
    assert.equal(this.table.add(viewOf(key), 0, key.length, id), !ids.has(id), `${key} ${id}`);
    ids.add(id);
  }

  take(key: string): void {
    const expected = [...(this.model.get(key) ?? [])].sort((a, b) => a - b);
    this.model.delete(key);
    assert.equal(this.table.take(viewOf(key), 0, key.length), expected.length);
    assert.deepEqual(
      [...this.table.ids].sort((a, b) => a - b),
      expected,
    );
  }

  /** Counts agree, and every block is accounted for. */
  verify(): void {
    assert.equal(this.table.keyCount, this.model.size);
    assert.equal(
      this.table.itemCount,
      [...this.model.values()].reduce((sum, ids) => sum + ids.size, 0),
    );
    this.checks.verify(this.arena);
  }

  finish(): void {
    for (const key of [...this.model.keys()]) this.take(key);
    this.verify();
    this.table.close();
    assert.equal(this.arena.usedBytes, 0);
  }
}

test("a key has the ids of all who read it, few or very many", () => {
  const modelled = new Modelled();
  for (let id = 1; id <= 3000; id++) {
    modelled.add("hot", id);
    modelled.add("hot", Math.ceil(id / 2));
    if (id < 12) modelled.add(`key ${id}`, id + 2 ** 40);
  }
  modelled.verify();
  modelled.finish();
});

test("random reads and changes agree with a model", () => {
  const modelled = new Modelled();
  const random = new Random(7);
  for (let i = 0; i < 20_000; i++) {
    const key = random.oneIn(10) ? "x".repeat(random.int(0, 600)) : `k${random.int(0, 2000)}`;
    if (random.oneIn(4)) modelled.take(key);
    else modelled.add(key, random.int(1, random.oneIn(3) ? 40 : 3));
  }
  modelled.verify();
  modelled.finish();
});

test("a sweep in slices takes out just the ids that are dead", () => {
  const modelled = new Modelled();
  const random = new Random(8);
  for (let i = 0; i < 10_000; i++) modelled.add(`k${random.int(0, 3000)}`, random.int(1, 30));
  const isAlive = (id: number): boolean => id % 3 === 0;
  let taken = modelled.table.sweep(isAlive, () => true);
  while (modelled.table.hasWork) taken += modelled.table.sweep(isAlive, () => true);
  let dead = 0;
  for (const [key, ids] of modelled.model) {
    for (const id of [...ids]) if (!isAlive(id) && ids.delete(id)) dead++;
    if (ids.size === 0) modelled.model.delete(key);
  }
  assert.equal(taken, dead);
  modelled.verify();
  modelled.finish();
});

test("a picked key is one of the table's", () => {
  const modelled = new Modelled();
  for (const key of ["a", "x".repeat(300), ""]) modelled.add(key, 1);
  const random = new Random(9);
  const seen = new Set<string>();
  for (let i = 0; i < 200; i++) {
    modelled.table.pick((limit) => random.int(0, limit - 1));
    seen.add(modelled.table.pickedKey.toString());
  }
  assert.deepEqual([...seen].sort(), [...modelled.model.keys()].sort());
  modelled.finish();
});

test("a large table that is cleared is freed in slices", () => {
  const modelled = new Modelled();
  for (let i = 0; i < 20_000; i++) modelled.add(`k${i}`, 1 + (i % 5));
  modelled.table.clear();
  modelled.model.clear();
  modelled.add("new", 1);
  assert.equal(modelled.table.keyCount, 1);
  const before = modelled.arena.usedBytes;
  modelled.table.freeSlice(() => false);
  assert.ok(modelled.arena.usedBytes < before / 10);
  assert.equal(modelled.table.hasWork, false);
  modelled.finish();
});
