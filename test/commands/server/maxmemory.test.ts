// maxmemory on a whole server: who is refused, what goes, and what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";

const OOM = "OOM command not allowed when used memory > 'maxmemory'.";
const VALUE = "v".repeat(1000);

async function withServer(
  config: { [name: string]: string },
  run: (client: RespClient, server: InProcessServer) => Promise<void>,
): Promise<void> {
  const server = await startInProcess({ config });
  const client = await server.connect();
  try {
    await run(client, server);
  } finally {
    await client.close();
    await server.close();
  }
}

async function fill(client: RespClient, count: number, ...options: string[]): Promise<void> {
  const commands = Array.from({ length: count }, (_, i) => ["SET", `k${i}`, VALUE, ...options] as const);
  await client.pipeline(commands);
}

async function readField(client: RespClient, name: string): Promise<number> {
  const text = await client.ask("INFO", "everything");
  const found = new RegExp(`${name}:(\\d+)`).exec(text);
  assert.ok(found !== null, name);
  return Number(found[1]);
}

/** Sets the limit to so many bytes above what is in use. */
async function limit(client: RespClient, server: InProcessServer, bytes: number): Promise<number> {
  const maxmemory = server.pyredis.server.usedMemory + bytes;
  assert.equal(await client.ask("CONFIG", "SET", "maxmemory", String(maxmemory)), "+OK");
  return maxmemory;
}

test("under noeviction, commands that need memory are refused and others are not", () =>
  withServer({}, async (client) => {
    await fill(client, 10);
    await client.call("CONFIG", "SET", "maxmemory", "1");
    for (const command of [
      ["SET", "k", "v"],
      ["APPEND", "k0", "v"],
      ["LPUSH", "l", "a"],
      ["HSET", "h", "f", "v"],
      ["ZADD", "z", "1", "a"],
    ]) {
      assert.equal(await client.ask(...command), `-${OOM}`);
    }
    assert.equal(await client.ask("STRLEN", "k0"), ":1000");
    assert.equal(await client.ask("DEL", "k0"), ":1");
    assert.equal(await client.ask("EXPIRE", "k1", "100"), ":1");
    assert.match(await client.ask("INFO", "errorstats"), /errorstat_OOM:count=5/);
    assert.match(await client.ask("INFO", "commandstats"), /cmdstat_set:calls=10,.*rejected_calls=1,/);
    await client.call("CONFIG", "SET", "maxmemory", "0");
    assert.equal(await client.ask("SET", "k", "v"), "+OK");
  }));

test("out of memory, a transaction fails where it queues a write, or as a whole at EXEC", () =>
  withServer({}, async (client) => {
    const other = client;
    await other.call("CONFIG", "SET", "maxmemory", "1");
    await client.call("MULTI");
    assert.equal(await client.ask("SET", "a", "1"), `-${OOM}`);
    assert.equal(await client.ask("GET", "a"), "+QUEUED");
    assert.equal(await client.ask("EXEC"), "-EXECABORT Transaction discarded because of previous errors.");
    await client.call("CONFIG", "SET", "maxmemory", "0");
    await client.call("MULTI");
    await client.call("SET", "a", "1");
    await client.call("CONFIG", "SET", "maxmemory", "1");
    // The limit is not in force before EXEC runs: it was queued.
    assert.equal(await client.ask("EXEC"), "*[+OK, +OK]");
    assert.equal(await client.ask("GET", "a"), '$"1"');
  }));

test("EXEC is refused when memory ran out while its writes were queued", () =>
  withServer({}, async (client, server) => {
    const other = await server.connect();
    await client.call("MULTI");
    await client.call("SET", "a", "1");
    await other.call("CONFIG", "SET", "maxmemory", "1");
    assert.equal(await client.ask("EXEC"), `-EXECABORT Transaction discarded because of: ${OOM}`);
    await client.call("MULTI");
    await client.call("GET", "a");
    assert.equal(await client.ask("EXEC"), "*[$nil]");
    await other.close();
  }));

for (const policy of [
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
]) {
  test(`${policy} keeps a server that is written to within its limit`, () =>
    withServer({ "maxmemory-policy": policy }, async (client, server) => {
      const maxmemory = await limit(client, server, 300_000);
      for (let i = 0; i < 1000; i++) {
        const deadline = policy.startsWith("volatile") ? ["EX", String(100 + i)] : [];
        assert.equal(await client.ask("SET", `key:${i}`, VALUE, ...deadline), "+OK");
        // Before a command the limit holds; this one has come on top.
        assert.ok(server.pyredis.server.usedMemory <= maxmemory + 40_000, `at key ${i}`);
      }
      assert.equal(await client.ask("PING"), "+PONG");
      assert.ok(server.pyredis.server.usedMemory <= maxmemory + 40_000);
      const left = server.pyredis.server.keyspace.database(0).size;
      assert.ok(left > 100 && left < 400, `${left} keys are left`);
      assert.equal(await readField(client, "evicted_keys"), 1000 - left);
      await client.call("CONFIG", "RESETSTAT");
      assert.equal(await readField(client, "evicted_keys"), 0);
    }));
}

test("a volatile policy without keys that have a deadline refuses writes and evicts nothing", () =>
  withServer({}, async (client) => {
    await fill(client, 20);
    for (const policy of ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"]) {
      await client.call("CONFIG", "SET", "maxmemory-policy", policy, "maxmemory", "1");
      assert.equal(await client.ask("SET", "k", "v"), `-${OOM}`);
      assert.equal(await client.ask("DBSIZE"), ":20");
      await client.call("CONFIG", "SET", "maxmemory", "0");
    }
  }));

test("a read makes room, too", () =>
  withServer({ "maxmemory-policy": "allkeys-random" }, async (client, server) => {
    await fill(client, 200);
    await limit(client, server, -100_000);
    assert.equal(await client.ask("PING"), "+PONG");
    assert.ok(server.pyredis.server.keyspace.database(0).size < 120);
  }));

test("an evicted key is announced, goes out as DEL of its own, and spoils a WATCH", () =>
  withServer({ "maxmemory-policy": "allkeys-lru" }, async (client, server) => {
    await client.pipeline([
      ["SELECT", "3"],
      ["SET", "gone", "v"],
      ["WATCH", "gone"],
    ]);
    const recorder = new EffectsRecorder(server);
    const other = await server.connect();
    await other.call("CONFIG", "SET", "maxmemory", "1");
    assert.equal(await other.ask("SET", "new", "v"), `-${OOM}`);
    assert.deepEqual(recorder.takeEvents(), ["evicted gone@3"]);
    assert.deepEqual(recorder.takeCommands(), ["DEL gone"]);
    assert.equal(recorder.takeDirty(), 0);
    await other.call("CONFIG", "SET", "maxmemory", "0", "lazyfree-lazy-eviction", "yes");
    await client.call("MULTI");
    assert.equal(await client.ask("EXEC"), "*nil");
    await client.call("SET", "gone", "v");
    recorder.takeCommands();
    await other.call("CONFIG", "SET", "maxmemory", "1");
    await other.call("PING");
    assert.deepEqual(recorder.takeCommands(), ["UNLINK gone"]);
    await other.close();
  }));

test("nothing is evicted or refused while clients are paused for writing", () =>
  withServer({ "maxmemory-policy": "allkeys-lru" }, async (client) => {
    await fill(client, 5);
    await client.call("CLIENT", "PAUSE", "100000", "WRITE");
    await client.call("CONFIG", "SET", "maxmemory", "1");
    assert.equal(await client.ask("DBSIZE"), ":5");
    await client.call("CLIENT", "UNPAUSE");
    assert.equal(await client.ask("DBSIZE"), ":0");
  }));

test("what an unlinked value still holds is freed before a key is evicted", () =>
  withServer({ "maxmemory-policy": "allkeys-lru" }, async (client, server) => {
    await client.call("SET", "small", "v");
    const commands = Array.from({ length: 3000 }, (_, i) => ["HSET", "big", `field:${i}`, VALUE] as const);
    await client.pipeline(commands);
    const { keyspace } = server.pyredis.server;
    await client.call("CONFIG", "SET", "maxmemory", String(server.pyredis.server.usedMemory - 1_000_000));
    await client.call("CONFIG", "SET", "maxmemory", "0");
    await client.call("SET", "small", "v");
    await client.pipeline(commands);
    const maxmemory = server.pyredis.server.usedMemory - 1_000_000;
    server.pyredis.server.debug.cronPaused = true;
    await client.pipeline([
      ["UNLINK", "big"],
      ["CONFIG", "SET", "maxmemory", String(maxmemory)],
      ["SET", "other", "v"],
    ]);
    assert.equal(await client.ask("EXISTS", "small", "other"), ":2");
    assert.ok(server.pyredis.server.usedMemory <= maxmemory + 40_000);
    assert.ok(keyspace.lazyFree.hasWork, "no more than needed was freed at once");
    server.pyredis.server.debug.cronPaused = false;
  }));

test("how long the limit was exceeded is told", () =>
  withServer({}, async (client, server) => {
    await client.call("CONFIG", "SET", "maxmemory", "1");
    await client.call("PING");
    server.clock.advance(5000);
    assert.equal(await readField(client, "current_eviction_exceeded_time"), 5000);
    await client.call("CONFIG", "SET", "maxmemory", "0");
    await client.call("CONFIG", "SET", "maxmemory", "100mb");
    await client.call("SET", "k", "v");
    assert.equal(await readField(client, "total_eviction_exceeded_time"), 5000);
  }));

test("used_memory falls at once with what is freed, and has the buffers of clients", () =>
  withServer({}, async (client, server) => {
    const before = await readField(client, "used_memory");
    await client.call("SET", "big", "v".repeat(1_000_000));
    assert.ok((await readField(client, "used_memory")) >= before + 1_000_000);
    await client.call("DEL", "big");
    assert.ok((await readField(client, "used_memory")) < before + 50_000);
    const other = await server.connect();
    other.raw(`*2\r\n$3\r\nGET\r\n$1000000\r\n${"x".repeat(500_000)}`);
    for (let i = 0; server.pyredis.server.usedMemory < before + 500_000; i++) {
      assert.ok(i < 1000, "the query buffer is counted");
      await client.call("PING");
    }
    await other.close();
    for (let i = 0; server.pyredis.server.usedMemory >= before + 500_000; i++) {
      assert.ok(i < 1000, "it is gone with its client");
      await client.call("PING");
    }
  }));
