// FLUSHDB, FLUSHALL, SWAPDB, DBSIZE, SELECT.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../support/resp-client.js";
import { waitFor } from "../../support/wait-for.js";
import { startFixture } from "../generic/fixture.js";

test("SELECT changes the database of one connection", async (t) => {
  const { client, server } = await startFixture(t);
  const other = await server.connect();
  t.after(() => other.close());
  await client.call("SET", "k", "0");
  assert.equal(await client.ask("SELECT", "15"), "+OK");
  assert.equal(await client.ask("GET", "k"), "$nil");
  assert.equal(await other.ask("GET", "k"), '$"0"');
  assert.equal(await client.ask("SELECT", "16"), "-ERR DB index is out of range");
  assert.equal(await client.ask("SELECT", "-1"), "-ERR DB index is out of range");
  assert.equal(await client.ask("SELECT", "x"), "-ERR value is not an integer or out of range");
  assert.equal(
    await client.ask("SELECT", "2147483648"),
    "-ERR value is out of range, value must between -2147483648 and 2147483647",
  );
  assert.equal(await client.ask("DBSIZE"), ":0");
});

test("FLUSHDB and FLUSHALL empty their databases in every mode, and always go out", async (t) => {
  const { client, recorder } = await startFixture(t);
  for (const mode of [[], ["SYNC"], ["async"]]) {
    for (const command of ["FLUSHDB", "FLUSHALL"]) {
      const words = [command, ...mode];
      await client.pipeline([
        ["SELECT", "1"],
        ["SET", "b", "2", "EX", "100"],
        ["SELECT", "0"],
        ["SET", "a", "1"],
      ]);
      recorder.takeEvents();
      recorder.takeCommands();
      recorder.takeDirty();
      assert.equal(await client.ask(...words), "+OK");
      assert.deepEqual(recorder.takeCommands(), [words.join(" ")]);
      assert.deepEqual(recorder.takeEvents(), []);
      assert.equal(recorder.takeDirty(), command === "FLUSHDB" ? 1 : 2);
      assert.equal(await client.ask("DBSIZE"), ":0");
      await client.call("SELECT", "1");
      assert.equal(await client.ask("DBSIZE"), command === "FLUSHDB" ? ":1" : ":0");
      await client.call("SELECT", "0");
      assert.equal(await client.ask(...words), "+OK");
      assert.deepEqual(recorder.takeCommands(), [words.join(" ")]);
    }
  }
  assert.equal(await client.ask("FLUSHALL", "NOW"), "-ERR syntax error");
  assert.equal(await client.ask("FLUSHDB", "SYNC", "ASYNC"), "-ERR syntax error");
});

test("FLUSHALL ASYNC frees later, all of it, and counts what it frees", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  const used = keyspace.arena.usedBytes;
  await client.pipeline(
    Array.from({ length: 5000 }, (_, i): Command => ["SET", `k${i}`, "v".repeat(i), "EX", 100 + i]),
  );
  keyspace.lazyFree.onWork = () => {};
  await client.call("FLUSHALL", "ASYNC");
  assert.equal(keyspace.lazyFree.pendingObjects, 5000);
  assert.equal(await client.ask("DBSIZE"), ":0");
  server.pyredis.server.cron.tick();
  assert.equal(keyspace.lazyFree.pendingObjects, 0);
  assert.equal(keyspace.lazyFree.freedObjects, 5000);
  assert.equal(keyspace.arena.usedBytes, used);
  await client.call("CONFIG", "RESETSTAT");
  assert.equal(keyspace.lazyFree.freedObjects, 0);
});

test("lazy freeing starts without waiting for a tick of cron", async (t) => {
  const { client, server } = await startFixture(t, { hz: "1", "lazyfree-lazy-user-flush": "yes" });
  const { lazyFree } = server.pyredis.server.keyspace;
  await client.call("SET", "k", "v");
  await client.call("FLUSHDB");
  await waitFor("the queue to drain", () => lazyFree.freedObjects === 1, { timeoutMs: 900 });
});

test("SWAPDB exchanges two databases for everybody", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  const other = await server.connect();
  t.after(() => other.close());
  await other.call("SELECT", "5");
  await client.call("SET", "k", "zero", "EX", 100);
  await other.call("SET", "k", "five");
  recorder.takeCommands();
  recorder.takeDirty();
  assert.equal(await client.ask("SWAPDB", "0", "5"), "+OK");
  assert.deepEqual(recorder.takeCommands(), ["SWAPDB 0 5"]);
  assert.equal(recorder.takeDirty(), 1);
  assert.equal(await client.ask("GET", "k"), '$"five"');
  assert.equal(await other.ask("GET", "k"), '$"zero"');
  assert.equal(await other.ask("TTL", "k"), ":100");
  assert.equal(await client.ask("SWAPDB", "3", "3"), "+OK");
  assert.equal(await client.ask("SWAPDB", "x", "y"), "-ERR invalid first DB index");
  assert.equal(await client.ask("SWAPDB", "2147483648", "0"), "-ERR invalid first DB index");
  assert.equal(await client.ask("SWAPDB", "0", "y"), "-ERR invalid second DB index");
  assert.equal(await client.ask("SWAPDB", "0", "16"), "-ERR DB index is out of range");
  assert.equal(await client.ask("SWAPDB", "-1", "0"), "-ERR DB index is out of range");
});
