// Lists, their encodings, their dumps and blocking against redis-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startInProcess } from "../support/in-process.js";
import type { Random } from "../support/random.js";
import { findRedisServerVersion, isOlder, startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Command, RespClient } from "../support/resp-client.js";
import { fmt, sameReply } from "../support/resp-value.js";
import { useTwin } from "../support/twin.js";
import { call, read, type ScriptStep, send, wait } from "../support/twin-steps.js";

const skip = whyNoRedisServer() ?? false;

/** 7.0 has no listpack encoding of lists, and other limits of a quicklist's nodes. */
const comparesEncodings = !isOlder(findRedisServerVersion() ?? "0", "7.4.0");

const small = useTwin({ config: { "list-max-listpack-size": "4", "enable-debug-command": "yes" } });
const sized = useTwin({ config: { "list-max-listpack-size": "-1", "enable-debug-command": "yes" } });
const plain = useTwin({ config: { "enable-debug-command": "yes" } });

function pickIndex(random: Random): string {
  return random.oneIn(15) ? random.integerLike() : String(random.int(-12, 12));
}

/** Few values, so that searches find something; sometimes one that is large for a node. */
function pickElement(random: Random): string | Buffer {
  if (random.oneIn(40)) return Buffer.alloc(random.int(1, 9000), random.pick(["x", "yz"]));
  return random.oneIn(2) ? random.pick(["a", "b", "c", "1", "-7", "300"]) : random.value(120);
}

function pickSide(random: Random): string {
  return random.oneIn(30) ? "up" : random.pick(["LEFT", "RIGHT", "left"]);
}

function pickCount(random: Random): string {
  return random.oneIn(15) ? random.integerLike() : String(random.int(-3, 8));
}

function pickCommand(random: Random): Command {
  const key = random.key(4);
  const other = random.key(4);
  const elements = random.list(1, 6, () => pickElement(random));
  const [element = ""] = elements;
  const where = random.oneIn(30) ? "AT" : random.pick(["BEFORE", "after"]);
  const pick = random.weighted<() => Command>([
    [8, () => [random.pick(["LPUSH", "RPUSH"]), key, ...elements]],
    [2, () => [random.pick(["LPUSHX", "RPUSHX"]), key, ...elements]],
    [4, () => [random.pick(["LPOP", "RPOP"]), key]],
    [3, () => [random.pick(["LPOP", "RPOP"]), key, pickCount(random)]],
    [3, () => ["LRANGE", key, pickIndex(random), pickIndex(random)]],
    [2, () => ["LINDEX", key, pickIndex(random)]],
    // No index past 32 bits: Redis cuts it, and sets another element.
    [4, () => ["LSET", key, random.oneIn(9) ? random.pick(["x", "2147483647"]) : random.int(-12, 12), element]],
    [5, () => ["LINSERT", key, where, pickElement(random), element]],
    [3, () => ["LREM", key, pickCount(random), element]],
    [2, () => ["LTRIM", key, pickIndex(random), pickIndex(random)]],
    [3, () => ["LMOVE", key, other, pickSide(random), pickSide(random)]],
    [2, () => ["RPOPLPUSH", key, other]],
    [2, () => ["LMPOP", "2", key, other, pickSide(random), "COUNT", pickCount(random)]],
    [2, () => ["LPOS", key, element, "RANK", pickCount(random)]],
    [2, () => ["LPOS", key, element, "COUNT", pickCount(random), "MAXLEN", pickCount(random)]],
    [1, () => [random.pick(["DEL", "LLEN", "TYPE"]), key]],
    [1, () => ["COPY", key, other, "REPLACE"]],
    [1, () => ["RENAME", key, other]],
    [1, () => ["SET", key, "string"]],
    [1, () => ["DEBUG", "DIGEST-VALUE", key, other]],
    [comparesEncodings ? 6 : 0, () => ["OBJECT", "ENCODING", key]],
    [2, () => ["LRANGE", key, "0", "-1"]],
  ]);
  return pick();
}

test("random list commands on lists of a few elements a node", (t) =>
  small.random(t, { count: 3000, next: pickCommand }));

test("random list commands on lists of 4 KiB a node", (t) => sized.random(t, { count: 3000, next: pickCommand }));

test("random list commands under RESP3", (t) => plain.random(t, { count: 300, resp: 3, next: pickCommand }));

test("who blocks is served as in Redis", (t) => {
  const settle = wait(20);
  const steps: ScriptStep[] = [
    send(["BLPOP", "a", "b", "0"], 1),
    settle,
    send(["BRPOP", "b", "0"], 2),
    settle,
    send(["BLMOVE", "b", "c", "LEFT", "RIGHT", "0"], 3),
    settle,
    send(["BLMPOP", "0", "2", "d", "b", "LEFT", "COUNT", "5"], 4),
    settle,
    ["RPUSH", "b", "1"],
    read(undefined, 1),
    ["RPUSH", "b", "2", "3", "4"],
    read(undefined, 2),
    read(undefined, 3),
    read(undefined, 4),
    ["LRANGE", "b", "0", "-1"],
    ["LRANGE", "c", "0", "-1"],
    ["FLUSHALL"],
    send(["BLPOP", "a", "0"], 1),
    settle,
    ["SET", "x", "string"],
    ["RENAME", "x", "a"],
    ["LPUSH", "a", "1"],
    ["DEL", "a"],
    ["MULTI"],
    ["RPUSH", "a", "gone"],
    ["RPOP", "a"],
    ["EXEC"],
    ["MULTI"],
    ["RPUSH", "a", "1", "2"],
    ["LPUSH", "a", "0"],
    ["EXEC"],
    read(undefined, 1),
    ["RPUSH", "y", "moved"],
    ["DEL", "a"],
    send(["BLPOP", "a", "0"], 1),
    settle,
    ["RENAME", "y", "a"],
    read(undefined, 1),
    ["SET", "d", "string"],
    send(["BRPOPLPUSH", "s", "d", "0"], 1),
    settle,
    send(["BLPOP", "s", "0"], 2),
    settle,
    ["RPUSH", "s", "element"],
    read(undefined, 1),
    read(undefined, 2),
    send(["BLPOP", "none", "0.01"], 1),
    wait(300),
    read(undefined, 1),
    send(["BLMOVE", "none", "n", "LEFT", "LEFT", "0.01"], 1),
    wait(300),
    read(undefined, 1),
    ["EXISTS", "a", "b", "s", "none"],
  ];
  return plain.run(t, { steps });
});

test("time-outs and counts that are none are refused as in Redis", (t) => {
  const steps: ScriptStep[] = [];
  for (const timeout of ["-1", "-inf", "inf", "nan", "x", "", " 1", "1 ", "0x", "1e5000", "1e17"]) {
    steps.push(["BLPOP", "l", timeout], ["BLMPOP", timeout, "1", "l", "LEFT"], ["BRPOPLPUSH", "l", "m", timeout]);
  }
  for (const count of ["0", "-1", "x", "1.5", "9223372036854775807", "9223372036854775808", "-9223372036854775808"]) {
    steps.push(
      ["LPOP", "l", count],
      ["LMPOP", count, "l", "LEFT"],
      ["LMPOP", "1", "l", "LEFT", "COUNT", count],
      ["LREM", "l", count, "a"],
      ["LPOS", "l", "a", "RANK", count],
      ["LPOS", "l", "a", "COUNT", count],
      ["LPOS", "l", "a", "MAXLEN", count],
      ["BLMPOP", "0.001", count, "l", "LEFT", "COUNT"],
      ["LRANGE", "l", count, count],
    );
  }
  return plain.run(t, {
    steps,
    allow: [
      ...["BLPOP", "BLMPOP", "BRPOPLPUSH"].map((command) => ({
        name: `7.2: a time-out of ${command} past the range of milliseconds`,
        reason: "it is out of range, and no more negative",
        since: "7.2.0",
        command,
        reference: "-ERR timeout is negative",
        subject: "-ERR timeout is out of range",
      })),
      ...["LREM", "LPOS"].map((command) => ({
        name: `7.2: the number without a negative, for ${command}`,
        reason: "its negative would overflow",
        since: "7.2.0",
        command,
        subject: /value must between -9223372036854775807/,
      })),
    ],
  });
});

test("metadata of the list commands", (t) =>
  plain.run(t, {
    steps: ["lmpop", "blmpop", "blpop", "brpop", "lmove", "blmove", "rpoplpush", "brpoplpush", "lpush"].map((name) =>
      call(["COMMAND", "GETKEYS", ...(GETKEYS[name] ?? [name, "key", "x"])]),
    ),
  }));

const GETKEYS: Readonly<Record<string, readonly string[]>> = {
  lmpop: ["lmpop", "2", "a", "b", "LEFT"],
  blmpop: ["blmpop", "0", "2", "a", "b", "LEFT"],
  blpop: ["blpop", "a", "b", "0"],
  brpop: ["brpop", "a", "0"],
  lmove: ["lmove", "a", "b", "LEFT", "LEFT"],
  blmove: ["blmove", "a", "b", "LEFT", "LEFT", "0"],
  rpoplpush: ["rpoplpush", "a", "b"],
  brpoplpush: ["brpoplpush", "a", "b", "0"],
};

test("dumps of lists go both ways", { skip }, async (t) => {
  for (const compression of ["yes", "no"]) {
    const config = { "list-max-listpack-size": "5", rdbcompression: compression };
    const redis = await startRedisServer({ config });
    t.after(() => redis.close());
    const ours = await startInProcess({ config });
    t.after(() => ours.close());
    const clients = { redis: await redis.connect(), ours: await ours.connect() };
    t.after(() => Promise.all([clients.redis.close(), clients.ours.close()]));
    const lists: Record<string, string[]> = {
      short: ["a", "1", ""],
      numbers: Array.from({ length: 40 }, (_, i) => String((-3) ** i)),
      repeated: Array.from({ length: 30 }, () => "the same text again and again, and once more"),
      large: ["head", "x".repeat(9000), "tail", "y".repeat(20_000)],
    };
    for (const [key, words] of Object.entries(lists)) {
      for (const client of Object.values(clients)) await client.ask("RPUSH", key, ...words);
      await exchange(clients.redis, clients.ours, key);
      await exchange(clients.ours, clients.redis, key);
    }
  }
});

test("dumps of lists with compressed nodes go both ways", { skip }, async (t) => {
  const config = { "list-compress-depth": "1", "list-max-listpack-size": "-1" };
  const redis = await startRedisServer({ config });
  t.after(() => redis.close());
  const ours = await startInProcess({ config: { ...config, "enable-debug-command": "yes" } });
  t.after(() => ours.close());
  const clients = { redis: await redis.connect(), ours: await ours.connect() };
  t.after(() => Promise.all(Object.values(clients).map((client) => client.close())));
  const words = Array.from({ length: 2000 }, (_, i) => `a word that compresses well, number ${i % 30}`);
  for (const client of Object.values(clients)) await client.ask("RPUSH", "deep", ...words);
  await exchange(clients.redis, clients.ours, "deep");
  await exchange(clients.ours, clients.redis, "deep");
  for (const key of ["deep", "from:deep"]) {
    const [expected, actual] = [
      await clients.redis.ask("DEBUG", "OBJECT", key),
      await clients.ours.ask("DEBUG", "OBJECT", key),
    ];
    for (const field of ["ql_nodes", "ql_listpack_max", "ql_compressed"]) {
      const read = (text: string): string | undefined => new RegExp(`${field}:(-?\\d+)`).exec(text)?.[1];
      assert.ok(read(expected) !== undefined && read(actual) === read(expected), `${key} ${field}: ${actual}`);
    }
  }
});

/** Restores a key's dump in the other server, and compares what both have. */
async function exchange(from: RespClient, to: RespClient, key: string): Promise<void> {
  const dump = await from.call("DUMP", key);
  assert.ok(dump.kind === "bulk", `DUMP answered ${fmt(dump)}`);
  assert.equal(await to.ask("RESTORE", `from:${key}`, "0", dump.bytes), "+OK", key);
  const original = await from.call("LRANGE", key, "0", "-1");
  const restored = await to.call("LRANGE", `from:${key}`, "0", "-1");
  assert.ok(sameReply(original, restored), key);
}
