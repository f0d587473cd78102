// INFO: which sections, and figures that are true.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { textOf } from "../../support/resp-value.js";

let server: InProcessServer;
let client: RespClient;

before(async () => {
  server = await startInProcess({ config: { "enable-debug-command": "yes" } });
});
after(() => server.close());
beforeEach(async () => {
  client = await server.connect();
  await client.ask("FLUSHALL");
  await client.ask("CONFIG", "RESETSTAT");
});
afterEach(() => client.close());

async function info(...sections: string[]): Promise<string> {
  return textOf(await client.call("INFO", ...sections));
}

function titlesOf(text: string): string[] {
  return [...text.matchAll(/^# (\w+)\r$/gm)].map(([, title]) => title ?? "");
}

async function field(name: string, section = "everything"): Promise<string> {
  return new RegExp(`^${name}:(.*)\r$`, "m").exec(await info(section))?.[1] ?? "";
}

const DEFAULT = ["Server", "Clients", "Memory", "Persistence", "Stats", "Replication", "CPU", "Modules"];

test("INFO shows the sections that are asked for, in Redis's order, each once", async () => {
  const unasked = [...DEFAULT, "Errorstats", "Cluster", "Keyspace"];
  assert.deepEqual(titlesOf(await info()), unasked);
  assert.deepEqual(titlesOf(await info("default")), unasked);
  const all = [...DEFAULT, "Commandstats", "Errorstats", "Latencystats", "Cluster", "Keyspace"];
  assert.deepEqual(titlesOf(await info("all")), all);
  assert.deepEqual(titlesOf(await info("everything", "cpu")), all);
  assert.deepEqual(titlesOf(await info("KEYSPACE", "cpu", "nonsense", "cpu")), ["CPU", "Keyspace"]);
  assert.deepEqual(titlesOf(await info("commandstats", "default")).length, unasked.length + 1);
  assert.deepEqual(titlesOf(await info("debug")), ["Debug"]);
  assert.equal(await info("nonsense"), "");
});

test("INFO is a verbatim string under RESP3", async (t) => {
  const three = await server.connect({ resp: 3 });
  t.after(() => three.close());
  assert.match(await three.ask("INFO", "cluster"), /^=txt"# Cluster\\r\\ncluster_enabled:0\\r\\n"$/);
});

test("commandstats count calls, refusals and failures by command and subcommand", async () => {
  await client.ask("SET", "k", "v");
  await client.ask("SET", "k", "w");
  await client.ask("INCR", "k");
  await client.ask("GET");
  await client.ask("CONFIG", "GET", "port");
  const text = await info("commandstats", "errorstats");
  assert.match(text, /^cmdstat_set:calls=2,usec=0,usec_per_call=0\.00,rejected_calls=0,failed_calls=0\r$/m);
  assert.match(text, /^cmdstat_incr:calls=1,usec=0,usec_per_call=0\.00,rejected_calls=0,failed_calls=1\r$/m);
  assert.match(text, /^cmdstat_get:calls=0,usec=0,usec_per_call=0\.00,rejected_calls=1,failed_calls=0\r$/m);
  assert.match(text, /^cmdstat_config\|get:calls=1,/m);
  assert.match(text, /^errorstat_ERR:count=2\r$/m);
});

test("time is counted to the command that it passed in", async () => {
  server.pyredis.server.registry.findByName("get")?.record(4, 10, false);
  assert.match(await info("commandstats"), /^cmdstat_get:calls=4,usec=10,usec_per_call=2\.50,/m);
});

test("error codes are told apart up to a limit, and counted on after RESETSTAT", async () => {
  for (let i = 0; i < 130; i++) await client.ask("DEBUG", "ERROR", `CODE${i} text`);
  assert.equal(await info("errorstats"), "# Errorstats\r\nerrorstat_ERRORSTATS_DISABLED:count=1\r\n");
  await client.ask("CONFIG", "RESETSTAT");
  await client.ask("DEBUG", "ERROR", "A:B text");
  assert.equal(await info("errorstats"), "# Errorstats\r\nerrorstat_A_B:count=1\r\n");
});

test("keyspace shows keys and deadlines of the databases that have any", async (t) => {
  // Cron finds out the average in its own time.
  server.pyredis.server.debug.cronPaused = true;
  t.after(() => {
    server.pyredis.server.debug.cronPaused = false;
  });
  assert.equal(await info("keyspace"), "# Keyspace\r\n");
  await client.ask("SET", "a", "1");
  await client.ask("SET", "b", "1", "PX", 100_000);
  await client.ask("SELECT", 3);
  await client.ask("SET", "c", "1");
  assert.equal(
    await info("keyspace"),
    "# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=0,subexpiry=0\r\ndb3:keys=1,expires=0,avg_ttl=0,subexpiry=0\r\n",
  );
});

test("memory grows with the data, and is given back", async () => {
  const before = Number(await field("used_memory", "memory"));
  await client.ask("SET", "k", "x".repeat(1_000_000));
  const full = Number(await field("used_memory", "memory"));
  assert.ok(full - before > 1_000_000 && full - before < 1_200_000, `${full - before} bytes more`);
  assert.ok(Number(await field("used_memory_dataset", "memory")) > 1_000_000);
  await client.ask("DEL", "k");
  assert.equal(Number(await field("used_memory", "memory")), before);
  assert.ok(Number(await field("used_memory_peak", "memory")) >= full);
  assert.ok(Number(await field("js_heap_used", "memory")) > 0);
});

test("clients and watched keys are counted", async (t) => {
  const other = await server.connect();
  t.after(() => other.close());
  await other.ask("WATCH", "a", "b");
  const text = await info("clients");
  assert.match(text, /^connected_clients:2\r$/m);
  assert.match(text, /^watching_clients:1\r$/m);
  assert.match(text, /^total_watched_keys:2\r$/m);
});

test("rates are averages over the last sixteen samples of cron", async () => {
  const { cron } = server.pyredis.server;
  const tick = (): void => {
    server.clock.advance(100);
    cron.tick();
  };
  tick();
  for (let i = 0; i < 16; i++) {
    await client.pipeline(Array.from({ length: 10 }, () => ["PING"]));
    tick();
  }
  assert.equal(await field("instantaneous_ops_per_sec", "stats"), "100");
});

test("the event loop's figures grow", async () => {
  const before = Number(await field("eventloop_cycles", "stats"));
  await client.ask("PING");
  await client.ask("PING");
  assert.ok(Number(await field("eventloop_cycles", "stats")) > before);
  await client.pipeline([["PING"], ["PING"], ["PING"]]);
  assert.ok(Number(await field("eventloop_cmd_per_cycle_max", "debug")) >= 3);
});
