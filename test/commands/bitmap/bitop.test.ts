import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

test("BITOP combines strings of different lengths as if zeros followed", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("SET", "a", Buffer.from([0xf0, 0x0f, 0xaa]));
  await client.call("SET", "b", Buffer.from([0x3c]));
  await client.call("SET", "n", "1");
  await expect(
    ["BITOP AND d a b", ":3"],
    ["GET d", '$"0\\x00\\x00"'],
    ["BITOP or d a b none", ":3"],
    ["GET d", '$"\\xfc\\x0f\\xaa"'],
    ["BITOP XOR d b a", ":3"],
    ["GET d", '$"\\xcc\\x0f\\xaa"'],
    ["BITOP NOT d a", ":3"],
    ["GET d", '$"\\x0f\\xf0U"'],
    ["BITOP AND d a none b", ":3"],
    ["GET d", '$"\\x00\\x00\\x00"'],
    ["BITOP XOR d n", ":1"],
    ["GET d", '$"1"'],
    ["OBJECT ENCODING d", '$"raw"'],
  );
});

test("BITOP works part by part on large strings, its own target among them", async (t) => {
  const { client, expect } = await startFixture(t);
  const a = Buffer.alloc(50_001, 0xf3);
  const b = Buffer.alloc(20_000, 0x5a);
  for (const [operation, combine] of [
    ["AND", (x: number, y: number) => x & y],
    ["OR", (x: number, y: number) => x | y],
    ["XOR", (x: number, y: number) => x ^ y],
  ] as const) {
    await client.call("SET", "a", a, "EX", 100);
    await client.call("SET", "b", b);
    await expect([`BITOP ${operation} a b a`, ":50001"], ["TTL a", ":-1"]);
    const expected = Buffer.from(a.map((byte, i) => combine(byte, b[i] ?? 0)));
    assert.deepEqual(await client.call("GET", "a"), { kind: "bulk", bytes: expected });
  }
  await expect(["BITOP NOT b b", ":20000"], ["BITOP NOT b b", ":20000"]);
  assert.deepEqual(await client.call("GET", "b"), { kind: "bulk", bytes: b });
});

test("BITOP takes hundreds of sources, and few again after them", async (t) => {
  const { client, expect } = await startFixture(t);
  const keys = Array.from({ length: 300 }, (_, i) => `k${i}`);
  for (const [i, key] of keys.entries()) await client.call("SETBIT", key, i, 1);
  assert.equal(await client.ask("BITOP", "OR", "d", ...keys), ":38");
  await expect(["BITCOUNT d", ":300"], ["BITOP AND d k0 k1", ":1"], ["BITCOUNT d", ":0"]);
});

test("BITOP replaces a target of any type, and tells `set`", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(["SET a x", "+OK"], ["RPUSH d 1 2 3", ":3"]);
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(["BITOP OR d a", ":1"], ["TYPE d", "+string"], ["GET d", '$"x"']);
  assert.deepEqual(recorder.takeEvents(), ["set d"]);
  assert.deepEqual(recorder.takeCommands(), ["BITOP OR d a"]);
  assert.equal(recorder.takeDirty(), 1);
});

test("an empty result of BITOP deletes the target", async (t) => {
  const { client, expect, recorder } = await startFixture(t);
  await client.call("SET", "empty", "");
  await client.call("RPUSH", "d", "1");
  recorder.takeEvents();
  recorder.takeDirty();
  await expect(["BITOP NOT d empty", ":0"], ["EXISTS d", ":0"], ["BITOP AND d empty none", ":0"]);
  assert.deepEqual(
    recorder.takeEvents().filter((event) => !event.startsWith("keymiss")),
    ["del d"],
  );
  assert.equal(recorder.takeDirty(), 1);
});

test("BITOP refuses unknown operations, several sources of NOT, and what is no string", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["RPUSH l a", ":1"],
    ["SET a x", "+OK"],
    ["BITOP DIFF d a", "-ERR syntax error"],
    ["BITOP NOT d a a", "-ERR BITOP NOT must be called with a single source key."],
    ["BITOP OR d a l", WRONG_TYPE],
    ["EXISTS d", ":0"],
    ["BITOP OR d", "-ERR wrong number of arguments for 'bitop' command"],
  );
});
