import assert from "node:assert/strict";
import { test } from "node:test";
import { confirm, hasNothingLeft, startFixture, take } from "./fixture.js";

for (const resp of [2, 3] as const) {
  const mark = resp === 3 ? ">" : "*";
  const nil = resp === 3 ? "_" : "$nil";

  test(`SUBSCRIBE confirms each channel with the number of subscriptions (RESP${resp})`, async (t) => {
    const { connect, publish } = await startFixture(t);
    const client = await connect({ resp });
    assert.deepEqual(await confirm(client, resp, 3, "SUBSCRIBE", "a", "b", "a"), [
      `${mark}[$"subscribe", $"a", :1]`,
      `${mark}[$"subscribe", $"b", :2]`,
      `${mark}[$"subscribe", $"a", :2]`,
    ]);
    assert.equal(await publish("a", "x"), ":1");
    assert.equal(await publish("b", ""), ":1");
    assert.equal(await publish("c", "x"), ":0");
    assert.deepEqual(await take(client, resp, 2), [
      `${mark}[$"message", $"a", $"x"]`,
      `${mark}[$"message", $"b", $""]`,
    ]);
    assert.ok(await hasNothingLeft(client));
  });

  test(`PSUBSCRIBE gets what matches, with the pattern, once a pattern (RESP${resp})`, async (t) => {
    const { connect, publish } = await startFixture(t);
    const client = await connect({ resp });
    assert.deepEqual(await confirm(client, resp, 3, "PSUBSCRIBE", "n?ws.[ab]*", "other", "\\*"), [
      `${mark}[$"psubscribe", $"n?ws.[ab]*", :1]`,
      `${mark}[$"psubscribe", $"other", :2]`,
      `${mark}[$"psubscribe", $"\\\\*", :3]`,
    ]);
    assert.equal(await publish("news.abc", "x"), ":1");
    assert.equal(await publish("news.c", "x"), ":0");
    assert.equal(await publish("*", "y"), ":1");
    assert.deepEqual(await take(client, resp, 2), [
      `${mark}[$"pmessage", $"n?ws.[ab]*", $"news.abc", $"x"]`,
      `${mark}[$"pmessage", $"\\\\*", $"*", $"y"]`,
    ]);
    assert.ok(await hasNothingLeft(client));
  });

  test(`a client that listens to a channel and to a pattern gets both messages (RESP${resp})`, async (t) => {
    const { connect, publish } = await startFixture(t);
    const client = await connect({ resp });
    await confirm(client, resp, 1, "PSUBSCRIBE", "ch*");
    assert.deepEqual(await confirm(client, resp, 1, "SUBSCRIBE", "ch1"), [`${mark}[$"subscribe", $"ch1", :2]`]);
    assert.equal(await publish("ch1", "x"), ":2");
    assert.deepEqual(await take(client, resp, 2), [
      `${mark}[$"message", $"ch1", $"x"]`,
      `${mark}[$"pmessage", $"ch*", $"ch1", $"x"]`,
    ]);
  });

  test(`SSUBSCRIBE counts by itself, and only SPUBLISH reaches it (RESP${resp})`, async (t) => {
    const { client, connect, publish } = await startFixture(t);
    const listener = await connect({ resp });
    await confirm(listener, resp, 2, "SUBSCRIBE", "x", "y");
    assert.deepEqual(await confirm(listener, resp, 1, "SSUBSCRIBE", "s"), [`${mark}[$"ssubscribe", $"s", :1]`]);
    assert.equal(await publish("s", "m"), ":0");
    assert.equal(await client.ask("SPUBLISH", "x", "m"), ":0");
    assert.equal(await client.ask("SPUBLISH", "s", "m"), ":1");
    assert.deepEqual(await take(listener, resp, 1), [`${mark}[$"smessage", $"s", $"m"]`]);
    assert.deepEqual(await confirm(listener, resp, 1, "SUNSUBSCRIBE"), [`${mark}[$"sunsubscribe", $"s", :0]`]);
    assert.ok(await hasNothingLeft(listener));
  });

  test(`shard channels have no part in patterns (RESP${resp})`, async (t) => {
    const { client, connect } = await startFixture(t);
    const listener = await connect({ resp });
    await confirm(listener, resp, 1, "PSUBSCRIBE", "*");
    assert.equal(await client.ask("SPUBLISH", "s", "m"), ":0");
    assert.ok(await hasNothingLeft(listener));
  });

  test(`the UNSUBSCRIBE commands confirm names that the client did not have (RESP${resp})`, async (t) => {
    const { connect } = await startFixture(t);
    const client = await connect({ resp });
    for (const word of ["unsubscribe", "punsubscribe", "sunsubscribe"]) {
      assert.deepEqual(await confirm(client, resp, 2, word, "foo", ""), [
        `${mark}[$"${word}", $"foo", :0]`,
        `${mark}[$"${word}", $"", :0]`,
      ]);
      assert.deepEqual(await confirm(client, resp, 1, word), [`${mark}[$"${word}", ${nil}, :0]`]);
    }
    await confirm(client, resp, 1, "SUBSCRIBE", "a");
    assert.deepEqual(await confirm(client, resp, 1, "PUNSUBSCRIBE"), [`${mark}[$"punsubscribe", ${nil}, :1]`]);
    assert.deepEqual(await confirm(client, resp, 1, "UNSUBSCRIBE", "b"), [`${mark}[$"unsubscribe", $"b", :1]`]);
    assert.deepEqual(await confirm(client, resp, 1, "SUNSUBSCRIBE"), [`${mark}[$"sunsubscribe", ${nil}, :0]`]);
  });

  test(`UNSUBSCRIBE without names leaves all channels and no pattern (RESP${resp})`, async (t) => {
    const { client, connect, publish } = await startFixture(t);
    const listener = await connect({ resp });
    await confirm(listener, resp, 3, "SUBSCRIBE", "a", "b", "c");
    await confirm(listener, resp, 2, "PSUBSCRIBE", "p1", "p2");
    assert.deepEqual(await confirm(listener, resp, 3, "UNSUBSCRIBE"), [
      `${mark}[$"unsubscribe", $"a", :4]`,
      `${mark}[$"unsubscribe", $"b", :3]`,
      `${mark}[$"unsubscribe", $"c", :2]`,
    ]);
    assert.equal(await publish("a", "x"), ":0");
    assert.equal(await client.ask("PUBSUB", "CHANNELS"), "*[]");
    assert.equal(await client.ask("PUBSUB", "NUMPAT"), ":2");
    assert.deepEqual(await confirm(listener, resp, 2, "PUNSUBSCRIBE"), [
      `${mark}[$"punsubscribe", $"p1", :1]`,
      `${mark}[$"punsubscribe", $"p2", :0]`,
    ]);
  });
}

test("names are bytes: zeros, line ends, any byte, nothing and much", async (t) => {
  const { client, connect, publish } = await startFixture(t);
  const listener = await connect();
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const names = [
    all,
    Buffer.alloc(0),
    Buffer.from("\r\n"),
    Buffer.from("é"),
    Buffer.from([0xe9]),
    Buffer.alloc(70_000, 7),
  ];
  for (const name of names) {
    const subscribed = await listener.call("SUBSCRIBE", name);
    assert.deepEqual(subscribed.kind === "array" ? subscribed.items[1] : null, { kind: "bulk", bytes: name });
  }
  for (const name of names) {
    assert.equal(await publish(name, name), ":1");
    const message = await listener.readReply();
    assert.deepEqual(message.kind === "array" ? message.items.slice(1) : null, [
      { kind: "bulk", bytes: name },
      { kind: "bulk", bytes: name },
    ]);
  }
  const counts = await client.call("PUBSUB", "NUMSUB", ...names);
  assert.deepEqual(
    counts.kind === "array" ? counts.items : null,
    names.flatMap((bytes) => [
      { kind: "bulk", bytes },
      { kind: "int", value: 1n },
    ]),
  );
});

test("the commands want their words", async (t) => {
  const { client } = await startFixture(t);
  for (const word of ["subscribe", "psubscribe", "ssubscribe", "publish", "spublish", "pubsub"]) {
    assert.equal(await client.ask(word), `-ERR wrong number of arguments for '${word}' command`);
  }
  assert.equal(await client.ask("PUBLISH", "a", "b", "c"), "-ERR wrong number of arguments for 'publish' command");
  assert.equal(await client.ask("SPUBLISH", "a"), "-ERR wrong number of arguments for 'spublish' command");
});

test("subscriptions that would take too much memory are refused, and the others stay", async (t) => {
  const { server, connect, publish } = await startFixture(t);
  const { pubsub } = server.pyredis.server;
  const client = await connect();
  await client.call("SUBSCRIBE", "a");
  t.mock.method(pubsub, "hasRoom", (bytes: number) => pubsub.bytes + bytes < 600);
  client.send("SUBSCRIBE", "a", "b", Buffer.alloc(1000), "b");
  assert.deepEqual(await take(client, 2, 4), [
    '*[$"subscribe", $"a", :1]',
    '*[$"subscribe", $"b", :2]',
    "-OOM subscriptions take all the memory that the server has for them.",
    '*[$"subscribe", $"b", :2]',
  ]);
  assert.equal(await publish("a", "x"), ":1");
});

test("what a client listened to is given back when it goes, and nothing of it is counted any more", async (t) => {
  const { server, client, connect, publish } = await startFixture(t);
  const { pubsub } = server.pyredis.server;
  const listener = await connect();
  listener.send("SUBSCRIBE", ...Array.from({ length: 500 }, (_, i) => `channel:${i}`));
  await take(listener, 2, 500);
  await listener.call("PSUBSCRIBE", "p*");
  await listener.call("SSUBSCRIBE", "s");
  assert.equal(pubsub.channels.count, 500);
  assert.ok(pubsub.bytes > 500 * 100);
  assert.equal(await client.ask("CLIENT", "KILL", "TYPE", "pubsub"), ":1");
  await listener.waitForClose();
  assert.equal(await publish("channel:1", "x"), ":0");
  assert.deepEqual(
    [pubsub.channels.count, pubsub.patterns.count, pubsub.shardChannels.count, pubsub.subscribers, pubsub.bytes],
    [0, 0, 0, 0, 0],
  );
});
