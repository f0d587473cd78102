import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

const ERR_TYPE = "-ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.";
const ERR_OFFSET = "-ERR bit offset is not an integer or out of range";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

test("BITFIELD does its operations in order, at bit and at field offsets", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["BITFIELD k SET i8 0 100 SET i8 #1 -5 GET u8 8 GET i16 0", "*[:0, :0, :251, :25851]"],
    ["BITFIELD k SET u5 3 31 GET u5 3 incrby u5 3 1", "*[:4, :31, :0]"],
    ["BITFIELD k GET i64 #100 GET u63 1000", "*[:0, :0]"],
    ["STRLEN k", ":2"],
    ["BITFIELD k", "*[]"],
    ["BITFIELD none GET u8 0", "*[:0]"],
    ["EXISTS none", ":0"],
  );
});

test("BITFIELD wraps, saturates or fails, each until the next OVERFLOW", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["BITFIELD k SET u2 0 3 INCRBY u2 0 1 OVERFLOW SAT INCRBY u2 0 5 INCRBY u2 0 -9", "*[:0, :0, :3, :0]"],
    ["BITFIELD k OVERFLOW FAIL INCRBY u2 0 -1 SET u2 0 4 SET u2 0 2 OVERFLOW WRAP SET u2 0 5", "*[$nil, $nil, :0, :2]"],
    ["BITFIELD k GET u2 0 OVERFLOW SAT SET u2 0 -1 GET u2 0", "*[:1, :1, :3]"],
    [
      "BITFIELD s SET i4 0 7 INCRBY i4 0 1 OVERFLOW SAT INCRBY i4 0 -1 SET i4 0 99 GET i4 0",
      "*[:0, :-8, :-8, :-8, :7]",
    ],
  );
});

test("BITFIELD computes 64-bit fields exactly", async (t) => {
  const { expect } = await startFixture(t);
  const max = "9223372036854775807";
  const min = "-9223372036854775808";
  await expect(
    [`BITFIELD k SET i64 3 ${max} GET i64 3 INCRBY i64 3 1`, `*[:0, :${max}, :${min}]`],
    [
      `BITFIELD k OVERFLOW SAT INCRBY i64 3 -1 INCRBY i64 3 ${max} INCRBY i64 3 ${max}`,
      `*[:${min}, :-1, :9223372036854775806]`,
    ],
    [`BITFIELD k OVERFLOW FAIL INCRBY i64 3 2 INCRBY i64 3 1`, `*[$nil, :${max}]`],
    [`BITFIELD u SET u63 1 ${max} GET u63 1 INCRBY u63 1 1 SET u63 1 -1`, `*[:0, :${max}, :0, :0]`],
    ["BITFIELD u GET u63 1 INCRBY u63 1 -9007199254740993", `*[:${max}, :9214364837600034814]`],
    [`BITFIELD w INCRBY i53 0 9007199254740993 INCRBY i8 100 ${max} INCRBY i8 100 ${min}`, "*[:1, :-1, :-1]"],
  );
});

test("a SET too low for its field saturates at the far end as soon as its distance wraps", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775808 GET i8 0", "*[:0, :127]"],
    ["BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775681 GET i8 0", "*[:127, :127]"],
    ["BITFIELD k OVERFLOW SAT SET i8 0 -9223372036854775680 GET i8 0", "*[:127, :-128]"],
  );
});

test("BITFIELD answers a failed operation with the null of the protocol", async (t) => {
  const { connect } = await startFixture(t);
  const client = await connect({ resp: 3 });
  assert.equal(await client.ask("BITFIELD", "k", "OVERFLOW", "FAIL", "INCRBY", "u1", 0, 5), "*[_]");
});

test("BITFIELD counts each changed field once, and all written ones where the string grows", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(["BITFIELD k SET u8 0 0 SET u8 8 0 GET u8 0", "*[:0, :0, :0]"]);
  assert.deepEqual(recorder.takeEvents(), ["new k", "setbit k"]);
  assert.equal(recorder.takeDirty(), 2);
  assert.deepEqual(recorder.takeCommands(), ["BITFIELD k SET u8 0 0 SET u8 8 0 GET u8 0"]);
  await expect(["BITFIELD k SET u8 0 0 INCRBY u8 8 0 GET u8 0", "*[:0, :0, :0]"], ["BITFIELD k GET u8 0", "*[:0]"]);
  assert.deepEqual(recorder.takeEvents(), []);
  assert.equal(recorder.takeDirty(), 0);
  assert.deepEqual(recorder.takeCommands(), []);
  await expect(["BITFIELD k SET u8 0 1 INCRBY u8 8 2 SET u8 0 1", "*[:0, :2, :1]"]);
  assert.deepEqual(recorder.takeEvents(), ["setbit k"]);
  assert.equal(recorder.takeDirty(), 2);
  await expect(["BITFIELD failed OVERFLOW FAIL SET u8 0 256", "*[$nil]"], ["STRLEN failed", ":1"]);
  assert.equal(recorder.takeDirty(), 0);
});

test("BITFIELD checks all its words before it does anything", async (t) => {
  const { expect } = await startFixture(t);
  for (const type of ["u64", "i65", "u0", "i0", "x8", "''", "u", "U8", "u08", "i-1"]) {
    await expect([`BITFIELD k SET u8 0 1 GET ${type} 0`, ERR_TYPE]);
  }
  for (const offset of ["-1", "#-1", "x", "#", "''", "4294967296", "#9223372036854775807", "4611686018427387904"]) {
    await expect([`BITFIELD k SET u8 0 1 GET u4 ${offset}`, ERR_OFFSET]);
  }
  await expect(
    ["BITFIELD k SET u8 0 1 FOO", "-ERR syntax error"],
    ["BITFIELD k SET u8 0 1 GET u8", "-ERR syntax error"],
    ["BITFIELD k SET u8 0", "-ERR syntax error"],
    ["BITFIELD k SET u8 0 1 OVERFLOW", "-ERR syntax error"],
    ["BITFIELD k SET u8 0 1 OVERFLOW FOO", "-ERR Invalid OVERFLOW type specified"],
    ["BITFIELD k SET u8 0 1 INCRBY u8 0 x", "-ERR value is not an integer or out of range"],
    ["EXISTS k", ":0"],
    ["RPUSH l a", ":1"],
    ["BITFIELD l GET u8 0", WRONG_TYPE],
    ["BITFIELD l SET u8 0 1", WRONG_TYPE],
    ["BITFIELD_RO l GET u8 0", WRONG_TYPE],
    ["BITFIELD", "-ERR wrong number of arguments for 'bitfield' command"],
    ["BITFIELD_RO", "-ERR wrong number of arguments for 'bitfield_ro' command"],
  );
});

test("a field offset wraps as the product of two int64 does", async (t) => {
  const { expect } = await startFixture(t);
  await expect(["SET k a", "+OK"], ["BITFIELD k GET u4 #4611686018427387904", "*[:6]"]);
});

test("BITFIELD_RO reads, and refuses everything else once it is well-formed", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["SET k a", "+OK"],
    ["BITFIELD_RO k GET u8 0 OVERFLOW SAT GET u4 4", "*[:97, :1]"],
    ["BITFIELD_RO k SET u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand"],
    ["BITFIELD_RO k INCRBY u8 0 1", "-ERR BITFIELD_RO only supports the GET subcommand"],
    ["BITFIELD_RO k SET u64 0 1", ERR_TYPE],
    ["GET k", '$"a"'],
  );
});

test("COMMAND GETKEYSANDFLAGS tells whether BITFIELD only reads", async (t) => {
  const { client } = await startFixture(t);
  const flags = (...words: string[]): Promise<string> => client.ask("COMMAND", "GETKEYSANDFLAGS", "BITFIELD", ...words);
  const reads = '*[*[$"k", *[+RO, +access]]]';
  const writes = '*[*[$"k", *[+RW, +access, +update]]]';
  assert.equal(await flags("k"), reads);
  assert.equal(await flags("k", "GET", "u8", "0", "OVERFLOW", "SAT"), reads);
  assert.equal(await flags("k", "GET", "u8", "0", "SET", "u8", "0", "1"), writes);
  assert.equal(await flags("k", "INCRBY", "u8", "0", "1"), writes);
  assert.equal(await flags("k", "SET", "u8"), writes);
});
