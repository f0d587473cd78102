import assert from "node:assert/strict";
import { test } from "node:test";
import { Arena } from "#src/storage/arena.js";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { Int64 } from "#src/storage/int64.js";
import { Intset } from "#src/storage/intset.js";
import { countValidIntegers } from "#src/storage/intset-check.js";
import { Random } from "../support/random.js";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** An intset, and the sorted integers that should be in it. */
class Bench {
  readonly checks = new ArenaChecks();
  readonly arena = new Arena({ checks: this.checks });
  readonly intsets = new Intset(this.arena);
  set = this.intsets.create();

  take(value: bigint): void {
    const text = Buffer.from(String(value));
    assert.ok(this.intsets.value.tryReadText(viewOf(text), 0, text.length), `${value} is an int64`);
  }

  add(value: bigint): boolean {
    this.take(value);
    this.set = this.intsets.add(this.set);
    return this.intsets.changed;
  }

  remove(value: bigint): boolean {
    this.take(value);
    this.set = this.intsets.remove(this.set);
    return this.intsets.changed;
  }

  has(value: bigint): boolean {
    this.take(value);
    return this.intsets.has(this.set);
  }

  list(): bigint[] {
    const { intsets } = this;
    return Array.from({ length: intsets.count(this.set) }, (_, index) => {
      intsets.read(this.set, index);
      intsets.locate();
      return BigInt(Buffer.from(intsets.view.buffer, intsets.start, intsets.length).toString("latin1"));
    });
  }

  bytes(): Buffer {
    const at = this.arena.offset(this.set);
    return Buffer.from(this.arena.window(this.set).bytes.subarray(at, at + this.intsets.byteLength(this.set)));
  }

  close(): void {
    this.arena.free(this.set);
    this.checks.verify(this.arena);
    assert.equal(this.arena.usedBytes, 0);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Around the ends of every width, and in each width. */
function pickInteger(random: Random, bits: number): bigint {
  if (random.oneIn(4)) {
    const edge = 2n ** BigInt(random.pick([0, 15, 16, 31, 32, 52, 53, 62, 63].filter((exponent) => exponent < bits)));
    return BigInt.asIntN(64, (random.oneIn(2) ? edge : -edge) + BigInt(random.int(-2, 2)));
  }
  return BigInt.asIntN(random.int(1, bits), random.bytes(8).readBigInt64LE());
}

// What redis-server has in the intset of these members, from its DUMP.
const NARROW = [1n, -1n, 32767n, -32768n, 0n];
const MIDDLE = [...NARROW, 32768n, -32769n, 2147483647n, -2147483648n];
const BEYOND_DOUBLE = 9007199254740993n;
const WIDE = [...MIDDLE, 2147483648n, -2147483649n, BEYOND_DOUBLE, -BEYOND_DOUBLE, INT64_MAX, INT64_MIN];
const GOLDENS: readonly (readonly [members: readonly bigint[], hex: string])[] = [
  [NARROW, "02000000050000000080ffff00000100ff7f"],
  [MIDDLE, "040000000900000000000080ff7fffff0080ffffffffffff0000000001000000ff7f000000800000ffffff7f"],
  [
    WIDE,
    "080000000f0000000000000000000080ffffffffffffdfffffffff7fffffffff00000080ffffffffff7fffffffffffff0080ffff" +
      "ffffffffffffffffffffffff00000000000000000100000000000000ff7f0000000000000080000000000000ffffff7f00000000" +
      "00000080000000000100000000002000ffffffffffffff7f",
  ],
];

test("an intset has the bytes that redis-server writes for the same members, in any order of insertion", () => {
  const random = new Random(5);
  for (const [members, hex] of GOLDENS) {
    for (let round = 0; round < 10; round++) {
      const bench = new Bench();
      for (const member of random.shuffle(members)) assert.ok(bench.add(member));
      assert.equal(bench.bytes().toString("hex"), hex);
      assert.equal(countValidIntegers(viewOf(bench.bytes()), 0, bench.bytes().length), members.length);
      bench.close();
    }
  }
});

test("random additions and removals keep an intset equal to its model, at every width", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  for (const bits of [4, 16, 17, 32, 33, 53, 54, 64]) {
    const bench = new Bench();
    const model = new Set<bigint>();
    for (let step = 0; step < 1500; step++) {
      const value = pickInteger(random, bits);
      const where = `seed ${seed}, ${bits} bits, step ${step}: ${value}`;
      assert.equal(bench.has(value), model.has(value), where);
      const shrinks = Math.floor(step / 300) % 2 === 1;
      const [known] = model;
      if (shrinks && known !== undefined && random.oneIn(2)) {
        assert.equal(bench.remove(known), model.delete(known), where);
      }
      if (random.oneIn(3)) assert.equal(bench.remove(value), model.delete(value), where);
      else assert.equal(bench.add(value), !model.has(value) && model.add(value).size > 0, where);
      if (step % 50 > 0) continue;
      assert.deepEqual(
        bench.list(),
        [...model].sort((a, b) => (a < b ? -1 : 1)),
        where,
      );
    }
    const bytes = bench.bytes();
    assert.equal(countValidIntegers(viewOf(bytes), 0, bytes.length), model.size === 0 ? -1 : model.size);
    for (const value of model) assert.ok(bench.remove(value));
    assert.equal(bench.intsets.count(bench.set), 0);
    bench.close();
  }
});

test("an integer too wide for the set is absent from it, and a removal leaves the width", () => {
  const bench = new Bench();
  bench.add(5n);
  for (const value of [32768n, -32769n, 2n ** 32n + 5n, INT64_MIN]) {
    assert.equal(bench.has(value), false);
    assert.equal(bench.remove(value), false);
  }
  assert.equal(bench.bytes()[0], 2);
  bench.add(INT64_MAX);
  bench.remove(INT64_MAX);
  assert.deepEqual([bench.bytes()[0], bench.list()], [8, [5n]]);
  bench.close();
});

test("integers are read from text in their one canonical form only", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const value = new Int64();
  const out = new Uint8Array(32);
  for (let round = 0; round < 20_000; round++) {
    const text = random.oneIn(2) ? String(pickInteger(random, 64)) : random.integerLike();
    const bytes = Buffer.from(`<${text}>`, "latin1");
    const isCanonical = /^(0|-?[1-9]\d{0,18})$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
    value.set(7, 7);
    assert.equal(value.tryReadText(viewOf(bytes), 1, bytes.length - 2), isCanonical, JSON.stringify(text));
    if (!isCanonical) {
      assert.deepEqual([value.high, value.low], [7, 7]);
      continue;
    }
    assert.equal((BigInt(value.high) << 32n) | BigInt(value.low), BigInt(text));
    assert.equal(value.number, Number(text));
    assert.equal(Buffer.from(out.subarray(3, 3 + value.writeText(out, 3))).toString("latin1"), text);
  }
});

test("a number becomes the same two words as its text", () => {
  const value = new Int64();
  for (const number of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1]) {
    value.setNumber(number);
    assert.equal((BigInt(value.high) << 32n) | BigInt(value.low), BigInt(number));
    assert.equal(value.isSafe, true);
  }
});

test("the check refuses every cut, unsorted and repeated integers, wrong widths and empty sets", () => {
  for (const [, hex] of GOLDENS) {
    const bytes = Buffer.from(hex, "hex");
    const check = (changed: Buffer): number => countValidIntegers(viewOf(changed), 0, changed.length);
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(check(bytes.subarray(0, length)), -1, `cut to ${length}`);
      assert.equal(countValidIntegers(viewOf(bytes.subarray(0, length)), 0, bytes.length), -1);
    }
    const width = bytes.readUInt32LE(0);
    const repeated = Buffer.from(bytes);
    repeated.copy(repeated, 8 + width, 8, 8 + width);
    assert.equal(check(repeated), -1);
    const swapped = Buffer.from(bytes);
    bytes.copy(swapped, 8, 8 + width, 8 + 2 * width);
    bytes.copy(swapped, 8 + width, 8, 8 + width);
    assert.equal(check(swapped), -1);
    for (const wrong of [0, 1, 3, 16, 2 ** 31]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt32LE(wrong, 0);
      assert.equal(check(changed), -1);
    }
  }
  assert.equal(countValidIntegers(viewOf(Buffer.from("0200000000000000", "hex")), 0, 8), -1);
});

test("copies are apart, and a shrinking intset gives memory back", () => {
  const bench = new Bench();
  for (let i = 0; i < 4000; i++) bench.add(BigInt(i * 100_000));
  const copy = bench.intsets.copy(bench.set);
  const before = bench.arena.usedBytes;
  for (let i = 100; i < 4000; i++) bench.remove(BigInt(i * 100_000));
  assert.ok(bench.arena.usedBytes < before * 0.6, `${bench.arena.usedBytes} of ${before} bytes are still in use`);
  assert.deepEqual([bench.intsets.count(bench.set), bench.intsets.count(copy)], [100, 4000]);
  bench.arena.free(bench.set);
  bench.set = bench.intsets.load(
    bench.arena.window(copy).view,
    bench.arena.offset(copy),
    bench.intsets.byteLength(copy),
  );
  assert.equal(bench.list().at(-1), 399_900_000n);
  bench.arena.free(copy);
  bench.close();
});
