import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDouble, formatFullDouble, writeDouble, writeShortDouble } from "#src/resp/double-text.js";
import { readDouble } from "#src/resp/numbers.js";
import { readScoreTable } from "../data/score-texts.js";
import { Random } from "../support/random.js";

function written(write: (bytes: Uint8Array, at: number, value: number) => number, value: number): string {
  const bytes = Buffer.alloc(40, 0x2e);
  const end = write(bytes, 3, value);
  assert.equal(bytes.toString("latin1", 0, 3) + bytes.toString("latin1", end, end + 3), "......", `${value}`);
  return bytes.toString("latin1", 3, end);
}

test("doubles are printed as a redis-server 7.4 prints them", () => {
  const { rows } = readScoreTable();
  assert.ok(rows.length > 3000);
  for (const { score, bits, plain } of rows) assert.equal(written(writeDouble, score), plain, bits);
});

test("with 17 digits, doubles are printed as C prints them", () => {
  for (const { score, bits, scanned } of readScoreTable().rows) assert.equal(formatFullDouble(score), scanned, bits);
  assert.equal(formatFullDouble(0), "0");
  assert.equal(formatFullDouble(-0), "-0");
  assert.equal(formatFullDouble(Number.POSITIVE_INFINITY), "inf");
  assert.equal(formatFullDouble(Number.NEGATIVE_INFINITY), "-inf");
  // In the middle of two texts: the even one.
  assert.equal(formatFullDouble(1418687642459261 + 0.25), "1418687642459261.2");
  assert.equal(formatFullDouble(1418687642459261 + 0.75), "1418687642459261.8");
});

test("digests print large whole numbers by their shortest digits", () => {
  assert.equal(written(writeShortDouble, 1e18), "1e+18");
  assert.equal(written(writeShortDouble, 2 ** 62), "4611686018427388000");
  assert.equal(written(writeShortDouble, -(2 ** 53)), "-9007199254740992");
  assert.equal(written(writeShortDouble, 17), "17");
});

test("special values, whole numbers and fractions have the forms of Redis's replies", () => {
  const expected: readonly (readonly [number, string])[] = [
    [0, "0"],
    [-0, "-0"],
    [3, "3"],
    [-17.5, "-17.5"],
    [0.1, "0.1"],
    [0.30000000000000004, "0.30000000000000004"],
    [0.001, "0.001"],
    [0.00001, "0.00001"],
    [0.000015, "0.000015"],
    [-0.00012345, "-1.2345e-4"],
    [1e-7, "1e-7"],
    [5e-324, "5e-324"],
    [12345678.9, "12345678.9"],
    [1e15, "1000000000000000"],
    [1e18, "1000000000000000000"],
    [2 ** 53, "9007199254740992"],
    [1234567890123456800, "1234567890123456768"],
    [2 ** 62, "4611686018427387904"],
    [-(2 ** 62), "-4611686018427387904"],
    [4611686018427389000, "4611686018427389000"],
    [5e18, "5e+18"],
    [12345678901234567000, "12345678901234567000"],
    [1e20, "1e+20"],
    [1e21, "1e+21"],
    [1.5e300, "1.5e+300"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NEGATIVE_INFINITY, "-inf"],
    [Number.NaN, "nan"],
  ];
  for (const [value, text] of expected) {
    assert.equal(formatDouble(value), text);
    assert.equal(written(writeDouble, value), text);
  }
});

test("what is printed reads back as the same double", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const view = new DataView(new ArrayBuffer(8));
  for (let i = 0; i < 20_000; i++) {
    view.setUint32(0, random.uint32());
    view.setUint32(4, random.uint32());
    const value = random.oneIn(2) ? view.getFloat64(0) : (random.float() - 0.5) * 10 ** random.int(-8, 20);
    if (!Number.isFinite(value)) continue;
    const text = formatDouble(value);
    assert.ok(
      Object.is(readDouble(Buffer.from(text), 0, text.length), value),
      `seed ${seed}: ${value} printed as ${text}`,
    );
  }
});
