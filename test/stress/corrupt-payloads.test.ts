// RESTORE of damaged payloads of every type and encoding: whatever is taken must be a sound value. The structure is
// walked, every element that the value lists must be found by its name, and a change of each must work.
// CORRUPT_MS and CORRUPT_SEED make it longer, and repeatable.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { writeBackLength } from "#src/storage/listpack-entry.js";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import type { Command, RespClient } from "../support/resp-client.js";
import { fmt, itemsOf, type Reply } from "../support/resp-value.js";
import { checkDataset } from "../support/structure/dataset-check.js";

const RUN_MS = Number(process.env.CORRUPT_MS ?? 8000);
const SEED = Number(process.env.CORRUPT_SEED ?? Date.now() % 2 ** 31);
const FOOTER_BYTES = 10;
const BAD_FORMAT = "-ERR Bad data format";
const KEY = "victim";

/** Values of every type and encoding, made on a server whose listpacks have up to 16 entries. */
const VALUES: Readonly<Record<string, readonly Command[]>> = {
  string: [["SET", "v", "hello hello hello hello hello"]],
  integer: [["SET", "v", "12345"]],
  list: [["RPUSH", "v", "a", "b", "5", "-70000", "long ".repeat(20)]],
  quicklist: [["RPUSH", "v", ...Array.from({ length: 60 }, (_, i) => `element ${i}`)]],
  "set of integers": [["SADD", "v", "1", "5", "70000", "-3"]],
  "set listpack": [["SADD", "v", "a", "b", "1", "70000"]],
  "set table": [["SADD", "v", ...Array.from({ length: 30 }, (_, i) => `m${i}`)]],
  hash: [["HSET", "v", "f", "v", "5", "6", "g", "long ".repeat(6)]],
  "hash table": [["HSET", "v", ...Array.from({ length: 60 }, (_, i) => `f${i}`)]],
  "hash with deadlines": [
    ["HSET", "v", "f", "1", "g", "2", "h", "3"],
    ["HPEXPIREAT", "v", "4102444800000", "FIELDS", "2", "f", "g"],
    ["HPEXPIREAT", "v", "4102444800500", "FIELDS", "1", "g"],
  ],
  "hash table with deadlines": [
    ["HSET", "v", ...Array.from({ length: 60 }, (_, i) => `f${i}`)],
    ["HPEXPIREAT", "v", "4102444800000", "FIELDS", "2", "f0", "f2"],
  ],
  "sorted set": [["ZADD", "v", "1", "a", "1", "b", "2.5", "c", "inf", "d", "9007199254740993", "5"]],
  "sorted set table": [["ZADD", "v", ...Array.from({ length: 30 }, (_, i) => [`${i % 7}.5`, `m${i}`]).flat()]],
  stream: [
    ["XADD", "v", "1-1", "a", "1"],
    ["XADD", "v", "1-2", "a", "2"],
    ["XADD", "v", "5-0", "b", "3", "c", "4"],
    ["XDEL", "v", "1-2"],
    ["XGROUP", "CREATE", "v", "g", "0"],
    ["XREADGROUP", "GROUP", "g", "me", "STREAMS", "v", ">"],
  ],
  "stream of nodes": Array.from({ length: 20 }, (_, i): Command => ["XADD", "v", `${i + 1}-1`, "f", `${i}`]),
};

/** Reads all, changes each element, and takes all away: what a sound value of each type bears. */
async function exercise(client: RespClient, type: string): Promise<void> {
  const ask = async (...command: Command): Promise<readonly Reply[]> => {
    const reply = await client.call(...command);
    assert.notEqual(reply.kind, "error", `${command.map(String).join(" ")}: ${fmt(reply)}`);
    return "items" in reply ? itemsOf(reply) : [];
  };
  const bytesOf = (reply: Reply): Buffer => ("bytes" in reply ? reply.bytes : Buffer.alloc(0));
  if (type === "string") {
    await ask("STRLEN", KEY);
    await ask("APPEND", KEY, "x");
  } else if (type === "list") {
    const elements = await ask("LRANGE", KEY, "0", "-1");
    assert.equal(fmt(await client.call("LLEN", KEY)), `:${elements.length}`);
    for (const element of elements) {
      assert.equal(fmt(await client.call("LREM", KEY, "1", bytesOf(element))), ":1", fmt(element));
    }
  } else if (type === "set") {
    for (const member of await ask("SMEMBERS", KEY)) {
      assert.equal(fmt(await client.call("SISMEMBER", KEY, bytesOf(member))), ":1", fmt(member));
      assert.equal(fmt(await client.call("SADD", KEY, bytesOf(member))), ":0", fmt(member));
      assert.equal(fmt(await client.call("SREM", KEY, bytesOf(member))), ":1", fmt(member));
    }
  } else if (type === "hash") {
    for (const field of await ask("HKEYS", KEY)) {
      assert.equal(fmt(await client.call("HSET", KEY, bytesOf(field), "new")), ":0", fmt(field));
      assert.equal(fmt(await client.call("HGET", KEY, bytesOf(field))), '$"new"', fmt(field));
      await ask("HPEXPIREAT", KEY, "4102444800000", "FIELDS", "1", bytesOf(field));
      assert.equal(fmt(await client.call("HDEL", KEY, bytesOf(field))), ":1", fmt(field));
    }
  } else if (type === "zset") {
    const members = await ask("ZRANGE", KEY, "0", "-1");
    assert.equal(fmt(await client.call("ZCARD", KEY)), `:${members.length}`);
    for (const [rank, member] of members.entries()) {
      assert.equal(fmt(await client.call("ZRANK", KEY, bytesOf(member))), `:${rank}`, fmt(member));
    }
    for (const member of members) {
      assert.equal(fmt(await client.call("ZADD", KEY, "3", bytesOf(member))), ":0", fmt(member));
      assert.equal(fmt(await client.call("ZSCORE", KEY, bytesOf(member))), '$"3"', fmt(member));
      assert.equal(fmt(await client.call("ZREM", KEY, bytesOf(member))), ":1", fmt(member));
    }
  } else {
    assert.equal(type, "stream");
    const entries = await ask("XRANGE", KEY, "-", "+");
    assert.equal(fmt(await client.call("XLEN", KEY)), `:${entries.length}`);
    await ask("XINFO", "STREAM", KEY, "FULL");
    // An ID behind the last possible one is refused, which is right.
    await client.call("XADD", KEY, "*", "f", "v");
    for (const entry of entries) {
      const [id] = itemsOf(entry);
      assert.equal(id && fmt(await client.call("XDEL", KEY, bytesOf(id))), ":1", fmt(entry));
    }
    await ask("XTRIM", KEY, "MAXLEN", "0");
  }
}

/** The bytes of a body with some changed, repeated, moved or left out. */
function damage(random: Random, body: Buffer): Buffer {
  const bytes = Buffer.from(body);
  for (let times = random.int(1, 3); times > 0; times--) {
    const at = random.int(1, bytes.length - 1);
    const other = random.int(1, bytes.length - 1);
    const size = random.int(1, Math.min(12, bytes.length - Math.max(at, other)));
    random.weighted<() => void>([
      [4, () => void bytes.fill(random.int(0, 255), at, at + 1)],
      [3, () => void bytes.fill((bytes[at] ?? 0) ^ (1 << random.int(0, 7)), at, at + 1)],
      [2, () => void bytes.copyWithin(at, other, other + size)],
      [1, () => void bytes.fill(random.pick([0, 0x7f, 0xff]), at, at + size)],
    ])();
  }
  return random.oneIn(12) ? bytes.subarray(0, random.int(1, bytes.length)) : bytes;
}

/** A listpack of these entries. Integers come in any of their forms, and also as texts: no server writes them so. */
function makeListpack(random: Random, entries: readonly string[]): Buffer {
  const parts = entries.map((entry) => encodeEntry(random, entry));
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(6);
  header.writeUInt32LE(body.length + 7, 0);
  header.writeUInt16LE(random.oneIn(10) ? 65535 : entries.length, 4);
  return Buffer.concat([header, body, Buffer.from([0xff])]);
}

function encodeEntry(random: Random, entry: string): Buffer {
  const value = Number(entry);
  const isInteger = /^-?\d{1,9}$/.test(entry) && String(value) === entry;
  const form = isInteger ? random.int(1, 3) : 3;
  let data: Buffer;
  if (form === 1) {
    data = Buffer.alloc(9);
    data[0] = 0xf4;
    data.writeBigInt64LE(BigInt(value), 1);
  } else if (form === 2) {
    data = Buffer.alloc(5);
    data[0] = 0xf3;
    data.writeInt32LE(value, 1);
  } else {
    data = Buffer.concat([Buffer.from([0x80 | entry.length]), Buffer.from(entry, "latin1")]);
  }
  const whole = Buffer.alloc(data.length + 5);
  data.copy(whole);
  return whole.subarray(0, writeBackLength(whole, data.length, data.length));
}

const WORDS = ["a", "b", "c", "5", "6", "-1", "0", "", "aa", "100000"];
const SCORES = [
  "1",
  "2",
  "0",
  "-0",
  "1.5",
  "1.50",
  "inf",
  "-inf",
  "nan",
  "",
  "x",
  "1e3",
  "0x10",
  " 1",
  "1 ",
  "infinity",
];

/** A payload whose listpack or intset is one, but with wrong contents: out of order, doubled, odd, of odd forms. */
function makeWrong(random: Random): Buffer {
  const words = random.list(0, 8, () => random.pick(WORDS));
  return random.weighted<() => Buffer>([
    [
      4,
      () =>
        wrap(
          17,
          makeListpack(
            random,
            words.flatMap((word) => [word, random.pick(SCORES)]),
          ),
        ),
    ],
    [1, () => wrap(17, makeListpack(random, words))],
    [2, () => wrap(16, makeListpack(random, words))],
    [2, () => wrap(20, makeListpack(random, words))],
    [
      2,
      () =>
        wrap(
          23,
          makeListpack(
            random,
            words.flatMap((word) => [word, "v", random.pick(["0", "4102444800000", "5"])]),
          ),
        ),
    ],
    [1, () => Buffer.concat([Buffer.from([18, 1, 2]), withLength(makeListpack(random, words))])],
    [2, () => wrap(11, makeIntset(random))],
    [1, () => Buffer.concat([Buffer.from([5, words.length]), ...words.map((word) => makeScored(random, word))])],
    [1, () => Buffer.concat([Buffer.from([2, words.length]), ...words.map((word) => withLength(Buffer.from(word)))])],
    [
      1,
      () =>
        Buffer.concat([
          Buffer.from([4, words.length]),
          ...words.flatMap((word) => [withLength(Buffer.from(word)), withLength(Buffer.from("v"))]),
        ]),
    ],
  ])();
}

function makeIntset(random: Random): Buffer {
  const width = random.pick([2, 4, 8]);
  const numbers = random.list(0, 6, () => random.int(-5, 5));
  const bytes = Buffer.alloc(8 + width * numbers.length);
  bytes.writeUInt32LE(width, 0);
  bytes.writeUInt32LE(numbers.length, 4);
  for (const [i, number] of numbers.entries()) {
    const at = 8 + i * width;
    if (width === 2) bytes.writeInt16LE(number, at);
    else if (width === 4) bytes.writeInt32LE(number, at);
    else bytes.writeBigInt64LE(BigInt(number), at);
  }
  return bytes;
}

function makeScored(random: Random, member: string): Buffer {
  const score = Buffer.alloc(8);
  score.writeDoubleLE(random.pick([0, -0, 1, Number.NaN, Number.POSITIVE_INFINITY, 2.5]));
  return Buffer.concat([withLength(Buffer.from(member)), score]);
}

function wrap(type: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type]), withLength(value)]);
}

function withLength(bytes: Buffer): Buffer {
  if (bytes.length < 64) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  return Buffer.concat([Buffer.from([0x40 | (bytes.length >> 8), bytes.length & 255]), bytes]);
}

test("whatever RESTORE takes of a damaged payload is a sound value", async (t) => {
  const random = new Random(SEED);
  const checks = new ArenaChecks();
  const config = {
    "enable-debug-command": "yes",
    "list-max-listpack-size": "16",
    "set-max-listpack-entries": "16",
    "hash-max-listpack-entries": "16",
    "zset-max-listpack-entries": "16",
    "stream-node-max-entries": "4",
  };
  const server = await startInProcess({ config, arenaChecks: checks });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const { keyspace, debug } = server.pyredis.server;
  debug.skipChecksum = true;
  const bodies: Buffer[] = [];
  for (const [name, commands] of Object.entries(VALUES)) {
    for (const compression of ["yes", "no"]) {
      await client.call("CONFIG", "SET", "rdbcompression", compression);
      await client.call("DEL", "v");
      for (const command of commands) assert.notEqual((await client.call(...command)).kind, "error", name);
      const dump = await client.call("DUMP", "v");
      assert.ok("bytes" in dump, name);
      bodies.push(Buffer.from(dump.bytes.subarray(0, -FOOTER_BYTES)));
    }
  }
  await client.call("DEL", "v");
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeUInt16LE(12);

  let taken = 0;
  let refused = 0;
  const until = Date.now() + RUN_MS;
  while (Date.now() < until) {
    const body = random.oneIn(2) ? makeWrong(random) : damage(random, random.pick(bodies));
    const payload = Buffer.concat([body, footer]);
    const note = `CORRUPT_SEED=${SEED}, payload ${payload.toString("hex")}`;
    const reply = await client.ask("RESTORE", KEY, "0", payload, "REPLACE");
    assert.ok(reply === "+OK" || reply === BAD_FORMAT, `${note}: ${reply}`);
    if (reply !== "+OK") {
      refused++;
      continue;
    }
    taken++;
    try {
      checkDataset(keyspace, checks);
      const type = await client.call("TYPE", KEY);
      if ("bytes" in type && type.bytes.toString() !== "none") await exercise(client, type.bytes.toString());
      checkDataset(keyspace, checks);
    } catch (error) {
      throw new Error(`${note}: ${(error as Error).message}`, { cause: error });
    }
    await client.call("DEL", KEY);
  }
  t.diagnostic(`${taken} payloads taken, ${refused} refused, seed ${SEED}`);
  assert.ok(taken > 50 && refused > 50, `${taken} taken, ${refused} refused`);
});
