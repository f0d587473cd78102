// DUMP and RESTORE on one server. What redis-server makes of the payloads: test/conformance/dump.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Crc64 } from "#src/storage/crc64.js";
import { Random } from "../../support/random.js";
import type { RespClient } from "../../support/resp-client.js";
import { startFixture } from "./fixture.js";

const BAD_PAYLOAD = "-ERR DUMP payload version or checksum are wrong";
const BAD_FORMAT = "-ERR Bad data format";

async function dumpOf(client: RespClient, key: string): Promise<Buffer> {
  const reply = await client.call("DUMP", key);
  assert.ok(reply.kind === "bulk");
  return Buffer.from(reply.bytes);
}

/** A payload with the right footer around these bytes. */
function seal(body: readonly number[] | Buffer, version = 11): Buffer {
  const payload = Buffer.concat([Buffer.from(body), Buffer.alloc(10)]);
  payload.writeUInt16LE(version, body.length);
  const crc = new Crc64();
  crc.update(payload, 0, payload.length - 8);
  crc.write(new DataView(payload.buffer, payload.byteOffset, payload.length), payload.length - 8);
  return payload;
}

test("DUMP and RESTORE carry strings of every form", async (t) => {
  const { client } = await startFixture(t);
  const values = ["", "0", "-128", "127", "128", "-32768", "32767", "32768", "2147483647", "-2147483648", "2147483648"];
  values.push("9223372036854775807", "007", "short", "x".repeat(63), "x".repeat(64), "y".repeat(20_000));
  values.push("abcdefgh".repeat(3000), Array.from({ length: 70_000 }, (_, i) => (i * i) % 97).join(","));
  for (const compression of ["yes", "no"]) {
    await client.call("CONFIG", "SET", "rdbcompression", compression);
    for (const value of values) {
      await client.call("SET", "k", value);
      const encoding = await client.ask("OBJECT", "ENCODING", "k");
      const payload = await dumpOf(client, "k");
      if (value.length > 10_000) assert.equal(payload.length < value.length / 2, compression === "yes");
      assert.equal(await client.ask("RESTORE", "copy", "0", payload, "REPLACE"), "+OK");
      assert.equal(await client.ask("GET", "copy"), `$"${value}"`);
      assert.equal(await client.ask("OBJECT", "ENCODING", "copy"), encoding);
      assert.deepEqual(await dumpOf(client, "copy"), payload, "the same value has the same payload");
    }
  }
  assert.equal(await client.ask("DUMP", "none"), "$nil");
});

test("RESTORE sets a deadline, relative or absolute, and goes out with an absolute one", async (t) => {
  const { client, recorder, server } = await startFixture(t);
  await client.call("SET", "k", "5");
  const payload = await dumpOf(client, "k");
  const text = payload.toString("latin1");
  const now = server.clock.nowMs();
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  assert.equal(await client.ask("RESTORE", "a", 0, payload), "+OK");
  assert.deepEqual(recorder.takeEvents(), ["new a", "restore a"]);
  assert.deepEqual(recorder.takeCommands(), [`RESTORE a 0 ${text}`]);
  assert.equal(recorder.takeDirty(), 1);
  assert.equal(await client.ask("RESTORE", "b", 5000, payload), "+OK");
  assert.deepEqual(recorder.takeCommands(), [`RESTORE b ${now + 5000} ${text} ABSTTL`]);
  assert.equal(await client.ask("PTTL", "b"), ":5000");
  assert.equal(await client.ask("RESTORE", "c", now + 7000, payload, "absttl"), "+OK");
  assert.deepEqual(recorder.takeCommands(), [`RESTORE c ${now + 7000} ${text} absttl`]);
  assert.equal(await client.ask("PTTL", "c"), ":7000");
  assert.equal(await client.ask("RESTORE", "d", "9223372036854775807", payload, "ABSTTL"), "+OK");
  assert.equal(await client.ask("PEXPIRETIME", "d"), ":9223372036854775807");
});

test("RESTORE with a deadline of the past creates nothing, and deletes what it was to replace", async (t) => {
  const { client, recorder } = await startFixture(t);
  await client.call("SET", "k", "5");
  const payload = await dumpOf(client, "k");
  recorder.takeEvents();
  recorder.takeCommands();
  assert.equal(await client.ask("RESTORE", "a", 1, payload, "ABSTTL"), "+OK");
  assert.deepEqual(recorder.takeCommands(), []);
  assert.equal(await client.ask("RESTORE", "k", 1, payload, "ABSTTL", "REPLACE"), "+OK");
  assert.deepEqual(recorder.takeCommands(), ["DEL k"]);
  assert.deepEqual(recorder.takeEvents(), ["del k"]);
  await client.call("SET", "k", "5");
  assert.equal(await client.ask("RESTORE", "k", "9223372036854775807", payload, "REPLACE"), "+OK");
  assert.equal(await client.ask("DBSIZE"), ":0");
});

test("RESTORE refuses wrong options, keys in use and payloads, in Redis's order", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "k", "v");
  const payload = await dumpOf(client, "k");
  const ask = (...words: (string | Buffer)[]): Promise<string> => client.ask("RESTORE", ...words);
  assert.equal(await ask("k", "x", "junk", "FOO"), "-ERR syntax error");
  assert.equal(await ask("a", "0", payload, "IDLETIME"), "-ERR syntax error");
  assert.equal(await ask("a", "0", payload, "IDLETIME", "1", "FREQ", "1"), "-ERR syntax error");
  assert.equal(await ask("a", "0", payload, "IDLETIME", "-1"), "-ERR Invalid IDLETIME value, must be >= 0");
  assert.equal(await ask("a", "0", payload, "FREQ", "256"), "-ERR Invalid FREQ value, must be >= 0 and <= 255");
  assert.equal(await ask("a", "0", payload, "FREQ", "x"), "-ERR value is not an integer or out of range");
  assert.equal(await ask("k", "x", "junk"), "-BUSYKEY Target key name already exists.");
  assert.equal(await ask("a", "x", "junk"), "-ERR value is not an integer or out of range");
  assert.equal(await ask("a", "-1", "junk"), "-ERR Invalid TTL value, must be >= 0");
  for (const junk of ["", "junk", "much longer junk than that"]) assert.equal(await ask("a", "0", junk), BAD_PAYLOAD);
  assert.equal(await ask("a", "0", seal([0, 1, 65], 13)), BAD_PAYLOAD);
  assert.equal(await ask("a", "0", seal([0, 1, 65], 12)), "+OK");
  const flipped = Buffer.from(payload);
  flipped[1] = (flipped[1] ?? 0) ^ 1;
  assert.equal(await ask("b", "0", flipped), BAD_PAYLOAD);
});

test("RESTORE takes any length encoding and refuses what is malformed", async (t) => {
  const { client } = await startFixture(t);
  const ask = (body: number[]): Promise<string> => client.ask("RESTORE", "a", "0", seal(body), "REPLACE");
  const good: readonly (readonly [number[], string])[] = [
    [[0, 3, 65, 66, 67], "ABC"],
    [[0, 0x40, 1, 65], "A"],
    [[0, 0x80, 0, 0, 0, 2, 65, 66], "AB"],
    [[0, 0x81, 0, 0, 0, 0, 0, 0, 0, 2, 65, 66], "AB"],
    [[0, 0xc0, 0xff], "-1"],
    [[0, 0xc1, 0x00, 0x80], "-32768"],
    [[0, 0xc2, 0xff, 0xff, 0xff, 0x7f], "2147483647"],
  ];
  for (const [body, value] of good) {
    assert.equal(await ask(body), "+OK", body.join());
    assert.equal(await client.ask("GET", "a"), `$"${value}"`);
  }
  // Two literals, then five bytes from two back: ABABABA.
  assert.equal(await ask([0, 0xc3, 5, 7, 1, 65, 66, 0x60, 1]), "+OK");
  assert.equal(await client.ask("GET", "a"), '$"ABABABA"');
  await client.call("DEL", "a");
  const bad = [
    [],
    [0],
    [99, 1, 65],
    [0, 5, 65],
    [0, 0x40],
    [0, 0x80, 0xff, 0xff, 0xff, 0xff, 65],
    [0, 0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 65],
    [0, 0x82, 1, 65],
    [0, 0xc4, 1],
    [0, 0xc1, 1],
    [0, 0xc3, 5, 8, 1, 65, 66, 0x60, 1],
    [0, 0xc3, 5, 6, 1, 65, 66, 0x60, 1],
    [0, 0xc3, 5, 7, 1, 65, 66, 0x60, 2],
    [0, 0xc3, 4, 7, 1, 65, 66, 0x60],
    [0, 0xc3, 4, 7, 1, 65, 66, 0xe0],
    [0, 0xc3, 9, 7, 1, 65, 66, 0x60, 1],
    [0, 0xc3, 5, 0xc0, 1, 65, 66, 0x60, 1],
    [0, 0xc3, 1, 0x80, 0x10, 0, 0, 0, 0],
  ];
  for (const body of bad) assert.equal(await ask(body), BAD_FORMAT, body.join());
  assert.equal(await client.ask("EXISTS", "a"), ":0");
});

test("without checksum validation any bytes are answered, and do no harm", async (t) => {
  const seed = Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31);
  const random = new Random(seed);
  const { client, server } = await startFixture(t);
  server.pyredis.server.debug.skipChecksum = true;
  await client.call("SET", "k", "abcabcabcabdefgh".repeat(20));
  const whole = await dumpOf(client, "k");
  for (let i = 0; i < 3000; i++) {
    const payload = Buffer.from(whole);
    for (let flips = random.int(1, 4); flips > 0; flips--)
      payload[random.int(0, payload.length - 11)] = random.int(0, 255);
    const cut = random.oneIn(3) ? random.int(0, payload.length) : 0;
    const reply = await client.ask("RESTORE", "a", "0", payload.subarray(cut), "REPLACE");
    assert.ok(["+OK", BAD_FORMAT, BAD_PAYLOAD].includes(reply), `TWIN_SEED=${seed}: ${reply}`);
  }
  assert.match(await client.ask("GET", "k"), /^\$"abcabc/);
});

test("RESTORE sets idle time or frequency, as the policy asks", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "k", "v");
  const payload = await dumpOf(client, "k");
  await client.call("RESTORE", "a", "0", payload, "IDLETIME", "1000");
  assert.equal(await client.ask("OBJECT", "IDLETIME", "a"), ":1000");
  await client.call("RESTORE", "b", "0", payload, "FREQ", "100");
  assert.equal(await client.ask("OBJECT", "IDLETIME", "b"), ":0");
  await client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
  await client.call("RESTORE", "c", "0", payload, "FREQ", "100");
  assert.equal(await client.ask("OBJECT", "FREQ", "c"), ":100");
  await client.call("RESTORE", "d", "0", payload, "IDLETIME", "1000");
  assert.equal(await client.ask("OBJECT", "FREQ", "d"), ":5");
});

test("RESTORE over large values leaks no block", async (t) => {
  const { client, server } = await startFixture(t);
  const { arena } = server.pyredis.server.keyspace;
  await client.call("SET", "k", "v".repeat(50_000));
  const payload = await dumpOf(client, "k");
  await client.call("RESTORE", "a", "0", payload);
  const used = arena.usedBytes;
  for (let i = 0; i < 10; i++) await client.call("RESTORE", "a", "0", payload, "REPLACE");
  assert.equal(arena.usedBytes, used);
});

test("RESTORE refuses a sorted set whose listpack is out of order, has a member twice, or no plain score", async (t) => {
  const { client } = await startFixture(t);
  const listpack = (...entries: readonly string[]): Buffer => {
    const body = entries.flatMap((entry) => [0x80 | entry.length, ...Buffer.from(entry, "latin1"), entry.length + 1]);
    const size = body.length + 7;
    return Buffer.from([17, size, size, 0, 0, 0, entries.length, 0, ...body, 0xff]);
  };
  const restore = (...entries: readonly string[]): Promise<string> =>
    client.ask("RESTORE", "z", "0", seal(listpack(...entries)), "REPLACE");
  for (const sanitizing of ["no", "yes"]) {
    assert.equal(await client.ask("CONFIG", "SET", "sanitize-dump-payload", sanitizing), "+OK");
    assert.equal(await restore("a", "1", "b", "1.5", "c", "inf"), "+OK");
    assert.equal(await client.ask("ZRANGE", "z", "0", "-1", "WITHSCORES"), '*[$"a", $"1", $"b", $"1.5", $"c", $"inf"]');
    for (const wrong of [
      ["a", "2", "b", "1"],
      ["b", "1", "a", "1"],
      ["a", "1", "a", "2"],
      ["a", "nan"],
      ["a", ""],
      ["a", " 1"],
      ["a", "1\0"],
      ["a", "one"],
      ["a", "infinity"],
      ["a"],
    ]) {
      assert.equal(await restore(...wrong), BAD_FORMAT, wrong.join());
    }
  }
});
