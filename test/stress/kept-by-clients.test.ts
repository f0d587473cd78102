// What clients make the server keep: it is charged to them, small for each command or key, and found in time that does
// not grow with the square of how much there is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type InProcessServer, startInProcess } from "../support/in-process.js";
import { encodeCommand, type RespClient } from "../support/resp-client.js";
import { fmt } from "../support/resp-value.js";

const COUNT = 150_000;
const TRACKING_ON = ["CLIENT", "TRACKING", "ON", "BCAST"];
const KEYS = Array.from({ length: COUNT }, (_, i) => `key:${i}`);
/** What Redis takes for a watched key or one that is waited for, and twice that. */
const KEY_BYTES_MAX = 2 * 190;

/** More words than a call can have arguments. */
async function askLong(client: RespClient, words: readonly (string | number)[]): Promise<string> {
  client.raw(encodeCommand([...words]));
  return fmt(await client.readReply());
}

async function readTotalBytes(client: RespClient): Promise<number> {
  const line = await client.ask("CLIENT", "LIST");
  return Math.max(...[...line.matchAll(/tot-mem=(\d+)/g)].map(([, bytes]) => Number(bytes)));
}

test("150,000 keys are watched, changed and forgotten", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  const other = await server.connect();
  t.after(() => client.close());
  t.after(() => other.close());
  assert.equal(await askLong(client, ["WATCH", ...KEYS, ...KEYS.slice(0, 10)]), "+OK");
  assert.equal(server.pyredis.server.effects.watches.size, COUNT);
  const bytes = await readTotalBytes(other);
  assert.ok(bytes > 40 * COUNT && bytes < KEY_BYTES_MAX * COUNT, `${bytes / COUNT} bytes a key`);
  assert.equal(await other.ask("SET", "key:149999", "x"), "+OK");
  assert.equal(server.pyredis.server.effects.watches.size, 0);
  assert.equal(server.pyredis.server.clientArena.usedBytes, 0);
  assert.equal(await client.ask("MULTI"), "+OK");
  assert.equal(await client.ask("EXEC"), "*nil");
  for (let i = 0; i < 2_000; i++) client.send("WATCH", ...KEYS.slice(i * 8, i * 8 + 8));
  for (let i = 0; i < 2_000; i++) assert.equal(fmt(await client.readReply()), "+OK");
  assert.equal(server.pyredis.server.effects.watches.size, 16_000);
  assert.equal(await client.ask("UNWATCH"), "+OK");
  assert.equal(server.pyredis.server.clientArena.usedBytes, 0);
});

test("one client waits for 150,000 keys, and the last one serves it", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  const other = await server.connect();
  t.after(() => client.close());
  t.after(() => other.close());
  client.raw(encodeCommand(["BLPOP", ...KEYS, 0]));
  await other.ask("PING");
  while (server.pyredis.server.blocking.keys.size < COUNT) await other.ask("PING");
  const bytes = await readTotalBytes(other);
  assert.ok(bytes > 40 * COUNT && bytes < KEY_BYTES_MAX * COUNT, `${bytes / COUNT} bytes a key`);
  assert.equal(await other.ask("RPUSH", "key:149999", "x"), ":1");
  await client.readReply();
  assert.equal(server.pyredis.server.clientArena.usedBytes, 0);
});

test("a transaction of 300,000 commands is kept in little memory off the JavaScript heap, and runs", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const commands = 300_000;
  assert.equal(await client.ask("MULTI"), "+OK");
  const ping = encodeCommand(["PING"]);
  const before = process.memoryUsage().heapUsed;
  for (let sent = 0; sent < commands; sent += 10_000) {
    client.raw(Buffer.concat(Array.from({ length: 10_000 }, () => ping)));
    for (let i = 0; i < 10_000; i++) await client.readReply();
  }
  global.gc?.();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < commands * 16, `${grown / commands} bytes of the JavaScript heap a command`);
  const bytes = await server.connect().then(async (other) => {
    t.after(() => other.close());
    return readTotalBytes(other);
  });
  assert.ok(bytes > 16 * commands && bytes < 40 * commands, `${bytes / commands} bytes a command`);
  const reply = await client.call("EXEC");
  assert.equal(reply.kind, "array");
});

test("16,000 prefixes of BCAST are taken, refused where they overlap, and left again", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect({ resp: 3 });
  t.after(() => client.close());
  const words = KEYS.slice(0, 16_000).flatMap((key) => ["PREFIX", `${key}:`]);
  assert.equal(await askLong(client, [...TRACKING_ON, ...words]), "+OK");
  assert.equal(await client.ask("SET", "key:15999:x", "1"), "+OK");
  assert.equal((await client.readPush()).kind, "push");
  const again = await askLong(client, [...TRACKING_ON, ...words.slice(0, -1), "key:15999:"]);
  assert.match(again, /overlaps with an existing prefix 'key:0:'/);
  assert.equal(await client.ask("CLIENT", "TRACKING", "OFF"), "+OK");
  const twins = await askLong(client, [...TRACKING_ON, ...words, "PREFIX", "key:15999:y"]);
  assert.match(twins, /Prefix 'key:15999:' overlaps with another provided prefix 'key:15999:y'/);
});

test("a message to two thousand subscribers, and a push to as many that wait, need small buffers only", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const pool = server.pyredis.server.outputBuffers;
  let lentBytes = 0;
  const { take } = pool;
  pool.take = (bytes, firstBytes) => {
    const buffer = take.call(pool, bytes, firstBytes);
    lentBytes += buffer.bytes.length;
    return buffer;
  };
  const count = 2_000;
  const clients = await Promise.all(Array.from({ length: count }, () => server.connect()));
  t.after(() => Promise.all(clients.map((client) => client.close())));
  const publisher = await server.connect();
  t.after(() => publisher.close());
  await Promise.all(clients.map((client) => client.ask("SUBSCRIBE", "news")));
  lentBytes = 0;
  assert.equal(await publisher.ask("PUBLISH", "news", "x"), `:${count}`);
  for (const client of clients) assert.equal(fmt(await client.readReply()), '*[$"message", $"news", $"x"]');
  assert.ok(lentBytes < 4096 * count, `${lentBytes} bytes of buffers for ${count} messages`);
  await Promise.all(clients.map((client) => client.ask("UNSUBSCRIBE")));
  for (const client of clients) client.send("BLPOP", "list", 0);
  while (server.pyredis.server.sessions.count <= count || !hasAllBlocked(server, count)) await publisher.ask("PING");
  lentBytes = 0;
  await askLong(publisher, ["RPUSH", "list", ...KEYS.slice(0, count)]);
  const popped = await Promise.all(clients.map(async (client) => fmt(await client.readReply())));
  assert.equal(new Set(popped).size, count);
  assert.ok(lentBytes < 4096 * count, `${lentBytes} bytes of buffers for ${count} that waited`);
});

function hasAllBlocked(server: InProcessServer, count: number): boolean {
  let blocked = 0;
  for (const session of server.pyredis.server.sessions.all) if (session.waiting === "blocked") blocked++;
  return blocked === count;
}
