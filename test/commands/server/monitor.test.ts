import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import { makeTestDirectory } from "../../support/child-process.js";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";

const directory = makeTestDirectory();
const unixsocket = join(directory, "redis.sock");
let server: InProcessServer;

before(async () => {
  server = await startInProcess({ config: { unixsocket } });
});
after(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

async function startMonitor(t: TestContext): Promise<[monitor: RespClient, client: RespClient]> {
  const monitor = await server.connect();
  const client = await server.connect();
  t.after(() => monitor.close());
  t.after(() => client.close());
  assert.equal(await monitor.ask("MONITOR"), "+OK");
  return [monitor, client];
}

/** The next line, without its time and address. */
async function nextWords(monitor: RespClient): Promise<string> {
  const line = textOf(await monitor.readReply());
  const parts = /^\d+\.\d{6} \[\d+ [^\]]+\] (.*)$/.exec(line) ?? /^\d+\.\d{6} \[\d+ \[::1\]:\d+\] (.*)$/.exec(line);
  assert.ok(parts !== null, line);
  return parts[1] ?? "";
}

test("a line tells time, database, address and the quoted words", async (t) => {
  const [monitor, client] = await startMonitor(t);
  await client.ask("SET", "k", Buffer.from('a "b"\\\n\r\t\x07\b\0\xff', "latin1"));
  const line = textOf(await monitor.readReply());
  const [, seconds, rest] = /^(\d+)\.\d{6} (.*)$/.exec(line) ?? [];
  assert.ok(Math.abs(Number(seconds) - server.clock.nowMs() / 1000) < 2, line);
  assert.match(rest ?? "", /^\[0 127\.0\.0\.1:\d+\] "SET" "k" "a \\"b\\"\\\\\\n\\r\\t\\a\\b\\x00\\xff"$/);
});

test("SELECT shows with the database that it has chosen", async (t) => {
  const [monitor, client] = await startMonitor(t);
  await client.ask("SELECT", 9);
  assert.match(textOf(await monitor.readReply()), /\[9 127\.0\.0\.1:\d+\] "SELECT" "9"$/);
});

test("a unix socket shows as its path", async (t) => {
  const [monitor] = await startMonitor(t);
  const local = await server.connect({ path: unixsocket });
  t.after(() => local.close());
  await local.ask("PING");
  assert.ok(textOf(await monitor.readReply()).endsWith(` [0 unix:${unixsocket}] "PING"`));
});

test("a transaction shows as MULTI, what it ran, and EXEC", async (t) => {
  const [monitor, client] = await startMonitor(t);
  await client.ask("MULTI");
  await client.ask("SET", "k", "v");
  await client.ask("EXEC");
  assert.equal(await nextWords(monitor), '"MULTI"');
  assert.equal(await nextWords(monitor), '"SET" "k" "v"');
  assert.equal(await nextWords(monitor), '"EXEC"');
  await client.ask("MULTI");
  await client.ask("NOSUCH");
  await client.ask("EXEC");
  assert.equal(await nextWords(monitor), '"MULTI"');
  assert.equal(await nextWords(monitor), '"EXEC"');
});

test("passwords are redacted, administrative commands and refused ones are not shown", async (t) => {
  const [monitor, client] = await startMonitor(t);
  await client.ask("AUTH", "secret");
  await client.ask("AUTH", "default", "secret");
  await client.ask("HELLO", 2, "AUTH", "nobody", "secret");
  await client.ask("CONFIG", "SET", "maxmemory", "0");
  await client.ask("CLIENT", "LIST");
  await client.ask("NOSUCH");
  await client.ask("GET");
  await client.ask("PING");
  assert.equal(await nextWords(monitor), '"AUTH" "(redacted)"');
  assert.equal(await nextWords(monitor), '"AUTH" "(redacted)" "(redacted)"');
  assert.equal(await nextWords(monitor), '"HELLO" "2" "AUTH" "(redacted)" "(redacted)"');
  assert.equal(await nextWords(monitor), '"PING"');
});

test("MONITOR cannot be part of a transaction", async (t) => {
  const client = await server.connect();
  t.after(() => client.close());
  await client.ask("MULTI");
  assert.equal(await client.ask("MONITOR"), "+QUEUED");
  assert.equal(await client.ask("EXEC"), "*[-ERR MONITOR isn't allowed for DENY BLOCKING client]");
});

test("a monitor may not use the keyspace, and RESET makes it a client again", async (t) => {
  const [monitor, client] = await startMonitor(t);
  assert.equal(await monitor.ask("GET", "k"), "-ERR Replica can't interact with the keyspace");
  assert.match(textOf(await client.call("CLIENT", "LIST")), / flags=O .* cmd=get /);
  assert.equal(await monitor.ask("RESET"), "+RESET");
  await client.ask("PING");
  assert.equal(await monitor.ask("GET", "nothing"), "$nil");
  assert.equal(server.pyredis.server.monitors.count, 0);
});

test("a monitor that goes away is forgotten, one that does not read is closed at its limit", async (t) => {
  const [monitor, client] = await startMonitor(t);
  await client.ask("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
  monitor.pause();
  const filler = "x".repeat(500_000);
  for (let i = 0; i < 100 && server.pyredis.server.monitors.count > 0; i++) await client.ask("SET", "k", filler);
  assert.equal(server.pyredis.server.monitors.count, 0);
  assert.equal(server.pyredis.server.stats.outputBufferLimitDisconnections, 1);
  await client.ask("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0");
});
