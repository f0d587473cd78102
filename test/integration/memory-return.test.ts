// The resident set of a server process after its data, or a slow reader's replies, are gone: with the addon, and without.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { nativeAddon, nativeProblem } from "#src/native/addon.js";
import { startPyRedisProcess } from "../support/pyredis-process.js";
import type { ProcessServer } from "../support/test-server.js";
import { waitFor } from "../support/wait-for.js";

const MB = 1024 * 1024;
const VALUE = "v".repeat(MB);

const noProc = process.platform === "linux" ? false : "no /proc on this platform";
const noAddon = nativeAddon() === undefined ? `no addon: ${nativeProblem()}` : noProc;

function readRss(server: ProcessServer): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1]) * 1024;
}

async function start(t: TestContext): Promise<ProcessServer> {
  const server = await startPyRedisProcess();
  t.after(() => server.close());
  return server;
}

test("deleted values go back to the system, though others between them stay", { skip: noAddon }, async (t) => {
  const server = await start(t);
  const client = await server.connect();
  t.after(() => client.close());
  const before = readRss(server);
  for (let i = 0; i < 200; i++) await client.call("SET", `k${i}`, VALUE);
  assert.ok(readRss(server) > before + 190 * MB);
  for (let i = 0; i < 200; i++) if (i % 10 !== 0) await client.call("DEL", `k${i}`);
  await waitFor("all but 20 MB to go back", () => readRss(server) < before + 60 * MB, { timeoutMs: 60_000 });
  assert.equal(await client.ask("STRLEN", "k10"), `:${MB}`);
});

test("MEMORY PURGE does not wait for cron", { skip: noAddon }, async (t) => {
  const server = await start(t);
  const client = await server.connect();
  t.after(() => client.close());
  const before = readRss(server);
  for (let i = 0; i < 100; i++) await client.call("SET", `k${i}`, VALUE);
  await client.call("FLUSHALL");
  await client.call("MEMORY", "PURGE");
  assert.ok(readRss(server) < before + 40 * MB, `${(readRss(server) - before) / MB} MB stayed`);
});

test("a slow reader's replies go back once it is gone", { skip: noAddon }, async (t) => {
  const server = await start(t);
  const client = await server.connect();
  t.after(() => client.close());
  await client.call("SET", "k", VALUE);
  const before = readRss(server);
  const slow = await server.connect();
  slow.pause();
  slow.raw("GET k\r\n".repeat(150));
  await waitFor("150 MB to wait", () => readRss(server) > before + 120 * MB, { timeoutMs: 60_000 });
  await slow.close();
  await waitFor("them to go back", () => readRss(server) < before + 50 * MB, { timeoutMs: 60_000 });
});

test("without the addon an emptied window goes back as a whole", { skip: noProc }, async (t) => {
  // The child inherits it.
  process.env.PYREDIS_NO_NATIVE = "1";
  const server = await start(t).finally(() => {
    delete process.env.PYREDIS_NO_NATIVE;
  });
  const client = await server.connect();
  t.after(() => client.close());
  const before = readRss(server);
  for (let i = 0; i < 200; i++) await client.call("SET", `k${i}`, VALUE);
  assert.ok(readRss(server) > before + 190 * MB);
  await client.call("FLUSHALL");
  await client.call("MEMORY", "PURGE");
  await waitFor("the window to go back", () => readRss(server) < before + 80 * MB, { timeoutMs: 60_000 });
});
