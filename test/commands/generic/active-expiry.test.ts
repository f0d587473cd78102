// Active expiry through cron, on the manual clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command } from "../../support/resp-client.js";
import { startFixture } from "./fixture.js";

test("a tick deletes what is due though nobody asks, and each DEL goes out on its own", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  const { cron } = server.pyredis.server;
  await client.pipeline(
    Array.from({ length: 500 }, (_, i): Command => ["SET", `k${i}`, "v", "PX", i < 400 ? 100 : 1000]),
  );
  recorder.takeCommands();
  recorder.takeEvents();
  recorder.takeDirty();
  server.clock.advance(100);
  cron.tick();
  assert.equal(await client.ask("DBSIZE"), ":500", "at its deadline a key still lives");
  server.clock.advance(1);
  for (let i = 0; i < 100 && (await client.ask("DBSIZE")) !== ":100"; i++) cron.tick();
  assert.equal(await client.ask("DBSIZE"), ":100");
  const commands = recorder.takeCommands();
  assert.equal(commands.length, 400);
  assert.ok(commands.every((command) => /^DEL k\d+$/.test(command)));
  assert.ok(recorder.takeEvents().every((event) => /^expired k\d+$/.test(event)));
  assert.equal(recorder.takeDirty(), 0);
});

test("no key expires actively while it is switched off", async (t) => {
  const { client, server } = await startFixture(t);
  const { cron, debug } = server.pyredis.server;
  debug.activeExpire = false;
  await client.call("SET", "k", "v", "PX", 10);
  server.clock.advance(11);
  cron.tick();
  assert.equal(await client.ask("DBSIZE"), ":1");
  debug.activeExpire = true;
  cron.tick();
  assert.equal(await client.ask("DBSIZE"), ":0");
});

test("no key expires while writes are paused, and all do when the pause is over", async (t) => {
  const { client, server } = await startFixture(t);
  const { cron } = server.pyredis.server;
  await client.call("SET", "k", "v", "PX", 10);
  await client.call("CLIENT", "PAUSE", "100", "WRITE");
  server.clock.advance(11);
  cron.tick();
  assert.equal(await client.ask("GET", "k"), "$nil", "hidden");
  assert.equal(await client.ask("DBSIZE"), ":1", "but there");
  server.clock.advance(100);
  cron.tick();
  cron.tick();
  assert.equal(await client.ask("DBSIZE"), ":0");
});
