import assert from "node:assert/strict";
import { test } from "node:test";
import { countDigits, readDouble, readInt64, readInteger, readLooseDouble, writeInteger } from "#src/resp/numbers.js";
import { Random } from "../support/random.js";

function withBytes<T>(text: string, read: (bytes: Uint8Array, start: number, end: number) => T): T {
  // Digits around the range show whether a reader stays inside of it.
  const bytes = Buffer.from(`12${text}34`, "latin1");
  return read(bytes, 2, bytes.length - 2);
}

/** The rule of the protocol: a canonical decimal that fits 64 bits. */
function expectedInteger(text: string): number {
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return Number.NaN;
  const value = BigInt(text);
  return value === BigInt.asIntN(64, value) ? Number(value) : Number.NaN;
}

test("readInteger takes canonical int64s and nothing else", () => {
  const texts = [
    "",
    "0",
    "-0",
    "00",
    "01",
    "-",
    "--1",
    "+1",
    " 1",
    "1 ",
    "1.0",
    "1e3",
    "0x1",
    "1\0",
    "a",
    "-a",
    "/",
    ":",
  ];
  const edges = [2n ** 31n, 2n ** 32n, 2n ** 53n, 10n ** 15n, 10n ** 16n, 10n ** 18n, 10n ** 19n, 2n ** 63n, 2n ** 64n];
  for (const edge of edges) {
    for (const off of [-1025n, -2n, -1n, 0n, 1n, 2n, 1025n]) texts.push(String(edge + off), String(-edge + off));
  }
  for (const text of texts) assert.equal(withBytes(text, readInteger), expectedInteger(text), JSON.stringify(text));
});

test("readInteger agrees with BigInt on random digits, and readInt64 is exact", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  for (let i = 0; i < 20_000; i++) {
    const sign = random.oneIn(2) ? "-" : "";
    const text = sign + random.list(1, 21, () => random.int(0, 9)).join("");
    const value = withBytes(text, readInteger);
    assert.equal(value, expectedInteger(text), `seed ${seed}: ${text}`);
    if (!Number.isNaN(value)) assert.equal(withBytes(text, readInt64), BigInt(text), `seed ${seed}`);
  }
});

test("writeInteger and countDigits agree with String", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const values = [
    0,
    1,
    -1,
    2 ** 31 - 1,
    2 ** 31,
    2 ** 31 + 1,
    -(2 ** 31),
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ];
  for (let digits = 1; digits <= 15; digits++) values.push(10 ** digits, 10 ** digits - 1, -(10 ** digits));
  for (let i = 0; i < 20_000; i++) values.push(Math.trunc((random.float() - 0.5) * 10 ** random.int(0, 16)) || 0);
  const bytes = Buffer.alloc(40);
  for (const value of values) {
    bytes.fill(0x2e);
    const end = writeInteger(bytes, 3, value);
    assert.equal(bytes.toString("latin1", 3, end), String(value), `seed ${seed}`);
    assert.equal(bytes.toString("latin1", 0, 3) + bytes.toString("latin1", end, end + 3), "......", `seed ${seed}`);
    if (value >= 0) assert.equal(countDigits(value), String(value).length, `seed ${seed}: ${value}`);
  }
});

test("readDouble takes what strtod takes", () => {
  const expected: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["-0", -0],
    ["+5", 5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1E-3", 0.001],
    ["0e9999", 0],
    ["4.9e-324", 5e-324],
    ["inf", Number.POSITIVE_INFINITY],
    ["+Inf", Number.POSITIVE_INFINITY],
    ["-INFINITY", Number.NEGATIVE_INFINITY],
    ["0x10", 16],
    ["-0X1.8p3", -12],
    ["0x.8", 0.5],
    ["0x0p99999", 0],
    ["0x1p-1074", 5e-324],
    ["0x10000000p-1102", 5e-324],
    ["0x1.8p-1074", 1e-323],
    ["0x1fffffffffffff8p0", 2 ** 57],
    ["0x1fffffffffffff7p0", 2 ** 57 - 16],
    ["0x1.fffffffffffffp1023", Number.MAX_VALUE],
  ];
  for (const [text, value] of expected) assert.ok(Object.is(withBytes(text, readDouble), value), text);
  assert.equal(withBytes(`0.${"0".repeat(500)}1e501`, readDouble), 1, "a long text");
});

test("readDouble refuses what is no number, overflows or vanishes", () => {
  const refused = [
    "",
    " 1",
    "1 ",
    "1,5",
    "one",
    "1e",
    "--1",
    "1.5.5",
    ".",
    "e1",
    "nan",
    "-nan",
    "NaN",
    "infi",
    "in",
    "1\0",
  ];
  const beyond = [
    "1e400",
    "-1e400",
    "1e-400",
    "0.0001e-5000",
    "0x1p1024",
    "0x1p-1075",
    "0x1p99999999999",
    "0x1p-99999999999",
  ];
  for (const text of [...refused, "0x", "0x.", "0x.p1", "0x1p", "0xg", ...beyond]) {
    assert.ok(Number.isNaN(withBytes(text, readDouble)), JSON.stringify(text));
  }
});

test("readDouble reads plain decimals exactly as ECMAScript does", () => {
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  for (let i = 0; i < 20_000; i++) {
    const digits = random.list(1, 17, () => random.int(0, 9)).join("");
    const point = random.int(0, digits.length);
    const body = random.oneIn(3) ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
    const text = (random.oneIn(2) ? "-" : "") + body;
    assert.ok(Object.is(withBytes(text, readDouble), Number(text)), `seed ${seed}: ${text}`);
  }
  for (const text of [".", "-", "-.", "1..2", "1.2.3", "1-", "--1"])
    assert.ok(Number.isNaN(withBytes(text, readDouble)));
});

test("readDouble reads longer decimals exactly as ECMAScript does, also in the middle of two doubles", () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = new Random(seed);
  const middles = ["9007199254740993", "4503599627370497.5", "-4503599627370496.5", "+9007199254740993.50"];
  const texts = Array.from({ length: 20_000 }, () => {
    const value = (2 * random.float() - 1) * 10 ** random.int(-4, 7);
    return random.pick([
      () => String(value),
      () => value.toFixed(random.int(10, 18)),
      () => value.toPrecision(random.int(15, 20)),
      () => `000${Math.abs(value).toFixed(14)}`,
      () => `${random.int(0, 2 ** 50)}${random.int(0, 999)}`,
      () => `${random.int(2 ** 30, 2 ** 50)}.`,
    ])();
  });
  for (const text of [...middles, ...texts]) {
    assert.ok(Object.is(withBytes(text, readDouble), Number(text)), `seed ${seed}: ${text}`);
  }
  for (const text of ["12345678901..5", "1234567890.1234567-", "1234567890x1234567", "+-12345678901234567"]) {
    assert.ok(Number.isNaN(withBytes(text, readDouble)), text);
  }
});

test("readLooseDouble takes what plain strtod takes", () => {
  const taken: readonly (readonly [text: string, value: number])[] = [
    ["", 0],
    ["\0abc", 0],
    ["1\0abc", 1],
    [" \t\n\v\f\r1.5", 1.5],
    ["1e400", Number.POSITIVE_INFINITY],
    ["-1e400", Number.NEGATIVE_INFINITY],
    ["1e-400", 0],
    ["0x10", 16],
    ["+inf", Number.POSITIVE_INFINITY],
    ["-0", -0],
    ["5.", 5],
  ];
  for (const [text, value] of taken)
    assert.ok(Object.is(withBytes(text, readLooseDouble), value), JSON.stringify(text));
  for (const text of [" ", "1 ", "nan", "one", "1e", "(1", "\0".padStart(2, " ")]) {
    assert.ok(Number.isNaN(withBytes(text, readLooseDouble)), JSON.stringify(text));
  }
});
