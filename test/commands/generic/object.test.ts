import assert from "node:assert/strict";
import { test } from "node:test";
import { itemsOf, textOf } from "../../support/resp-value.js";
import { startFixture } from "./fixture.js";

test("OBJECT ENCODING names the encodings of strings", async (t) => {
  const { client } = await startFixture(t);
  for (const [value, encoding] of [
    ["12", "int"],
    ["short", "embstr"],
    ["r".repeat(45), "raw"],
    ["l".repeat(9000), "raw"],
  ] as const) {
    await client.call("SET", "k", value);
    assert.equal(await client.ask("OBJECT", "ENCODING", "k"), `$"${encoding}"`);
  }
  for (const name of ["ENCODING", "FREQ", "IDLETIME", "REFCOUNT"]) {
    assert.equal(await client.ask("OBJECT", name, "none"), "$nil");
    const words = `object|${name.toLowerCase()}`;
    assert.equal(await client.ask("OBJECT", name), `-ERR wrong number of arguments for '${words}' command`);
  }
});

test("OBJECT answers nothing for an expired key, and announces no miss", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.call("SET", "k", "v", "PX", 10);
  server.clock.advance(11);
  recorder.takeEvents();
  assert.equal(await client.ask("OBJECT", "ENCODING", "k"), "$nil");
  assert.deepEqual(recorder.takeEvents(), ["expired k"]);
});

test("OBJECT REFCOUNT shows the small integers that Redis shares", async (t) => {
  const { client } = await startFixture(t);
  for (const [value, references] of [
    ["0", 2147483647],
    ["9999", 2147483647],
    ["10000", 1],
    ["-1", 1],
    ["text", 1],
  ] as const) {
    await client.call("SET", "k", value);
    assert.equal(await client.ask("OBJECT", "REFCOUNT", "k"), `:${references}`);
  }
  await client.call("SET", "k", "5");
  await client.call("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
  assert.equal(await client.ask("OBJECT", "REFCOUNT", "k"), ":1");
});

test("OBJECT FREQ needs an LFU policy, IDLETIME one without", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "k", "v");
  assert.match(
    await client.ask("OBJECT", "FREQ", "k"),
    /^-ERR An LFU maxmemory policy is not selected, access frequency/,
  );
  assert.equal(await client.ask("OBJECT", "IDLETIME", "k"), ":0");
  await client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  await client.call("SET", "fresh", "v");
  assert.equal(await client.ask("OBJECT", "FREQ", "fresh"), ":5");
  assert.match(await client.ask("OBJECT", "IDLETIME", "k"), /^-ERR An LFU maxmemory policy is selected, idle time/);
});

test("OBJECT HELP lists the subcommands, others are unknown", async (t) => {
  const { client } = await startFixture(t);
  const lines = itemsOf(await client.call("OBJECT", "HELP")).map(textOf);
  assert.equal(lines[0], "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  assert.ok(lines.includes("ENCODING <key>"));
  assert.equal(await client.ask("OBJECT", "FOO", "k"), "-ERR unknown subcommand 'FOO'. Try OBJECT HELP.");
});
