// SORT and SORT_RO.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { startInProcess } from "../../support/in-process.js";
import type { Arg, RespClient } from "../../support/resp-client.js";
import { itemsOf } from "../../support/resp-value.js";
import { startFixture } from "./fixture.js";

const NOT_NUMBERS = "-ERR One or more scores can't be converted into double";

function line(client: RespClient, text: string): Promise<string> {
  return client.ask(...text.split(" "));
}

async function expectAll(client: RespClient, cases: readonly (readonly [command: string, reply: string])[]) {
  for (const [command, reply] of cases) assert.equal(await line(client, command), reply, command);
}

function bulks(...words: readonly string[]): string {
  return `*[${words.map((word) => `$"${word}"`).join(", ")}]`;
}

test("SORT orders numbers, or texts with ALPHA, of lists, sets and sorted sets", async (t) => {
  const { client } = await startFixture(t);
  const words = ["10", "9", "-3.5", "1e2", "0", "-inf", "9.0"];
  await client.call("RPUSH", "list", ...words);
  await client.call("SADD", "set", ...words);
  await client.call("ZADD", "zset", ...words.flatMap((word, i) => [i, word]));
  for (const key of ["list", "set", "zset"]) {
    await expectAll(client, [
      [`SORT ${key}`, bulks("-inf", "-3.5", "0", "9", "9.0", "10", "1e2")],
      [`SORT ${key} DESC`, bulks("1e2", "10", "9.0", "9", "0", "-3.5", "-inf")],
      [`SORT ${key} desc ASC LIMIT 1 3`, bulks("-3.5", "0", "9")],
      [`SORT ${key} ALPHA`, bulks("-3.5", "-inf", "0", "10", "1e2", "9", "9.0")],
      [`SORT_RO ${key} ALPHA DESC LIMIT 0 2`, bulks("9.0", "9")],
    ]);
  }
});

test("LIMIT cuts where there is something to cut", async (t) => {
  const { client } = await startFixture(t);
  await client.call("RPUSH", "list", "3", "1", "2");
  for (const sorted of [true, false]) {
    const by = sorted ? "" : " BY nosort";
    const [a, b, c] = sorted ? ["1", "2", "3"] : ["3", "1", "2"];
    await expectAll(client, [
      [`SORT list${by} LIMIT 0 0`, "*[]"],
      [`SORT list${by} LIMIT 0 -1`, bulks(a ?? "", b ?? "", c ?? "")],
      [`SORT list${by} LIMIT -5 2`, bulks(a ?? "", b ?? "")],
      [`SORT list${by} LIMIT 1 100`, bulks(b ?? "", c ?? "")],
      [`SORT list${by} LIMIT 2 1`, bulks(c ?? "")],
      [`SORT list${by} LIMIT 3 1`, "*[]"],
      [`SORT list${by} LIMIT 9223372036854775807 9223372036854775807`, "*[]"],
      [`SORT list${by} LIMIT 1 -9223372036854775808`, bulks(b ?? "", c ?? "")],
      [`SORT none${by} LIMIT 0 5`, "*[]"],
    ]);
  }
});

test("a constant BY leaves the order of lists and sorted sets, in either direction", async (t) => {
  const { client } = await startFixture(t);
  await client.call("RPUSH", "list", "c", "a", "b", "d");
  await client.call("ZADD", "zset", "1", "c", "2", "a", "3", "b", "4", "d");
  for (const key of ["list", "zset"]) {
    await expectAll(client, [
      [`SORT ${key} BY nosort`, bulks("c", "a", "b", "d")],
      [`SORT ${key} BY nosort DESC`, bulks("d", "b", "a", "c")],
      [`SORT ${key} BY nosort LIMIT 1 2`, bulks("a", "b")],
      [`SORT ${key} BY nosort DESC LIMIT 1 2`, bulks("b", "a")],
      [`SORT ${key} BY nosort ALPHA`, bulks("c", "a", "b", "d")],
      [`SORT ${key} BY nosort BY w_* DESC LIMIT 0 1`, bulks("d")],
      [`SORT ${key} BY # LIMIT 0 1`, bulks("c")],
    ]);
  }
  await client.call("SADD", "set", "c", "a", "b");
  assert.deepEqual(itemsOf(await client.call("SORT", "set", "BY", "nosort", "DESC")).length, 3);
  assert.equal(itemsOf(await client.call("SORT", "set", "BY", "nosort", "LIMIT", "1", "1")).length, 1);
  assert.equal(await line(client, "SORT set BY nosort STORE to"), ":3");
  assert.equal(await line(client, "LRANGE to 0 -1"), bulks("a", "b", "c"), "what is stored has an order");
});

test("BY and GET look up strings and fields of hashes", async (t) => {
  const { client } = await startFixture(t);
  await client.call("RPUSH", "list", "1", "2", "3", "4");
  await client.call("MSET", "w_1", "30", "w_2", "20", "w_3", "10", "n_1", "one", "n_2", "two", "n_3", "three");
  await client.call("HSET", "h_1", "w", "5", "text", "x", "", "empty");
  await client.call("HSET", "h_2", "w", "-5", "text", "y");
  await client.call("HSET", "h_3", "other", "0");
  await client.call("HSET", "1->", "f", "arrow");
  await client.call("SET", "1->", "string");
  await expectAll(client, [
    ["SORT list BY w_*", bulks("4", "3", "2", "1")],
    ["SORT list BY w_* DESC LIMIT 0 2", bulks("1", "2")],
    ["SORT list BY h_*->w", bulks("2", "3", "4", "1")],
    ["SORT list BY n_*", NOT_NUMBERS],
    ["SORT list BY n_* ALPHA", bulks("4", "1", "3", "2")],
    ["SORT list BY n_* ALPHA DESC", bulks("2", "3", "1", "4")],
    ["SORT list BY h_*->text ALPHA", bulks("3", "4", "1", "2")],
    ["SORT list BY h_* ALPHA", bulks("1", "2", "3", "4")],
    ["SORT list GET n_*", '*[$"one", $"two", $"three", $nil]'],
    ["SORT list GET # GET h_*->w LIMIT 0 2", bulks("1", "5", "2", "-5")],
    ["SORT list GET h_*", "*[$nil, $nil, $nil, $nil]"],
    ["SORT list GET w_*->w LIMIT 0 1", "*[$nil]"],
    ["SORT list GET constant GET ## LIMIT 0 1", "*[$nil, $nil]"],
    ["SORT list GET *-> LIMIT 0 1", bulks("string")],
    ["SORT list GET *_1->w LIMIT 0 1", "*[$nil]"],
    ["SORT list GET h_1->w LIMIT 0 1", "*[$nil]"],
  ]);
  const third = await client.ask("HELLO", "3");
  assert.match(third, /^%/);
  assert.equal(await line(client, "SORT_RO list GET n_* LIMIT 3 1"), "*[_]");
});

test("patterns replace the first star only, and end at a zero byte", async (t) => {
  const { client } = await startFixture(t);
  await client.call("RPUSH", "list", "a");
  const cases: readonly (readonly [pattern: Arg, key: string, field?: string])[] = [
    ["*", "a"],
    ["**", "a*"],
    ["x*y*z", "xay*z"],
    ["*-", "a-"],
    ["*>-f", "a>-f"],
    ["*->f->g", "a", "f->g"],
    ["->*->f", "->a", "f"],
    ["x*y->f", "xay", "f"],
    [Buffer.from("x*\0y"), "xa\0y"],
    [Buffer.from("x*y\0->f"), "xay\0->f"],
  ];
  for (const [pattern, key, field] of cases) {
    await client.call("DEL", key);
    if (field === undefined) await client.call("SET", key, "found");
    else await client.call("HSET", key, field, "found");
    assert.equal(await client.ask("SORT", "list", "ALPHA", "GET", pattern), bulks("found"), String(pattern));
    await client.call("DEL", key);
  }
  assert.equal(await client.ask("SORT", "list", "ALPHA", "GET", Buffer.from("x\0*")), "*[$nil]");
});

test("what is sorted as a number is read as C reads it", async (t) => {
  const { client } = await startFixture(t);
  for (const [word, isNumber] of [
    ["", true],
    [" 5", true],
    ["\t\n5", true],
    ["0x1f", true],
    ["infinity", true],
    ["5\0x", true],
    ["1e-400", false],
    ["1e400", false],
    ["5 ", false],
    [" ", false],
    ["nan", false],
    ["x", false],
    ["1,5", false],
  ] as const) {
    await client.call("DEL", "list");
    await client.call("RPUSH", "list", word);
    const reply = await client.ask("SORT", "list");
    assert.equal(reply === NOT_NUMBERS, !isNumber, JSON.stringify(word));
  }
  await client.call("DEL", "list");
  await client.call("RPUSH", "list", "2", "x", "1");
  assert.equal(await line(client, "SORT list LIMIT 0 0"), NOT_NUMBERS, "even where nothing is answered");
  assert.equal(await line(client, "SORT list STORE to"), NOT_NUMBERS);
  assert.equal(await line(client, "EXISTS to"), ":0");
  assert.equal(await line(client, "SORT list BY none_*"), bulks("1", "2", "x"), "equal weights: by the element");
});

test("SORT STORE makes a list, replaces the key, and deletes it where nothing is left", async (t) => {
  const { client, recorder } = await startFixture(t);
  const take = (): unknown[] => [recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()];
  await client.call("SADD", "set", "3", "1", "2");
  await client.call("SET", "n_2", "two");
  await client.call("SET", "to", "text", "EX", "100");
  take();
  assert.equal(await line(client, "SORT set STORE to"), ":3");
  assert.deepEqual(take(), [["sortstore to"], ["SORT set STORE to"], 3]);
  assert.equal(await line(client, "TTL to"), ":-1");
  assert.equal(await line(client, "LRANGE to 0 -1"), bulks("1", "2", "3"));
  assert.equal(await line(client, "OBJECT ENCODING to"), '$"listpack"');
  assert.equal(await line(client, "SORT set GET n_* GET # STORE new"), ":6");
  assert.equal(await line(client, "LRANGE new 0 -1"), bulks("", "1", "two", "2", "", "3"));
  take();
  assert.equal(await line(client, "SORT set LIMIT 0 0 STORE to"), ":0");
  assert.deepEqual(take(), [["del to"], ["SORT set LIMIT 0 0 STORE to"], 1]);
  assert.equal(await line(client, "SORT none STORE new"), ":0");
  assert.equal(await line(client, "EXISTS new to"), ":0");
  take();
  assert.equal(await line(client, "SORT none STORE new"), ":0");
  assert.deepEqual([recorder.takeCommands(), recorder.takeDirty()], [[], 0]);
  assert.equal(await line(client, "SORT set STORE set"), ":3", "the sorted key itself may be replaced");
  assert.equal(await line(client, "LRANGE set 0 -1"), bulks("1", "2", "3"));
  await client.call("DEL", "set");
  await client.call("SADD", "set", ...Array.from({ length: 3000 }, (_, i) => `member ${i}`));
  assert.equal(await line(client, "SORT set ALPHA STORE to"), ":3000");
  assert.equal(await line(client, "OBJECT ENCODING to"), '$"quicklist"');
  assert.equal(await line(client, "LINDEX to 2999"), '$"member 999"');
});

test("SORT checks its options before its key", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "text", "v");
  await client.call("HSET", "hash", "f", "v");
  await expectAll(client, [
    ["SORT", "-ERR wrong number of arguments for 'sort' command"],
    ["SORT_RO", "-ERR wrong number of arguments for 'sort_ro' command"],
    ["SORT text", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["SORT_RO hash", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
    ["SORT text LIMIT x 1", "-ERR value is not an integer or out of range"],
    ["SORT text LIMIT 1", "-ERR syntax error"],
    ["SORT text BY", "-ERR syntax error"],
    ["SORT text GET", "-ERR syntax error"],
    ["SORT text STORE", "-ERR syntax error"],
    ["SORT text foo", "-ERR syntax error"],
    ["SORT_RO text STORE to", "-ERR syntax error"],
    ["COMMAND GETKEYS SORT a GET store STORE b LIMIT 0 1 store c", bulks("a", "c")],
    ["COMMAND GETKEYS SORT a BY store GET x", bulks("a")],
    ["COMMAND GETKEYS SORT_RO a BY b", bulks("a")],
  ]);
});

test("lookups of SORT count as reads, and expired keys and fields are not found", async (t) => {
  const arenaChecks = new ArenaChecks();
  const server = await startInProcess({ arenaChecks });
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  const client = await server.connect();
  t.after(async () => {
    await client.close();
    await server.close();
  });
  const { keyspace } = server.pyredis.server;
  const emptyBytes = keyspace.arena.usedBytes;
  await client.call("RPUSH", "list", "1", "2");
  await client.call("SET", "w_1", "9", "PX", "10");
  await client.call("SET", "w_2", "5");
  await client.call("HSET", "h_1", "f", "9");
  await client.call("HPEXPIRE", "h_1", "10", "FIELDS", "1", "f");
  assert.equal(await line(client, "SORT list BY w_* GET h_*->f"), '*[$nil, $"9"]');
  server.clock.advance(20);
  const recorder = new EffectsRecorder(server);
  const { hits, misses } = keyspace;
  assert.equal(await line(client, "SORT list BY w_* GET h_*->f"), "*[$nil, $nil]");
  assert.ok(recorder.takeEvents().includes("expired w_1"));
  assert.deepEqual([keyspace.hits - hits, keyspace.misses - misses], [3, 2]);
  assert.equal(await line(client, "EXISTS h_1 w_1"), ":0", "the last field of a hash takes the hash along");
  await client.call("FLUSHALL");
  arenaChecks.verify(keyspace.arena);
  assert.equal(keyspace.arena.usedBytes, emptyBytes);
});
