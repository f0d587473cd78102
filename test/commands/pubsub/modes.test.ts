// What listening does to the other commands of a client: RESP2's confinement, RESP3's freedom, MULTI, CLIENT REPLY, RESET.
import assert from "node:assert/strict";
import { test } from "node:test";
import { confirm, converse, hasNothingLeft, startFixture, take } from "./fixture.js";

const confined = (name: string): string =>
  `-ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;

test("a RESP2 client that listens may run few commands, and all again when it has left", async (t) => {
  const { connect } = await startFixture(t);
  for (const [enter, leave] of [
    ["SUBSCRIBE", "UNSUBSCRIBE"],
    ["PSUBSCRIBE", "PUNSUBSCRIBE"],
    ["SSUBSCRIBE", "SUNSUBSCRIBE"],
  ] as const) {
    const client = await connect();
    await client.call(enter, "x");
    assert.equal(await client.ask("GET", "k"), confined("get"));
    assert.equal(await client.ask("CONFIG", "GET", "x"), confined("config|get"));
    assert.equal(await client.ask("MULTI"), confined("multi"));
    assert.equal(await client.ask("HELLO", 3), confined("hello"));
    assert.equal(await client.ask("PUBLISH", "x", "y"), confined("publish"));
    assert.equal(await client.ask("GET"), "-ERR wrong number of arguments for 'get' command");
    assert.match(await client.ask("nope"), /^-ERR unknown command 'nope'/);
    await client.call(leave, "x");
    assert.equal(await client.ask("GET", "k"), "$nil");
  }
});

test("PING has the form of a message while a RESP2 client listens, and its own under RESP3", async (t) => {
  const { connect } = await startFixture(t);
  const old = await connect();
  await old.call("SUBSCRIBE", "x");
  assert.equal(await old.ask("PING"), '*[$"pong", $""]');
  assert.equal(await old.ask("PING", "hi"), '*[$"pong", $"hi"]');
  assert.equal(await old.ask("PING", "a", "b"), "-ERR wrong number of arguments for 'ping' command");
  await old.call("UNSUBSCRIBE");
  assert.equal(await old.ask("PING"), "+PONG");
  const recent = await connect({ resp: 3 });
  await confirm(recent, 3, 1, "SUBSCRIBE", "x");
  assert.equal(await recent.ask("PING"), "+PONG");
  assert.equal(await recent.ask("PING", "hi"), '$"hi"');
});

test("a RESP3 client that listens may run anything; HELLO 2 confines it", async (t) => {
  const { connect } = await startFixture(t);
  const client = await connect({ resp: 3 });
  await confirm(client, 3, 1, "SUBSCRIBE", "x");
  assert.equal(await client.ask("SET", "k", "v"), "+OK");
  assert.match(await client.ask("HELLO", 2), /\$"proto", :2/);
  assert.equal(await client.ask("GET", "k"), confined("get"));
  assert.equal(await client.ask("HELLO", 3), confined("hello"));
  assert.equal(await client.ask("UNSUBSCRIBE"), '*[$"unsubscribe", $"x", :0]');
  assert.equal(await client.ask("GET", "k"), '$"v"');
});

test("a message that a client sends to itself follows its reply", async (t) => {
  const { server } = await startFixture(t);
  const requests =
    "HELLO 3\r\nSUBSCRIBE x\r\nPUBLISH x 1\r\nMULTI\r\nPING a\r\nPUBLISH x 2\r\nPUBLISH x 3\r\nPING b\r\nEXEC\r\nPING\r\n";
  const answers = await converse(server.port, requests, 13);
  assert.deepEqual(answers.slice(1), [
    '>[$"subscribe", $"x", :1]',
    ":1",
    '>[$"message", $"x", $"1"]',
    "+OK",
    "+QUEUED",
    "+QUEUED",
    "+QUEUED",
    "+QUEUED",
    '*[$"a", :1, :1, $"b"]',
    '>[$"message", $"x", $"2"]',
    '>[$"message", $"x", $"3"]',
    "+PONG",
  ]);
});

test("SUBSCRIBE in MULTI confirms inside of EXEC's reply; SSUBSCRIBE is refused there", async (t) => {
  const { connect } = await startFixture(t);
  const client = await connect();
  await client.pipeline([
    ["MULTI"],
    ["SUBSCRIBE", "x"],
    ["GET", "k"],
    ["SSUBSCRIBE", "s"],
    ["PSUBSCRIBE", "p"],
    ["PING"],
  ]);
  assert.equal(
    await client.ask("EXEC"),
    `*[*[$"subscribe", $"x", :1], $nil, -ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client, ` +
      `*[$"psubscribe", $"p", :2], *[$"pong", $""]]`,
  );
  assert.equal(await client.ask("GET", "k"), confined("get"));
});

test("CLIENT REPLY silences replies and no pushes", async (t) => {
  const { client: other, connect, publish } = await startFixture(t);
  const client = await connect({ resp: 3 });
  client.send("CLIENT", "REPLY", "OFF");
  client.send("PING");
  assert.deepEqual(await confirm(client, 3, 2, "SUBSCRIBE", "x", "y"), [
    '>[$"subscribe", $"x", :1]',
    '>[$"subscribe", $"y", :2]',
  ]);
  assert.equal(await publish("x", "m"), ":1");
  client.send("PUBLISH", "y", "mine");
  client.send("SUBSCRIBE");
  assert.deepEqual(await take(client, 3, 2), ['>[$"message", $"x", $"m"]', '>[$"message", $"y", $"mine"]']);
  assert.deepEqual(await confirm(client, 3, 1, "UNSUBSCRIBE", "x"), ['>[$"unsubscribe", $"x", :1]']);
  for (const words of [["MULTI"], ["PUBLISH", "y", "again"], ["PSUBSCRIBE", "p"], ["EXEC"]]) client.send(...words);
  assert.deepEqual(await take(client, 3, 2), ['>[$"psubscribe", $"p", :2]', '>[$"message", $"y", $"again"]']);
  assert.equal(await client.ask("CLIENT", "REPLY", "ON"), "+OK");
  client.send("CLIENT", "REPLY", "SKIP");
  assert.deepEqual(await confirm(client, 3, 1, "PUNSUBSCRIBE"), ['>[$"punsubscribe", $"p", :1]']);
  assert.equal(await client.ask("PING"), "+PONG");
  assert.ok(await hasNothingLeft(client));
  assert.equal(await other.ask("PUBSUB", "NUMSUB", "y"), '*[$"y", :1]');
});

test("RESET leaves everything without a word", async (t) => {
  const { client: other, connect } = await startFixture(t);
  const client = await connect({ resp: 3 });
  await confirm(client, 3, 1, "SUBSCRIBE", "x");
  await confirm(client, 3, 1, "PSUBSCRIBE", "p");
  await confirm(client, 3, 1, "SSUBSCRIBE", "s");
  assert.equal(await client.ask("RESET"), "+RESET");
  assert.equal(await client.ask("GET", "k"), "$nil");
  assert.equal(client.unreadPushes.length, 0);
  assert.equal(await other.ask("PUBSUB", "CHANNELS"), "*[]");
  assert.equal(await other.ask("PUBSUB", "SHARDCHANNELS"), "*[]");
  assert.equal(await other.ask("PUBSUB", "NUMPAT"), ":0");
});

test("QUIT answers, closes, and no message comes behind it", async (t) => {
  const { connect, publish } = await startFixture(t);
  const client = await connect();
  await client.call("SUBSCRIBE", "x");
  assert.equal(await client.ask("QUIT"), "+OK");
  await client.waitForClose();
  assert.equal(await publish("x", "m"), ":0");
});

test("timeout does not close a client that listens", async (t) => {
  const { server, client, connect } = await startFixture(t);
  const [listener, idle] = [await connect(), await connect()];
  await listener.call("SUBSCRIBE", "x");
  await idle.call("PING");
  await client.call("CONFIG", "SET", "timeout", 1);
  // The client itself is never idle for a second, whenever cron looks.
  for (let step = 0; step < 3; step++) {
    server.clock.advance(900);
    await client.call("PING");
    server.pyredis.server.cron.tick();
  }
  await idle.waitForClose();
  assert.equal(await listener.ask("PING"), '*[$"pong", $""]');
});
