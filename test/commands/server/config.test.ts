// CONFIG on a running server: shapes, atomicity, and that values take effect at once.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { waitFor } from "../../support/wait-for.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess();
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
});
afterEach(() => client.close());

test("CONFIG GET answers pairs under RESP2, a map under RESP3, and each directive once", async (t) => {
  assert.equal(await client.ask("CONFIG", "GET", "maxmemory", "maxmemor[y]"), '*[$"maxmemory", $"0"]');
  assert.equal(await client.ask("CONFIG", "GET", "nothing"), "*[]");
  const three = await server.connect({ resp: 3 });
  t.after(() => three.close());
  assert.equal(await three.ask("CONFIG", "GET", "maxmemory"), '%{$"maxmemory": $"0"}');
});

test("CONFIG SET sets all of its pairs or none", async () => {
  assert.equal(await client.ask("CONFIG", "SET", "maxmemory", "10mb", "timeout", "7"), "+OK");
  assert.equal(await client.ask("CONFIG", "GET", "timeout"), '*[$"timeout", $"7"]');
  assert.match(await client.ask("CONFIG", "SET", "timeout", "8", "maxclients", "x"), /^-ERR CONFIG SET failed/);
  assert.equal(await client.ask("CONFIG", "GET", "timeout"), '*[$"timeout", $"7"]');
  assert.equal(await client.ask("CONFIG", "SET", "maxmemory", "0", "timeout", "0"), "+OK");
});

test("CONFIG refuses what is no call of it", async () => {
  assert.equal(await client.ask("CONFIG"), "-ERR wrong number of arguments for 'config' command");
  assert.equal(await client.ask("CONFIG", "GET"), "-ERR wrong number of arguments for 'config|get' command");
  assert.equal(await client.ask("CONFIG", "SET", "a", "b", "c"), "-ERR syntax error");
  assert.equal(await client.ask("CONFIG", "FOO"), "-ERR unknown subcommand 'FOO'. Try CONFIG HELP.");
  assert.equal(await client.ask("CONFIG", "REWRITE"), "-ERR The server is running without a config file");
  assert.match(await client.ask("CONFIG", "HELP"), /^\*\[\+CONFIG <subcommand> .*\+HELP, \+ {4}Print this help\.\]$/);
});

test("CONFIG RESETSTAT sets the counters back", async () => {
  await client.ask("SET", "k", "v");
  await client.ask("GET", "k");
  await client.ask("GET", "none");
  await client.ask("INCR", "k");
  assert.equal(await client.ask("CONFIG", "RESETSTAT"), "+OK");
  const info = await client.ask("INFO", "stats", "commandstats", "errorstats");
  assert.match(info, /keyspace_hits:0\\r\\nkeyspace_misses:0/);
  assert.match(info, /total_error_replies:0/);
  assert.doesNotMatch(info, /cmdstat_get|errorstat_/);
});

test("hz takes effect at once, within its bounds", async () => {
  const { cron } = server.pyredis.server;
  await client.ask("CONFIG", "SET", "hz", "600", "dynamic-hz", "no");
  assert.equal(cron.hz, 500);
  await client.ask("CONFIG", "SET", "hz", "10", "dynamic-hz", "yes");
  assert.equal(cron.hz, 10);
});

test("with dynamic-hz cron ticks more often for many clients", async (t) => {
  const { cron } = server.pyredis.server;
  await client.ask("CONFIG", "SET", "hz", "1", "dynamic-hz", "yes");
  const many = await Promise.all(Array.from({ length: 200 }, () => server.connect()));
  t.after(() => Promise.all(many.map((one) => one.close())));
  await waitFor("more clients than a tick should look at", () => {
    cron.tick();
    return cron.hz === 2;
  });
  assert.match(await client.ask("INFO", "server"), /\\r\\nhz:2\\r\\nconfigured_hz:1\\r\\n/);
  await client.ask("CONFIG", "SET", "dynamic-hz", "no");
  assert.equal(cron.hz, 1);
  await client.ask("CONFIG", "SET", "hz", "10", "dynamic-hz", "yes");
});

test("maxmemory refuses writes that need memory, and only those", async () => {
  await client.ask("SET", "k", "v");
  await client.ask("CONFIG", "SET", "maxmemory", "1");
  assert.equal(await client.ask("SET", "k", "w"), "-OOM command not allowed when used memory > 'maxmemory'.");
  assert.equal(await client.ask("GET", "k"), '$"v"');
  assert.equal(await client.ask("DEL", "k"), ":1");
  await client.ask("CONFIG", "SET", "maxmemory", "0");
  assert.equal(await client.ask("SET", "k", "w"), "+OK");
});

test("latency-tracking off keeps no histogram", async () => {
  await client.ask("CONFIG", "SET", "latency-tracking", "no");
  await client.ask("CONFIG", "RESETSTAT");
  await client.ask("GET", "k");
  assert.doesNotMatch(await client.ask("INFO", "latencystats"), /latency_percentiles/);
  await client.ask("CONFIG", "SET", "latency-tracking", "yes", "latency-tracking-info-percentiles", "0 50 100");
  await client.ask("GET", "k");
  assert.match(
    await client.ask("INFO", "latencystats"),
    /latency_percentiles_usec_get:p0=0\.000,p50=0\.000,p100=0\.000/,
  );
});
