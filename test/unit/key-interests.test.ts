// Who watches or waits for which keys, against a model of plain lists, with every block of the arena checked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InterestSet } from "#src/keyspace/interests/interest-set.js";
import { KeyInterests } from "#src/keyspace/interests/key-interests.js";
import { Arena, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { HandleMap } from "#src/storage/handle-map.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

function viewOf(text: string): DataView {
  const bytes = Buffer.from(text, "latin1");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

function makeTable() {
  const checks = new ArenaChecks();
  const arena = new Arena({ maxWindows: 1, checks });
  const table = new KeyInterests<string>(arena, new KeyHash(1, 2));
  const add = (set: InterestSet<string>, db: number, key: string, marked = false) =>
    table.add(set, db, viewOf(key), 0, key.length, marked);
  const find = (db: number, key: string) => table.find(db, viewOf(key), 0, key.length);
  const listOwners = (db: number, key: string): string[] => {
    const found = find(db, key);
    const owners: string[] = [];
    if (found === NONE) return owners;
    table.beginWalk(found);
    for (let link = table.nextLink(); link !== NONE; link = table.nextLink()) owners.push(table.ownerOf(link));
    return owners;
  };
  return { arena, checks, table, add, find, listOwners };
}

test("owners stand in order of arrival, once each, and leave all of their keys at once", () => {
  const { arena, table, add, listOwners } = makeTable();
  const [a, b, c] = ["a", "b", "c"].map((name) => new InterestSet(name)) as [
    InterestSet<string>,
    InterestSet<string>,
    InterestSet<string>,
  ];
  assert.equal(add(a, 0, "k"), true);
  assert.equal(add(b, 0, "k"), true);
  assert.equal(add(a, 0, "k"), false);
  assert.equal(add(c, 0, "k"), true);
  assert.equal(add(a, 1, "k"), true);
  assert.deepEqual(listOwners(0, "k"), ["a", "b", "c"]);
  assert.deepEqual(listOwners(1, "k"), ["a"]);
  assert.deepEqual([table.size, a.size], [2, 2]);
  table.release(a);
  assert.deepEqual([listOwners(0, "k"), listOwners(1, "k"), table.size], [["b", "c"], [], 1]);
  table.release(b);
  table.release(c);
  assert.deepEqual([arena.usedBytes, arena.blockCount], [0, 0]);
});

test("any owners and keys, coming and going, are what a model has", () => {
  const random = new Random(11);
  const { arena, checks, table, add, find, listOwners } = makeTable();
  const sets = Array.from({ length: 20 }, (_, i) => new InterestSet(`owner${i}`));
  const model = new Map<string, { owner: string; marked: boolean }[]>();
  const keys = Array.from({ length: 40 }, (_, i) => (i % 10 === 0 ? `${i}`.repeat(200) : `key${i}`));
  for (let step = 0; step < 20_000; step++) {
    const set = random.pick(sets);
    if (random.oneIn(12)) {
      table.release(set);
      for (const [name, links] of model)
        model.set(
          name,
          links.filter(({ owner }) => owner !== set.owner),
        );
    } else {
      const key = random.pick(keys);
      const db = random.int(0, 2);
      const marked = random.oneIn(3);
      const links = model.get(`${db}:${key}`) ?? [];
      const isNew = !links.some(({ owner }) => owner === set.owner);
      assert.equal(add(set, db, key, marked), isNew);
      if (isNew) model.set(`${db}:${key}`, [...links, { owner: set.owner, marked }]);
    }
    if (step % 100 !== 0) continue;
    checks.verify(arena);
    const taken = [...model.values()].filter((links) => links.length > 0);
    assert.equal(table.size, taken.length);
    assert.equal(table.markedSize, taken.filter((links) => links.some(({ marked }) => marked)).length);
    for (const [name, links] of model) {
      const [db, key] = [Number(name.slice(0, 1)), name.slice(2)];
      assert.deepEqual(
        listOwners(db, key),
        links.map(({ owner }) => owner),
      );
      const found = find(db, key);
      if (found === NONE) continue;
      assert.equal(table.count(found), links.length);
      assert.equal(table.markedCount(found), links.filter(({ marked }) => marked).length);
      const start = table.keyStart(found);
      const bytes = Buffer.from(table.viewOf(found).buffer, start, table.keyLength(found));
      assert.equal(bytes.toString("latin1"), key);
    }
  }
  for (const set of sets) table.release(set);
  assert.equal(arena.usedBytes, 0);
});

test("a walk goes on over owners that leave meanwhile, and does not visit those that come", () => {
  const { table, add, find } = makeTable();
  const sets = new Map(["a", "b", "c", "d"].map((name) => [name, new InterestSet(name)]));
  const setOf = (name: string): InterestSet<string> => sets.get(name) ?? new InterestSet(name);
  for (const set of sets.values()) add(set, 0, "k");
  const key = find(0, "k");
  const visited: string[] = [];
  table.beginWalk(key);
  for (let link = table.nextLink(); link !== NONE; link = table.nextLink()) {
    const name = table.ownerOf(link);
    visited.push(name);
    table.release(setOf(name));
    add(setOf(name), 0, "k");
    if (name === "a") table.release(setOf("b"));
    if (name === "c") table.release(setOf("d"));
  }
  assert.deepEqual(visited, ["a", "c"]);
});

test("a key that is kept stays without owners, with its flags, until it is not kept", () => {
  const { arena, table, add, find } = makeTable();
  const set = new InterestSet("a");
  add(set, 0, "k");
  const key = find(0, "k");
  table.keep(key);
  table.setFlags(key, 3);
  table.release(set);
  assert.equal(find(0, "k"), key);
  assert.deepEqual([table.size, table.count(key), table.flags(key)], [0, 0, 3]);
  add(set, 0, "k");
  assert.deepEqual([table.size, table.count(key)], [1, 1]);
  table.release(set);
  table.unkeep(key);
  assert.equal(find(0, "k"), NONE);
  assert.equal(arena.usedBytes, 0);
});

test("an arena that is full refuses a key and leaves the rest as it was", () => {
  const checks = new ArenaChecks();
  const arena = new Arena({ maxWindows: 1, pagesPerWindow: 129, checks });
  const table = new KeyInterests<string>(arena, new KeyHash(1, 2));
  const set = new InterestSet("a");
  const names = Array.from({ length: 20_000 }, (_, i) => `some-key-${i}`);
  let added = 0;
  assert.throws(
    () => {
      for (const name of names) {
        table.add(set, 0, viewOf(name), 0, name.length, false);
        added++;
      }
    },
    { name: "ArenaFullError" },
  );
  assert.ok(added > 100, `${added}`);
  assert.deepEqual([table.size, set.size], [added, added]);
  checks.verify(arena);
  table.release(set);
  assert.equal(arena.usedBytes, 0);
});

test("a map of handles finds what was added, and nothing else", () => {
  const map = new HandleMap();
  const random = new Random(3);
  const model = new Map<number, number>();
  for (let i = 0; i < 3_000; i++) {
    const key = random.int(1, 2 ** 31 - 1) * (random.oneIn(2) ? 1 : -1);
    if (model.has(key)) continue;
    assert.equal(map.get(key), NONE);
    map.add(key, i + 1);
    model.set(key, i + 1);
  }
  for (const [key, value] of model) assert.equal(map.get(key), value);
  assert.equal(map.size, model.size);
  const values: number[] = [];
  map.forEach((value) => {
    values.push(value);
  });
  assert.deepEqual(
    values.sort((a, b) => a - b),
    [...model.values()],
  );
});
