import assert from "node:assert/strict";
import { test } from "node:test";
import { EffectsRecorder } from "../../support/effects-recorder.js";
import { startFixture } from "./fixture.js";

const NOT_INTEGER = "-ERR value is not an integer or out of range";

test("each command refuses a wrong number of arguments under its own name", async (t) => {
  const { client } = await startFixture(t);
  const counts: Readonly<Record<string, readonly number[]>> = {
    get: [0, 2],
    set: [0, 1],
    setnx: [1, 3],
    setex: [2, 4],
    psetex: [2, 4],
    getset: [1, 3],
    getdel: [0, 2],
    getex: [0],
    mget: [0],
    mset: [0, 1, 3],
    msetnx: [0, 1, 3],
    append: [1, 3],
    strlen: [0, 2],
    setrange: [2, 4],
    getrange: [2, 4],
    substr: [2, 4],
    incr: [0, 2],
    decr: [0, 2],
    incrby: [1, 3],
    decrby: [1, 3],
    incrbyfloat: [1, 3],
    lcs: [0, 1],
  };
  for (const [name, wrong] of Object.entries(counts)) {
    for (const count of wrong) {
      const reply = await client.ask(name, ...Array.from({ length: count }, () => "1"));
      assert.equal(reply, `-ERR wrong number of arguments for '${name}' command`, `${name} with ${count}`);
    }
  }
});

test("GETDEL answers the value and deletes the key", async (t) => {
  const { client, server } = await startFixture(t);
  await client.call("SET", "k", "v", "EX", 100);
  const recorder = new EffectsRecorder(server);
  assert.equal(await client.ask("GETDEL", "k"), '$"v"');
  assert.deepEqual(recorder.takeEvents(), ["del k"]);
  assert.deepEqual(recorder.takeCommands(), ["DEL k"]);
  assert.equal(recorder.takeDirty(), 1);
  assert.equal(await client.ask("GETDEL", "k"), "$nil");
  assert.deepEqual(recorder.takeEvents(), ["keymiss k"]);
  assert.deepEqual(recorder.takeCommands(), []);
  assert.equal(server.pyredis.server.keyspace.database(0).expiresSize, 0);
});

test("GETEX without an option is GET", async (t) => {
  const { client, server, deadlineOf } = await startFixture(t);
  await client.call("SET", "k", "v", "EX", 100);
  const recorder = new EffectsRecorder(server);
  assert.equal(await client.ask("GETEX", "k"), '$"v"');
  assert.equal(deadlineOf("k"), server.clock.nowMs() + 100_000);
  assert.deepEqual([recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()], [[], [], 0]);
  assert.equal(await client.ask("GETEX", "none"), "$nil");
});

test("GETEX sets, moves and removes the deadline, and tells it as PEXPIREAT, PERSIST or DEL", async (t) => {
  const { client, server, deadlineOf } = await startFixture(t);
  const now = server.clock.nowMs();
  await client.call("SET", "k", "v");
  const recorder = new EffectsRecorder(server);
  const cases: readonly (readonly [string[], number, string[], string[]])[] = [
    [["PERSIST"], -1, [], []],
    [["EX", "10"], now + 10_000, ["expire k"], [`PEXPIREAT k ${now + 10_000}`]],
    [["PX", "10"], now + 10, ["expire k"], [`PEXPIREAT k ${now + 10}`]],
    [["EXAT", "99999999999"], 99999999999000, ["expire k"], ["PEXPIREAT k 99999999999000"]],
  ];
  for (const [options, deadline, events, commands] of cases) {
    assert.equal(await client.ask("GETEX", "k", ...options), '$"v"');
    assert.equal(deadlineOf("k"), deadline, options.join(" "));
    assert.deepEqual(recorder.takeEvents(), events, options.join(" "));
    assert.deepEqual(recorder.takeCommands(), commands, options.join(" "));
  }
  assert.equal(await client.ask("GETEX", "k", "persist"), '$"v"');
  assert.equal(deadlineOf("k"), -1);
  assert.deepEqual(recorder.takeEvents(), ["persist k"]);
  assert.deepEqual(recorder.takeCommands(), ["PERSIST k"]);
  assert.equal(await client.ask("GETEX", "k", "PXAT", now), '$"v"', "a deadline of this very moment has passed");
  assert.deepEqual(recorder.takeEvents(), ["del k"]);
  assert.deepEqual(recorder.takeCommands(), ["DEL k"]);
  assert.equal(await client.ask("GET", "k"), "$nil");
});

test("GETEX deletes as UNLINK where expiry is lazy", async (t) => {
  const { client, server } = await startFixture(t, { "lazyfree-lazy-expire": "yes" });
  await client.call("SET", "k", "v");
  const recorder = new EffectsRecorder(server);
  assert.equal(await client.ask("GETEX", "k", "EXAT", 1), '$"v"');
  assert.deepEqual(recorder.takeCommands(), ["UNLINK k"]);
});

test("GETEX refuses what SET refuses, and options of SET", async (t) => {
  const { client } = await startFixture(t);
  for (const options of [["NX"], ["KEEPTTL"], ["GET"], ["EX"], ["EX", "1", "PERSIST"], ["PERSIST", "PX", "1"]]) {
    assert.equal(await client.ask("GETEX", "k", ...options), "-ERR syntax error", options.join(" "));
  }
  assert.equal(await client.ask("GETEX", "none", "EX", 0), "$nil", "the key is looked up first");
  await client.call("SET", "k", "v");
  assert.equal(await client.ask("GETEX", "k", "EX", 0), "-ERR invalid expire time in 'getex' command");
  assert.equal(
    await client.ask("GETEX", "k", "EX", "9223372036854775807"),
    "-ERR invalid expire time in 'getex' command",
  );
  assert.equal(await client.ask("GETEX", "k", "EX", "x"), NOT_INTEGER);
});

test("reads count hits and misses, writes do not", async (t) => {
  const { client, server } = await startFixture(t);
  const { keyspace } = server.pyredis.server;
  await client.call("SET", "k", "1");
  await client.call("INCR", "k");
  await client.call("APPEND", "k", "0");
  await client.call("SETNX", "k", "0");
  assert.deepEqual([keyspace.hits, keyspace.misses], [0, 0]);
  const reads = [
    ["GET"],
    ["STRLEN"],
    ["MGET"],
    ["GETEX"],
    ["GETRANGE", "0", "-1"],
    ["SET", "v", "GET"],
    ["GETSET", "v"],
  ];
  for (const [name = "", ...rest] of reads) await client.call(name, "k", ...rest);
  assert.deepEqual([keyspace.hits, keyspace.misses], [reads.length, 0]);
  for (const [name = "", ...rest] of reads) await client.call(name, `none ${name} ${rest.length}`, ...rest);
  assert.deepEqual([keyspace.hits, keyspace.misses], [reads.length, reads.length]);
});

test("STRLEN is the length in bytes in every encoding", async (t) => {
  const { client } = await startFixture(t);
  for (const value of ["", "0", "-12", "-9223372036854775808", "x".repeat(44), "x".repeat(2048), "x".repeat(70_000)]) {
    await client.call("SET", "k", value);
    assert.equal(await client.ask("STRLEN", "k"), `:${value.length}`);
  }
  assert.equal(await client.ask("STRLEN", "none"), ":0");
});

test("GETRANGE and SUBSTR cut any encoding at any bounds", async (t) => {
  const { client } = await startFixture(t);
  const bounds = [-(2n ** 63n), -(2n ** 63n) + 1n, -100n, -4n, -3n, -1n, 0n, 1n, 3n, 100n, 2n ** 63n - 1n];
  for (const value of ["", "-1234", "hello", "y".repeat(50), "0123456789".repeat(300)]) {
    await client.call("SET", "k", value);
    for (const first of bounds) {
      for (const last of bounds) {
        const expected = `$"${cut(value, first, last)}"`;
        assert.equal(await client.ask("GETRANGE", "k", first, last), expected, `${value.slice(0, 9)} ${first} ${last}`);
        if (first === 0n) assert.equal(await client.ask("SUBSTR", "k", first, last), expected);
      }
    }
  }
  assert.equal(await client.ask("GETRANGE", "none", 0, -1), '$""');
  assert.equal(await client.ask("GETRANGE", "k", "x", 1), NOT_INTEGER);
  assert.equal(await client.ask("GETRANGE", "k", 1, ""), NOT_INTEGER);
});

/** The rule in exact integers. */
function cut(value: string, first: bigint, last: bigint): string {
  const length = BigInt(value.length);
  if (first < 0n && last < 0n && first > last) return "";
  const clamp = (bound: bigint): bigint => {
    const place = bound < 0n ? length + bound : bound;
    return place < 0n ? 0n : place;
  };
  const [from, to] = [clamp(first), clamp(last) >= length ? length - 1n : clamp(last)];
  return from > to || length === 0n ? "" : value.slice(Number(from), Number(to) + 1);
}

test("nulls and maps have their RESP3 forms", async (t) => {
  const { server } = await startFixture(t);
  const client = await server.connect({ resp: 3 });
  t.after(() => client.close());
  for (const command of [
    ["GET", "k"],
    ["GETDEL", "k"],
    ["GETEX", "k"],
    ["SET", "k", "v", "XX"],
    ["SET", "k", "v", "GET"],
  ]) {
    assert.equal(await client.ask(...command), "_", command.join(" "));
  }
  assert.equal(await client.ask("MGET", "none", "k"), '*[_, $"v"]');
  assert.equal(await client.ask("LCS", "k", "k", "IDX"), '%{$"matches": *[*[*[:0, :0], *[:0, :0]]], $"len": :1}');
  assert.equal(await client.ask("INCRBYFLOAT", "f", "0.5"), '$"0.5"');
});
