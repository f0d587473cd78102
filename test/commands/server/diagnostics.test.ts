// SLOWLOG, LATENCY and MEMORY: what they keep, show and refuse.
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type InProcessServer, startInProcess } from "../../support/in-process.js";
import type { RespClient } from "../../support/resp-client.js";
import { intOf, itemsOf, type Reply, textOf } from "../../support/resp-value.js";

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

async function slowWords(count = -1): Promise<string[][]> {
  const entries = itemsOf(await client.call("SLOWLOG", "GET", count));
  return entries.map((entry) => itemsOf(itemsOf(entry)[3] ?? entry).map((word) => textOf(word)));
}

test("SLOWLOG keeps the latest slow calls, newest first, with who made them", async () => {
  await client.ask("CLIENT", "SETNAME", "me");
  await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "3");
  await client.ask("SLOWLOG", "RESET");
  await client.ask("SET", "a", "1");
  await client.ask("GET", "a");
  assert.equal(await client.ask("SLOWLOG", "LEN"), ":3");
  assert.deepEqual(await slowWords(), [
    ["SLOWLOG", "LEN"],
    ["GET", "a"],
    ["SET", "a", "1"],
  ]);
  const [entry] = itemsOf(await client.call("SLOWLOG", "GET", 1));
  const parts = entry === undefined ? [] : itemsOf(entry);
  assert.equal(parts.length, 6);
  assert.match(
    parts
      .slice(4)
      .map((part) => textOf(part))
      .join(" "),
    /^127\.0\.0\.1:\d+ me$/,
  );
  await client.ask("CONFIG", "SET", "slowlog-max-len", "1");
  assert.equal(await client.ask("SLOWLOG", "LEN"), ":1");
  await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "-1", "slowlog-max-len", "128");
  await client.ask("SLOWLOG", "RESET");
  await client.ask("GET", "a");
  assert.equal(await client.ask("SLOWLOG", "LEN"), ":0");
});

test("SLOWLOG hides secrets and cuts what is long", async () => {
  await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "0");
  await client.ask("SLOWLOG", "RESET");
  await client.ask("CONFIG", "SET", "masterauth", "secret", "timeout", "0");
  await client.ask("AUTH", "user", "secret");
  await client.ask("MGET", ...Array.from({ length: 40 }, (_, i) => `k${i}`));
  await client.ask("GET", "x".repeat(200));
  await client.ask("CONFIG", "SET", "slowlog-log-slower-than", "-1");
  const [long, many, auth, config] = await slowWords();
  assert.deepEqual(long, ["GET", `${"x".repeat(128)}... (72 more bytes)`]);
  assert.equal(many?.length, 32);
  assert.equal(many?.at(-1), "... (10 more arguments)");
  assert.deepEqual(auth, ["AUTH", "(redacted)", "(redacted)"]);
  assert.deepEqual(config, ["CONFIG", "SET", "masterauth", "(redacted)", "timeout", "0"]);
});

test("SLOWLOG refuses a count that is none", async () => {
  assert.equal(await client.ask("SLOWLOG", "GET", -2), "-ERR count should be greater than or equal to -1");
  assert.equal(await client.ask("SLOWLOG", "GET", "x"), "-ERR count should be greater than or equal to -1");
  assert.equal(
    await client.ask("SLOWLOG", "GET", 1, 2),
    "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.",
  );
});

test("LATENCY keeps the worst sample of each second and of all time", async () => {
  const { latency } = server.pyredis.server;
  await client.ask("CONFIG", "SET", "latency-monitor-threshold", "100");
  const second = Math.floor(server.clock.nowMs() / 1000);
  latency.add("command", 99.9, second * 1000);
  latency.add("command", 250.7, second * 1000);
  latency.add("command", 120, second * 1000 + 999);
  latency.add("command", 110, second * 1000 + 1000);
  assert.equal(await client.ask("LATENCY", "LATEST"), `*[*[$"command", :${second + 1}, :110, :250]]`);
  assert.equal(await client.ask("LATENCY", "HISTORY", "command"), `*[*[:${second}, :250], *[:${second + 1}, :110]]`);
  assert.equal(await client.ask("LATENCY", "HISTORY", "nothing"), "*[]");
  const graph = textOf(await client.call("LATENCY", "GRAPH", "command"));
  const head = `command - high 250 ms, low 110 ms (all time high 250 ms)\n${"-".repeat(80)}\n`;
  assert.equal(graph, `${head}# \n| \n| \n|_\n  \n00\nss\n`);
  assert.equal(await client.ask("LATENCY", "GRAPH", "nothing"), "-ERR No samples available for event 'nothing'");
  assert.match(textOf(await client.call("LATENCY", "DOCTOR")), /1\. command: 2 latency spikes \(average 180ms, /);
  assert.equal(await client.ask("LATENCY", "RESET", "nothing", "command"), ":1");
  assert.equal(await client.ask("LATENCY", "LATEST"), "*[]");
  await client.ask("CONFIG", "SET", "latency-monitor-threshold", "0");
  assert.match(textOf(await client.call("LATENCY", "DOCTOR")), /Latency monitoring is disabled/);
});

test("LATENCY HISTOGRAM shows commands that ran, containers with their subcommands", async (t) => {
  await client.ask("CONFIG", "RESETSTAT");
  await client.ask("GET", "a");
  await client.ask("CONFIG", "GET", "port");
  const three = await server.connect({ resp: 3 });
  t.after(() => three.close());
  assert.equal(
    await three.ask("LATENCY", "HISTOGRAM", "get", "nothing"),
    '%{$"get": %{$"calls": :1, $"histogram_usec": %{:1: :1}}}',
  );
  assert.match(await three.ask("LATENCY", "HISTOGRAM", "config"), /^%\{\$"config\|get": .*\$"config\|resetstat": /);
  assert.match(await client.ask("LATENCY", "HISTOGRAM"), /\$"hello", .*\$"get", /);
});

test("MEMORY USAGE tells what a key takes, with its value", async () => {
  await client.ask("SET", "small", "1");
  await client.ask("SET", "large", "x".repeat(100_000));
  assert.ok(intOf(await client.call("MEMORY", "USAGE", "small")) < 100);
  const large = intOf(await client.call("MEMORY", "USAGE", "large", "SAMPLES", 0));
  assert.ok(large > 100_000 && large < 130_000, `${large}`);
  assert.equal(await client.ask("MEMORY", "USAGE", "nothing"), "$nil");
  assert.equal(await client.ask("MEMORY", "USAGE", "small", "SAMPLES"), "-ERR syntax error");
  assert.equal(await client.ask("MEMORY", "USAGE", "small", "SAMPLES", -1), "-ERR syntax error");
  assert.equal(
    await client.ask("MEMORY", "USAGE", "small", "SAMPLES", "x"),
    "-ERR value is not an integer or out of range",
  );
});

function numberAt(items: readonly Reply[], i: number): number {
  const item = items[i];
  assert.ok(item);
  return intOf(item);
}

test("MEMORY STATS has Redis's fields, and databases that hold something", async () => {
  await client.ask("SET", "k", "v");
  const items = itemsOf(await client.call("MEMORY", "STATS"));
  const names = items.filter((_, i) => i % 2 === 0).map((item) => textOf(item));
  assert.equal(names.length, 32);
  assert.ok(names.includes("db.0"));
  assert.ok(names.includes("keys.bytes-per-key"));
  const value = (name: string): number => numberAt(items, 2 * names.indexOf(name) + 1);
  assert.ok(value("total.allocated") >= value("dataset.bytes") + value("overhead.total"));
});

test("MEMORY STATS shows a database that has become empty, with small tables, until it is flushed", async () => {
  const listsDatabase = async (id: number): Promise<boolean> =>
    itemsOf(await client.call("MEMORY", "STATS")).some((item) => item.kind === "bulk" && textOf(item) === `db.${id}`);
  await client.ask("SELECT", 5);
  assert.equal(await listsDatabase(5), false);
  for (let i = 0; i < 200; i++) await client.ask("SET", `k${i}`, "v");
  for (let i = 0; i < 200; i++) await client.ask("DEL", `k${i}`);
  assert.equal(await listsDatabase(5), true);
  const text = await client.ask("MEMORY", "STATS");
  assert.ok(Number(/db\.5\D+overhead\.hashtable\.main\D+(\d+)/.exec(text)?.[1]) < 400, text);
  await client.ask("SWAPDB", 5, 6);
  assert.deepEqual([await listsDatabase(5), await listsDatabase(6)], [false, true]);
  await client.ask("FLUSHALL");
  assert.equal(await listsDatabase(6), false);
  await client.ask("SELECT", 0);
});

test("MEMORY DOCTOR, PURGE and MALLOC-STATS answer", async () => {
  assert.match(textOf(await client.call("MEMORY", "DOCTOR")), /^Hi Sam, this instance is empty/);
  assert.equal(await client.ask("MEMORY", "PURGE"), "+OK");
  assert.match(textOf(await client.call("MEMORY", "MALLOC-STATS")), /Blocks: \d+/);
});
