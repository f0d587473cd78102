import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";
import { startFixture, take } from "./fixture.js";

test("PUBSUB CHANNELS lists channels that anybody listens to, all or those that match", async (t) => {
  const { client, connect } = await startFixture(t);
  const [a, b] = [await connect(), await connect()];
  assert.equal(await client.ask("PUBSUB", "CHANNELS"), "*[]");
  await a.call("SUBSCRIBE", "news.a");
  await b.call("SUBSCRIBE", "news.a");
  await b.call("SUBSCRIBE", "talk");
  await b.call("PSUBSCRIBE", "news.*");
  await b.call("SSUBSCRIBE", "shard");
  const all = await client.ask("PUBSUB", "CHANNELS");
  assert.ok(['*[$"news.a", $"talk"]', '*[$"talk", $"news.a"]'].includes(all), all);
  assert.equal(await client.ask("pubsub", "channels", "news.*"), '*[$"news.a"]');
  assert.equal(await client.ask("PUBSUB", "CHANNELS", "NEWS.*"), "*[]");
  assert.equal(await client.ask("PUBSUB", "SHARDCHANNELS"), '*[$"shard"]');
  assert.equal(await client.ask("PUBSUB", "SHARDCHANNELS", "x*"), "*[]");
});

test("PUBSUB NUMSUB and SHARDNUMSUB count listeners, of each name that is asked for", async (t) => {
  const { client, connect } = await startFixture(t);
  const [a, b] = [await connect(), await connect()];
  await a.call("SUBSCRIBE", "x");
  await b.call("SUBSCRIBE", "x");
  await b.call("PSUBSCRIBE", "x");
  await b.call("SSUBSCRIBE", "y");
  assert.equal(await client.ask("PUBSUB", "NUMSUB"), "*[]");
  assert.equal(await client.ask("PUBSUB", "NUMSUB", "x", "y", "x"), '*[$"x", :2, $"y", :0, $"x", :2]');
  assert.equal(await client.ask("PUBSUB", "SHARDNUMSUB", "x", "y"), '*[$"x", :0, $"y", :1]');
  assert.equal(await client.ask("PUBSUB", "SHARDNUMSUB"), "*[]");
});

test("PUBSUB NUMPAT counts each pattern once, however many listen to it", async (t) => {
  const { client, connect } = await startFixture(t);
  const [a, b] = [await connect(), await connect()];
  await a.call("PSUBSCRIBE", "foo*");
  await b.call("PSUBSCRIBE", "foo*");
  await b.call("PSUBSCRIBE", "bar*");
  assert.equal(await client.ask("PUBSUB", "NUMPAT"), ":2");
  await a.call("PUNSUBSCRIBE", "foo*");
  assert.equal(await client.ask("PUBSUB", "NUMPAT"), ":2");
  await b.close();
  await waitFor("the last pattern to go", async () => (await client.ask("PUBSUB", "NUMPAT")) === ":0");
});

test("PUBSUB refuses what it does not know", async (t) => {
  const { client } = await startFixture(t);
  const wrong = (word: string): string =>
    `-ERR unknown subcommand or wrong number of arguments for '${word}'. Try PUBSUB HELP.`;
  assert.equal(await client.ask("PUBSUB", "nope"), "-ERR unknown subcommand 'nope'. Try PUBSUB HELP.");
  assert.equal(await client.ask("PUBSUB", "CHANNELS", "a", "b"), wrong("CHANNELS"));
  assert.equal(await client.ask("PUBSUB", "shardchannels", "a", "b"), wrong("shardchannels"));
  assert.equal(await client.ask("PUBSUB", "NUMPAT", "a"), "-ERR wrong number of arguments for 'pubsub|numpat' command");
  assert.match(await client.ask("PUBSUB", "HELP"), /^\*\[\+PUBSUB <subcommand>.*\+CHANNELS \[<pattern>\]/);
});

test("INFO counts channels, patterns and the clients that listen", async (t) => {
  const { client, connect } = await startFixture(t);
  const [a, b] = [await connect(), await connect()];
  const fields = async (): Promise<string[]> => {
    const text = textOf(await client.call("INFO", "stats", "clients"));
    return (text.match(/^pubsub\w+:\d+/gm) ?? []).sort();
  };
  const expected = (channels: number, clients: number, patterns: number, shard: number): string[] => [
    `pubsub_channels:${channels}`,
    `pubsub_clients:${clients}`,
    `pubsub_patterns:${patterns}`,
    `pubsubshard_channels:${shard}`,
  ];
  assert.deepEqual(await fields(), expected(0, 0, 0, 0));
  a.send("SUBSCRIBE", "x", "y");
  await take(a, 2, 2);
  await a.call("PSUBSCRIBE", "p");
  await b.call("SSUBSCRIBE", "s");
  assert.deepEqual(await fields(), expected(2, 2, 1, 1));
  await b.call("UNSUBSCRIBE", "nothing");
  assert.deepEqual(await fields(), expected(2, 2, 1, 1));
  await b.call("SUNSUBSCRIBE", "s");
  assert.deepEqual(await fields(), expected(2, 1, 1, 0));
});

test("CLIENT LIST shows what a client listens to, its flag and its class", async (t) => {
  const { client, connect } = await startFixture(t);
  const listener = await connect();
  const idle = textOf(await listener.call("CLIENT", "INFO"));
  const idleBytes = Number(/tot-mem=(\d+)/.exec(idle)?.[1]);
  listener.send("SUBSCRIBE", "x", "y");
  await take(listener, 2, 2);
  await listener.call("PSUBSCRIBE", "p");
  for (const name of ["a", "b", "c"]) await listener.call("SSUBSCRIBE", name);
  const line = textOf(await client.call("CLIENT", "LIST", "TYPE", "pubsub"));
  assert.match(line, / flags=P .* sub=2 psub=1 ssub=3 .* cmd=ssubscribe /);
  assert.equal(line.trim().split("\n").length, 1);
  assert.ok(Number(/tot-mem=(\d+)/.exec(line)?.[1]) > idleBytes, line);
  assert.doesNotMatch(textOf(await client.call("CLIENT", "LIST", "TYPE", "normal")), /flags=P/);
});
