// ioredis, the most used client of Node, against pyredis: what its users do all day.
import assert from "node:assert/strict";
import { after, afterEach, before, test } from "node:test";
import { Redis } from "ioredis";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { waitFor } from "../support/wait-for.js";

let server: InProcessServer;
const opened: Redis[] = [];

function connect(options: Record<string, unknown> = {}): Redis {
  const redis = new Redis({ host: server.host, port: server.port, retryStrategy: () => 10, ...options });
  redis.on("error", () => {});
  opened.push(redis);
  return redis;
}

before(async () => {
  server = await startInProcess();
});
after(() => server.close());
afterEach(async () => {
  for (const redis of opened.splice(0)) redis.disconnect();
  await waitFor("all sessions to end", () => server.pyredis.server.sessions.count === 0);
});

test("values of any bytes come back as they went", async () => {
  const redis = connect();
  const value = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  assert.equal(await redis.set("k", value), "OK");
  assert.deepEqual(await redis.getBuffer("k"), value);
  assert.equal(await redis.set("k", "x", "EX", 100, "NX"), null);
  assert.equal(await redis.incrby("n", 5), 5);
});

test("it is ready after its checks, and names itself", async () => {
  const redis = connect({ connectionName: "worker", db: 3 });
  await redis.set("k", "three");
  assert.match(String(await redis.client("LIST")), / name=worker .* db=3 /);
  assert.equal(await connect().get("k3"), null);
});

test("a pipeline of ten thousand commands answers in order", async () => {
  const redis = connect();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 5_000; i++) pipeline.set(`p:${i}`, i).get(`p:${i}`);
  const replies = (await pipeline.exec()) ?? [];
  assert.equal(replies.length, 10_000);
  for (let i = 0; i < 5_000; i++) assert.deepEqual(replies[2 * i + 1], [null, String(i)]);
});

test("multi runs all or, after a change of a watched key, nothing", async () => {
  const redis = connect();
  assert.deepEqual(await redis.multi().set("a", 1).incr("a").get("a").exec(), [
    [null, "OK"],
    [null, 2],
    [null, "2"],
  ]);
  await redis.watch("a");
  await connect().set("a", "changed");
  assert.equal(await redis.multi().set("a", 9).exec(), null);
  assert.equal(await redis.get("a"), "changed");
  await assert.rejects(redis.multi().set("a", 1).call("nosuch").exec(), /EXECABORT/);
});

test("errors arrive as errors", async () => {
  const redis = connect();
  await redis.set("text", "abc");
  await assert.rejects(redis.incr("text"), /ERR value is not an integer or out of range/);
  await assert.rejects(redis.call("nosuch"), /ERR unknown command 'nosuch'/);
});

test("it authenticates, and says what is wrong", async () => {
  const admin = connect();
  await admin.config("SET", "requirepass", "secret");
  try {
    const redis = connect({ password: "secret" });
    assert.equal(await redis.ping(), "PONG");
    const wrong = connect({ password: "wrong", retryStrategy: () => null });
    await assert.rejects(wrong.ping(), /WRONGPASS|NOAUTH|Connection is closed/);
  } finally {
    await admin.config("SET", "requirepass", "");
  }
});

test("it reconnects after CLIENT KILL, and goes on where it was", async () => {
  const redis = connect({ db: 2 });
  await redis.set("k", "v");
  const id = await redis.client("ID");
  const reconnected = new Promise<void>((resolve) => redis.once("reconnecting", () => resolve()));
  assert.equal(await connect().client("KILL", "ID", id), 1);
  await reconnected;
  assert.equal(await redis.get("k"), "v");
  assert.notEqual(await redis.client("ID"), id);
});

test("scanStream finds every key once the keyspace holds still", async () => {
  const redis = connect({ db: 5 });
  const pipeline = redis.pipeline();
  for (let i = 0; i < 1_000; i++) pipeline.set(`scan:${i}`, "x");
  pipeline.set("other", "x");
  await pipeline.exec();
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: "scan:*", count: 100 })) for (const key of keys) found.add(key);
  assert.equal(found.size, 1_000);
});

test("monitor mode sees the commands of others", async () => {
  const monitor = await connect().monitor();
  const seen = new Promise<string[]>((resolve) =>
    monitor.on("monitor", (_time: string, words: string[]) => resolve(words)),
  );
  const writer = connect({ enableReadyCheck: false });
  await writer.set("k", "seen");
  const first = await seen;
  assert.ok(first.length > 0);
  monitor.disconnect();
});
