// Blocks move out of sparse slabs: when, and that everything still finds them.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import { Random } from "../../support/random.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";
import { checkDataset } from "../../support/structure/dataset-check.js";

const MB = 1024 * 1024;

interface Fixture {
  readonly server: InProcessServer;
  readonly client: RespClient;
  readonly checks: ArenaChecks;
}

async function start(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const checks = new ArenaChecks();
  const server = await startInProcess({ config: { "enable-debug-command": "yes", ...config }, arenaChecks: checks });
  t.after(() => server.close());
  server.pyredis.server.cron.stop();
  const client = await server.connect();
  t.after(() => client.close());
  return { server, client, checks };
}

/** The same without checks, which are slow with many blocks. */
async function startLarge(t: TestContext, config: Record<string, string> = {}): Promise<Fixture> {
  const server = await startInProcess({ config });
  t.after(() => server.close());
  server.pyredis.server.cron.stop();
  const client = await server.connect();
  t.after(() => client.close());
  return { server, client, checks: new ArenaChecks() };
}

async function pipelined(client: RespClient, count: number, make: (i: number) => readonly string[]): Promise<void> {
  for (let from = 0; from < count; from += 5000) {
    const size = Math.min(5000, count - from);
    await client.pipeline(Array.from({ length: size }, (_, i) => make(from + i)));
  }
}

/** `count` strings of about 200 bytes, of which one in ten is left. */
async function makeSparse(client: RespClient, count: number): Promise<void> {
  await pipelined(client, count, (i) => ["SET", `key:${i}`, "v".repeat(200)]);
  await pipelined(client, count, (i) => (i % 10 === 0 ? ["PING"] : ["DEL", `key:${i}`]));
}

async function readInfo(client: RespClient, field: string): Promise<number> {
  const text = textOf(await client.call("INFO", "everything"));
  return Number(new RegExp(`^${field}:(.*)$`, "m").exec(text)?.[1]);
}

function tick({ server }: Fixture, ms: number): void {
  server.clock.advance(ms);
  server.pyredis.server.cron.tick();
}

test("where nine of ten keys were deleted, the rest moves together, with the default configuration", async (t) => {
  const fixture = await startLarge(t);
  const { client, server } = fixture;
  const { arena } = server.pyredis.server.keyspace;
  await makeSparse(client, 150_000);
  assert.ok(arena.pageBytes > 5 * arena.usedBytes);
  for (let i = 0; i < 50; i++) tick(fixture, 100);
  assert.ok(arena.pageBytes < 1.1 * arena.usedBytes, `${arena.pageBytes} bytes of pages for ${arena.usedBytes}`);
  assert.ok((await readInfo(client, "allocator_frag_ratio")) <= 1.1);
  assert.ok((await readInfo(client, "active_defrag_hits")) > 10_000);
  assert.ok((await readInfo(client, "active_defrag_key_hits")) > 10_000);
  assert.equal(await readInfo(client, "active_defrag_running"), 0);
  for (let i = 0; i < 150_000; i += 1000) {
    assert.equal(await client.ask("GET", `key:${i}`), `$"${"v".repeat(200)}"`);
  }
});

test("little that is unused is left alone by default; activedefrag goes by its directives", async (t) => {
  const fixture = await startLarge(t);
  const { client, server } = fixture;
  const { defrag, keyspace } = server.pyredis.server;
  await makeSparse(client, 20_000);
  assert.ok(keyspace.arena.pageBytes - keyspace.arena.usedBytes < 16 * MB);
  for (let i = 0; i < 20; i++) tick(fixture, 100);
  assert.equal(await readInfo(client, "active_defrag_hits"), 0);
  assert.equal(await client.ask("CONFIG", "SET", "activedefrag", "yes"), "+OK");
  for (let i = 0; i < 20; i++) tick(fixture, 100);
  assert.equal(await readInfo(client, "active_defrag_hits"), 0, "less than active-defrag-ignore-bytes");
  await client.call("CONFIG", "SET", "active-defrag-ignore-bytes", "1mb", "active-defrag-threshold-lower", "1000");
  for (let i = 0; i < 20; i++) tick(fixture, 100);
  assert.equal(await readInfo(client, "active_defrag_hits"), 0, "less than active-defrag-threshold-lower");
  await client.call("CONFIG", "SET", "active-defrag-threshold-lower", "10");
  defrag.tick(keyspace.nowMs + 2000);
  assert.equal(await readInfo(client, "active_defrag_running"), 25, "beyond the upper threshold: cycle-max");
  await client.call("CONFIG", "SET", "active-defrag-cycle-max", "60");
  defrag.tick(keyspace.nowMs + 4000);
  assert.equal(await readInfo(client, "active_defrag_running"), 60);
  await client.call("CONFIG", "SET", "activedefrag", "no");
  assert.equal(await readInfo(client, "active_defrag_running"), 0, "it stops at once");
  await client.call("CONFIG", "SET", "activedefrag", "yes");
  for (let i = 0; i < 20; i++) tick(fixture, 100);
  assert.ok((await readInfo(client, "active_defrag_hits")) > 0);
  assert.ok(keyspace.arena.pageBytes < 1.2 * keyspace.arena.usedBytes + MB);
  assert.ok((await readInfo(client, "total_active_defrag_time")) >= 0);
  await client.call("CONFIG", "RESETSTAT");
  assert.equal(await readInfo(client, "active_defrag_hits"), 0);
});

test("the share of time grows from cycle-min to cycle-max between the thresholds", async (t) => {
  const fixture = await startLarge(t, {
    activedefrag: "yes",
    "active-defrag-ignore-bytes": "1mb",
    "active-defrag-threshold-upper": "1000",
    "active-defrag-cycle-max": "50",
  });
  const { client, server } = fixture;
  const { defrag, keyspace } = server.pyredis.server;
  await makeSparse(client, 20_000);
  const { pageBytes, usedBytes } = keyspace.arena;
  const percent = ((pageBytes - usedBytes) * 100) / usedBytes;
  defrag.tick(keyspace.nowMs + 2000);
  assert.equal(defrag.runningPercent, Math.trunc(1 + ((percent - 10) * 49) / 990));
  assert.ok(defrag.runningPercent > 1 && defrag.runningPercent < 50, `${percent} percent unused`);
});

/** Values of all types and encodings, with what hangs on them: deadlines, field deadlines, groups, compressed nodes. */
async function fillAllTypes(client: RespClient, random: Random): Promise<void> {
  await client.call("CONFIG", "SET", "list-max-listpack-size", "8", "list-compress-depth", "1");
  const text = (): string => "x".repeat(random.int(1, 400));
  for (let i = 0; i < 60; i++) {
    await client.pipeline([
      ["SET", `s${i}`, text()],
      ["SET", `l${i}`, "y".repeat(random.int(2049, 8000)), ...(i % 2 === 0 ? ["PX", "10000000"] : [])],
      ...Array.from({ length: 30 }, () => ["RPUSH", `q${i % 20}`, text()]),
      ["RPUSH", `small${i}`, "a", "b"],
      ...Array.from({ length: 40 }, (_, j) => ["HSET", `h${i % 10}`, `f${i}:${j}`, text()]),
      ["HPEXPIRE", `h${i % 10}`, "5000000", "FIELDS", "2", `f${i}:1`, `f${i}:2`],
      ["HSET", `hs${i}`, "a", "1", "b", "2"],
      ["HPEXPIRE", `hs${i}`, "4000000", "FIELDS", "1", "a"],
      ...Array.from({ length: 40 }, (_, j) => ["SADD", `set${i % 10}`, `m${i}:${j}${text()}`]),
      ["SADD", `ints${i}`, "1", "2", "3"],
      ...Array.from({ length: 40 }, (_, j) => ["ZADD", `z${i % 10}`, String(random.int(0, 99)), `m${i}:${j}`]),
      ["ZADD", `zs${i}`, "1", "a", "2", "b"],
      ...Array.from({ length: 40 }, () => ["XADD", `x${i % 10}`, "*", "field", text()]),
      ["XGROUP", "CREATE", `x${i % 10}`, `g${i}`, "0"],
      ["XREADGROUP", "GROUP", `g${i}`, `c${i}`, "COUNT", "30", "STREAMS", `x${i % 10}`, ">"],
      ["XREADGROUP", "GROUP", `g${i}`, `d${i}`, "COUNT", "30", "STREAMS", `x${i % 10}`, ">"],
    ]);
  }
}

test("blocks of every structure move, and each is still where its owner looks", async (t) => {
  const fixture = await start(t);
  const { client, server, checks } = fixture;
  const { keyspace, defrag } = server.pyredis.server;
  const random = new Random(7);
  await fillAllTypes(client, random);
  const digest = await client.ask("DEBUG", "DIGEST");
  keyspace.arena.relocatesAll = true;
  for (let round = 0; round < 3; round++) {
    defrag.walk.begin();
    while (!defrag.walk.run(() => false));
    checkDataset(keyspace, checks);
    assert.equal(await client.ask("DEBUG", "DIGEST"), digest);
  }
  assert.equal(await client.ask("FLUSHALL"), "+OK");
  checks.verify(keyspace.arena);
});

test("no block of a slab's size stays where it is: whoever holds one is asked", async (t) => {
  const fixture = await start(t);
  const { client, server, checks } = fixture;
  const { keyspace, defrag } = server.pyredis.server;
  await fillAllTypes(client, new Random(11));
  const staying = new Set([...checks.live].filter((handle) => keyspace.arena.sizeOf(handle) <= 8192));
  const onFree = checks.onFree.bind(checks);
  checks.onFree = (arena, handle) => {
    staying.delete(handle);
    onFree(arena, handle);
  };
  keyspace.arena.relocatesAll = true;
  defrag.walk.begin();
  while (!defrag.walk.run(() => false));
  const sizes = [...staying].map((handle) => keyspace.arena.sizeOf(handle));
  assert.deepEqual(sizes, [], "blocks that nobody has moved, by their size");
});

test("large values may change, move to another key or go while they are walked", async (t) => {
  const fixture = await start(t);
  const { client, server, checks } = fixture;
  const { keyspace, defrag } = server.pyredis.server;
  const random = new Random(3);
  defrag.walk.blocksAtOnce = 2;
  keyspace.arena.relocatesAll = true;
  for (let round = 0; round < 4; round++) {
    await fillAllTypes(client, random);
    // Of more nodes than one step moves.
    await pipelined(client, 10, (i) => ["RPUSH", `q${i}`, ...Array.from({ length: 600 }, (_, j) => `element ${j}`)]);
    defrag.walk.begin();
    for (let turn = 0; turn < 300 && defrag.walk.isRunning; turn++) {
      let steps = random.int(1, 20);
      defrag.walk.run(() => steps-- <= 0);
      const [a, b] = [random.int(0, 9), random.int(0, 9)];
      const type = ["q", "h", "set", "z", "x"][random.int(0, 4)] ?? "q";
      await client.pipeline([
        ["RENAME", `${type}${a}`, `${type}${b}`],
        [random.int(0, 1) === 0 ? "DEL" : "UNLINK", `${type}${random.int(0, 9)}`],
        ["RPUSH", `q${a}`, ..."abcdefghijklmnopqrstuvwxyz"],
        ["LTRIM", `q${b}`, String(random.int(0, 300)), "-1"],
        ["ZREMRANGEBYRANK", `z${a}`, "0", "40"],
        ["ZADD", `z${b}`, "1", "again", "50", "more"],
        ["XTRIM", `x${a}`, "MAXLEN", "20"],
        ["XGROUP", "DELCONSUMER", `x${b}`, `g${random.int(0, 59)}`, `c${random.int(0, 59)}`],
        ["HSET", `h${a}`, "new", "1"],
        ["SWAPDB", "0", "1"],
        ["SWAPDB", "0", "1"],
      ]);
    }
    defrag.walk.stop();
    checkDataset(keyspace, checks);
    await client.call("FLUSHALL");
  }
  checks.verify(keyspace.arena);
});

test("what clients may have cached moves as well", async (t) => {
  const fixture = await start(t);
  const { server, checks } = fixture;
  const { keyspace, defrag, tracking } = server.pyredis.server;
  const clients = [await server.connect({ resp: 3 }), await server.connect({ resp: 3 })];
  for (const client of clients) {
    t.after(() => client.close());
    await client.call("CLIENT", "TRACKING", "ON");
    for (let i = 0; i < 200; i++) await client.call("GET", `key${i}`);
  }
  keyspace.arena.relocatesAll = true;
  const before = defrag.walk.mover.hits;
  defrag.walk.begin();
  while (!defrag.walk.run(() => false));
  assert.ok(defrag.walk.mover.hits - before >= 400, "records, and blocks of ids");
  assert.equal(tracking.table.keyCount, 200);
  await fixture.client.call("SET", "key7", "x");
  for (const client of clients) {
    const push = await client.readPush(5000);
    assert.equal(push.kind, "push");
  }
  assert.equal(tracking.table.keyCount, 199);
  checks.verify(keyspace.arena);
});
