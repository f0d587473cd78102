import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addLongDoubles,
  formatLongDouble,
  isFiniteLongDouble,
  type LongDouble,
  longDoubleOf,
  readLongDouble,
} from "#src/resp/long-double.js";
import { Random } from "../support/random.js";

function read(text: string): LongDouble {
  const value = readLongDouble(text);
  assert.ok(value, `${text} is a long double`);
  return value;
}

function sum(a: string, b: string): LongDouble {
  const result = addLongDoubles(read(a), read(b));
  assert.ok(result);
  return result;
}

test("what strtold refuses, overflows or vanishes is no long double", () => {
  const refused = [
    "",
    " 1",
    "1 ",
    "1\n",
    "1e",
    "e5",
    ".",
    "+",
    "-",
    "--1",
    "1.2.3",
    "0x",
    "0x.p1",
    "0x1p",
    "nan",
    "infi",
  ];
  for (const text of [
    ...refused,
    "1\0",
    "1,5",
    "1e5000",
    "-1e5000",
    "1e-5000",
    "0x1p16384",
    "0x1p-16447",
    "9".repeat(5120),
  ]) {
    assert.equal(readLongDouble(text), null, JSON.stringify(text.slice(0, 20)));
  }
});

test("what strtold takes is printed as printf prints it", () => {
  const expected: readonly (readonly [string, string])[] = [
    ["0", "0"],
    ["-0", "0"],
    ["+5", "5"],
    [".5", "0.5"],
    ["5.", "5"],
    ["0x10", "16"],
    ["0X.8P+1", "1"],
    ["0x1p-3", "0.125"],
    ["1e3", "1000"],
    ["-1E-2", "-0.01"],
    ["0e999999999999", "0"],
    ["0x0p99999999999", "0"],
    ["0.1", "0.1"],
    ["3.00000000000000000001", "3"],
    ["-1e-20", "0"],
    ["1e-17", "0.00000000000000001"],
    ["123456789012345678901234567890", "123456789012345678899921813504"],
    ["18446744073709551615", "18446744073709551615"],
    ["18446744073709551617", "18446744073709551616"],
    ["18446744073709551619", "18446744073709551620"],
  ];
  for (const [text, printed] of expected) assert.equal(formatLongDouble(read(text)), printed, text);
});

test("the ends of the range are kept: the largest value, the smallest denormal", () => {
  const largest = read("0xffffffffffffffffp16320");
  assert.deepEqual(largest, { mantissa: 2n ** 64n - 1n, exponent: 16320 });
  assert.equal(formatLongDouble(largest), ((2n ** 64n - 1n) << 16320n).toString());
  assert.equal(readLongDouble("0xffffffffffffffff.8p16320"), null, "half a unit above rounds to infinity");
  const smallest = read("0x1p-16445");
  assert.deepEqual(smallest, { mantissa: 1n, exponent: -16445 });
  assert.equal(readLongDouble("0x1p-16446"), null, "half of it is even zero");
  assert.deepEqual(read("0x1.8p-16446"), smallest);
});

test("a sum beyond the range is infinite, and infinities of both signs have none", () => {
  const top = "0xffffffffffffffffp16320";
  assert.equal(isFiniteLongDouble(sum(top, top)), false);
  assert.equal(isFiniteLongDouble(sum("inf", "1")), false);
  assert.equal(isFiniteLongDouble(sum("1", "-infinity")), false);
  assert.equal(addLongDoubles(read("inf"), read("-inf")), null);
  assert.equal(formatLongDouble(sum(top, `-${top}`)), "0");
});

test("sums round half to even in the last of 64 bits", () => {
  const even = longDoubleOf(2n ** 63n);
  assert.equal(addLongDoubles(even, read("0.5"))?.mantissa, 2n ** 63n);
  assert.equal(addLongDoubles(longDoubleOf(2n ** 63n + 1n), read("0.5"))?.mantissa, 2n ** 63n + 2n);
  assert.equal(addLongDoubles(even, read("0.5000000000000000001"))?.mantissa, 2n ** 63n + 1n);
  assert.equal(formatLongDouble(sum("0.1", "0.2")), "0.3");
  assert.equal(formatLongDouble(sum("10.5", "0.1")), "10.6");
  assert.equal(formatLongDouble(sum("5.0e3", "2.0e2")), "5200");
});

test("adding is exact in rational arithmetic, rounded once", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  for (let i = 0; i < 3000; i++) {
    const make = (): LongDouble => ({
      mantissa: BigInt.asIntN(64, (BigInt(random.uint32()) << 32n) | BigInt(random.uint32())),
      exponent: random.int(-90, 90),
    });
    const [a, b] = [make(), make()];
    const result = addLongDoubles(a, b);
    assert.ok(result);
    // All in units of 2^-200, which divides each operand's unit and the result's.
    const inUnits = ({ mantissa, exponent }: LongDouble): bigint => mantissa << BigInt(exponent + 200);
    const error = inUnits(result) - inUnits(a) - inUnits(b);
    const size = error < 0n ? -error : error;
    const unit = 1n << BigInt(result.exponent + 200);
    const where = `seed ${seed}: ${JSON.stringify([a, b].map(String))}`;
    assert.ok(2n * size <= unit, where);
    if (2n * size === unit) assert.equal(result.mantissa & 1n, 0n, where);
    const bits = (result.mantissa < 0n ? -result.mantissa : result.mantissa).toString(2).length;
    assert.ok(result.mantissa === 0n || bits === 64, where);
  }
});
