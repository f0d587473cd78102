// DEL, UNLINK, EXISTS, TOUCH, TYPE, RENAME, RENAMENX, COPY, MOVE: commands that take keys as they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "./fixture.js";

test("DEL and UNLINK delete what exists, and count it", async (t) => {
  const { client, recorder } = await startFixture(t);
  for (const command of ["DEL", "UNLINK"]) {
    await client.pipeline([
      ["SET", "a", "1"],
      ["SET", "b", "x".repeat(5000)],
    ]);
    recorder.takeEvents();
    recorder.takeCommands();
    recorder.takeDirty();
    assert.equal(await client.ask(command, "a", "none", "b", "a"), ":2");
    assert.deepEqual(recorder.takeEvents(), ["del a", "del b"]);
    assert.deepEqual(recorder.takeCommands(), [`${command} a none b a`]);
    assert.equal(recorder.takeDirty(), 2);
    assert.equal(await client.ask(command, "a"), ":0");
    assert.deepEqual(recorder.takeCommands(), []);
    assert.equal(await client.ask(command), `-ERR wrong number of arguments for '${command.toLowerCase()}' command`);
  }
});

test("DEL of an expired key counts nothing, and tells of the expiry", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  await client.call("SET", "k", "v", "PX", 10);
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  server.clock.advance(11);
  assert.equal(await client.ask("DEL", "k"), ":0");
  assert.deepEqual(recorder.takeEvents(), ["expired k"]);
  assert.deepEqual(recorder.takeCommands(), ["DEL k"]);
  assert.equal(recorder.takeDirty(), 0);
});

test("EXISTS counts every mention, and neither it nor TYPE nor TTL touches the access clock", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  await client.call("SET", "a", "1");
  recorder.takeEvents();
  assert.equal(await client.ask("EXISTS", "a", "b", "a"), ":2");
  assert.deepEqual(recorder.takeEvents(), ["keymiss b"]);
  server.clock.advance(60_000);
  server.pyredis.server.cron.tick();
  await client.pipeline([
    ["EXISTS", "a"],
    ["TYPE", "a"],
    ["TTL", "a"],
    ["OBJECT", "ENCODING", "a"],
  ]);
  assert.equal(await client.ask("OBJECT", "IDLETIME", "a"), ":60");
  assert.equal(await client.ask("TOUCH", "a", "b", "a"), ":2");
  assert.equal(await client.ask("OBJECT", "IDLETIME", "a"), ":0");
});

test("TOUCH touches for clients with NO-TOUCH too, GET does not", async (t) => {
  const { client, server } = await startFixture(t);
  await client.call("SET", "a", "1");
  assert.equal(await client.ask("CLIENT", "NO-TOUCH", "on"), "+OK");
  server.clock.advance(5_000);
  server.pyredis.server.cron.tick();
  await client.call("GET", "a");
  assert.equal(await client.ask("OBJECT", "IDLETIME", "a"), ":5");
  await client.call("TOUCH", "a");
  assert.equal(await client.ask("OBJECT", "IDLETIME", "a"), ":0");
});

test("hits and misses count for the commands that read", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  await client.call("SET", "a", "1");
  const counts = async (...command: string[]): Promise<string> => {
    const { hits, misses } = keyspace;
    await client.call(...command);
    return `${keyspace.hits - hits} ${keyspace.misses - misses}`;
  };
  assert.equal(await counts("EXISTS", "a", "b"), "1 1");
  assert.equal(await counts("TTL", "a"), "1 0");
  assert.equal(await counts("TYPE", "b"), "0 1");
  assert.equal(await counts("OBJECT", "ENCODING", "b"), "0 1");
  assert.equal(await counts("TOUCH", "a", "b"), "1 1");
  assert.equal(await counts("SCAN", "0"), "0 0");
  assert.equal(await counts("SCAN", "0", "TYPE", "string"), "1 0");
  assert.equal(await counts("COPY", "a", "c"), "1 0");
  assert.equal(await counts("EXPIRE", "a", "100"), "0 0");
  assert.equal(await counts("RENAME", "a", "d"), "0 0");
  assert.equal(await counts("DEL", "a", "d"), "0 0");
  assert.equal(await counts("KEYS", "*"), "0 0");
});

test("TYPE names the type, none where there is no key", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "a", "1");
  assert.equal(await client.ask("TYPE", "a"), "+string");
  assert.equal(await client.ask("TYPE", "b"), "+none");
});

test("RENAME moves value and deadline, and replaces the target with its deadline", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  assert.equal(await client.ask("RENAME", "none", "b"), "-ERR no such key");
  assert.equal(await client.ask("RENAME", "none", "none"), "-ERR no such key");
  const large = "x".repeat(10_000);
  await client.call("SET", "a", large, "EX", 100);
  await client.call("SET", "b", "old");
  const { arena } = server.pyredis.server.keyspace;
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  assert.equal(await client.ask("RENAME", "a", "b"), "+OK");
  assert.deepEqual(recorder.takeEvents(), ["new b", "rename_from a", "rename_to b"]);
  assert.deepEqual(recorder.takeCommands(), ["RENAME a b"]);
  assert.equal(recorder.takeDirty(), 1);
  assert.equal(await client.ask("GET", "b"), `$"${large}"`);
  assert.equal(await client.ask("TTL", "b"), ":100");
  assert.equal(await client.ask("EXISTS", "a"), ":0");
  const used = arena.usedBytes;
  assert.equal(await client.ask("RENAME", "b", "b"), "+OK");
  assert.deepEqual(recorder.takeCommands(), []);
  await client.call("RENAME", "b", "c");
  assert.equal(arena.usedBytes, used, "the value has moved, not been copied");
  await client.call("SET", "d", "v");
  await client.call("RENAME", "d", "c");
  assert.equal(await client.ask("TTL", "c"), ":-1");
});

test("RENAMENX leaves a target that exists", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.pipeline([
    ["SET", "a", "1"],
    ["SET", "b", "2", "PX", 10],
  ]);
  recorder.takeCommands();
  assert.equal(await client.ask("RENAMENX", "a", "b"), ":0");
  assert.equal(await client.ask("RENAMENX", "a", "a"), ":0");
  assert.equal(await client.ask("RENAMENX", "none", "a"), "-ERR no such key");
  assert.deepEqual(recorder.takeCommands(), []);
  server.clock.advance(11);
  assert.equal(await client.ask("RENAMENX", "a", "b"), ":1");
  assert.deepEqual(recorder.takeCommands(), ["MULTI", "DEL b", "RENAMENX a b", "EXEC"]);
  assert.equal(await client.ask("GET", "b"), '$"1"');
});

test("COPY copies values of every encoding with their deadline, and shares nothing", async (t) => {
  const { client, recorder } = await startFixture(t);
  for (const value of ["12345", "short", "r".repeat(100), "l".repeat(5000)]) {
    await client.call("SET", "a", value, "EX", 100);
    recorder.takeEvents();
    recorder.takeCommands();
    recorder.takeDirty();
    assert.equal(await client.ask("COPY", "a", "b"), ":1");
    assert.deepEqual(recorder.takeEvents(), ["new b", "copy_to b"]);
    assert.deepEqual(recorder.takeCommands(), ["COPY a b"]);
    assert.equal(recorder.takeDirty(), 1);
    await client.call("APPEND", "a", "more");
    assert.equal(await client.ask("GET", "b"), `$"${value}"`);
    assert.equal(await client.ask("TTL", "b"), ":100");
    await client.call("DEL", "b");
  }
});

test("COPY takes DB and REPLACE in any order, and refuses the rest", async (t) => {
  const { client, recorder } = await startFixture(t);
  await client.pipeline([
    ["SET", "a", "1"],
    ["SET", "b", "2", "EX", "100"],
  ]);
  assert.equal(await client.ask("COPY", "none", "b"), ":0");
  assert.equal(await client.ask("COPY", "a", "b"), ":0");
  assert.equal(await client.ask("GET", "b"), '$"2"');
  assert.equal(await client.ask("COPY", "a", "b", "replace"), ":1");
  assert.equal(await client.ask("TTL", "b"), ":-1");
  assert.equal(await client.ask("COPY", "a", "a"), "-ERR source and destination objects are the same");
  assert.equal(await client.ask("COPY", "a", "a", "DB", "0"), "-ERR source and destination objects are the same");
  recorder.takeEvents();
  assert.equal(await client.ask("COPY", "a", "a", "DB", "3", "REPLACE"), ":1");
  assert.deepEqual(recorder.takeEvents(), ["new a@3", "copy_to a@3"]);
  assert.equal(await client.ask("COPY", "a", "a", "REPLACE", "DB", "3"), ":1");
  assert.equal(await client.ask("COPY", "a", "a", "DB", "3"), ":0");
  assert.equal(await client.ask("COPY", "a", "x", "DB", "16"), "-ERR DB index is out of range");
  assert.equal(await client.ask("COPY", "a", "x", "DB", "-1"), "-ERR DB index is out of range");
  assert.equal(await client.ask("COPY", "a", "x", "DB", "one"), "-ERR value is not an integer or out of range");
  assert.equal(await client.ask("COPY", "a", "x", "DB"), "-ERR syntax error");
  assert.equal(await client.ask("COPY", "a", "x", "NX"), "-ERR syntax error");
});

test("MOVE takes a key and its deadline to another database unless it is there", async (t) => {
  const { client, recorder } = await startFixture(t);
  await client.call("SET", "a", "1", "EX", 100);
  recorder.takeEvents();
  recorder.takeDirty();
  assert.equal(await client.ask("MOVE", "a", "9"), ":1");
  assert.deepEqual(recorder.takeEvents(), ["new a@9", "move_from a", "move_to a@9"]);
  assert.equal(recorder.takeDirty(), 1);
  assert.equal(await client.ask("EXISTS", "a"), ":0");
  await client.call("SET", "a", "2");
  assert.equal(await client.ask("MOVE", "a", "9"), ":0");
  assert.equal(await client.ask("MOVE", "none", "9"), ":0");
  assert.equal(await client.ask("MOVE", "a", "0"), "-ERR source and destination objects are the same");
  assert.equal(await client.ask("MOVE", "a", "16"), "-ERR DB index is out of range");
  assert.equal(await client.ask("MOVE", "a", "x"), "-ERR value is not an integer or out of range");
  await client.call("SELECT", "9");
  assert.equal(await client.ask("TTL", "a"), ":100");
  assert.equal(await client.ask("GET", "a"), '$"1"');
});

test("lazyfree directives choose how a deletion goes out", async (t) => {
  const { client, recorder, server } = await startFixture(t, { "lazyfree-lazy-expire": "yes" });
  await client.call("SET", "a", "1", "PX", 10);
  recorder.takeCommands();
  server.clock.advance(11);
  await client.call("GET", "a");
  assert.deepEqual(recorder.takeCommands(), ["UNLINK a"]);
  await client.call("SET", "a", "1");
  recorder.takeCommands();
  assert.equal(await client.ask("EXPIRE", "a", "-1"), ":1");
  assert.deepEqual(recorder.takeCommands(), ["UNLINK a"]);
});
