// The string commands: the same scripts against redis-server and pyredis, fixed ones and random ones.
import { test } from "node:test";
import { ttlWithin } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Arg, Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();

const FAR_SECONDS = 32_503_680_000;
/** As milliseconds, a hundred seconds at least: the reference's clock goes on meanwhile, on a busy machine for seconds. */
const TIMES: readonly Arg[] = [
  ...[
    "0",
    "-1",
    "100000",
    "1000000",
    "x",
    "",
    "1.5",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
  ],
  ...["9223372036854775", "9223372036854776", "9007199254740993", "92233720368547758", FAR_SECONDS, FAR_SECONDS * 1000],
];

/** Values that are kept in every way: integers, embedded, in the record, in blocks of their own; binary and empty too. */
function makeValue(random: Random): Buffer {
  const make = random.weighted<() => Buffer>([
    [4, () => random.value()],
    [3, () => Buffer.from(random.integerLike())],
    [2, () => Buffer.from(random.floatLike())],
    [2, () => random.bytes(random.pick([43, 44, 45, 46, 200, 1023]))],
    [1, () => Buffer.alloc(random.pick([2047, 2048, 2049, 2050, 4096, 9000]), random.pick(["a", "\0", "1"]))],
    [0.2, () => Buffer.alloc(random.pick([65535, 65537, 150_000]), random.pick(["b", "\xff"]))],
  ]);
  return make();
}

function makeOptions(random: Random, words: readonly string[]): Arg[] {
  const options = random.list(0, 3, () => random.pick(words));
  return options.flatMap((word) => (/^(EX|PX)/i.test(word) && !random.oneIn(8) ? [word, random.pick(TIMES)] : [word]));
}

const SET_WORDS = ["EX", "PX", "EXAT", "PXAT", "NX", "XX", "GET", "KEEPTTL", "nx", "get", "PERSIST", "FOO"];
const GETEX_WORDS = ["EX", "PX", "EXAT", "PXAT", "PERSIST", "persist", "px", "KEEPTTL"];

/** Offsets that keep values small, and those that must be refused. */
function makeOffset(random: Random): Arg {
  return random.oneIn(6) ? random.pick(["-1", "", "x", "536870912", "9223372036854775807"]) : random.int(0, 60);
}

function makeIndex(random: Random): Arg {
  return random.oneIn(4) ? random.integerLike() : random.int(-70, 70);
}

function makeCommand(random: Random): ScriptStep {
  const key = random.key();
  const make = random.weighted<() => Command>([
    [6, () => ["SET", key, makeValue(random)]],
    [6, () => ["SET", key, makeValue(random), ...makeOptions(random, SET_WORDS)]],
    [1, () => ["SETNX", key, makeValue(random)]],
    [1, () => [random.pick(["SETEX", "PSETEX"]), key, random.pick(TIMES), makeValue(random)]],
    [4, () => ["GET", key]],
    [2, () => ["GETSET", key, makeValue(random)]],
    [2, () => ["GETDEL", key]],
    [3, () => ["GETEX", key, ...makeOptions(random, GETEX_WORDS)]],
    [2, () => ["MGET", ...random.list(1, 4, () => random.key())]],
    [2, () => [random.pick(["MSET", "MSETNX"]), ...random.list(1, 6, () => random.pick([random.key(), "1", "xyz"]))]],
    [4, () => ["APPEND", key, makeValue(random)]],
    [2, () => ["STRLEN", key]],
    [4, () => ["SETRANGE", key, makeOffset(random), random.value(20)]],
    [4, () => [random.pick(["GETRANGE", "SUBSTR"]), key, makeIndex(random), makeIndex(random)]],
    [3, () => [random.pick(["INCR", "DECR"]), key]],
    [5, () => [random.pick(["INCRBY", "DECRBY"]), key, random.integerLike()]],
    [4, () => ["INCRBYFLOAT", key, random.floatLike()]],
    [2, () => ["OBJECT", "ENCODING", key]],
    [1, () => ["EXISTS", key]],
  ]);
  // Time goes on for one server while the other one's stands still.
  return random.oneIn(20) ? call(["PTTL", key], ttlWithin(60_000)) : make();
}

test("all string commands agree on keys that change between all encodings", (t) =>
  twin.random(t, { count: 4000, next: makeCommand }));

test("all string commands agree under RESP3", (t) =>
  twin.random(t, { seed: 7, count: 1000, resp: 3, next: makeCommand }));

/** A number in one of the forms that strtold takes, from the whole range of a long double. */
function makeLongDouble(random: Random): string {
  const sign = random.pick(["", "", "-", "+"]);
  const digits = (most: number): string => random.list(1, most, () => random.int(0, 9)).join("");
  const form = random.int(0, 5);
  if (form === 0) return sign + digits(20);
  if (form === 1) return `${sign}${digits(6)}.${digits(25)}`;
  if (form === 2) return `${sign}${digits(3)}.${digits(20)}e${random.int(-30, 30)}`;
  if (form === 3) return `${sign}${digits(2)}e${random.int(-5000, 4950)}`;
  if (form === 4) {
    const hex = random.list(1, 18, () => random.int(0, 15).toString(16)).join("");
    return `${sign}0x${hex}.${random.pick(["", "8", "80001", "7fff"])}p${random.int(-80, 80)}`;
  }
  return String(sign === "-" ? -random.float() : random.float() * 10 ** random.int(-5, 18));
}

test("INCRBYFLOAT adds, rounds and prints as x87 and printf do", (t) =>
  twin.random(t, {
    count: 4000,
    next: (random) => {
      const key = random.key(3);
      return random.weighted<() => Command>([
        [1, () => ["SET", key, makeLongDouble(random)]],
        [4, () => ["INCRBYFLOAT", key, makeLongDouble(random)]],
        [0.5, () => ["INCRBYFLOAT", key, random.floatLike()]],
        [0.5, () => ["SET", key, random.integer()]],
      ])();
    },
  }));

test("INCRBYFLOAT agrees at ties, at the ends of the range, and on long texts", (t) =>
  twin.run(t, {
    steps: [
      ...[
        ["18446744073709551615", "0.5"],
        ["18446744073709551614", "0.5"],
        ["9223372036854775808", "0.5"],
        ["9223372036854775809", "0.5"],
        ["0x1p63", "0x1.0000000000000001p-1"],
        ["0x1p-18", "0"],
        ["0x3p-18", "0"],
        ["0.000000000000000005", "0"],
        ["0.000000000000000015", "0"],
        ["0x1p-57", "0"],
        ["-0x1p-58", "0"],
        ["0xffffffffffffffffp16320", "0"],
        ["0xffffffffffffffffp16320", "0x1p16319"],
        ["0xffffffffffffffffp16320", "0x1p16318"],
        ["0xffffffffffffffff.8p16320", "0"],
        ["0x1p-16445", "0"],
        ["0x1p-16446", "0"],
        ["0x1.8p-16446", "0"],
        ["1.18973149535723176502e+4932", "0"],
        ["1.18973149535723176509e+4932", "0"],
        ["3.6451995318824746025e-4951", "0"],
        ["1e-4951", "0"],
        ["0e99999999999999999999", "1"],
        ["1e99999999999999999999", "1"],
        ["1e-99999999999999999999", "1"],
        ["0x0p99999999999", "1"],
        ["inf", "-inf"],
        ["infinity", "1"],
        ["nan", "1"],
        ["nan(1)", "1"],
        ["1e50", "1"],
        ["0".repeat(5118), "1"],
        ["0".repeat(5119), "1"],
        ["0".repeat(5120), "1"],
        [`0.${"0".repeat(5000)}1e5000`, "1"],
        ["9".repeat(4932), "1"],
        ["9".repeat(4933), "1"],
      ].flatMap(([value = "", increment = ""]): ScriptStep[] => [
        ["SET", "k", value],
        ["INCRBYFLOAT", "k", increment],
        ["INCRBYFLOAT", "k", value],
        ["GET", "k"],
        ["SET", "k", "1"],
        ["INCRBYFLOAT", "k", value],
      ]),
    ],
  }));

test("LCS agrees on random strings, in all forms of its answer", (t) =>
  twin.random(t, {
    count: 600,
    next: (random) => {
      const [a, b] = [random.key(4), random.key(5)];
      const alphabet = random.pick(["ab", "abcd", "0123456789", "\0\xff"]);
      const text = (): Buffer => Buffer.from(random.list(0, 60, () => random.pick([...alphabet])).join(""), "latin1");
      const words = ["LEN", "IDX", "WITHMATCHLEN", "idx", "MINMATCHLEN", "FOO"];
      const options = random
        .list(0, 3, () => random.pick(words))
        .flatMap((word): Arg[] => {
          return word === "MINMATCHLEN" ? [word, random.pick(["0", "1", "2", "3", "-1", "x"])] : [word];
        });
      return random.oneIn(3) ? ["SET", a, text()] : ["LCS", a, b, ...options];
    },
  }));

test("SET, SETEX and GETEX agree on all pairs of options and on every time", (t) => {
  const steps: ScriptStep[] = [];
  const words = ["NX", "XX", "GET", "KEEPTTL", "PERSIST", "EX", "PX", "EXAT", "PXAT"];
  const withTime = (word: string): Arg[] => (/^(EX|PX)/.test(word) ? [word, FAR_SECONDS] : [word]);
  for (const first of words) {
    for (const second of words) {
      for (const value of ["old", null]) {
        steps.push(value === null ? ["GETDEL", "k"] : ["SET", "k", value]);
        steps.push(["SET", "k", "new", ...withTime(first), ...withTime(second)], ["GET", "k"]);
        steps.push(["GETEX", "k", ...withTime(first), ...withTime(second)], ["GET", "k"]);
      }
    }
  }
  for (const time of TIMES) {
    for (const option of ["EX", "PX", "EXAT", "PXAT"]) {
      steps.push(["SET", "k", "v", option, time], ["GET", "k"], ["SET", "k", "v"], ["GETEX", "k", option, time]);
      steps.push(["GET", "k"], ["GETEX", "none", option, time]);
    }
    steps.push(["SETEX", "k", time, "v"], ["PSETEX", "k", time, "v"], ["GETDEL", "k"]);
  }
  return twin.run(t, { steps });
});

test("deadlines of any int64 are kept exactly", (t) => {
  const steps: ScriptStep[] = [];
  for (const deadline of ["9007199254740991", "9007199254740993", "9223372036854775806", "9223372036854775807"]) {
    steps.push(["SET", "k", "v", "PXAT", deadline], ["PEXPIRETIME", "k"], ["EXPIRETIME", "k"]);
    steps.push(["GETEX", "k", "PXAT", deadline], ["PEXPIRETIME", "k"], ["INCRBYFLOAT", "k2", "1"]);
  }
  return twin.run(t, { steps });
});
