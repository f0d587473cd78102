// The HyperLogLog commands: the same scripts against redis-server and pyredis, fixed ones and random ones. Values are
// compared byte by byte with GET, so also the cardinality that they hold and whether it is out of date.
import { test } from "node:test";
import type { Random } from "../support/random.js";
import type { Arg, Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import type { ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();

function randomBytes(random: Random, length: number): Buffer<ArrayBuffer> {
  return Buffer.from(Array.from({ length }, () => random.int(0, 255)));
}

function header(encoding: number, cardinality = Buffer.alloc(8)): Buffer<ArrayBuffer> {
  return Buffer.concat([Buffer.from("HYLL"), Buffer.from([encoding, 0, 0, 0]), cardinality]);
}

/** Elements of every length around the hash's words of 8 bytes, many of them equal, some binary. */
function makeElement(random: Random): Arg {
  return random.weighted<() => Arg>([
    [6, () => `element:${random.int(0, 100_000)}`],
    [3, () => randomBytes(random, random.int(0, 33))],
    [2, () => random.value()],
    [1, () => random.int(0, 50)],
  ])();
}

/** Opcodes by chance, all of them whole; in some values they are too few or too many. */
function makeOpcodes(random: Random): Buffer<ArrayBuffer> {
  const parts: number[] = [];
  let count = 0;
  while (count < 16384 && !random.oneIn(200)) {
    if (random.oneIn(3)) {
      const run = Math.min(random.int(1, random.oneIn(3) ? 9000 : 300), 16384 - count);
      parts.push(0x40 | ((run - 1) >>> 8), (run - 1) & 255);
      count += run;
    } else if (random.oneIn(2)) {
      const run = Math.min(random.int(1, 64), 16384 - count);
      parts.push(run - 1);
      count += run;
    } else {
      const run = Math.min(random.int(1, 4), 16384 - count);
      parts.push(0x80 | (random.pick([0, 0, 1, 2, random.int(0, 31)]) << 2) | (run - 1));
      count += run;
    }
  }
  if (random.oneIn(8)) parts.push(random.pick([0x00, 0x3f]));
  if (random.oneIn(8)) parts.splice(0, (parts[0] ?? 0) >>> 6 === 1 ? 2 : 1);
  return Buffer.from(parts);
}

/** A value that no PFADD made: with valid opcodes in another order, corrupt, or no HyperLogLog at all. */
function makeValue(random: Random): Buffer {
  const cardinality = random.pick([Buffer.alloc(8), randomBytes(random, 8), Buffer.from("0000000000000080", "hex")]);
  return random.weighted<() => Buffer>([
    [6, () => Buffer.concat([header(1, cardinality), makeOpcodes(random)])],
    [2, () => Buffer.concat([header(0, cardinality), randomBytes(random, 12288)])],
    [1, () => Buffer.concat([header(0, cardinality), Buffer.alloc(12288, random.pick([0, 0xff]))])],
    [1, () => Buffer.concat([header(random.pick([0, 2, 255])), randomBytes(random, random.int(0, 30))])],
    [1, () => header(1, cardinality).subarray(0, random.int(0, 16))],
    [1, () => random.value()],
  ])();
}

function makeCommand(random: Random): ScriptStep {
  const key = random.key(6, "hll:");
  const elements = (most: number): Arg[] => random.list(0, most, () => makeElement(random));
  return random.weighted<() => Command>([
    [10, () => ["PFADD", key, ...elements(8)]],
    [2, () => ["PFADD", key, ...elements(300)]],
    [5, () => ["PFCOUNT", key]],
    [4, () => ["PFCOUNT", ...random.list(2, 5, () => random.key(8, "hll:"))]],
    [4, () => ["PFMERGE", key, ...random.list(0, 4, () => random.key(8, "hll:"))]],
    [1, () => ["PFDEBUG", random.pick(["TODENSE", "ENCODING", "DECODE", "decode", "FOO"]), key]],
    [0.1, () => ["PFDEBUG", "GETREG", key]],
    [12, () => ["GET", key]],
    [2, () => ["SET", key, makeValue(random)]],
    [1.5, () => ["DEL", key]],
    [0.1, () => ["RPUSH", key, "a"]],
    [0.5, () => ["SETRANGE", key, random.int(0, 30), randomBytes(random, 1)]],
    [1, () => ["STRLEN", key]],
    [1, () => ["OBJECT", "ENCODING", key]],
  ])();
}

for (const seed of [20_261_001, 20_261_002]) {
  test(`all HyperLogLog commands agree on random keys, byte by byte (seed ${seed})`, (t) =>
    twin.random(t, { seed, count: 4000, next: makeCommand }));
}

test("values agree while they grow from nothing to dense, one element at a time", (t) =>
  twin.random(t, {
    seed: 3,
    count: 3000,
    next: (random) => {
      if (random.oneIn(12)) return ["GET", "k"];
      return random.oneIn(12) ? ["PFCOUNT", "k"] : ["PFADD", "k", makeElement(random)];
    },
  }));

for (const limit of [0, 20, 300, 20_000]) {
  test(`values agree with hll-sparse-max-bytes ${limit}`, (t) =>
    twin.random(t, {
      seed: limit,
      count: 150,
      setup: [["CONFIG", "SET", "hll-sparse-max-bytes", limit]],
      next: (random) => {
        const key = random.key(3);
        if (random.oneIn(4)) return ["GET", key];
        if (random.oneIn(6)) return ["PFMERGE", key, random.key(3)];
        return ["PFADD", key, ...random.list(1, 200, () => makeElement(random))];
      },
    }));
}

test("cardinalities agree from one element to a million", (t) => {
  const steps: ScriptStep[] = [["CONFIG", "SET", "hll-sparse-max-bytes", 3000]];
  let next = 0;
  for (const size of [1, 2, 5, 10, 50, 100, 1000, 5000, 10_000, 100_000, 1_000_000]) {
    while (next < size) {
      const count = Math.min(size - next, 20_000);
      steps.push(["PFADD", "k", ...Array.from({ length: count }, (_, i) => String(next + i))]);
      next += count;
    }
    steps.push(["PFCOUNT", "k"], ["PFCOUNT", "k", "none"], ["GET", "k"]);
  }
  return twin.run(t, { steps });
});

test("registers beyond what a hash can give do not break the count", (t) => {
  const steps: ScriptStep[] = [];
  for (const value of [50, 51, 52, 63]) {
    const triple = Buffer.alloc(3);
    triple.writeUIntLE(value | (value << 6) | (value << 12) | (value << 18), 0, 3);
    const registers = Buffer.concat(Array.from({ length: 4096 }, () => triple));
    const outOfDate = Buffer.from("0000000000000080", "hex");
    steps.push(["SET", "k", Buffer.concat([header(0, outOfDate), registers])], ["PFCOUNT", "k"], ["GET", "k"]);
    steps.push(["PFCOUNT", "k", "none"], ["PFADD", "k", "a"], ["PFCOUNT", "k"], ["PFMERGE", "k", "none"], ["GET", "k"]);
  }
  return twin.run(t, { steps });
});

test("errors agree", (t) =>
  twin.run(t, {
    steps: [
      ["PFADD"],
      ["PFADD", "k"],
      ["PFADD", "k"],
      ["PFCOUNT"],
      ["PFMERGE"],
      ["PFMERGE", "new"],
      ["GET", "new"],
      ["PFDEBUG", "ENCODING"],
      ["PFDEBUG", "ENCODING", "none"],
      ["PFDEBUG", "FOO", "k"],
      ["PFDEBUG", "TODENSE", "k", "k"],
      ["RPUSH", "list", "a"],
      ["SET", "text", "HYLL"],
      ["SET", "number", "12"],
      ...["list", "text", "number"].flatMap((key): Command[] => [
        ["PFADD", key, "a"],
        ["PFCOUNT", key],
        ["PFCOUNT", key, "k"],
        ["PFCOUNT", "k", key],
        ["PFMERGE", key, "k"],
        ["PFMERGE", "k", key],
        ["PFDEBUG", "ENCODING", key],
      ]),
    ],
  }));
