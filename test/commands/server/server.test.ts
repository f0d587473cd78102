// The small ones: TIME, LASTSAVE, ROLE, LOLWUT, SHUTDOWN.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startInProcess } from "../../support/in-process.js";
import { textOf } from "../../support/resp-value.js";

test("TIME is the clock that deadlines are measured by", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  server.clock.set(1_700_000_000_123);
  server.pyredis.server.cron.tick();
  assert.equal(await client.ask("TIME"), '*[$"1700000000", $"123000"]');
});

test("LASTSAVE is the start, ROLE a primary without replicas", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  assert.equal(await client.ask("LASTSAVE"), `:${Math.floor(server.clock.nowMs() / 1000)}`);
  assert.equal(await client.ask("ROLE"), '*[$"master", :0, *[]]');
});

test("LOLWUT tells the version, and draws something new each time for versions that had art", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  const plain = '$"Redis ver. 7.4.1\\n"';
  for (const words of [[], ["x"], ["VERSION"], ["VERSION", "7"], ["VERSION", "99", "x"]]) {
    assert.equal(await client.ask("LOLWUT", ...words), plain, words.join(" "));
  }
  const first = textOf(await client.call("LOLWUT", "VERSION", "6"));
  assert.match(first, /\n\nRedis ver\. 7\.4\.1\n$/);
  assert.notEqual(textOf(await client.call("LOLWUT", "VERSION", "6")), first);
  const small = textOf(await client.call("LOLWUT", "VERSION", "5", "-1", "8"));
  assert.equal(small.split("\n").length, 8 + 3);
  for (const words of [["x"], ["5", "x"], ["6", "10", "x"]]) {
    assert.equal(
      await client.ask("LOLWUT", "VERSION", ...words),
      "-ERR value is not an integer or out of range",
      words.join(" "),
    );
  }
});

test("SHUTDOWN refuses what makes no sense", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  for (const words of [["SAVE", "NOSAVE"], ["ABORT", "NOW"], ["FOO"]]) {
    assert.equal(await client.ask("SHUTDOWN", ...words), "-ERR syntax error");
  }
  assert.equal(await client.ask("SHUTDOWN", "ABORT"), "-ERR No shutdown in progress.");
  assert.equal(await client.ask("SHUTDOWN", "SAVE"), "-ERR Errors trying to SHUTDOWN. Check logs.");
  await client.ask("MULTI");
  assert.equal(await client.ask("SHUTDOWN"), "-ERR Command not allowed inside a transaction");
});

test("SHUTDOWN closes without a reply, and runs nothing that was sent behind it", async (t) => {
  const server = await startInProcess();
  t.after(() => server.close());
  const client = await server.connect();
  t.after(() => client.close());
  client.raw("SHUTDOWN NOSAVE\r\nSET k v\r\n");
  await client.waitForClose();
  assert.deepEqual(client.unreadReplies, []);
  assert.equal(server.pyredis.server.keyspace.database(0).size, 0);
});
