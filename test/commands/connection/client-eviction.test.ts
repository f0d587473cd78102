// maxmemory-clients: the largest clients are closed, and only as many as needed.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { waitFor } from "../../support/wait-for.js";

const MB = 1024 * 1024;

async function start(t: TestContext): Promise<{ server: InProcessServer; control: RespClient }> {
  const server = await startInProcess({});
  t.after(() => server.close());
  const control = await server.connect();
  t.after(() => control.close());
  await control.call("CLIENT", "SETNAME", "control");
  return { server, control };
}

/** A client whose request, of so many bytes, never comes to its end. */
async function hold(t: TestContext, server: InProcessServer, name: string, bytes: number): Promise<RespClient> {
  const client = await server.connect();
  t.after(() => client.close());
  await client.call("CLIENT", "SETNAME", name);
  const before = server.pyredis.server.clientMemory.total;
  client.raw(`*2\r\n$${bytes + 1000}\r\n${"x".repeat(bytes)}`);
  await waitFor("the request to be buffered", () => server.pyredis.server.clientMemory.total >= before + bytes);
  return client;
}

async function listNames(control: RespClient): Promise<string[]> {
  const text = await control.ask("CLIENT", "LIST");
  return [...text.matchAll(/ name=(\w+)/g)].map((match) => String(match[1])).sort();
}

test("the largest clients go first, and no more than have to", async (t) => {
  const { server, control } = await start(t);
  for (const [name, bytes] of [
    ["small", 50_000],
    ["large", 2 * MB],
    ["middle", 500_000],
  ] as const) {
    await hold(t, server, name, bytes);
  }
  await control.call("CONFIG", "SET", "maxmemory-clients", "1mb");
  assert.deepEqual(await listNames(control), ["control", "middle", "small"]);
  await control.call("CONFIG", "SET", "maxmemory-clients", "300kb");
  assert.deepEqual(await listNames(control), ["control", "small"]);
  assert.match(await control.ask("INFO", "stats"), /evicted_clients:2/);
  await control.call("CONFIG", "RESETSTAT");
  assert.match(await control.ask("INFO", "stats"), /evicted_clients:0/);
});

test("a client over the limit loses its connection instead of getting a reply", async (t) => {
  const { server, control } = await start(t);
  await control.call("CONFIG", "SET", "maxmemory-clients", "1mb");
  const client = await server.connect();
  t.after(() => client.close());
  assert.equal(await client.ask("SET", "k", "v".repeat(500_000)), "+OK");
  client.send("SET", "k", "v".repeat(2 * MB));
  await client.waitForClose();
  assert.equal(await control.ask("STRLEN", "k"), ":500000");
});

test("CLIENT NO-EVICT spares its client, and the others pay", async (t) => {
  const { server, control } = await start(t);
  await control.call("CLIENT", "NO-EVICT", "on");
  const spared = await server.connect();
  t.after(() => spared.close());
  assert.equal(await spared.ask("CLIENT", "NO-EVICT", "on"), "+OK");
  await spared.call("CLIENT", "SETNAME", "spared");
  spared.raw(`*2\r\n$2000000\r\n${"x".repeat(1_900_000)}`);
  await waitFor("the request to be buffered", () => server.pyredis.server.clientMemory.total > 1_900_000);
  await hold(t, server, "other", 100_000);
  await control.call("CONFIG", "SET", "maxmemory-clients", "1mb");
  assert.deepEqual(await listNames(control), ["control", "spared"]);
});

test("a share of maxmemory is a limit, too, and none without maxmemory", async (t) => {
  const { server, control } = await start(t);
  await hold(t, server, "big", 2 * MB);
  await control.call("CONFIG", "SET", "maxmemory-clients", "10%");
  assert.deepEqual(await listNames(control), ["big", "control"]);
  await control.call("CONFIG", "SET", "maxmemory", "100mb");
  assert.deepEqual(await listNames(control), ["big", "control"]);
  await control.call("CONFIG", "SET", "maxmemory", "10mb");
  assert.deepEqual(await listNames(control), ["control"]);
});

test("queued commands, watched keys and subscriptions count", async (t) => {
  const { server, control } = await start(t);
  await control.call("CLIENT", "NO-EVICT", "on");
  await control.call("CONFIG", "SET", "maxmemory-clients", "200kb");
  const fill = async (first: string, words: (i: number) => string[]): Promise<void> => {
    const client = await server.connect();
    t.after(() => client.close());
    if (first !== "") await client.call(first);
    for (let i = 0; i < 300; i++) client.send(...words(i));
    // It is closed with requests unread, so the kernel resets the connection: a reply that was under way is cut.
    await client.waitForClose().catch((error: unknown) => assert.match(String(error), /in the middle of a reply$/));
  };
  await fill("MULTI", (i) => ["SET", `k${i}`, "v".repeat(1000)]);
  await fill("", (i) => ["WATCH", `${i}:${"k".repeat(1000)}`]);
  await fill("", (i) => ["SUBSCRIBE", `${i}:${"c".repeat(1000)}`]);
  assert.match(await control.ask("INFO", "stats"), /evicted_clients:3/);
});

test("the sum that is kept is the sum over all clients, and nothing when they are gone", async (t) => {
  const { server, control } = await start(t);
  const { clientMemory, sessions } = server.pyredis.server;
  const idle = clientMemory.total;
  const clients = await Promise.all(Array.from({ length: 5 }, (_, i) => hold(t, server, `c${i}`, 100_000 * (i + 1))));
  await control.call("PING");
  const sum = [...sessions.all].reduce((total, session) => total + session.memory.total, 0);
  assert.equal(clientMemory.total, sum);
  for (const client of clients) await client.close();
  await waitFor("the clients to be gone", () => sessions.count === 1);
  assert.equal(clientMemory.total, idle);
});
