// The EXPIRE and TTL families and PERSIST.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPIRE_DELETE, EXPIRE_IGNORE } from "#src/keyspace/expiry-mode.js";
import { startFixture } from "./fixture.js";

const NOT_INTEGER = "-ERR value is not an integer or out of range";

test("each of the EXPIRE family sets a deadline, and goes out as PEXPIREAT", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  const now = server.clock.nowMs();
  const second = Math.floor(now / 1000);
  const cases: readonly (readonly [string, number, number])[] = [
    ["EXPIRE", 100, now + 100_000],
    ["PEXPIRE", 1234, now + 1234],
    ["EXPIREAT", second + 50, (second + 50) * 1000],
    ["PEXPIREAT", now + 777, now + 777],
  ];
  await client.call("SET", "k", "v");
  for (const [command, argument, deadline] of cases) {
    recorder.takeEvents();
    recorder.takeCommands();
    recorder.takeDirty();
    assert.equal(await client.ask(command, "none", argument), ":0");
    assert.equal(await client.ask(command, "k", argument), ":1");
    assert.deepEqual(recorder.takeEvents(), ["expire k"]);
    assert.deepEqual(recorder.takeCommands(), [`PEXPIREAT k ${deadline}`]);
    assert.equal(recorder.takeDirty(), 1);
    assert.equal(await client.ask("PEXPIRETIME", "k"), `:${deadline}`);
    assert.equal(
      await client.ask(command, "k"),
      `-ERR wrong number of arguments for '${command.toLowerCase()}' command`,
    );
    for (const wrong of ["", "1.5", "x", "9223372036854775808"]) {
      assert.equal(await client.ask(command, "k", wrong), NOT_INTEGER);
    }
  }
});

test("options go out with PEXPIREAT, and their conditions hold", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  await client.call("SET", "k", "v");
  recorder.takeCommands();
  assert.equal(await client.ask("EXPIRE", "k", 100, "XX"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 100, "GT"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 100, "XX", "LT"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 100, "nx"), ":1");
  assert.deepEqual(recorder.takeCommands(), [`PEXPIREAT k ${server.clock.nowMs() + 100_000} nx`]);
  assert.equal(await client.ask("EXPIRE", "k", 50, "NX"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 100, "GT"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 101, "GT", "XX"), ":1");
  assert.equal(await client.ask("EXPIRE", "k", 101, "LT"), ":0");
  assert.equal(await client.ask("EXPIRE", "k", 100, "LT"), ":1");
  await client.call("PERSIST", "k");
  assert.equal(await client.ask("EXPIRE", "k", 100, "LT"), ":1");
});

test("options that contradict each other, or are none, are refused before anything else", async (t) => {
  const { client } = await startFixture(t);
  const nx = "-ERR NX and XX, GT or LT options at the same time are not compatible";
  assert.equal(await client.ask("EXPIRE", "none", "x", "NX", "XX"), nx);
  assert.equal(await client.ask("EXPIRE", "none", 1, "GT", "NX"), nx);
  assert.equal(await client.ask("EXPIRE", "none", 1, "NX", "LT"), nx);
  assert.equal(
    await client.ask("EXPIRE", "none", 1, "GT", "LT"),
    "-ERR GT and LT options at the same time are not compatible",
  );
  assert.equal(await client.ask("EXPIRE", "none", 1, "NX", "AB"), "-ERR Unsupported option AB");
});

test("a deadline of the past deletes at once, and goes out as DEL", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  const past = server.clock.nowMs();
  for (const command of [
    ["EXPIRE", "k", "-1"],
    ["EXPIRE", "k", "0"],
    ["PEXPIRE", "k", "-9223372036854775808"],
    ["EXPIREAT", "k", "1"],
    ["PEXPIREAT", "k", "-1"],
    ["PEXPIREAT", "k", String(past)],
    ["PEXPIREAT", "k", "-9223372036854775808"],
  ]) {
    await client.call("SET", "k", "v");
    recorder.takeEvents();
    recorder.takeCommands();
    recorder.takeDirty();
    assert.equal(await client.ask(...command), ":1", command.join(" "));
    assert.deepEqual(recorder.takeEvents(), ["del k"]);
    assert.deepEqual(recorder.takeCommands(), ["DEL k"]);
    assert.equal(recorder.takeDirty(), 1);
    assert.equal(await client.ask("EXISTS", "k"), ":0");
  }
});

test("a deadline that int64 cannot hold is invalid; one that it can is kept to the last digit", async (t) => {
  const { client, server } = await startFixture(t);
  await client.call("SET", "k", "v");
  const invalid = (name: string): string => `-ERR invalid expire time in '${name}' command`;
  assert.equal(await client.ask("EXPIRE", "k", "9223372036854775807"), invalid("expire"));
  assert.equal(await client.ask("EXPIRE", "k", "-9223372036854775808"), invalid("expire"));
  assert.equal(await client.ask("EXPIREAT", "k", "9223372036854776"), invalid("expireat"));
  assert.equal(await client.ask("PEXPIRE", "k", "9223372036854770000"), invalid("pexpire"));
  assert.equal(await client.ask("PEXPIREAT", "k", "9223372036854775807"), ":1");
  assert.equal(await client.ask("PEXPIRETIME", "k"), ":9223372036854775807");
  const left = 2n ** 63n - 1n - BigInt(server.clock.nowMs());
  assert.equal(await client.ask("PTTL", "k"), `:${left}`);
  assert.equal(await client.ask("PEXPIREAT", "k", "9223372036854775807", "GT"), ":0");
  assert.equal(await client.ask("PEXPIREAT", "k", "9223372036854775806", "GT"), ":0");
  assert.equal(await client.ask("PEXPIREAT", "k", "9223372036854775806", "LT"), ":1");
  await client.call("RENAME", "k", "l");
  await client.call("COPY", "l", "m");
  assert.equal(await client.ask("PEXPIRETIME", "m"), ":9223372036854775806");
});

test("TTL rounds to the next second, PTTL and the absolute forms are exact", async (t) => {
  const { client, server } = await startFixture(t);
  const now = server.clock.nowMs();
  for (const command of ["TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"]) {
    assert.equal(await client.ask(command, "none"), ":-2");
    await client.call("SET", "k", "v");
    assert.equal(await client.ask(command, "k"), ":-1");
  }
  await client.call("PEXPIRE", "k", 1499);
  assert.equal(await client.ask("TTL", "k"), ":1");
  await client.call("PEXPIRE", "k", 1500);
  assert.equal(await client.ask("TTL", "k"), ":2");
  assert.equal(await client.ask("PTTL", "k"), ":1500");
  assert.equal(await client.ask("PEXPIRETIME", "k"), `:${now + 1500}`);
  assert.equal(await client.ask("EXPIRETIME", "k"), `:${Math.floor((now + 2000) / 1000)}`);
  server.clock.advance(1500);
  assert.equal(await client.ask("PTTL", "k"), ":0");
  server.clock.advance(1);
  assert.equal(await client.ask("PTTL", "k"), ":-2");
});

test("PERSIST takes a deadline off", async (t) => {
  const { client, recorder } = await startFixture(t);
  await client.call("SET", "k", "v", "EX", 100);
  recorder.takeEvents();
  recorder.takeCommands();
  assert.equal(await client.ask("PERSIST", "none"), ":0");
  assert.equal(await client.ask("PERSIST", "k"), ":1");
  assert.deepEqual(recorder.takeEvents(), ["persist k"]);
  assert.deepEqual(recorder.takeCommands(), ["PERSIST k"]);
  assert.equal(await client.ask("PERSIST", "k"), ":0");
  assert.deepEqual(recorder.takeEvents(), []);
});

test("an expired key is gone for every reader, its DEL goes out, and the reading command does not", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  for (const command of [
    ["GET", "k"],
    ["EXISTS", "k"],
    ["TTL", "k"],
    ["TYPE", "k"],
    ["DUMP", "k"],
    ["PERSIST", "k"],
  ]) {
    await client.call("SET", "k", "v", "PX", 10);
    server.clock.advance(11);
    recorder.takeCommands();
    recorder.takeEvents();
    recorder.takeDirty();
    await client.call(...command);
    assert.deepEqual(recorder.takeCommands(), ["DEL k"], command[0]);
    assert.equal(recorder.takeEvents()[0], "expired k");
    assert.equal(recorder.takeDirty(), 0);
  }
});

test("a write over an expired key goes out behind its DEL, in one transaction", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  // Keys that have expired stay until somebody meets them: cron must not.
  server.pyredis.server.debug.activeExpire = false;
  await client.call("SET", "k", "v", "PX", 10);
  server.clock.advance(11);
  recorder.takeCommands();
  await client.call("APPEND", "k", "x");
  assert.deepEqual(recorder.takeCommands(), ["MULTI", "DEL k", "APPEND k x", "EXEC"]);
});

test("while data is loaded a passed deadline is set and not obeyed", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  await client.call("SET", "k", "v");
  keyspace.expiryMode = EXPIRE_IGNORE;
  assert.equal(await client.ask("PEXPIREAT", "k", "-5"), ":1");
  assert.equal(await client.ask("PEXPIRETIME", "k"), ":0");
  assert.equal(await client.ask("GET", "k"), '$"v"');
  keyspace.expiryMode = EXPIRE_DELETE;
  assert.equal(await client.ask("GET", "k"), "$nil");
});
