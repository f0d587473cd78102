// Key events that no command of a client causes. Those of commands: test/conformance/key-events.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { confirm, hasNothingLeft, startFixture, take } from "./fixture.js";

test("a key that expires by itself is an event, one for each key", async (t) => {
  const { server, client, connect } = await startFixture(t, { "notify-keyspace-events": "Kx" });
  const listener = await connect();
  await listener.call("PSUBSCRIBE", "*");
  for (const key of ["a", "b"]) await client.call("SET", key, "v", "PX", 50);
  server.clock.advance(100);
  assert.deepEqual((await take(listener, 2, 2)).sort(), [
    '*[$"pmessage", $"*", $"__keyspace@0__:a", $"expired"]',
    '*[$"pmessage", $"*", $"__keyspace@0__:b", $"expired"]',
  ]);
  assert.ok(await hasNothingLeft(listener));
});

test("a key that goes because maxmemory was lowered is an event, without any further command", async (t) => {
  const { client, connect } = await startFixture(t, {
    "notify-keyspace-events": "Ee",
    "maxmemory-policy": "allkeys-lru",
  });
  const listener = await connect();
  await listener.call("PSUBSCRIBE", "*");
  await client.call("SET", "k", "v");
  assert.equal(await client.ask("CONFIG", "SET", "maxmemory", 1), "+OK");
  assert.deepEqual(await take(listener, 2, 1), ['*[$"pmessage", $"*", $"__keyevent@0__:evicted", $"k"]']);
});

test("events of a client's own commands come behind their replies", async (t) => {
  const { connect } = await startFixture(t, { "notify-keyspace-events": "KEA" });
  const client = await connect({ resp: 3 });
  await confirm(client, 3, 1, "PSUBSCRIBE", "__keyspace*");
  assert.equal(await client.ask("RPUSH", "l", "a"), ":1");
  assert.equal(await client.ask("LPOP", "l"), '$"a"');
  assert.deepEqual(await take(client, 3, 3), [
    '>[$"pmessage", $"__keyspace*", $"__keyspace@0__:l", $"rpush"]',
    '>[$"pmessage", $"__keyspace*", $"__keyspace@0__:l", $"lpop"]',
    '>[$"pmessage", $"__keyspace*", $"__keyspace@0__:l", $"del"]',
  ]);
});

test("a command that blocked makes its events when it is served", async (t) => {
  const { client, connect } = await startFixture(t, { "notify-keyspace-events": "El" });
  const [listener, blocked] = [await connect(), await connect()];
  await listener.call("PSUBSCRIBE", "*");
  blocked.send("BLMOVE", "from", "to", "LEFT", "RIGHT", 0);
  await blocked.readReply(20).catch(() => {});
  assert.equal(await client.ask("RPUSH", "from", "x"), ":1");
  assert.deepEqual(await take(listener, 2, 3), [
    '*[$"pmessage", $"*", $"__keyevent@0__:rpush", $"from"]',
    '*[$"pmessage", $"*", $"__keyevent@0__:rpush", $"to"]',
    '*[$"pmessage", $"*", $"__keyevent@0__:lpop", $"from"]',
  ]);
});
