// KEYS, SCAN, RANDOMKEY.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPIRE_DELETE, EXPIRE_HIDE } from "#src/keyspace/expiry-mode.js";
import { Random } from "../../support/random.js";
import type { Command, RespClient } from "../../support/resp-client.js";
import { itemsOf, textOf } from "../../support/resp-value.js";
import { startFixture } from "./fixture.js";

/** One call of SCAN: the next cursor and the keys. */
async function scanOnce(client: RespClient, cursor: string, ...options: (string | number)[]) {
  const [next, keys] = itemsOf(await client.call("SCAN", cursor, ...options));
  assert.ok(next && keys);
  return { cursor: textOf(next), keys: itemsOf(keys).map(textOf) };
}

async function scanAll(client: RespClient, ...options: (string | number)[]): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  do {
    const step = await scanOnce(client, cursor, ...options);
    found.push(...step.keys);
    cursor = step.cursor;
  } while (cursor !== "0");
  return found;
}

test("KEYS lists what matches the pattern", async (t) => {
  const { client } = await startFixture(t);
  assert.equal(await client.ask("KEYS", "*"), "*[]");
  for (const key of ["foo", "fob", "bar", "b[r", "", "f\\o"]) await client.call("SET", key, "v");
  const matches = async (pattern: string): Promise<string[]> =>
    itemsOf(await client.call("KEYS", pattern))
      .map(textOf)
      .sort();
  assert.deepEqual(await matches("*"), ["", "b[r", "bar", "f\\o", "fob", "foo"]);
  assert.deepEqual(await matches("fo?"), ["fob", "foo"]);
  assert.deepEqual(await matches("b[a-c]r"), ["bar"]);
  assert.deepEqual(await matches("b\\[r"), ["b[r"]);
  assert.deepEqual(await matches("f[^o]o"), ["f\\o"]);
  assert.deepEqual(await matches(""), [""]);
  assert.deepEqual(await matches("nothing"), []);
});

test("KEYS leaves expired keys out, and does not delete them", async (t) => {
  const { client, server, recorder } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.call("SET", "a", "v", "PX", 10);
  await client.call("SET", "b", "v");
  server.clock.advance(11);
  recorder.takeEvents();
  assert.equal(await client.ask("KEYS", "*"), '*[$"b"]');
  assert.deepEqual(recorder.takeEvents(), []);
  assert.equal(await client.ask("DBSIZE"), ":2");
});

test("a pattern of very many stars is answered at once, with nothing", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "a".repeat(50_000), "v");
  assert.equal(await client.ask("KEYS", "*?".repeat(50_000)), "*[]");
  assert.equal(await client.ask("KEYS", `${"a*".repeat(900)}b`), "*[]");
  assert.equal(itemsOf(await client.call("KEYS", "a*".repeat(900))).length, 1);
});

test("a large KEYS reply is whole", async (t) => {
  const { client } = await startFixture(t);
  const commands: Command[] = [];
  for (let i = 0; i < 20_000; i++) commands.push(["SET", `key:${i}:${"x".repeat(i % 50)}`, "v"]);
  await client.pipeline(commands);
  assert.equal(new Set(itemsOf(await client.call("KEYS", "*")).map(textOf)).size, 20_000);
  const scanned = await scanOnce(client, "0", "COUNT", 1_000_000);
  assert.equal(scanned.cursor, "0");
  assert.equal(new Set(scanned.keys).size, 20_000);
});

test("SCAN refuses cursors and options that are none", async (t) => {
  const { client } = await startFixture(t);
  for (const cursor of ["", "x", "-1", "1x", "1.5", "18446744073709551616", "-9223372036854775808"]) {
    assert.equal(await client.ask("SCAN", cursor), "-ERR invalid cursor", cursor);
  }
  for (const cursor of ["18446744073709551615", "007", " 7", "+7", "4294967296"]) {
    assert.match(await client.ask("SCAN", cursor), /^\*\[/, cursor);
  }
  assert.equal(await client.ask("SCAN", "0", "COUNT", "0"), "-ERR syntax error");
  assert.equal(await client.ask("SCAN", "0", "COUNT", "-1"), "-ERR syntax error");
  assert.equal(await client.ask("SCAN", "0", "COUNT", "x"), "-ERR value is not an integer or out of range");
  assert.equal(await client.ask("SCAN", "0", "COUNT"), "-ERR syntax error");
  assert.equal(await client.ask("SCAN", "0", "FOO", "BAR"), "-ERR syntax error");
  assert.equal(await client.ask("SCAN", "0", "NOVALUES"), "-ERR NOVALUES option can only be used in HSCAN");
  assert.equal(await client.ask("SCAN", "0", "COUNT", "9223372036854775807"), '*[$"0", *[]]');
});

test("SCAN takes MATCH and TYPE; a type that does not exist matches nothing", async (t) => {
  const { client } = await startFixture(t);
  for (let i = 0; i < 300; i++) await client.call("SET", `key:${i}`, "v");
  assert.equal((await scanAll(client)).length, 300);
  assert.equal((await scanAll(client, "MATCH", "key:1??")).length, 100);
  assert.equal((await scanAll(client, "match", "*", "count", "7")).length, 300);
  assert.equal((await scanAll(client, "TYPE", "STRING")).length, 300);
  assert.equal((await scanAll(client, "TYPE", "hash")).length, 0);
  assert.equal((await scanAll(client, "TYPE", "string1")).length, 0);
});

test("SCAN deletes the expired keys it meets, each DEL on its own", async (t) => {
  const { client, server, recorder } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.pipeline([
    ["SET", "a", "v", "PX", 10],
    ["SET", "b", "v", "PX", 10],
    ["SET", "c", "v"],
  ]);
  server.clock.advance(11);
  recorder.takeCommands();
  assert.equal(await client.ask("SCAN", "0"), '*[$"0", *[$"c"]]');
  assert.deepEqual(recorder.takeCommands().sort(), ["DEL a", "DEL b"]);
  assert.equal(await client.ask("DBSIZE"), ":1");
  await client.call("SET", "x", "1");
  assert.deepEqual(recorder.takeCommands(), ["SET x 1"]);
});

test("in a transaction the DELs that SCAN causes stay inside of it", async (t) => {
  const { client, server, recorder } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.pipeline([
    ["SET", "a", "v", "PX", 10],
    ["SET", "b", "v", "PX", 10],
  ]);
  server.clock.advance(11);
  recorder.takeCommands();
  await client.pipeline([["MULTI"], ["SCAN", "0"], ["EXEC"]]);
  const [first, ...rest] = recorder.takeCommands();
  assert.equal(first, "MULTI");
  assert.equal(rest.pop(), "EXEC");
  assert.deepEqual(rest.sort(), ["DEL a", "DEL b"]);
});

test("a full SCAN returns every key that stays exactly once, however the keyspace grows and shrinks meanwhile", async (t) => {
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const random = new Random(seed);
  const { client } = await startFixture(t);
  const stable = 2500;
  await client.pipeline(Array.from({ length: stable }, (_, i): Command => ["SET", `stay:${i}`, "v"]));
  for (const options of [
    ["COUNT", "20"],
    ["MATCH", "stay:*", "COUNT", "50"],
    ["TYPE", "string", "MATCH", "*[0-9]"],
  ]) {
    const visits = new Map<string, number>();
    let cursor = "0";
    let step = 0;
    do {
      const result = await scanOnce(client, cursor, ...options);
      for (const key of result.keys) visits.set(key, (visits.get(key) ?? 0) + 1);
      cursor = result.cursor;
      const grows = Math.floor(step++ / 20) % 2 === 0;
      const commands = random.list(20, 200, (): Command => {
        const key = `come:${random.int(0, 30_000)}`;
        return grows || random.oneIn(10) ? ["SET", key, "v"] : ["UNLINK", key, `come:${random.int(0, 30_000)}`];
      });
      if (!grows && random.oneIn(30))
        commands.push(...random.list(3000, 3000, (): Command => ["DEL", `come:${random.int(0, 30_000)}`]));
      await client.pipeline(commands);
    } while (cursor !== "0");
    for (let i = 0; i < stable; i++) assert.equal(visits.get(`stay:${i}`), 1, `TWIN_SEED=${seed}: stay:${i}`);
  }
});

test("RANDOMKEY draws every key, and nil from an empty database", async (t) => {
  const { client } = await startFixture(t);
  assert.equal(await client.ask("RANDOMKEY"), "$nil");
  const keys = ["a", "b", "c", "d"];
  for (const key of keys) await client.call("SET", key, "v");
  const drawn = new Set<string>();
  for (let i = 0; i < 200; i++) drawn.add(textOf(await client.call("RANDOMKEY")));
  assert.deepEqual([...drawn].sort(), keys);
});

test("RANDOMKEY deletes expired keys until it draws a live one", async (t) => {
  const { client, server, recorder } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  for (let i = 0; i < 50; i++) await client.call("SET", `old:${i}`, "v", "PX", 10);
  server.clock.advance(11);
  recorder.takeCommands();
  assert.equal(await client.ask("RANDOMKEY"), "$nil");
  assert.equal(await client.ask("DBSIZE"), ":0");
  const commands = recorder.takeCommands();
  assert.equal(commands.length, 50);
  assert.ok(commands.every((command) => command.startsWith("DEL old:")));
});

test("RANDOMKEY ends where expired keys may not be deleted and there are no others", async (t) => {
  const { client, server } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  const { keyspace } = server.pyredis.server;
  await client.call("SET", "a", "v", "PX", 10);
  server.clock.advance(11);
  keyspace.expiryMode = EXPIRE_HIDE;
  assert.equal(await client.ask("RANDOMKEY"), '$"a"');
  assert.equal(await client.ask("SCAN", "0"), '*[$"0", *[]]');
  assert.equal(await client.ask("DEL", "a"), ":1", "DEL may delete what expiry must not");
  keyspace.expiryMode = EXPIRE_DELETE;
});
