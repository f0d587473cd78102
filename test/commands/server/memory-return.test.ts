// What was freed goes back to the system: by cron, and by MEMORY PURGE.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageSource } from "#src/storage/page-source.js";
import { startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";

const MB = 1024 * 1024;
const VALUE = "v".repeat(MB);

/** Counts what goes back. */
class CountedPages implements PageSource {
  releasedBytes = 0;

  allocate(bytes: number): ArrayBuffer {
    return new ArrayBuffer(bytes);
  }

  readonly release = (buffer: ArrayBuffer, start: number, byteLength: number): boolean => {
    new Uint8Array(buffer, start, byteLength).fill(0);
    this.releasedBytes += byteLength;
    return true;
  };
}

async function readInfo(client: RespClient, field: string): Promise<number> {
  const text = textOf(await client.call("INFO", "memory"));
  return Number(new RegExp(`^${field}:(.*)$`, "m").exec(text)?.[1]);
}

async function fill(client: RespClient, megabytes: number): Promise<void> {
  for (let i = 0; i < megabytes; i++) await client.call("SET", `k${i}`, VALUE);
}

test("MEMORY PURGE gives all free pages back at once", async (t) => {
  const pages = new CountedPages();
  const server = await startInProcess({ pages });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  await fill(client, 8);
  await client.call("SET", "small", "x");
  await client.call("FLUSHALL");
  assert.ok((await readInfo(client, "allocator_rss_bytes")) >= 8 * MB);
  assert.equal(await client.ask("MEMORY", "PURGE"), "+OK");
  assert.ok(pages.releasedBytes >= 8 * MB);
  assert.equal(await readInfo(client, "allocator_rss_bytes"), 0);
  assert.equal(await readInfo(client, "allocator_resident"), await readInfo(client, "allocator_active"));
  await fill(client, 1);
  assert.ok((await readInfo(client, "allocator_resident")) >= MB);
});

test("cron gives back what lay idle for a second, and keeps what comes and goes", async (t) => {
  const pages = new CountedPages();
  const server = await startInProcess({ pages });
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const { cron } = server.pyredis.server;
  cron.stop();
  const tick = (ms: number): void => {
    server.clock.advance(ms);
    cron.tick();
  };
  tick(100);
  for (let round = 0; round < 5; round++) {
    await fill(client, 8);
    tick(400);
    await client.call("FLUSHALL");
    tick(400);
  }
  assert.equal(pages.releasedBytes, 0, "the same pages serve round after round");
  for (let i = 0; i < 30; i++) tick(100);
  assert.ok(pages.releasedBytes >= 7 * MB, `${pages.releasedBytes} bytes went back`);
  assert.ok((await readInfo(client, "allocator_rss_bytes")) <= 2 * MB);
});

test("what a slow reader held is garbage that the engine is told of, and the pool of buffers empties", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const engine = server.pyredis.server;
  engine.cron.stop();
  const told: number[] = [];
  engine.upkeep.suggestCollection = (bytes) => void told.push(bytes);
  const tick = (ms: number): void => {
    server.clock.advance(ms);
    engine.cron.tick();
  };
  const client = await server.connect();
  t.after(() => client.close());
  await client.call("SET", "k", VALUE);
  tick(1000);
  const slow = await server.connect();
  slow.pause();
  slow.raw("GET k\r\n".repeat(64));
  await waitFor("the replies to pile up", () => engine.clientMemory.total > 40 * MB);
  tick(1000);
  assert.deepEqual(told, [], "as long as they are wanted");
  await slow.close();
  await waitFor("the slow reader to be gone", () => engine.clientMemory.total < MB);
  tick(1000);
  assert.equal(told.length, 1);
  for (let i = 0; i < 20; i++) tick(1000);
  assert.equal(told.length, 2, "twice, and then no more");
  const pooled = engine.outputBuffers.byteLength;
  for (let i = 0; i < 100; i++) tick(1000);
  assert.ok(engine.outputBuffers.byteLength < Math.max(1, pooled), `${pooled} bytes were in the pool`);
  assert.equal(engine.outputBuffers.byteLength, 0);
});
