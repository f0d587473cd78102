// The hash commands that Redis 7.0 has: the same scripts against redis-server and pyredis, and hashes carried between
// them. What 7.4 and 8.0 added is in test/commands/hash.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Comparator, ignore, tuple, unordered, unorderedPairs } from "../support/comparators.js";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { startRedisServer } from "../support/redis-server.js";
import type { Arg, Command, RespClient } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const DEBUG = { "enable-debug-command": "yes" };
const twin = useTwin({ config: DEBUG });
const small = useTwin({ config: { ...DEBUG, "hash-max-listpack-entries": "6", "hash-max-listpack-value": "20" } });

const scannedPairs = tuple(ignore("cursors are each server's own"), unorderedPairs);

/** Few, so that commands meet; in every form that a listpack and a table know. */
function makeField(random: Random): Arg {
  return random.weighted<() => Arg>([
    [10, () => `f${random.int(0, 9)}`],
    [3, () => random.pick(["0", "-1", "127", "128", "65536", "9223372036854775807", "007", ""])],
    [1, () => random.value(30)],
    [1, () => "f".repeat(random.pick([63, 64, 65, 254, 255, 300]))],
  ])();
}

function makeValue(random: Random): Arg {
  return random.weighted<() => Arg>([
    [6, () => random.value(30)],
    [3, () => random.integerLike()],
    [2, () => random.floatLike()],
    [1, () => Buffer.alloc(random.pick([63, 64, 65, 126, 127, 4096, 70_000]), "v")],
  ])();
}

function makePairs(random: Random): Arg[] {
  return random.list(1, 4, () => [makeField(random), makeValue(random)]).flat();
}

function makeCommand(random: Random): ScriptStep {
  const key = random.key(3);
  const fields = (): Arg[] => random.list(1, 4, () => makeField(random));
  const step = random.weighted<() => Command | readonly [Command, Comparator]>([
    [10, () => ["HSET", key, ...makePairs(random)]],
    [2, () => ["HMSET", key, ...makePairs(random)]],
    [3, () => ["HSETNX", key, makeField(random), makeValue(random)]],
    [4, () => ["HGET", key, makeField(random)]],
    [3, () => ["HMGET", key, ...fields()]],
    [3, () => [["HGETALL", key], unorderedPairs]],
    [2, () => [[random.pick(["HKEYS", "HVALS"]), key], unordered]],
    [2, () => ["HLEN", key]],
    [2, () => ["HSTRLEN", key, makeField(random)]],
    [2, () => ["HEXISTS", key, makeField(random)]],
    [5, () => ["HDEL", key, ...fields()]],
    [4, () => ["HINCRBY", key, makeField(random), random.integerLike()]],
    [4, () => ["HINCRBYFLOAT", key, makeField(random), random.floatLike()]],
    [2, () => [["HRANDFIELD", key, 1000, "WITHVALUES"], unorderedPairs]],
    [1, () => [["HRANDFIELD", key, 1000], unordered]],
    [2, () => [["HSCAN", key, 0, "COUNT", 1000], scannedPairs]],
    [1, () => [["HSCAN", key, 0, "COUNT", 1000, "MATCH", random.pick(["f*", "*", "f[1-3]", "-?", "x"])], scannedPairs]],
    [2, () => ["OBJECT", "ENCODING", key]],
    [1, () => ["DEBUG", "DIGEST-VALUE", key]],
    [1, () => ["COPY", key, random.key(3), "REPLACE"]],
    [1, () => ["RENAME", key, random.key(3)]],
    [0.5, () => ["DEL", key]],
    [0.3, () => ["SET", key, "text"]],
    [0.5, () => ["HSET", key, "odd"]],
    [0.5, () => ["HRANDFIELD", key, random.pick(["x", "0", "-9223372036854775808", "1 "]), "WITHVALUES"]],
  ])();
  return Array.isArray(step[0]) ? call(step[0] as Command, step[1] as Comparator) : (step as Command);
}

test("hashes agree with redis-server on any input", (t) => twin.random(t, { count: 3000, next: makeCommand }));

test("hashes of a few short fields agree too when that makes them tables", (t) =>
  small.random(t, { count: 3000, next: makeCommand }));

test("RESP3 forms agree", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      ["HSET", "h", "a", 1],
      ["HGETALL", "h"],
      ["HGETALL", "none"],
      ["HKEYS", "h"],
      ["HVALS", "none"],
      ["HGET", "h", "x"],
      ["HMGET", "h", "a", "x"],
      ["HRANDFIELD", "h", 3, "WITHVALUES"],
      ["HRANDFIELD", "h", -3, "WITHVALUES"],
      ["HRANDFIELD", "none"],
      ["HRANDFIELD", "none", 3],
      ["HSCAN", "h", 0],
      ["HINCRBYFLOAT", "h", "a", "1.5"],
    ],
  }));

test("an iteration with HSCAN meets what stays once, whatever comes and goes meanwhile", async (t) => {
  for (const entries of ["0", "512"]) {
    const config = { "hash-max-listpack-entries": entries };
    const server = await startInProcess({ config });
    t.after(() => server.close());
    const client = await server.connect();
    t.after(() => client.close());
    const random = new Random(Number(process.env.TWIN_SEED ?? 5));
    const stays = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      await client.call("HSET", "h", `f${i}`, i);
      if (i % 3 === 0) stays.add(`f${i}`);
    }
    const met: string[] = [];
    let cursor = "0";
    do {
      const reply = await client.call("HSCAN", "h", cursor, "NOVALUES");
      assert.ok("items" in reply);
      const [next, found] = reply.items;
      assert.ok(next?.kind === "bulk" && found !== undefined && "items" in found);
      cursor = next.bytes.toString();
      for (const item of found.items) if (item.kind === "bulk") met.push(item.bytes.toString());
      for (let i = 0; i < 20; i++) {
        const field = random.int(0, 1999);
        if (field % 3 !== 0) await client.call("HDEL", "h", `f${field}`);
        await client.call("HSET", "h", `new${random.int(0, 5000)}`, 1);
      }
    } while (cursor !== "0");
    assert.equal(new Set(met).size, met.length, "no field twice");
    for (const field of stays) assert.ok(met.includes(field), `${field} was there all the time`);
  }
});

async function carry(from: RespClient, to: RespClient, key: string): Promise<void> {
  const payload = await from.call("DUMP", key);
  assert.ok(payload.kind === "bulk");
  for (const client of [from, to]) {
    assert.equal(await client.ask("RESTORE", "carried", "0", payload.bytes, "REPLACE"), "+OK");
    assert.equal(await client.ask("DEBUG", "DIGEST-VALUE", "carried"), await from.ask("DEBUG", "DIGEST-VALUE", key));
  }
  assert.equal(await to.ask("OBJECT", "ENCODING", "carried"), await from.ask("OBJECT", "ENCODING", "carried"));
}

test("hashes go to redis-server and back", async (t) => {
  const reference = await startRedisServer({ config: DEBUG });
  t.after(() => reference.close());
  const subject = await startInProcess({ config: DEBUG });
  t.after(() => subject.close());
  const theirs = await reference.connect();
  t.after(() => theirs.close());
  const ours = await subject.connect();
  t.after(() => ours.close());
  const random = new Random(Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31));
  for (const compression of ["yes", "no"]) {
    for (const client of [ours, theirs]) await client.call("CONFIG", "SET", "rdbcompression", compression);
    for (let i = 0; i < 60; i++) {
      const pairs = random.list(1, random.pick([1, 5, 100, 600]), () => [makeField(random), makeValue(random)]).flat();
      const more = random.oneIn(4) ? Array.from({ length: 700 }, (_, k) => [`g${k}`, k]).flat() : [];
      for (const client of [ours, theirs]) {
        await client.call("DEL", "h");
        await client.call("HSET", "h", ...pairs, ...more);
      }
      await carry(ours, theirs, "h");
      await carry(theirs, ours, "h");
    }
  }
});
