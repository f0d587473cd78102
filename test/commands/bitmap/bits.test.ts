// SETBIT, GETBIT, BITCOUNT and BITPOS.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

const ERR_OFFSET = "-ERR bit offset is not an integer or out of range";
const ERR_BIT = "-ERR bit is not an integer or out of range";
const ERR_INTEGER = "-ERR value is not an integer or out of range";
const ERR_SYNTAX = "-ERR syntax error";
const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";

test("SETBIT answers the old bit, creates a raw string, and grows it with zeros", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["SETBIT k 7 1", ":0"],
    ["SETBIT k 7 1", ":1"],
    ["OBJECT ENCODING k", '$"raw"'],
    ["GET k", '$"\\x01"'],
    ["SETBIT k 7 0", ":1"],
    ["SETBIT k 20 1", ":0"],
    ["GET k", '$"\\x00\\x00\\b"'],
    ["SETBIT k 40000 0", ":0"],
    ["STRLEN k", ":5001"],
    ["GETBIT k 20", ":1"],
    ["GETBIT k 40007", ":0"],
    ["BITCOUNT k", ":1"],
  );
});

test("SETBIT turns integers and embedded strings into raw ones", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["SET n 12", "+OK"],
    ["OBJECT ENCODING n", '$"int"'],
    ["GETBIT n 3", ":1"],
    ["GETBIT n 99", ":0"],
    ["OBJECT ENCODING n", '$"int"'],
    ["SETBIT n 6 1", ":0"],
    ["GET n", '$"32"'],
    ["OBJECT ENCODING n", '$"raw"'],
    ["SET e abc", "+OK"],
    ["SETBIT e 0 0", ":0"],
    ["OBJECT ENCODING e", '$"raw"'],
    ["GET e", '$"abc"'],
  );
});

test("SETBIT keeps the deadline of a key, and a gap is zero where memory was used before", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("SET", "waste", "w".repeat(4000));
  await client.call("DEL", "waste");
  await expect(
    ["SETBIT k 20000 1", ":0"],
    ["BITCOUNT k", ":1"],
    ["EXPIRE k 100", ":1"],
    ["SETBIT k 30000 1", ":0"],
    ["TTL k", ":100"],
    ["BITCOUNT k", ":2"],
  );
});

test("SETBIT counts and tells a change only where there is one", async (t) => {
  const { client, expect, recorder } = await startFixture(t);
  await expect(["SETBIT k 3 1", ":0"]);
  assert.deepEqual(recorder.takeEvents(), ["new k", "setbit k"]);
  assert.deepEqual(recorder.takeCommands(), ["SETBIT k 3 1"]);
  await expect(["WATCH k", "+OK"], ["SETBIT k 3 1", ":1"], ["SETBIT k 4 0", ":0"]);
  assert.deepEqual(recorder.takeEvents(), []);
  assert.deepEqual(recorder.takeCommands(), []);
  await expect(["MULTI", "+OK"], ["PING", "+QUEUED"], ["EXEC", "*[+PONG]"]);
  await expect(["SETBIT k 8 0", ":0"]);
  assert.deepEqual(recorder.takeEvents(), ["setbit k"]);
  assert.equal(recorder.takeDirty(), 2);
  await expect(["WATCH k", "+OK"], ["SETBIT k 0 1", ":0"], ["MULTI", "+OK"], ["PING", "+QUEUED"]);
  assert.equal(await client.ask("EXEC"), "*nil");
});

test("offsets and bits are checked before the key", async (t) => {
  const { expect } = await startFixture(t);
  await expect(["RPUSH l a", ":1"]);
  for (const offset of ["-1", "x", "''", "4294967296", "9223372036854775807", "9223372036854775808", "1.5", "#1"]) {
    await expect([`SETBIT l ${offset} 1`, ERR_OFFSET], [`GETBIT l ${offset}`, ERR_OFFSET]);
  }
  for (const bit of ["2", "-1", "x", "''", "9223372036854775808"]) await expect([`SETBIT l 0 ${bit}`, ERR_BIT]);
  await expect(
    ["SETBIT l 0 1", WRONG_TYPE],
    ["GETBIT l 0", WRONG_TYPE],
    ["BITCOUNT l", WRONG_TYPE],
    ["BITPOS l 1", WRONG_TYPE],
    ["GETBIT none 4294967295", ":0"],
    ["SETBIT l 0", "-ERR wrong number of arguments for 'setbit' command"],
    ["GETBIT l", "-ERR wrong number of arguments for 'getbit' command"],
    ["BITPOS l", "-ERR wrong number of arguments for 'bitpos' command"],
  );
});

test("the offset's limit is proto-max-bulk-len", async (t) => {
  const { expect } = await startFixture(t, { "proto-max-bulk-len": "2mb" });
  await expect(
    ["SETBIT k 16777215 1", ":0"],
    ["STRLEN k", ":2097152"],
    ["BITPOS k 1", ":16777215"],
    ["BITCOUNT k", ":1"],
    ["SETBIT k 16777216 1", ERR_OFFSET],
    ["GETBIT k 16777216", ERR_OFFSET],
  );
});

test("BITCOUNT counts in bytes and in bits, from both ends", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["SET k foobar", "+OK"],
    ["BITCOUNT k", ":26"],
    ["BITCOUNT k 0 0", ":4"],
    ["BITCOUNT k 1 1", ":6"],
    ["BITCOUNT k -2 -1 BYTE", ":7"],
    ["BITCOUNT k 5 30 BIT", ":17"],
    ["BITCOUNT k 5 5 bit", ":1"],
    ["BITCOUNT k -1 -1 BIT", ":0"],
    ["BITCOUNT k 4 2", ":0"],
    ["BITCOUNT k -1 -2", ":0"],
    ["BITCOUNT k -100 -101", ":0"],
    ["BITCOUNT k -9007199254740993 -9007199254740994", ":0"],
    ["BITCOUNT k -101 -100", ":4"],
    ["BITCOUNT k 0 9223372036854775807", ":26"],
    ["BITCOUNT k 100 200", ":0"],
    ["BITCOUNT none", ":0"],
    ["BITCOUNT none 0 -1", ":0"],
    ["SET n 12", "+OK"],
    ["BITCOUNT n", ":6"],
  );
});

test("BITCOUNT refuses half a range, unknown units and what is no integer, even without a key", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["BITCOUNT none 0", ERR_SYNTAX],
    ["BITCOUNT none 0 1 HELLO", ERR_SYNTAX],
    ["BITCOUNT none 0 1 BIT 2", ERR_SYNTAX],
    ["BITCOUNT none a 1", ERR_INTEGER],
    ["BITCOUNT none 0 b BIT", ERR_INTEGER],
    ["BITCOUNT none a 1 HELLO", ERR_INTEGER],
  );
});

test("BITPOS finds both bits; behind the string there are zeros unless the range has an end", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("SET", "ones", Buffer.alloc(3, 0xff));
  await client.call("SET", "zeros", Buffer.alloc(3000));
  await client.call("SET", "empty", "");
  await client.call("SET", "k", Buffer.from([0x00, 0xff, 0xf0]));
  await expect(
    ["BITPOS k 0", ":0"],
    ["BITPOS k 1", ":8"],
    ["BITPOS k 1 2", ":16"],
    ["BITPOS k 0 1", ":20"],
    ["BITPOS k 0 1 1", ":-1"],
    ["BITPOS k 1 9 -1 BIT", ":9"],
    ["BITPOS k 0 8 19 BIT", ":-1"],
    ["BITPOS k 0 8 20 BIT", ":20"],
    ["BITPOS k 1 3 7 BIT", ":-1"],
    ["BITPOS k 1 5 2", ":-1"],
    ["BITPOS ones 0", ":24"],
    ["BITPOS ones 0 1", ":24"],
    ["BITPOS ones 0 0 -1", ":-1"],
    ["BITPOS ones 0 3", ":-1"],
    ["BITPOS ones 1 -1", ":16"],
    ["BITPOS zeros 1", ":-1"],
    ["BITPOS zeros 0 -1", ":23992"],
    ["BITPOS empty 0", ":-1"],
    ["BITPOS empty 1", ":-1"],
    ["BITPOS none 0", ":0"],
    ["BITPOS none 1", ":-1"],
    ["BITPOS none 0 5 9", ":0"],
  );
});

test("BITPOS refuses bits other than 0 and 1, and wrong ranges", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["BITPOS none 2", "-ERR The bit argument must be 1 or 0."],
    ["BITPOS none -1", "-ERR The bit argument must be 1 or 0."],
    ["BITPOS none x", ERR_INTEGER],
    ["BITPOS none 1 a", ERR_INTEGER],
    ["BITPOS none 1 0 b", ERR_INTEGER],
    ["BITPOS none 1 0 b HELLO", ERR_SYNTAX],
    ["BITPOS none 1 0 1 BIT 2", ERR_SYNTAX],
  );
});
