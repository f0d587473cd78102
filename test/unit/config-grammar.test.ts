// The word and number grammar of redis.conf, each rule by example, and that quoting survives the way back.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatMemory,
  formatPercentile,
  readDouble,
  readInteger,
  readLooseInteger,
  readMemory,
  readOctal,
} from "#src/config/numbers.js";
import { quoteArg, quoteArgIfNeeded, splitArgs, splitAtBlanks, trimLine } from "#src/config/split-args.js";
import { Random } from "../support/random.js";

test("words are split at blanks and joined by quotes", () => {
  const cases: [line: string, words: string[]][] = [
    ["", []],
    [" \t\v\f ", []],
    ["save 900 1", ["save", "900", "1"]],
    ["  a\tb\r\nc  ", ["a", "b", "c"]],
    ['""', [""]],
    ["''", [""]],
    ['a "b c" d', ["a", "b c", "d"]],
    ['a"b c"', ["ab c"]],
    ["a'b c'", ["ab c"]],
    ["a\vb", ["a\vb"]],
    ['"\\n\\r\\t\\b\\a"', ["\n\r\t\b\x07"]],
    ['"\\x00\\xfF\\xg1\\x1"', ["\0\xffxg1x1"]],
    ['"\\"\\\\\\q\'"', ["\"\\q'"]],
    ["'\\' \\n \"'", ["' \\n \""]],
    ["a\\nb", ["a\\nb"]],
    ["\xe9 \xff", ["\xe9", "\xff"]],
  ];
  for (const [line, words] of cases) assert.deepEqual(splitArgs(line), words, JSON.stringify(line));
});

test("unbalanced quotes and a closing quote that something follows are refused", () => {
  for (const line of ['"', "'", '"a', "'a", '"a\\', '"a"b', "'a'b", '"a""b"', 'x "a\\"']) {
    assert.equal(splitArgs(line), null, line);
  }
});

test("a quoted word of any bytes reads back as itself", () => {
  const random = new Random(20240801);
  for (let round = 0; round < 500; round++) {
    const word = random.value().toString("latin1");
    assert.deepEqual(splitArgs(`x ${quoteArg(word)}`), ["x", word], `seed ${random.seed}, round ${round}`);
    assert.deepEqual(splitArgs(`x ${quoteArgIfNeeded(word)}`), ["x", word], `seed ${random.seed}, round ${round}`);
  }
});

test("quoting escapes what is not printable and leaves plain words alone where it may", () => {
  assert.equal(quoteArg('a"\\\n\r\t\x07\b\0\x7f\xe9 z'), '"a\\"\\\\\\n\\r\\t\\a\\b\\x00\\x7f\\xe9 z"');
  assert.equal(quoteArgIfNeeded("127.0.0.1"), "127.0.0.1");
  assert.equal(quoteArgIfNeeded(""), '""');
  assert.equal(quoteArgIfNeeded("a b"), '"a b"');
});

test("CONFIG SET splits at every single blank, and trimming takes line ends too", () => {
  assert.deepEqual(splitAtBlanks(""), []);
  assert.deepEqual(splitAtBlanks("900  1 "), ["900", "", "1", ""]);
  assert.equal(trimLine(" \t\r\n a b \r\n"), "a b");
  assert.equal(trimLine(" \v "), "\v");
});

test("integers are strict, and loose ones are as loose as strtoll", () => {
  for (const text of ["", "+5", "05", "-0", "--1", " 1", "1 ", "1.0", "0x1", "9223372036854775808"]) {
    assert.equal(readInteger(text), null, text);
  }
  assert.equal(readInteger("-9223372036854775808"), -(2n ** 63n));
  assert.equal(readInteger("0"), 0n);
  const loose: [string, bigint | null][] = [
    ["", 0n],
    [" +05", 5n],
    ["\t-7", -7n],
    ["5 ", null],
    ["x", null],
    [" ", null],
    ["99999999999999999999", 2n ** 63n - 1n],
  ];
  for (const [text, value] of loose) assert.equal(readLooseInteger(text), value, text);
  assert.equal(readOctal("0777"), 511n);
  assert.equal(readOctal("8"), null);
  assert.equal(readOctal(""), 0n);
  assert.equal(readOctal("-1"), -1n);
});

test("memory takes decimal and binary units in any case", () => {
  const cases: [string, bigint | null][] = [
    ["100", 100n],
    ["1b", 1n],
    ["1k", 1000n],
    ["1kb", 1024n],
    ["1m", 1000000n],
    ["1MB", 1048576n],
    ["1g", 1000000000n],
    ["1Gb", 1073741824n],
    ["", 0n],
    ["mb", 0n],
    ["-1", null],
    ["1tb", null],
    ["1.5gb", null],
    ["1 mb", null],
    ["1mbb", null],
    [`${"0".repeat(127)}`, 0n],
    [`${"0".repeat(128)}`, null],
  ];
  for (const [text, value] of cases) assert.equal(readMemory(text), value, text);
  assert.deepEqual([0, 1, 1023, 1024, 1536, 1048576, 3 * 2 ** 30].map(formatMemory), [
    "0",
    "1",
    "1023",
    "1kb",
    "1536",
    "1mb",
    "3gb",
  ]);
});

test("percentiles have at most six decimals and round ties to even", () => {
  assert.deepEqual([50, 99.9, 99.99999, 0, 0.0078125, 0.0234375, 12.1234567].map(formatPercentile), [
    "50",
    "99.9",
    "99.99999",
    "0",
    "0.007812",
    "0.023438",
    "12.123457",
  ]);
  const doubles: [string, number | null][] = [
    ["1e1", 10],
    [".5", 0.5],
    ["5.", 5],
    ["0x10", 16],
    ["-0x10", -16],
    ["-inf", -Infinity],
    ["nan", null],
    ["", null],
    [" 1", null],
    ["1e400", null],
  ];
  for (const [text, value] of doubles) assert.equal(readDouble(text), value, text);
});
