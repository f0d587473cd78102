// Pub/sub with a client library, with many subscribers, and with one that does not read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { type Command, encodeCommand, type RespClient } from "../support/resp-client.js";
import { fmt, intOf, itemsOf, textOf } from "../support/resp-value.js";
import { waitFor } from "../support/wait-for.js";

type Test = Parameters<NonNullable<Parameters<typeof test>[0]>>[0];

interface Lab {
  readonly server: InProcessServer;
  readonly publisher: RespClient;
  library(options?: Record<string, unknown>): Redis;
}

async function startLab(t: Test, config: Record<string, string> = {}): Promise<Lab> {
  const server = await startInProcess({ config, poison: true });
  t.after(() => server.close());
  const publisher = await server.connect();
  t.after(() => publisher.close());
  return {
    server,
    publisher,
    library(options = {}) {
      const redis = new Redis({ host: server.host, port: server.port, retryStrategy: () => 10, ...options });
      redis.on("error", () => {});
      t.after(() => redis.disconnect());
      return redis;
    },
  };
}

test("ioredis listens to channels and patterns, as text and as bytes", async (t) => {
  const { library } = await startLab(t);
  const listener = library();
  const redis = library();
  const got: string[] = [];
  const bytes: Buffer[] = [];
  listener.on("message", (channel: string, message: string) => got.push(`${channel}: ${message}`));
  listener.on("pmessage", (pattern: string, channel: string, message: string) => {
    got.push(`${pattern} ${channel}: ${message}`);
  });
  listener.on("messageBuffer", (_channel: Buffer, message: Buffer) => bytes.push(message));
  assert.equal(await listener.subscribe("news", "talk"), 2);
  assert.equal(await listener.psubscribe("n*"), 3);
  const binary = Buffer.from([0, 255, 13, 10]);
  assert.equal(await redis.publish("news", "one"), 2);
  assert.equal(await redis.publish("talk", "two"), 1);
  assert.equal(await redis.publish("talk", binary), 1);
  assert.equal(await redis.publish("nobody", "three"), 1);
  await waitFor("the last message", () => got.length === 5);
  assert.deepEqual(got.slice(0, 3), ["news: one", "n* news: one", "talk: two"]);
  assert.equal(got[4], "n* nobody: three");
  assert.deepEqual(bytes[2], binary);
  assert.equal(await listener.unsubscribe("news", "talk"), 1);
  assert.equal(await listener.punsubscribe(), 0);
  assert.equal(await listener.set("k", "v"), "OK");
});

test("ioredis subscribes anew when its connection was closed", async (t) => {
  const { publisher, library } = await startLab(t);
  const listener = library();
  const got: string[] = [];
  listener.on("message", (_channel: string, message: string) => got.push(message));
  await listener.subscribe("news");
  assert.equal(await publisher.ask("CLIENT", "KILL", "TYPE", "pubsub"), ":1");
  await waitFor("the subscription", async () => (await publisher.ask("PUBLISH", "news", "again")) === ":1");
  await waitFor("the message", () => got.includes("again"));
});

test("ioredis hears of keys that change and expire", async (t) => {
  const { server, library } = await startLab(t, { "notify-keyspace-events": "Ex$" });
  const listener = library();
  const redis = library();
  const got: string[] = [];
  listener.on("pmessage", (_pattern: string, channel: string, key: string) => got.push(`${channel} ${key}`));
  await listener.psubscribe("__keyevent@*__:*");
  await redis.set("session", "x", "PX", 100);
  server.clock.advance(200);
  await waitFor("the key to expire by itself", () => got.length === 2);
  assert.deepEqual(got, ["__keyevent@0__:set session", "__keyevent@0__:expired session"]);
});

test("ioredis with many channels on one connection, and messages on each", async (t) => {
  const { library } = await startLab(t);
  const listener = library();
  const redis = library();
  const channels = Array.from({ length: 500 }, (_, i) => `channel:${i}`);
  let received = 0;
  listener.on("message", (channel: string, message: string) => {
    assert.equal(message, `to ${channel}`);
    received++;
  });
  assert.equal(await listener.subscribe(...channels), 500);
  const pipeline = redis.pipeline();
  for (const channel of channels) pipeline.publish(channel, `to ${channel}`);
  const replies = (await pipeline.exec()) ?? [];
  assert.ok(replies.every(([error, count]) => error === null && count === 1));
  await waitFor("all messages", () => received === 500);
});

test("a thousand subscribers get every message in order, in one write a turn", async (t) => {
  const { server, publisher } = await startLab(t);
  const { stats, pubsub, sessions } = server.pyredis.server;
  const listeners: RespClient[] = [];
  t.after(() => Promise.all(listeners.map((listener) => listener.close())));
  for (let i = 0; i < 1000; i += 50) {
    const some = Array.from({ length: 50 }, (_, k) => server.connect({ resp: k % 2 === 0 ? 2 : 3, timeoutMs: 20_000 }));
    listeners.push(...(await Promise.all(some)));
  }
  const isOld = (i: number): boolean => i % 2 === 0;
  const next = async (listener: RespClient, i: number): Promise<string> =>
    fmt(await (isOld(i) ? listener.readReply() : listener.readPush()));
  for (const listener of listeners) listener.send("SUBSCRIBE", "news");
  for (const [i, listener] of listeners.entries()) await next(listener, i);
  assert.equal(await publisher.ask("PUBSUB", "NUMSUB", "news"), '*[$"news", :1000]');

  const before = stats.writes;
  const messages = Array.from({ length: 20 }, (_, i): Command => ["PUBLISH", "news", `message ${i}`]);
  for (const reply of await publisher.pipeline(messages)) assert.equal(intOf(reply), 1000);
  assert.ok(stats.writes - before <= 1001, `${stats.writes - before} writes for 20,000 messages of one turn`);
  for (const [i, listener] of listeners.entries()) {
    for (let k = 0; k < 20; k++) {
      const mark = isOld(i) ? "*" : ">";
      assert.equal(await next(listener, i), `${mark}[$"message", $"news", $"message ${k}"]`);
    }
  }
  await Promise.all(listeners.splice(0, 500).map((listener) => listener.close()));
  await waitFor("half of them to go", () => sessions.count === 501);
  assert.equal(await publisher.ask("PUBLISH", "news", "x"), ":500");
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  await waitFor("all of them to go", () => sessions.count === 1);
  assert.deepEqual([pubsub.channels.count, pubsub.subscribers, pubsub.bytes], [0, 0, 0]);
});

test("a long message to many is kept once", async (t) => {
  const { server, publisher } = await startLab(t, { "client-output-buffer-limit": "pubsub 0 0 0" });
  const length = 4_000_000;
  const listeners: RespClient[] = [];
  t.after(() => Promise.all(listeners.map((listener) => listener.close())));
  for (let i = 0; i < 100; i++) {
    const listener = await server.connect();
    listeners.push(listener);
    await listener.call(i % 2 === 0 ? "SUBSCRIBE" : "PSUBSCRIBE", i % 2 === 0 ? "big" : "b*");
    listener.pause();
  }
  const before = process.memoryUsage().arrayBuffers;
  assert.equal(await publisher.ask("PUBLISH", "big", Buffer.alloc(length, "x")), ":100");
  const growth = process.memoryUsage().arrayBuffers - before;
  assert.ok(growth < 8 * length, `${growth} bytes for one message of ${length} bytes to 100 subscribers`);
  listeners[99]?.resume();
  const got = await listeners[99]?.readReply();
  assert.equal(got?.kind === "array" && got.items[3]?.kind === "bulk" ? got.items[3].bytes.length : 0, length);
});

test("a subscriber that does not read is closed at its hard limit; nobody else notices", async (t) => {
  const { server, publisher } = await startLab(t, { "client-output-buffer-limit": "pubsub 1mb 0 0" });
  const [slow, other] = [await server.connect(), await server.connect()];
  t.after(() => Promise.all([slow.close(), other.close()]));
  await slow.call("SUBSCRIBE", "news");
  await other.call("SUBSCRIBE", "news");
  slow.pause();
  const text = "x".repeat(10_000);
  let sent = 0;
  await waitFor(
    "the slow one to be closed",
    async () => {
      for (let i = 0; i < 100; i++) await publisher.call("PUBLISH", "news", text);
      sent += 100;
      return (await publisher.ask("PUBSUB", "NUMSUB", "news")) === '*[$"news", :1]';
    },
    { timeoutMs: 20_000, intervalMs: 0 },
  );
  for (let i = 0; i < sent; i++)
    assert.equal(fmt(await other.readReply()).length, 10_000 + '*[$"message", $"news", $""]'.length);
  const info = textOf(await publisher.call("INFO", "stats"));
  assert.match(info, /client_output_buffer_limit_disconnections:1\r\n/);
  slow.resume();
  await assert.rejects(async () => {
    for (;;) await slow.readReply();
  }, /closed/);
});

test("a subscriber over its soft limit is closed when its time is up, and not before", async (t) => {
  const { server, publisher } = await startLab(t, { "client-output-buffer-limit": "pubsub 0 100kb 10" });
  const slow = await server.connect();
  t.after(() => slow.close());
  await slow.call("SUBSCRIBE", "news");
  slow.pause();
  const unsent = async (): Promise<number> =>
    Number(/omem=(\d+)/.exec(textOf(await publisher.call("CLIENT", "LIST", "TYPE", "pubsub")))?.[1] ?? 0);
  await waitFor("the output to pile up", async () => {
    for (let i = 0; i < 100; i++) await publisher.call("PUBLISH", "news", Buffer.alloc(10_000));
    return (await unsent()) > 200_000;
  });
  const tick = async (ms: number): Promise<string> => {
    server.clock.advance(ms);
    for (let i = 0; i < 3; i++) server.pyredis.server.cron.tick();
    return publisher.ask("PUBSUB", "NUMSUB", "news");
  };
  assert.equal(await tick(1), '*[$"news", :1]');
  assert.equal(await tick(9_000), '*[$"news", :1]');
  assert.equal(await tick(2_000), '*[$"news", :0]');
});

test("short messages to a subscriber that does not read take about their own length, and all arrive later", async (t) => {
  const { server, publisher } = await startLab(t);
  const slow = await server.connect({ timeoutMs: 20_000 });
  t.after(() => slow.close());
  await slow.call("SUBSCRIBE", "news");
  slow.pause();
  // The kernel's buffers are full first.
  for (let i = 0; i < 100; i++) await publisher.call("PUBLISH", "news", Buffer.alloc(100_000, "f"));
  const before = process.memoryUsage().arrayBuffers;
  const request = encodeCommand(["PUBLISH", "news", "short"]);
  for (let i = 0; i < 3000; i++) {
    publisher.raw(request);
    await publisher.readReply();
  }
  const growth = process.memoryUsage().arrayBuffers - before;
  assert.ok(growth < 8_000_000, `${growth} bytes for 3000 messages of 37 bytes`);
  slow.resume();
  for (let i = 0; i < 100; i++) await slow.readReply();
  for (let i = 0; i < 3000; i++) assert.equal(fmt(await slow.readReply()), '*[$"message", $"news", $"short"]');
});

test("what waits behind a short rest of output is sent when the rest is gone, without any further message", async (t) => {
  const { server, publisher } = await startLab(t);
  const slow = await server.connect();
  t.after(() => slow.close());
  await slow.call("SUBSCRIBE", "news");
  slow.pause();
  const [session] = [...server.pyredis.server.sessions.all].filter(({ clientType }) => clientType === "pubsub");
  let sent = 0;
  const publish = async (): Promise<void> => {
    await publisher.call("PUBLISH", "news", Buffer.alloc(1000, "m"));
    sent++;
  };
  await waitFor("the kernel's buffers to be full", async () => {
    for (let i = 0; i < 100 && session?.transport.pendingBytes === 0; i++) await publish();
    return session !== undefined && session.transport.pendingBytes > 0;
  });
  await publish();
  slow.resume();
  for (let i = 0; i < sent; i++) assert.equal(itemsOf(await slow.readReply()).length, 3);
});
