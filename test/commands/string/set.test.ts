import assert from "node:assert/strict";
import { test } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { startFixture } from "./fixture.js";

const INVALID = (command: string): string => `-ERR invalid expire time in '${command}' command`;

test("SET keeps a value in the encoding that Redis chooses, and GET answers its bytes", async (t) => {
  const { client, encodingOf } = await startFixture(t);
  const cases: readonly (readonly [string, string])[] = [
    ["0", "int"],
    ["-7", "int"],
    ["9007199254740993", "int"],
    ["9223372036854775807", "int"],
    ["-9223372036854775808", "int"],
    ["9223372036854775808", "embstr"],
    ["007", "embstr"],
    ["+1", "embstr"],
    ["-0", "embstr"],
    ["1.0", "embstr"],
    ["", "embstr"],
    ["x".repeat(44), "embstr"],
    ["x".repeat(45), "raw"],
    ["x".repeat(2048), "raw"],
    ["x".repeat(2049), "large"],
    ["x".repeat(100_000), "large"],
  ];
  for (const [value, encoding] of cases) {
    assert.equal(await client.ask("SET", "k", value), "+OK");
    assert.equal(encodingOf("k"), encoding, value.slice(0, 30));
    assert.equal(await client.ask("GET", "k"), `$"${value}"`);
  }
});

test("SET replaces any value of any size and gives its memory back", async (t) => {
  const { client, server } = await startFixture(t);
  const { arena } = server.pyredis.server.keyspace;
  await client.call("SET", "k", "x");
  const used = arena.usedBytes;
  for (const bytes of [50, 2048, 2049, 70_000, 5, 300_000, 0]) {
    await client.call("SET", "k", "v".repeat(bytes));
    assert.equal(await client.ask("GET", "k"), `$"${"v".repeat(bytes)}"`);
  }
  await client.call("SET", "k", "x");
  assert.equal(arena.usedBytes, used);
});

test("binary keys and values are kept byte by byte", async (t) => {
  const { client } = await startFixture(t);
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await client.call("SET", bytes, bytes);
  assert.deepEqual(await client.call("GET", bytes), { kind: "bulk", bytes });
});

test("SET drops the deadline of a key, KEEPTTL keeps it", async (t) => {
  const { client, deadlineOf, server } = await startFixture(t);
  const deadline = server.clock.nowMs() + 100_000;
  await client.call("SET", "k", "v", "EX", 100);
  assert.equal(deadlineOf("k"), deadline);
  assert.equal(await client.ask("SET", "k", "longer than before", "KEEPTTL"), "+OK");
  assert.equal(deadlineOf("k"), deadline);
  await client.call("SET", "k", "v");
  assert.equal(deadlineOf("k"), -1);
  assert.equal(await client.ask("SET", "fresh", "v", "KEEPTTL"), "+OK");
  assert.equal(deadlineOf("fresh"), -1);
});

test("EX, PX, EXAT and PXAT set the deadline that they say, and the key goes when it has passed", async (t) => {
  const { client, deadlineOf, server } = await startFixture(t);
  const now = server.clock.nowMs();
  const seconds = Math.floor(now / 1000) + 50;
  const cases: readonly (readonly [string, number, number])[] = [
    ["EX", 10, now + 10_000],
    ["PX", 10, now + 10],
    ["exat", seconds, seconds * 1000],
    ["PxAt", now + 77, now + 77],
  ];
  for (const [option, time, deadline] of cases) {
    assert.equal(await client.ask("SET", "k", "v", option, time), "+OK");
    assert.equal(deadlineOf("k"), deadline, option);
  }
  server.clock.advance(77);
  assert.equal(await client.ask("GET", "k"), '$"v"');
  server.clock.advance(1);
  assert.equal(await client.ask("GET", "k"), "$nil");
});

test("a deadline may be any int64, and is kept exactly", async (t) => {
  const { client, recordOf, server } = await startFixture(t);
  const { records } = server.pyredis.server.keyspace;
  for (const deadline of [2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n]) {
    assert.equal(await client.ask("SET", "k", "v", "PXAT", deadline), "+OK");
    assert.equal(records.exactDeadline(recordOf("k")), deadline);
    assert.equal(await client.ask("SET", "k", "w", "KEEPTTL"), "+OK");
    assert.equal(records.exactDeadline(recordOf("k")), deadline);
    assert.equal(await client.ask("GET", "k"), '$"w"');
  }
});

test("SET refuses times that are none, not positive, or beyond 64 bits", async (t) => {
  const { client, server } = await startFixture(t);
  const now = BigInt(server.clock.nowMs());
  const max = 2n ** 63n - 1n;
  for (const [option, limit] of [
    ["EX", (max - now) / 1000n],
    ["PX", max - now],
    ["EXAT", max / 1000n],
    ["PXAT", max],
  ] as const) {
    for (const time of ["0", "-1", "-9223372036854775808", String(limit + 1n)]) {
      const expected = BigInt(time) > max ? "-ERR value is not an integer or out of range" : INVALID("set");
      assert.equal(await client.ask("SET", "k", "v", option, time), expected, `${option} ${time}`);
    }
    for (const time of ["", "x", "1.5", " 1"]) {
      const expected = "-ERR value is not an integer or out of range";
      assert.equal(await client.ask("SET", "k", "v", option, time), expected, `${option} ${time}`);
    }
    assert.equal(await client.ask("SET", "k", "v", option, limit), "+OK", `${option} ${limit}`);
    await client.call("GETDEL", "k");
  }
});

test("a deadline of the past is accepted, and the key is gone", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "k", "old");
  assert.equal(await client.ask("SET", "k", "v", "PXAT", 1), "+OK");
  assert.equal(await client.ask("GET", "k"), "$nil");
});

test("NX and XX set or do nothing, and GET answers the old value in any case", async (t) => {
  const { client } = await startFixture(t);
  assert.equal(await client.ask("SET", "k", "1", "XX"), "$nil");
  assert.equal(await client.ask("SET", "k", "1", "XX", "GET"), "$nil");
  assert.equal(await client.ask("GET", "k"), "$nil");
  assert.equal(await client.ask("SET", "k", "1", "NX", "GET"), "$nil");
  assert.equal(await client.ask("SET", "k", "2", "NX"), "$nil");
  assert.equal(await client.ask("SET", "k", "2", "nx", "get"), '$"1"');
  assert.equal(await client.ask("GET", "k"), '$"1"');
  assert.equal(await client.ask("SET", "k", "3", "XX", "GET"), '$"1"');
  assert.equal(await client.ask("SET", "k", "4", "XX"), "+OK");
  assert.equal(await client.ask("SET", "k", "5", "GET"), '$"4"');
});

test("options that do not go together, miss their time, or are unknown are a syntax error", async (t) => {
  const { client } = await startFixture(t);
  const bad = [
    ["NX", "XX"],
    ["XX", "NX"],
    ["EX"],
    ["EX", "1", "PX"],
    ["EX", "1", "PX", "1"],
    ["EX", "1", "EXAT", "1"],
    ["PXAT", "1", "EX", "1"],
    ["KEEPTTL", "EX", "1"],
    ["EX", "1", "KEEPTTL"],
    ["PERSIST"],
    ["GE"],
    [""],
    ["NX", "x"],
  ];
  for (const options of bad) {
    assert.equal(await client.ask("SET", "k", "v", ...options), "-ERR syntax error", options.join(" "));
  }
  assert.equal(await client.ask("GET", "k"), "$nil");
  assert.equal(await client.ask("SET", "k", "v", "EX", "0", "EX", "9", "NX", "NX", "GET", "get"), "$nil");
});

test("SET, SETEX, PSETEX, SETNX, GETSET count, tell and propagate what they change", async (t) => {
  const { client, server } = await startFixture(t);
  const now = server.clock.nowMs();
  const seconds = Math.floor(now / 1000) + 5;
  const recorder = new EffectsRecorder(server);
  const cases: readonly (readonly [string[], string[], string[]])[] = [
    [["SET", "k", "v"], ["new k", "set k"], ["SET k v"]],
    [["SET", "k", "v", "KEEPTTL"], ["set k"], ["SET k v KEEPTTL"]],
    [["SET", "k", "v", "EX", "5"], ["set k", "expire k"], [`SET k v PXAT ${now + 5000}`]],
    [["SET", "k", "v", "PX", "5", "GET"], ["set k", "expire k"], [`SET k v PXAT ${now + 5}`]],
    [["SET", "k", "v", "EXAT", String(seconds)], ["set k", "expire k"], [`SET k v PXAT ${seconds}000`]],
    [["SET", "k", "v", "PXAT", "9999999999999", "GET"], ["set k", "expire k"], ["SET k v PXAT 9999999999999 GET"]],
    [["SET", "k", "GET", "get", "XX", "GET"], ["set k"], ["SET k GET XX"]],
    [["SETEX", "k", "5", "v"], ["set k", "expire k"], [`SET k v PXAT ${now + 5000}`]],
    [["PSETEX", "k", "5", "v"], ["set k", "expire k"], [`SET k v PXAT ${now + 5}`]],
    [["SETNX", "fresh", "v"], ["new fresh", "set fresh"], ["SETNX fresh v"]],
    [["GETSET", "k", "v"], ["set k"], ["SET k v"]],
    [["GETSET", "other", "v"], ["keymiss other", "new other", "set other"], ["SET other v"]],
  ];
  for (const [command, events, commands] of cases) {
    await client.call(...command);
    assert.deepEqual(recorder.takeEvents(), events, command.join(" "));
    assert.deepEqual(recorder.takeCommands(), commands, command.join(" "));
    assert.equal(recorder.takeDirty(), 1, command.join(" "));
  }
  for (const command of [
    ["SET", "k", "v", "NX"],
    ["SET", "none", "v", "XX"],
    ["SETNX", "k", "v"],
    ["SETEX", "k", "0", "v"],
  ]) {
    await client.call(...command);
    assert.deepEqual(recorder.takeEvents(), [], command.join(" "));
    assert.deepEqual(recorder.takeCommands(), [], command.join(" "));
    assert.equal(recorder.takeDirty(), 0, command.join(" "));
  }
});

test("SETNX, SETEX, PSETEX and GETSET answer as SET with their option", async (t) => {
  const { client, deadlineOf, server } = await startFixture(t);
  assert.equal(await client.ask("SETNX", "k", "1"), ":1");
  assert.equal(await client.ask("SETNX", "k", "2"), ":0");
  assert.equal(await client.ask("GETSET", "k", "3"), '$"1"');
  assert.equal(await client.ask("GETSET", "none", "4"), "$nil");
  assert.equal(await client.ask("SETEX", "k", 100, "v"), "+OK");
  assert.equal(deadlineOf("k"), server.clock.nowMs() + 100_000);
  assert.equal(await client.ask("PSETEX", "k", 100, "v"), "+OK");
  assert.equal(deadlineOf("k"), server.clock.nowMs() + 100);
  assert.equal(await client.ask("GETSET", "k", "w"), '$"v"');
  assert.equal(deadlineOf("k"), -1);
  for (const time of ["0", "-1", "9223372036854775807"]) {
    assert.equal(await client.ask("SETEX", "k", time, "v"), INVALID("setex"));
    assert.equal(await client.ask("PSETEX", "k", time, "v"), INVALID("psetex"));
  }
  assert.equal(await client.ask("SETEX", "k", "x", "v"), "-ERR value is not an integer or out of range");
});

test("MSET and MSETNX set all pairs, the last of a repeated key wins, and odd arguments are refused", async (t) => {
  const { client, server } = await startFixture(t);
  assert.equal(await client.ask("MSET", "a", "1", "b", "x".repeat(3000), "a", "2"), "+OK");
  assert.equal(await client.ask("MGET", "a", "none", "b"), `*[$"2", $nil, $"${"x".repeat(3000)}"]`);
  assert.equal(await client.ask("MSETNX", "c", "1", "a", "3"), ":0");
  assert.equal(await client.ask("MGET", "c", "a"), '*[$nil, $"2"]');
  assert.equal(await client.ask("MSETNX", "c", "1", "c", "2"), ":1");
  assert.equal(await client.ask("GET", "c"), '$"2"');
  for (const command of ["MSET", "MSETNX"]) {
    const name = command.toLowerCase();
    assert.equal(await client.ask(command, "a", "1", "b"), `-ERR wrong number of arguments for '${name}' command`);
  }
  const recorder = new EffectsRecorder(server);
  await client.call("MSET", "a", "1", "z", "2");
  assert.deepEqual(recorder.takeEvents(), ["set a", "new z", "set z"]);
  assert.deepEqual(recorder.takeCommands(), ["MSET a 1 z 2"]);
  assert.equal(recorder.takeDirty(), 2);
});
