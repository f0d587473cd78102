// Hashes against Maps, with every block of the arena checked: all encodings and the ways between them, deadlines of
// fields and the index of them, and what copying, moving, swapping and freeing do to both.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, NO_ENTRY } from "#src/keyspace/database.js";
import { EXPIRE_HIDE, EXPIRE_IGNORE } from "#src/keyspace/expiry-mode.js";
import { FieldExpiry } from "#src/keyspace/field-expiry.js";
import { DEADLINE_NONE } from "#src/keyspace/field-records.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "#src/keyspace/hash-encoding.js";
import { copyKey, transferKey } from "#src/keyspace/key-copies.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import type { Record } from "#src/keyspace/record.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

const NOW = 1_700_000_000_000;

interface Field {
  value: string;
  deadline: number;
}
type Hash = Map<string, Field>;

interface Bytes {
  readonly view: DataView;
  readonly length: number;
}

function bytesOf(text: string): Bytes {
  const bytes = Buffer.from(text, "latin1");
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length: bytes.length };
}

class Model {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly keyspace: Keyspace;
  readonly expected: Map<string, Hash>[] = [new Map(), new Map()];
  readonly random: Random;
  /** Fields that events told of, since the last take. */
  deleted: string[] = [];

  constructor(seed: number, entries = 512, valueBytes = 64) {
    this.random = new Random(seed);
    this.keyspace = new Keyspace({
      arena: this.arena,
      keyHash: new KeyHash(seed, ~seed),
      databases: 2,
      random: (limit) => this.random.int(0, limit - 1),
    });
    this.keyspace.nowMs = NOW;
    this.keyspace.encodingLimits.hashMaxListpackEntries = entries;
    this.keyspace.encodingLimits.hashMaxListpackValue = valueBytes;
    this.keyspace.events = {
      ...this.keyspace.events,
      onFieldExpired: (_db, _record, view, start, length) => {
        this.deleted.push(Buffer.from(view.buffer, view.byteOffset + start, length).toString("latin1"));
      },
    };
  }

  get hashes() {
    return this.keyspace.hashes;
  }

  db(id: number): Database {
    return this.keyspace.database(id);
  }

  map(id: number): Map<string, Hash> {
    const map = this.expected[id];
    assert.ok(map);
    return map;
  }

  find(id: number, key: string): Record {
    const { view, length } = bytesOf(key);
    return this.db(id).findKey(view, 0, length);
  }

  findOrCreate(id: number, key: string): Record {
    const record = this.find(id, key);
    if (record !== NO_ENTRY) return record;
    const { view, length } = bytesOf(key);
    this.map(id).set(key, new Map());
    return this.hashes.create(this.db(id), view, 0, length);
  }

  set(id: number, key: string, field: string, value: string, keepsDeadline: boolean): void {
    const record = this.findOrCreate(id, key);
    const hash = this.map(id).get(key);
    assert.ok(hash);
    const f = bytesOf(field);
    const v = bytesOf(value);
    const old = hash.get(field);
    const isNew = this.hashes.set(record, f.view, 0, f.length, v.view, 0, v.length, keepsDeadline);
    assert.equal(isNew, old === undefined);
    hash.set(field, { value, deadline: keepsDeadline && old !== undefined ? old.deadline : DEADLINE_NONE });
    this.hashes.updateIndex(this.db(id), record);
  }

  setDeadline(id: number, key: string, field: string, deadline: number): void {
    const record = this.find(id, key);
    if (record === NO_ENTRY) return;
    this.hashes.allowDeadlines(record);
    const f = bytesOf(field);
    const found = this.hashes.peek(record, f.view, 0, f.length);
    const expected = this.map(id).get(key)?.get(field);
    assert.equal(found, expected !== undefined);
    if (expected === undefined) return;
    assert.equal(this.hashes.deadline(), expected.deadline);
    this.hashes.setDeadline(record, deadline);
    expected.deadline = deadline;
    this.hashes.updateIndex(this.db(id), record);
  }

  remove(id: number, key: string, field: string): void {
    const record = this.find(id, key);
    if (record === NO_ENTRY) return;
    const f = bytesOf(field);
    const hash = this.map(id).get(key);
    const found = this.hashes.peek(record, f.view, 0, f.length);
    assert.equal(found, hash?.delete(field));
    if (!found) return;
    this.hashes.remove(record);
    assert.equal(this.hashes.settle(this.db(id), record), hash?.size === 0);
    if (hash?.size === 0) this.map(id).delete(key);
  }

  /** What find() does to a field that has expired. */
  read(id: number, key: string, field: string): void {
    const record = this.find(id, key);
    if (record === NO_ENTRY) return;
    const hash = this.map(id).get(key);
    const expected = hash?.get(field);
    const f = bytesOf(field);
    const isExpired = expected !== undefined && expected.deadline >= 0 && expected.deadline < this.keyspace.nowMs;
    const found = this.hashes.find(this.db(id), record, f.view, 0, f.length);
    assert.equal(found, expected !== undefined && !isExpired);
    if (found) {
      this.hashes.locateValue();
      assert.equal(this.valueText(), expected?.value);
    }
    if (isExpired) hash?.delete(field);
    assert.equal(this.hashes.settle(this.db(id), record), hash?.size === 0);
    if (hash?.size === 0) this.map(id).delete(key);
  }

  fieldText(): string {
    const { fieldView, fieldStart, fieldLength } = this.hashes;
    return Buffer.from(fieldView.buffer, fieldView.byteOffset + fieldStart, fieldLength).toString("latin1");
  }

  valueText(): string {
    const { view, start, length } = this.hashes;
    return Buffer.from(view.buffer, view.byteOffset + start, length).toString("latin1");
  }

  contents(record: Record, includesExpired: boolean): Hash {
    const hash: Hash = new Map();
    for (let more = this.hashes.first(record, includesExpired); more; more = this.hashes.next()) {
      this.hashes.locateField();
      this.hashes.locateValue();
      const field = this.fieldText();
      assert.ok(!hash.has(field), "a field once");
      hash.set(field, { value: this.valueText(), deadline: this.hashes.deadline() });
    }
    return hash;
  }

  verify(): void {
    for (const id of [0, 1]) {
      let indexed = 0;
      let earliest = Number.POSITIVE_INFINITY;
      assert.equal(this.db(id).size, this.map(id).size);
      for (const [key, hash] of this.map(id)) {
        const record = this.find(id, key);
        assert.notEqual(record, NO_ENTRY);
        assert.equal(this.hashes.count(record), hash.size);
        assert.deepEqual(sorted(this.contents(record, true)), sorted(hash));
        const now = this.keyspace.nowMs;
        const live = [...hash].filter(([, { deadline }]) => deadline < 0 || deadline >= now);
        assert.equal(this.hashes.countLive(record), live.length);
        assert.deepEqual(sorted(this.contents(record, false)), sorted(new Map(live)));
        const deadlines = [...hash.values()].map(({ deadline }) => deadline).filter((deadline) => deadline >= 0);
        if (deadlines.length > 0) indexed++;
        earliest = Math.min(earliest, ...deadlines);
        assert.ok(this.keyspace.sizeOf(record) > 0);
      }
      const { index, heads } = this.hashes;
      assert.equal(index.count(this.db(id).fieldIndex), indexed);
      if (indexed > 0) assert.equal(heads.deadline(index.first(this.db(id).fieldIndex)), earliest);
    }
    this.checks.verify(this.arena);
  }
}

function sorted(hash: Hash): [string, Field][] {
  return [...hash].sort(([a], [b]) => (a < b ? -1 : 1));
}

const KEYS = ["a", "b", "c", "k".repeat(300)];
const LONG_VALUES = ["x".repeat(65), "y".repeat(126), "z".repeat(127), "w".repeat(5000)];

function makeField(random: Random): string {
  return random.weighted<() => string>([
    [20, () => `f${random.int(0, 40)}`],
    [3, () => random.integer()],
    [1, () => random.pick(["", "g".repeat(64), "g".repeat(254), "g".repeat(255), "g".repeat(300)])],
  ])();
}

function makeValue(random: Random): string {
  return random.weighted<() => string>([
    [20, () => random.value(20).toString("latin1")],
    [3, () => random.integer()],
    [1, () => random.pick(LONG_VALUES)],
  ])();
}

function step(model: Model): void {
  const { random } = model;
  const id = random.int(0, 1);
  const key = random.pick(KEYS);
  const record = model.find(id, key);
  const act = random.weighted<() => void>([
    [30, () => model.set(id, key, makeField(random), makeValue(random), random.oneIn(2))],
    [20, () => model.setDeadline(id, key, makeField(random), NOW + random.int(-50, 200))],
    [5, () => model.setDeadline(id, key, makeField(random), DEADLINE_NONE)],
    [12, () => model.remove(id, key, makeField(random))],
    [10, () => model.read(id, key, makeField(random))],
    [1, () => transferOrCopy(model, id, key, record)],
    [1, () => swap(model)],
    [1, () => resetLater(model, id, key, record)],
    [1, () => expireKey(model, id, record)],
  ]);
  act();
}

function transferOrCopy(model: Model, id: number, key: string, record: Record): void {
  const to = model.random.int(0, 1);
  const target = model.random.pick(KEYS);
  if (record === NO_ENTRY || model.find(to, target) !== NO_ENTRY) return;
  const hash = model.map(id).get(key);
  assert.ok(hash);
  const { view, length } = bytesOf(target);
  if (model.random.oneIn(2)) {
    transferKey(model.db(id), record, model.db(to), view, 0, length);
    model.map(id).delete(key);
    model.map(to).set(target, hash);
  } else {
    copyKey(record, model.db(to), view, 0, length);
    model.map(to).set(target, new Map([...hash].map(([field, value]) => [field, { ...value }])));
  }
}

function swap(model: Model): void {
  model.keyspace.swap(model.db(0), model.db(1));
  model.expected.reverse();
}

/** Takes a key away as UNLINK and DEL do, and a database as FLUSHALL does. */
function resetLater(model: Model, id: number, key: string, record: Record): void {
  if (record === NO_ENTRY) return;
  const choice = model.random.int(0, 5);
  if (choice > 2) {
    if (choice > 3) model.db(id).remove(record);
    else model.db(id).removeLazily(record);
    model.map(id).delete(key);
  } else if (choice === 0) {
    if (model.random.oneIn(2)) model.db(id).clearLazily();
    else model.db(id).clear();
    model.map(id).clear();
  }
  while (model.keyspace.lazyFree.run(() => true));
}

/** A deadline of the key itself makes its record move. */
function expireKey(model: Model, id: number, record: Record): void {
  if (record !== NO_ENTRY) model.db(id).setDeadline(record, model.random.oneIn(2) ? -1 : NOW + 1e9);
}

for (const [seed, entries, valueBytes] of [
  [1, 512, 64],
  [2, 512, 100_000],
  [3, 8, 64],
  [4, 0, 64],
  [5, 30, 10],
] as const) {
  test(`any sequence of changes gives what a Map has: up to ${entries} entries of ${valueBytes} bytes`, () => {
    const model = new Model(seed, entries, valueBytes);
    for (let i = 0; i < 4000; i++) {
      step(model);
      if (i % 25 === 0) model.verify();
    }
    model.verify();
    for (const id of [0, 1]) model.db(id).clear();
    model.keyspace.destroy();
    assert.equal(model.arena.blockCount, 0, "no block is left");
  });
}

test("a hash changes its encoding when it gets a deadline, too many fields, or too long ones", () => {
  const model = new Model(1, 4, 10);
  const encodingOf = (key: string): number => model.keyspace.records.encoding(model.find(0, key));
  model.set(0, "a", "f", "v", false);
  assert.equal(encodingOf("a"), ENCODING_LISTPACK);
  model.setDeadline(0, "a", "none", NOW + 1);
  assert.equal(encodingOf("a"), ENCODING_LISTPACK_EX);
  model.setDeadline(0, "a", "f", NOW + 5);
  for (const field of ["1", "2", "3"]) model.set(0, "a", field, "v", false);
  assert.equal(encodingOf("a"), ENCODING_LISTPACK_EX);
  model.set(0, "a", "4", "v", false);
  assert.equal(encodingOf("a"), ENCODING_HASHTABLE);
  model.verify();
  model.set(0, "b", "12345678901", "v", false);
  assert.equal(encodingOf("b"), ENCODING_HASHTABLE);
  model.set(0, "c", "f", "v", false);
  model.set(0, "c", "f", "12345678901", false);
  assert.equal(encodingOf("c"), ENCODING_HASHTABLE);
  model.verify();
});

test("fields of a listpack stand by deadline, those without one last", () => {
  const model = new Model(1);
  for (const field of ["a", "b", "c", "d", "e"]) model.set(0, "h", field, field, false);
  const order = (): string => [...model.contents(model.find(0, "h"), true).keys()].join("");
  model.setDeadline(0, "h", "c", NOW + 30);
  model.setDeadline(0, "h", "e", NOW + 10);
  assert.equal(order(), "ecabd");
  model.setDeadline(0, "h", "a", NOW + 20);
  assert.equal(order(), "eacbd");
  model.setDeadline(0, "h", "d", NOW + 20);
  assert.equal(order(), "edacb", "in front of others with the same deadline");
  model.setDeadline(0, "h", "d", NOW + 21);
  assert.equal(order(), "eadcb");
  model.setDeadline(0, "h", "e", NOW + 40);
  assert.equal(order(), "adceb");
  model.setDeadline(0, "h", "e", NOW + 1);
  assert.equal(order(), "eadcb");
  model.setDeadline(0, "h", "a", DEADLINE_NONE);
  assert.equal(order(), "edcba");
  model.set(0, "h", "d", "new", true);
  assert.equal(order(), "edcba");
  model.set(0, "h", "d", "new", false);
  assert.equal(order(), "ecbad");
  model.verify();
});

test("active expiry deletes what is due, hash by hash, within its time", () => {
  for (const entries of [512, 0]) {
    const model = new Model(9, entries);
    const { random } = model;
    for (let i = 0; i < 60; i++) {
      for (let k = 0; k < 30; k++) {
        const id = k % 2;
        model.set(id, `h${i}`, `f${k}`, "v", false);
        if (random.oneIn(2)) model.setDeadline(id, `h${i}`, `f${k}`, NOW + random.int(0, 1000));
      }
    }
    const expiry = new FieldExpiry(model.keyspace);
    for (const elapsed of [0, 1, 300, 301, 999, 1001]) {
      model.keyspace.nowMs = NOW + elapsed;
      let due = 0;
      for (const hashes of model.expected) {
        for (const [key, hash] of hashes) {
          for (const [field, { deadline }] of hash) {
            if (deadline < 0 || deadline >= NOW + elapsed) continue;
            due++;
            hash.delete(field);
          }
          if (hash.size === 0) hashes.delete(key);
        }
      }
      model.deleted = [];
      // Slices that end after each step: all of them together do the whole work.
      let slices = 0;
      do {
        expiry.run(() => true);
        assert.ok(++slices < 1000);
      } while (expiry.wantsFastSlices);
      assert.equal(model.deleted.length, due);
      model.verify();
    }
    assert.equal(model.keyspace.expiredFields > 500, true);
  }
});

test("a hash that waits to be freed in slices is in no one's way", () => {
  const model = new Model(3, 0);
  for (let i = 0; i < 6000; i++) {
    model.set(0, "h", `f${i}`, "v", false);
    model.setDeadline(0, "h", `f${i}`, NOW + 10);
  }
  model.db(0).removeLazily(model.find(0, "h"));
  model.map(0).clear();
  model.keyspace.nowMs = NOW + 20;
  const expiry = new FieldExpiry(model.keyspace);
  expiry.run(() => false);
  assert.deepEqual(model.deleted, []);
  assert.equal(model.hashes.index.count(0), 0);
  let slices = 0;
  while (model.keyspace.lazyFree.run(() => true)) slices++;
  assert.ok(slices > 1, `${slices} slices`);
  model.keyspace.destroy();
  assert.equal(model.arena.blockCount, 0);
});

test("on a replica fields that have expired are hidden, and while loading they are there", () => {
  for (const entries of [512, 0]) {
    const model = new Model(3, entries);
    model.set(0, "h", "a", "1", false);
    model.set(0, "h", "b", "2", false);
    model.setDeadline(0, "h", "a", NOW - 1);
    const record = model.find(0, "h");
    const { view, length } = bytesOf("a");
    model.keyspace.expiryMode = EXPIRE_HIDE;
    assert.equal(model.hashes.find(model.db(0), record, view, 0, length), false);
    assert.equal(model.hashes.countLive(record), 1);
    assert.equal(model.hashes.removeDue(model.db(0), record, 10), 0);
    model.keyspace.expiryMode = EXPIRE_IGNORE;
    assert.equal(model.hashes.find(model.db(0), record, view, 0, length), true);
    assert.equal(model.hashes.countLive(record), 2);
    assert.equal(model.contents(record, false).size, 2);
    assert.deepEqual(model.deleted, []);
  }
});

test("a field of 18 bytes with a value of 12 takes less than 50 bytes in a large hash", () => {
  const model = new Model(3);
  const fields = 60_000;
  const before = model.arena.usedBytes;
  const { view, length } = bytesOf("h");
  const record = model.hashes.create(model.db(0), view, 0, length);
  const value = bytesOf("value:123456");
  for (let i = 0; i < fields; i++) {
    const field = bytesOf(`field:${String(i).padStart(12, "0")}`);
    model.hashes.set(record, field.view, 0, field.length, value.view, 0, value.length, false);
  }
  const each = (model.arena.usedBytes - before) / fields;
  assert.ok(each < 50, `${each} bytes`);
  const estimate = model.keyspace.sizeOf(record) / (model.arena.usedBytes - before);
  assert.ok(Math.abs(estimate - 1) < 0.02, `MEMORY USAGE is ${estimate} of the truth`);
});
