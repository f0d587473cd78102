// The bitmap commands: the same scripts against redis-server and pyredis, fixed ones and random ones. The random ones
// read values back after many of the writes, so that they are compared byte by byte.
import { test } from "node:test";
import type { Difference } from "../support/differences.js";
import type { Random } from "../support/random.js";
import type { Arg, Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import type { ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();

/** Values of every encoding, mostly bits: empty, integers, in the record, and in blocks of their own. */
function makeValue(random: Random): Buffer {
  const make = random.weighted<() => Buffer>([
    [3, () => random.bytes(random.int(0, 12))],
    [2, () => Buffer.from(random.integer())],
    [3, () => random.bytes(random.int(13, 200))],
    [2, () => Buffer.alloc(random.int(0, 3000), random.pick([0, 0xff]))],
    [2, () => makeSparse(random, random.pick([100, 2047, 2048, 2049, 5000]))],
    [0.3, () => makeSparse(random, random.int(16_000, 40_000))],
  ]);
  return make();
}

/** All zeros or all ones, with one bit that is not. */
function makeSparse(random: Random, length: number): Buffer {
  const value = Buffer.alloc(length, random.pick([0, 0xff]));
  const at = random.int(0, length - 1);
  value[at] = (value[at] ?? 0) ^ (1 << random.int(0, 7));
  return value;
}

const BAD_OFFSETS = [
  "-1",
  "",
  "x",
  "4294967296",
  "9223372036854775807",
  "9223372036854775808",
  "1.5",
  "#1",
  "+1",
  " 1",
];

function makeOffset(random: Random): Arg {
  if (random.oneIn(10)) return random.pick(BAD_OFFSETS);
  return random.weighted([
    [6, random.int(0, 100)],
    [2, random.int(0, 2000)],
    [1, random.pick([16_383, 16_384, 16_391, 16_392, 30_000])],
  ]);
}

function makeIndex(random: Random): Arg {
  if (random.oneIn(8)) return random.integerLike();
  return random.oneIn(3) ? random.int(-20_000, 20_000) : random.int(-300, 300);
}

function makeUnit(random: Random): Arg {
  return random.pick(["BIT", "BYTE", "bit", "Byte", "BITS", ""]);
}

const WIDTHS = ["1", "2", "5", "7", "8", "16", "31", "32", "33", "51", "52", "53", "54", "62", "63", "64"];
const BAD_TYPES = [
  "u64",
  "i65",
  "i0",
  "u0",
  "x8",
  "",
  "u",
  "i",
  "I8",
  "U8",
  "u-1",
  "u08",
  "i8 ",
  "u9223372036854775807",
];

function makeType(random: Random): Arg {
  return random.oneIn(25) ? random.pick(BAD_TYPES) : random.pick(["u", "i"]) + random.pick(WIDTHS);
}

function makeFieldOffset(random: Random): Arg {
  if (random.oneIn(3)) return `#${random.oneIn(10) ? random.integerLike() : random.int(0, 12)}`;
  return random.oneIn(20) ? makeOffset(random) : random.int(0, 200);
}

function makeFieldOperation(random: Random): Arg[] {
  const make = random.weighted<() => Arg[]>([
    [4, () => ["GET", makeType(random), makeFieldOffset(random)]],
    [4, () => ["SET", makeType(random), makeFieldOffset(random), makeOperand(random)]],
    [4, () => ["INCRBY", makeType(random), makeFieldOffset(random), makeOperand(random)]],
    [3, () => ["OVERFLOW", random.pick(["WRAP", "SAT", "FAIL", "sat", "fail"])]],
    [0.1, () => [random.pick(["OVERFLOW", "GET", "SET", "FOO"])]],
    [0.1, () => ["OVERFLOW", "FOO"]],
  ]);
  return make();
}

function makeOperand(random: Random): Arg {
  if (random.oneIn(40)) return random.integerLike();
  if (random.oneIn(2)) return random.integer();
  const edge = 2n ** BigInt(random.int(0, 62));
  return String((random.oneIn(2) ? edge : -edge) + BigInt(random.int(-2, 2)));
}

function makeCommand(random: Random): ScriptStep {
  const key = random.key(6);
  const make = random.weighted<() => Command>([
    [4, () => ["SET", key, makeValue(random)]],
    [0.3, () => ["DEL", key]],
    [0.3, () => ["RPUSH", key, "a"]],
    [6, () => ["SETBIT", key, makeOffset(random), random.oneIn(20) ? random.integerLike() : random.int(0, 1)]],
    [5, () => ["GETBIT", key, makeOffset(random)]],
    [2, () => ["BITCOUNT", key]],
    [6, () => ["BITCOUNT", key, makeIndex(random), makeIndex(random)]],
    [6, () => ["BITCOUNT", key, makeIndex(random), makeIndex(random), makeUnit(random)]],
    [2, () => ["BITPOS", key, random.oneIn(20) ? random.integerLike() : random.int(0, 1)]],
    [4, () => ["BITPOS", key, random.int(0, 1), makeIndex(random)]],
    [4, () => ["BITPOS", key, random.int(0, 1), makeIndex(random), makeIndex(random)]],
    [6, () => ["BITPOS", key, random.int(0, 1), makeIndex(random), makeIndex(random), makeUnit(random)]],
    [6, () => ["BITOP", random.pick(["AND", "OR", "XOR", "xor"]), key, ...random.list(1, 5, () => random.key(8))]],
    [2, () => ["BITOP", "NOT", key, ...random.list(1, random.oneIn(10) ? 2 : 1, () => random.key(8))]],
    [0.2, () => ["BITOP", random.pick(["DIFF", "ANDOR", ""]), key, random.key()]],
    [9, () => ["BITFIELD", key, ...random.list(0, 4, () => makeFieldOperation(random)).flat()]],
    [2, () => ["BITFIELD_RO", key, ...random.list(0, 2, () => makeFieldOperation(random)).flat()]],
    [9, () => ["GET", key]],
    [1, () => ["OBJECT", "ENCODING", key]],
    [1, () => ["STRLEN", key]],
  ]);
  return make();
}

const ORDERS: readonly Difference[] = ["BITCOUNT", "BITPOS"].flatMap((command) =>
  ["-ERR syntax error", "-ERR value is not an integer or out of range"].map(
    (subject): Difference => ({
      name: `7.2: ${command} checks its arguments before the key (${subject})`,
      reason: "7.0 answers first where there is no key, or where it holds no string",
      since: "7.2.0",
      command,
      reference: /^(:0|:-1|-WRONGTYPE.*)$/,
      subject,
    }),
  ),
);

for (const [resp, seed] of [
  [2, 20_260_901],
  [3, 20_260_902],
] as const) {
  test(`all bitmap commands agree on random keys under RESP${resp}`, (t) =>
    twin.random(t, { seed, count: 5000, next: makeCommand, resp, allow: ORDERS }));
}
