import assert from "node:assert/strict";
import { test } from "node:test";
import { ENCODING_LARGE } from "#src/keyspace/record.js";
import { startFixture } from "../../support/checked-fixture.js";
import type { RespClient } from "../../support/resp-client.js";

const CORRUPTED = "-INVALIDOBJ Corrupted HLL object detected";
const NO_HYPERLOGLOG = "-WRONGTYPE Key is not a valid HyperLogLog string value.";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const OUT_OF_DATE = Buffer.from("0000000000000080", "hex");
const DENSE_BYTES = 16 + 12288;

function makeSparse(...opcodes: readonly number[]): Buffer {
  return Buffer.concat([Buffer.from("HYLL\x01\0\0\0"), OUT_OF_DATE, Buffer.from(opcodes)]);
}

async function read(client: RespClient, key: string): Promise<Buffer> {
  const reply = await client.call("GET", key);
  assert.equal(reply.kind, "bulk");
  return reply.kind === "bulk" ? Buffer.from(reply.bytes) : Buffer.alloc(0);
}

test("PFADD creates an empty value, and answers whether a register rose", async (t) => {
  const { client, expect } = await startFixture(t);
  await expect(["PFADD k", ":1"], ["PFADD k", ":0"], ["OBJECT ENCODING k", '$"raw"']);
  assert.deepEqual(await read(client, "k"), makeSparse(0x7f, 0xff));
  await expect(
    ["PFADD k a b c", ":1"],
    ["PFADD k a b", ":0"],
    ["PFCOUNT k", ":3"],
    ["PFADD k ''", ":1"],
    ["PFCOUNT k", ":4"],
    ["TYPE k", "+string"],
    ["PFDEBUG ENCODING k", "+sparse"],
  );
});

test("PFCOUNT keeps the count in the value until an element changes it", async (t) => {
  const { client, expect, recorder } = await startFixture(t);
  await expect(["PFADD k a b", ":1"]);
  recorder.takeEvents();
  assert.deepEqual(recorder.takeCommands(), ["PFADD k a b"]);
  assert.equal(recorder.takeDirty(), 3);
  await expect(["PFCOUNT k", ":2"]);
  assert.deepEqual((await read(client, "k")).subarray(8, 16), Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]));
  assert.deepEqual(recorder.takeEvents(), [], "no event");
  assert.deepEqual(recorder.takeCommands(), ["PFCOUNT k"], "but replicas keep the same bytes");
  assert.equal(recorder.takeDirty(), 1);
  await expect(["PFCOUNT k", ":2"], ["PFADD k a", ":0"], ["PFCOUNT k", ":2"]);
  assert.deepEqual(recorder.takeCommands(), []);
  await expect(["PFADD k c", ":1"]);
  assert.equal((await read(client, "k"))[15], 128);
  assert.deepEqual(recorder.takeEvents(), ["pfadd k"]);
});

test("a count that is taken from the value may be any int64", async (t) => {
  const { client, expect } = await startFixture(t);
  const cached = Buffer.from("ffffffffffffff7f", "hex");
  await client.call("SET", "k", Buffer.concat([Buffer.from("HYLL\x01\0\0\0"), cached]));
  await expect(["PFCOUNT k", ":9223372036854775807"], ["OBJECT ENCODING k", '$"raw"']);
});

test("PFCOUNT of the key that a client watches is a change where the count is computed", async (t) => {
  const { client, expect } = await startFixture(t);
  await expect(["PFADD k a", ":1"], ["WATCH k", "+OK"], ["PFCOUNT k", ":1"], ["MULTI", "+OK"], ["PING", "+QUEUED"]);
  assert.equal(await client.ask("EXEC"), "*nil");
  await expect(["WATCH k", "+OK"], ["PFCOUNT k", ":1"], ["MULTI", "+OK"], ["PING", "+QUEUED"], ["EXEC", "*[+PONG]"]);
});

test("a value becomes dense beyond hll-sparse-max-bytes, which holds from then on", async (t) => {
  const { client, expect, server } = await startFixture(t);
  let i = 0;
  const encoding = async (): Promise<string> => await client.ask("PFDEBUG", "ENCODING", "k");
  await client.call("PFADD", "k", "first");
  while ((await encoding()) === "+sparse") {
    assert.ok((await read(client, "k")).length <= 3000);
    await client.call("PFADD", "k", ...Array.from({ length: 20 }, () => i++));
  }
  assert.ok(i > 1500 && i < 3000, `${i} elements`);
  assert.equal((await read(client, "k")).length, DENSE_BYTES);
  const { keyspace } = server.pyredis.server;
  const key = new DataView(Uint8Array.from(Buffer.from("k")).buffer);
  const record = keyspace.database(0).findKey(key, 0, 1);
  assert.equal(keyspace.records.encoding(record), ENCODING_LARGE);
  assert.equal(keyspace.arena.sizeOf(keyspace.records.valueHandle(record)), 16384, "no room in advance");
  await expect(
    ["CONFIG SET hll-sparse-max-bytes 18", "+OK"],
    ["PFADD one", ":1"],
    ["PFDEBUG ENCODING one", "+sparse"],
    ["PFADD one a", ":1"],
    ["PFDEBUG ENCODING one", "+dense"],
    ["PFCOUNT one", ":1"],
    ["EXPIRE one 100", ":1"],
    ["CONFIG SET hll-sparse-max-bytes 3000", "+OK"],
    ["PFADD two a", ":1"],
    ["EXPIRE two 100", ":1"],
    ["PFDEBUG TODENSE two", ":1"],
    ["PFDEBUG TODENSE two", ":0"],
    ["TTL two", ":100"],
  );
  assert.deepEqual(
    await read(client, "two").then((bytes) => bytes.subarray(16)),
    (await read(client, "one")).subarray(16),
  );
});

test("PFMERGE unites, keeps what the target had, and counts as a PFADD to listeners", async (t) => {
  const { client, expect, recorder } = await startFixture(t);
  await expect(["PFADD a 1 2 3", ":1"], ["PFADD b 3 4", ":1"], ["PFADD d 5", ":1"], ["PFCOUNT d", ":1"]);
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(["PFMERGE d a b none", "+OK"], ["PFCOUNT a b d", ":5"]);
  assert.equal((await read(client, "d"))[15], 128, "the count is out of date");
  assert.deepEqual(
    recorder.takeEvents().filter((event) => !event.startsWith("keymiss")),
    ["pfadd d"],
  );
  assert.deepEqual(recorder.takeCommands(), ["PFMERGE d a b none"]);
  assert.equal(recorder.takeDirty(), 1);
  await expect(
    ["PFCOUNT d", ":5"],
    ["PFDEBUG ENCODING d", "+sparse"],
    ["PFMERGE new", "+OK"],
    ["PFCOUNT new", ":0"],
    ["PFDEBUG TODENSE b", ":1"],
    ["PFMERGE new b a", "+OK"],
    ["PFDEBUG ENCODING new", "+dense"],
    ["PFCOUNT new", ":4"],
    ["PFMERGE a new", "+OK"],
    ["PFDEBUG ENCODING a", "+dense"],
    ["PFCOUNT a", ":4"],
  );
});

test("PFCOUNT of several keys changes none of them", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(["PFADD a 1 2 3", ":1"], ["PFADD b 3 4", ":1"]);
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(["PFCOUNT a b none a", ":4"], ["PFCOUNT none", ":0"], ["PFCOUNT none none", ":0"]);
  assert.deepEqual(recorder.takeCommands(), []);
  assert.equal(recorder.takeDirty(), 0);
});

test("PFDEBUG shows opcodes and registers; a value that becomes dense is propagated, but no event tells", async (t) => {
  const { client, expect, recorder } = await startFixture(t);
  await client.call("SET", "k", makeSparse(0x02, 0x84 | 1, 0x7f, 0xfa));
  recorder.takeEvents();
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(["PFDEBUG decode k", '$"z:3 v:2,2 Z:16379"']);
  assert.deepEqual(recorder.takeCommands(), []);
  const reply = await client.call("PFDEBUG", "GETREG", "k");
  assert.ok(reply.kind === "array" && reply.items.length === 16384);
  assert.match(await client.ask("PFDEBUG", "GETREG", "k"), /^\*\[:0, :0, :0, :2, :2, :0, .*:0\]$/);
  assert.deepEqual(recorder.takeCommands(), ["PFDEBUG GETREG k"]);
  assert.deepEqual(recorder.takeEvents(), []);
  assert.equal(recorder.takeDirty(), 1);
  await expect(
    ["PFDEBUG DECODE k", "-ERR HLL encoding is not sparse"],
    ["PFDEBUG SIMD k", "-ERR Unknown PFDEBUG subcommand 'SIMD'"],
    ["PFDEBUG ENCODING none", "-ERR The specified key does not exist"],
    ["PFDEBUG ENCODING", "-ERR wrong number of arguments for 'pfdebug' command"],
  );
});

test("PFSELFTEST passes", async (t) => {
  const { expect } = await startFixture(t);
  await expect(["PFSELFTEST", "+OK"]);
});

test("what is no HyperLogLog is refused by all commands, and stays as it is", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("PFADD", "k", "a");
  await client.call("RPUSH", "list", "a");
  const values = new Map<string, Buffer>([
    ["integer", Buffer.from("12")],
    ["short", Buffer.from("HYLL\x01\0\0\0\0\0\0\0\0\0\0")],
    ["other-magic", Buffer.concat([Buffer.from("hyll"), makeSparse(0x7f, 0xff).subarray(4)])],
    ["other-encoding", Buffer.concat([Buffer.from("HYLL\x02"), makeSparse(0x7f, 0xff).subarray(5)])],
    ["dense-cut", Buffer.concat([Buffer.from("HYLL\0\0\0\0"), Buffer.alloc(DENSE_BYTES - 9)])],
  ]);
  for (const [key, value] of values) await client.call("SET", key, value);
  for (const key of [...values.keys(), "list"]) {
    const error = key === "list" ? WRONG_TYPE : NO_HYPERLOGLOG;
    await expect(
      [`PFADD ${key} a`, error],
      [`PFCOUNT ${key}`, error],
      [`PFCOUNT k ${key}`, error],
      [`PFMERGE k ${key}`, error],
      [`PFMERGE ${key} k`, error],
      [`PFDEBUG ENCODING ${key}`, error],
    );
  }
  for (const [key, value] of values) assert.deepEqual(await read(client, key), value);
});

test("corrupt opcodes give an error wherever they are met, and never more than that", async (t) => {
  const { client, expect } = await startFixture(t);
  const corrupt = new Map<string, Buffer>([
    ["none", makeSparse()],
    ["too-few", makeSparse(0x7f, 0x00)],
    ["too-many", makeSparse(0x7f, 0xff, 0x00)],
    ["values-behind", makeSparse(0x7f, 0xff, 0x80, 0x80)],
    ["cut", makeSparse(0x00, 0x7f)],
    ["all-values", makeSparse(...new Array(12_400).fill(0xff))],
  ]);
  for (const [key, value] of corrupt) {
    await client.call("SET", key, value);
    await expect(
      [`PFCOUNT ${key}`, CORRUPTED],
      [`PFCOUNT ${key} none-such`, CORRUPTED],
      [`PFMERGE new ${key}`, CORRUPTED],
      [`PFMERGE ${key}`, CORRUPTED],
      [`PFDEBUG TODENSE ${key}`, CORRUPTED],
      [`PFDEBUG GETREG ${key}`, CORRUPTED],
      ["EXISTS new", ":0"],
    );
    assert.deepEqual(await read(client, key), value);
    const elements = Array.from({ length: 3000 }, (_, i) => i);
    assert.match(await client.ask("PFADD", key, ...elements), /^(-INVALIDOBJ .*|:[01])$/);
    await client.call("PFDEBUG", "DECODE", key);
  }
});

test("a value whose opcodes are longer than all registers becomes dense all the same", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("SET", "k", makeSparse(...new Array(16384).fill(0x84)));
  await expect(["PFDEBUG TODENSE k", ":1"], [`STRLEN k`, `:${DENSE_BYTES}`], ["PFDEBUG ENCODING k", "+dense"]);
});

test("opcodes that only a value from elsewhere can have are split and joined within their bytes", async (t) => {
  const { client, expect } = await startFixture(t);
  const oneByOne: number[] = [];
  for (let i = 0; i < 900; i++) oneByOne.push(0x40, 0x00);
  await client.call("SET", "k", makeSparse(...oneByOne, 0x7c, 0x7b));
  const elements = Array.from({ length: 100 }, (_, i) => i);
  assert.equal(await client.ask("PFADD", "k", ...elements), ":1");
  await client.call("PFADD", "other", ...elements);
  const [a, b] = [await client.ask("PFCOUNT", "k"), await client.ask("PFCOUNT", "other")];
  assert.equal(a, b);
  await expect(["PFDEBUG TODENSE k", ":1"], ["PFDEBUG TODENSE other", ":1"], ["PFCOUNT other", b]);
  assert.deepEqual(await read(client, "k"), await read(client, "other"));
});

test("wrong numbers of words are refused", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["PFADD", "-ERR wrong number of arguments for 'pfadd' command"],
    ["PFCOUNT", "-ERR wrong number of arguments for 'pfcount' command"],
    ["PFMERGE", "-ERR wrong number of arguments for 'pfmerge' command"],
    ["PFSELFTEST x", "-ERR wrong number of arguments for 'pfselftest' command"],
  );
});

test("DUMP, RESTORE and COPY keep a value as it is", async (t) => {
  const { client, expect } = await startFixture(t);
  const elements = Array.from({ length: 5000 }, (_, i) => i);
  await client.call("PFADD", "dense", ...elements);
  await client.call("PFADD", "sparse", 1, 2, 3);
  for (const key of ["dense", "sparse"]) {
    const dumped = await client.call("DUMP", key);
    assert.ok(dumped.kind === "bulk");
    assert.equal(await client.ask("RESTORE", "restored", 0, dumped.bytes, "REPLACE"), "+OK");
    await expect([`COPY ${key} copied REPLACE`, ":1"]);
    for (const copy of ["restored", "copied"]) {
      assert.deepEqual(await read(client, copy), await read(client, key));
      assert.equal(await client.ask("PFADD", copy, "another element"), ":1");
    }
  }
});
