import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena, NONE } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { Dict } from "#src/storage/dict.js";
import { DictScan } from "#src/storage/dict-scan.js";
import { KeyHash } from "#src/storage/hash.js";
import { Random } from "../support/random.js";

const HEADER_BYTES = 4;

/** A dict of bare records (length byte, three unused bytes, key) beside a Map that says what it must hold. */
class Model {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly dict: Dict;
  readonly scan: DictScan;
  readonly root: number;
  readonly expected = new Map<string, number>();

  constructor(seed: number) {
    this.dict = new Dict(this.arena, new KeyHash(seed, ~seed), HEADER_BYTES);
    this.scan = new DictScan(this.dict);
    this.root = this.dict.create();
  }

  add(key: string): void {
    const bytes = Buffer.from(key, "latin1");
    const long = bytes.length > 254 ? 4 : 0;
    const record = this.arena.alloc(HEADER_BYTES + long + bytes.length);
    const window = this.arena.window(record);
    const at = this.arena.offset(record);
    window.bytes[at] = long > 0 ? 255 : bytes.length;
    if (long > 0) window.view.setUint32(at + HEADER_BYTES, bytes.length, true);
    window.bytes.set(bytes, at + HEADER_BYTES + long);
    this.dict.insert(this.root, this.dict.hashOfRecord(record), record);
    this.expected.set(key, record);
  }

  find(key: string): number {
    const bytes = new Uint8Array(Buffer.from(key, "latin1"));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.dict.find(this.root, this.dict.hash(view, 0, bytes.length), view, 0, bytes.length);
  }

  lookUp(key: string): number {
    const bytes = new Uint8Array(Buffer.from(key, "latin1"));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return this.dict.lookUp(this.root, view, 0, bytes.length);
  }

  /** Puts a copy in the place of the record, as a record that grows does. */
  move(key: string): void {
    const old = this.find(key);
    const bytes = this.arena.sizeOf(old);
    const moved = this.arena.alloc(bytes);
    const from = this.arena.offset(old);
    this.arena
      .window(moved)
      .bytes.set(this.arena.window(old).bytes.subarray(from, from + bytes), this.arena.offset(moved));
    this.dict.replace(this.root, this.dict.hashOfRecord(old), old, moved);
    this.arena.free(old);
    this.expected.set(key, moved);
  }

  remove(key: string): void {
    const record = this.find(key);
    assert.equal(this.dict.remove(this.root, this.dict.hashOfRecord(record), record), true);
    this.arena.free(record);
    this.expected.delete(key);
  }

  keyOf(record: number): string {
    const window = this.arena.window(record);
    const at = this.arena.offset(record);
    const long = window.bytes[at] === 255;
    const length = long ? window.view.getUint32(at + HEADER_BYTES, true) : (window.bytes[at] ?? 0);
    const start = at + HEADER_BYTES + (long ? 4 : 0);
    return Buffer.from(window.bytes.subarray(start, start + length)).toString("latin1");
  }

  verify(): void {
    assert.equal(this.dict.count(this.root), this.expected.size);
    for (const [key, record] of this.expected) assert.equal(this.find(key), record, `find ${JSON.stringify(key)}`);
    const seen = new Set<string>();
    this.scan.forEach(this.root, (record) => seen.add(this.keyOf(record)));
    assert.equal(seen.size, this.expected.size);
    this.checks.verify(this.arena);
  }
}

/** A small generator (mulberry32), so that a failure can be repeated from the seed in its message. */
function seeded(seed: number): (limit: number) => number {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

test("a dict holds what a Map holds through random growth and shrinking", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = seeded(seed);
  const model = new Model(seed);
  for (let phase = 0; phase < 6; phase++) {
    const growing = phase % 2 === 0;
    for (let i = 0; i < 12000; i++) {
      const key = `key:${random(16000)}`;
      const has = model.expected.has(key);
      if (!has && (growing || random(8) === 0)) model.add(key);
      else if (has && (!growing || random(8) === 0)) model.remove(key);
    }
    model.verify();
  }
  for (const key of [...model.expected.keys()]) model.remove(key);
  assert.equal(model.dict.segmentCount(model.root), 1, `seed ${seed}: an emptied dict is back to one segment`);
  model.dict.destroy(model.root);
  assert.equal(model.arena.usedBytes, 0, `seed ${seed}: nothing is left in the arena`);
});

test("lookUp answers as find does, whatever happens to the record that it found last", () => {
  const random = new Random(11);
  const model = new Model(11);
  const keys = ["a", "b", "hot", "k".repeat(300)];
  for (let i = 0; i < 20_000; i++) {
    const key = random.pick(keys);
    const isThere = model.expected.has(key);
    const step = random.int(0, 9);
    if (step === 0 && isThere) model.remove(key);
    else if (step === 1 && isThere) model.move(key);
    else if (step <= 3 && !isThere) model.add(key);
    const asked = random.pick(keys);
    assert.equal(model.lookUp(asked), model.expected.get(asked) ?? NONE, `step ${i}: ${asked.slice(0, 3)}`);
  }
});

test("lookUp finds nothing of an old dict in a new one, though it has the same handle", () => {
  const model = new Model(12);
  model.add("hot");
  assert.notEqual(model.lookUp("hot"), NONE);
  const other = model.dict.create();
  const bytes = new DataView(Uint8Array.from(Buffer.from("hot")).buffer);
  assert.equal(model.dict.lookUp(other, bytes, 0, 3), NONE);
  const record = model.lookUp("hot");
  model.dict.destroy(model.root);
  model.arena.free(record);
  const again = model.dict.create();
  assert.equal(again, model.root);
  assert.equal(model.dict.lookUp(again, bytes, 0, 3), NONE);
});

test("keys of every length are found, also empty, binary and longer than a length byte", () => {
  const model = new Model(7);
  for (const length of [0, 1, 2, 3, 4, 5, 253, 254, 255, 256, 5000, 70000]) {
    model.add(String.fromCharCode(length & 255).repeat(length));
  }
  model.verify();
  assert.equal(model.find("absent"), NONE);
});

test("a scan visits every entry that stays, exactly once, while the dict grows and shrinks", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = seeded(seed);
  const model = new Model(seed);
  for (let i = 0; i < 4000; i++) model.add(`stay:${i}`);
  const visits = new Map<string, number>();
  let cursor = 0;
  let step = 0;
  do {
    cursor = model.scan.scanBucket(model.root, cursor);
    for (const record of model.scan.records.slice(0, model.scan.count)) {
      const key = model.keyOf(record);
      visits.set(key, (visits.get(key) ?? 0) + 1);
    }
    const growing = Math.floor(step++ / 200) % 2 === 0;
    for (let i = 0; i < 60; i++) {
      const key = `come:${random(20000)}`;
      if (growing && !model.expected.has(key)) model.add(key);
      else if (!growing && model.expected.has(key)) model.remove(key);
    }
  } while (cursor !== 0);
  for (let i = 0; i < 4000; i++) assert.equal(visits.get(`stay:${i}`), 1, `seed ${seed}: stay:${i}`);
  for (const [key, count] of visits) assert.ok(count === 1 || key.startsWith("come:"), `seed ${seed}: ${key} ${count}`);
});

/** Draws from a dict, and checks that every entry comes up about equally often. */
function checkUniform(model: Model, draws: number, seed: number): void {
  const random = seeded(seed);
  const keys = model.expected.size;
  const counts = new Map<number, number>();
  for (let i = 0; i < draws; i++) {
    const record = model.scan.pickRandom(model.root, random);
    counts.set(record, (counts.get(record) ?? 0) + 1);
  }
  assert.equal(counts.size, keys, `seed ${seed}: all entries are drawn`);
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - draws / keys) ** 2 / (draws / keys);
  // k - 1 degrees of freedom: mean k - 1, deviation the root of twice that; seven deviations is one run in 10^11.
  const bound = keys - 1 + 7 * Math.sqrt(2 * (keys - 1));
  assert.ok(chiSquare < bound, `seed ${seed}: chi-square ${chiSquare} of ${keys} entries`);
}

test("pickRandom draws each entry about equally often", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const model = new Model(seed);
  for (let i = 0; i < 1500; i++) model.add(`k${i}`);
  checkUniform(model, 150_000, seed);
});

test("pickRandom is as fair when hardly anything is left of a large dict, in whatever order it was emptied", () => {
  for (const inHashOrder of [false, true]) {
    for (const left of [2, 40, 300]) {
      const seed = (Math.random() * 2 ** 31) | 0;
      const model = new Model(seed);
      for (let i = 0; i < 20_000; i++) model.add(`k${i}`);
      const keys: string[] = [];
      if (inHashOrder) model.scan.forEach(model.root, (record) => keys.push(model.keyOf(record)));
      else keys.push(...model.expected.keys());
      for (const key of keys.slice(0, -left)) model.remove(key);
      checkUniform(model, Math.max(4000, left * 100), seed);
    }
  }
});

test("a small dict takes little, grows with its entries and shrinks with them", () => {
  const model = new Model(3);
  const sizes: number[] = [];
  for (let i = 0; i < 500; i++) {
    model.add(`k${i}`);
    const bytes = model.dict.tableBytes(model.root);
    if (sizes.at(-1) !== bytes) sizes.push(bytes);
    // Half of the largest step, and the first one: 12 entries in 128 bytes.
    assert.ok(bytes < 200 + (i + 1) * 24, `${bytes} bytes for ${i + 1} entries`);
    assert.ok(model.dict.slotCount(model.root) >= i + 1);
  }
  assert.ok(sizes.length >= 5, `it took ${sizes.join(", ")} bytes`);
  model.verify();
  for (let i = 499; i >= 5; i--) model.remove(`k${i}`);
  assert.ok(model.dict.tableBytes(model.root) <= 300);
  model.verify();
});

test("a scan of a small dict visits every entry that stays, exactly once, at whatever sizes it has meanwhile", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const model = new Model(seed);
    const stay = random(30) + 1;
    for (let i = 0; i < stay; i++) model.add(`stay:${i}`);
    const visits = new Map<string, number>();
    let cursor = 0;
    do {
      cursor = model.scan.scanBucket(model.root, cursor);
      for (const record of model.scan.records.slice(0, model.scan.count)) {
        const key = model.keyOf(record);
        visits.set(key, (visits.get(key) ?? 0) + 1);
      }
      const growing = random(2) === 0;
      for (let i = 0; i < 40; i++) {
        const key = `come:${random(400)}`;
        if (growing && !model.expected.has(key)) model.add(key);
        else if (!growing && model.expected.has(key)) model.remove(key);
      }
    } while (cursor !== 0);
    for (let i = 0; i < stay; i++) assert.equal(visits.get(`stay:${i}`), 1, `seed ${seed}: stay:${i}`);
    model.verify();
  }
});

test("pickRandom and sample are fair in small dicts of every size", () => {
  for (const keys of [2, 11, 12, 13, 40, 100, 350]) {
    const model = new Model(keys);
    for (let i = 0; i < keys; i++) model.add(`k${i}`);
    checkUniform(model, Math.max(4000, keys * 100), keys);
    const random = seeded(keys);
    const seen = new Set<number>();
    for (let i = 0; i < 100 * keys; i++) {
      model.scan.sample(model.root, 5, random);
      for (let k = 0; k < model.scan.segmentCount; k++) seen.add(model.scan.segmentRecords[k] ?? NONE);
    }
    assert.equal(seen.size, keys, `${keys} keys`);
  }
});
