import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "#src/keyspace/database.js";
import { Keyspace } from "#src/keyspace/keyspace.js";
import { ENCODING_EMBSTR, ENCODING_INT, ENCODING_LARGE, ENCODING_RAW } from "#src/keyspace/record.js";
import { DEADLINE_KEEP, DEADLINE_NONE, Strings } from "#src/keyspace/strings.js";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

const DEADLINE = 1_800_000_000_123;

/** A keyspace whose arena checks every block, with keys and values as texts (a byte a char). */
class Model {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly keyspace: Keyspace;
  readonly strings: Strings;
  readonly db: Database;

  constructor() {
    this.keyspace = new Keyspace({
      arena: this.arena,
      keyHash: new KeyHash(1, 2),
      databases: 1,
      random: () => 0,
    });
    this.strings = new Strings(this.keyspace);
    this.db = this.keyspace.database(0);
  }

  set(key: string, value: string, deadline: number | bigint = DEADLINE_NONE): number {
    const [k, v] = [viewOf(key), viewOf(value)];
    return this.strings.set(this.db, k, 0, k.byteLength, v, 0, v.byteLength, deadline);
  }

  find(key: string): number {
    const view = viewOf(key);
    return this.db.findKey(view, 0, view.byteLength);
  }

  append(record: number, text: string): number {
    const view = viewOf(text);
    return this.strings.append(this.db, record, view, 0, view.byteLength);
  }

  textOf(record: number): string {
    return this.strings.copyOut(record).toString("latin1");
  }

  encodingOf(record: number): number {
    return this.keyspace.records.encoding(record);
  }

  /** The record holds this value in this encoding, its length is known, and it is the one that the key leads to. */
  assertHolds(key: string, record: number, value: string, encoding: number): void {
    assert.equal(this.find(key), record);
    assert.equal(this.encodingOf(record), encoding);
    assert.equal(this.textOf(record), value);
    assert.equal(this.strings.byteLength(record), value.length);
  }
}

function viewOf(text: string): DataView {
  const bytes = new Uint8Array(Buffer.from(text, "latin1"));
  return new DataView(bytes.buffer);
}

/** A value for each encoding, and for each size class that a record with it may have. */
const SAMPLES: readonly (readonly [string, number])[] = [
  ["0", ENCODING_INT],
  ["-1", ENCODING_INT],
  ["4294967296", ENCODING_INT],
  ["-4294967297", ENCODING_INT],
  ["9007199254740991", ENCODING_INT],
  ["-9007199254740993", ENCODING_INT],
  ["9223372036854775807", ENCODING_INT],
  ["-9223372036854775808", ENCODING_INT],
  ["", ENCODING_EMBSTR],
  ["9223372036854775808", ENCODING_EMBSTR],
  ["a\0\xff", ENCODING_EMBSTR],
  ["e".repeat(44), ENCODING_EMBSTR],
  ["r".repeat(45), ENCODING_RAW],
  ["r".repeat(2048), ENCODING_RAW],
  ["l".repeat(2049), ENCODING_LARGE],
  ["l".repeat(9000), ENCODING_LARGE],
  ["l".repeat(300_000), ENCODING_LARGE],
];

test("every value replaces every other, with nothing left of the old one", () => {
  const model = new Model();
  const key = "key";
  for (const [before] of SAMPLES) {
    for (const [after, encoding] of SAMPLES) {
      model.set(key, before);
      model.assertHolds(key, model.set(key, after), after, encoding);
    }
  }
  model.checks.verify(model.arena);
  model.keyspace.destroy();
  assert.equal(model.arena.usedBytes, 0);
});

test("a deadline comes, moves, stays and goes beside a value of every encoding", () => {
  const model = new Model();
  const { db, keyspace } = model;
  const { records } = keyspace;
  for (const [value, encoding] of SAMPLES) {
    for (const key of ["k", "k".repeat(300)]) {
      let record = model.set(key, value);
      for (const deadline of [DEADLINE, DEADLINE + 5, 2n ** 63n - 1n, DEADLINE]) {
        record = db.setDeadline(record, deadline);
        model.assertHolds(key, record, value, encoding);
        assert.equal(records.exactDeadline(record), BigInt(deadline));
        assert.equal(db.expiresSize, 1);
      }
      record = model.set(key, "other", DEADLINE_KEEP);
      assert.equal(records.deadline(record), DEADLINE);
      record = model.set(key, value, DEADLINE_KEEP);
      model.assertHolds(key, record, value, encoding);
      assert.equal(records.deadline(record), DEADLINE);
      record = db.setDeadline(record, DEADLINE_NONE);
      model.assertHolds(key, record, value, encoding);
      assert.equal(records.deadline(record), -1);
      assert.equal(db.expiresSize, 0);
      record = model.set(key, value, DEADLINE);
      assert.equal(records.deadline(record), DEADLINE);
      record = model.set(key, value);
      assert.equal(records.deadline(record), -1);
      db.remove(record);
      assert.equal(db.expiresSize, 0);
    }
  }
  model.checks.verify(model.arena);
  model.keyspace.destroy();
  assert.equal(model.arena.usedBytes, 0);
});

test("makeWritable keeps the bytes, fills with zeros, and never shrinks", () => {
  const model = new Model();
  for (const [value] of SAMPLES) {
    for (const length of [0, 1, 30, 44, 45, 100, 2048, 2049, 20_000, 500_000]) {
      model.set("waste", "w".repeat(500_000));
      model.db.remove(model.find("waste"));
      model.set("k", value, DEADLINE);
      const record = model.strings.makeWritable(model.db, model.find("k"), length);
      const expected = value.padEnd(length, "\0");
      model.assertHolds("k", record, expected, expected.length > 2048 ? ENCODING_LARGE : ENCODING_RAW);
      model.strings.locate(record);
      assert.equal(model.strings.length, expected.length);
      assert.equal(model.keyspace.records.deadline(record), DEADLINE);
      model.db.remove(record);
    }
  }
  model.checks.verify(model.arena);
  model.keyspace.destroy();
  assert.equal(model.arena.usedBytes, 0);
});

test("appending byte by byte moves a value rarely", () => {
  const model = new Model();
  let record = model.set("k", "");
  let text = "";
  let moves = 0;
  for (let i = 0; i < 20_000; i++) {
    const before = model.encodingOf(record) === ENCODING_LARGE ? model.keyspace.records.valueHandle(record) : record;
    const byte = String.fromCharCode(i & 255);
    record = model.append(record, byte);
    text += byte;
    const after = model.encodingOf(record) === ENCODING_LARGE ? model.keyspace.records.valueHandle(record) : record;
    if (before !== after) moves++;
  }
  model.assertHolds("k", record, text, ENCODING_LARGE);
  assert.ok(moves < 70, `${moves} moves`);
});

test("an integer is written over an integer in place, and over text", () => {
  const model = new Model();
  const values = [0, -1, 2 ** 31, -(2 ** 32) - 1, Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n, -(2n ** 63n)];
  for (const [before] of SAMPLES) {
    let record = model.set("k", before, DEADLINE);
    for (const [i, value] of values.entries()) {
      const target = model.strings.setInteger(model.db, record, value);
      if (i > 0) assert.equal(target, record, "in place");
      record = target;
      model.assertHolds("k", record, String(value), ENCODING_INT);
      assert.equal(model.strings.integer(record), Number(value));
      assert.equal(model.strings.bigint(record), BigInt(value));
      assert.equal(model.keyspace.records.deadline(record), DEADLINE);
    }
  }
  model.set("k", "x");
  model.db.remove(model.find("k"));
  model.checks.verify(model.arena);
});

test("readInteger reads an int64 from any encoding, and nothing else", () => {
  const model = new Model();
  for (const [value, encoding] of SAMPLES) {
    const record = model.set("k", value);
    const isInteger = encoding === ENCODING_INT;
    assert.equal(model.strings.readInteger(record), isInteger ? Number(value) : Number.NaN);
    if (!isInteger) continue;
    assert.equal(model.strings.readInt64(record), BigInt(value));
    const text = model.strings.makeWritable(model.db, record, 0);
    assert.equal(model.encodingOf(text), ENCODING_RAW);
    assert.equal(model.strings.readInteger(text), Number(value));
    assert.equal(model.strings.readInt64(text), BigInt(value));
  }
});

test("random writes of all kinds leave what a Map holds", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const model = new Model();
  const expected = new Map<string, string>();
  const makeText = (): string => {
    const length = random.pick([0, 1, 8, 20, 44, 45, 100, 2000, 2048, 2049, 5000, 70_000]);
    return random.oneIn(3) ? random.integer() : String.fromCharCode(random.int(0, 255)).repeat(length);
  };
  for (let step = 0; step < 6000; step++) {
    const key = random.key(12, "k".repeat(random.pick([1, 1, 300])));
    const record = model.find(key);
    const old = expected.get(key);
    assert.equal(record !== 0, old !== undefined, `seed ${seed}`);
    const action = random.int(0, 9);
    if (record === 0 || old === undefined || action < 3) {
      const text = makeText();
      model.set(key, text, random.pick([DEADLINE_KEEP, DEADLINE_NONE, DEADLINE]));
      expected.set(key, text);
    } else if (action < 5) {
      const text = makeText();
      if (old.length > 200_000) continue;
      model.append(record, text);
      expected.set(key, old + text);
    } else if (action < 7) {
      const value = random.int(-1000, 2 ** 40);
      model.strings.setInteger(model.db, record, value);
      expected.set(key, String(value));
    } else if (action < 8) {
      model.db.setDeadline(record, random.pick([DEADLINE_NONE, DEADLINE, DEADLINE + 1]));
    } else if (action < 9) {
      const length = random.int(0, 4000);
      model.strings.makeWritable(model.db, record, length);
      expected.set(key, old.padEnd(length, "\0"));
    } else {
      model.db.remove(record);
      expected.delete(key);
    }
    const present = model.find(key);
    if (present !== 0) assert.equal(model.textOf(present), expected.get(key), `seed ${seed}, step ${step}`);
  }
  assert.equal(model.db.size, expected.size);
  for (const [key, text] of expected) assert.equal(model.textOf(model.find(key)), text, `seed ${seed}`);
  model.checks.verify(model.arena);
  model.keyspace.destroy();
  assert.equal(model.arena.usedBytes, 0);
});

test("a million writes in place leave the used bytes as they were", () => {
  const model = new Model();
  const texts = ["7", "an embedded string", "r".repeat(500), "l".repeat(5000), "l".repeat(70_000)];
  for (const [i, text] of texts.entries()) model.set(`k${i}`, text, i % 2 === 0 ? DEADLINE : DEADLINE_NONE);
  const { arena, db, strings } = model;
  const keys = texts.map((_, i) => viewOf(`k${i}`));
  const values = texts.map((text) => viewOf(text));
  const counter = model.find("k0");
  const used = arena.usedBytes;
  const blocks = arena.blockCount;
  for (let i = 0; i < 700_000; i++) strings.setInteger(db, counter, i);
  for (let i = 0; i < 300_000; i++) {
    // The large ones less often: each copies all its bytes.
    const which = i % 1000 === 0 ? 4 : i % 50 === 0 ? 3 : (i % 2) + 1;
    const [key, value] = [keys[which], values[which]];
    assert.ok(key && value);
    strings.set(db, key, 0, 2, value, 0, value.byteLength, DEADLINE_KEEP);
  }
  assert.equal(arena.usedBytes, used);
  assert.equal(arena.blockCount, blocks);
  assert.equal(model.find("k0"), counter);
  assert.equal(strings.integer(counter), 699_999);
});
