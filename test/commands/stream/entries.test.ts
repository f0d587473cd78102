// XADD, XLEN, XRANGE, XREVRANGE, XDEL, XTRIM and XSETID. What redis-server makes of the same: conformance/streams.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

const WRONG_TYPE = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const U64_MAX = "18446744073709551615";
const INVALID_ID = "-ERR Invalid stream ID specified as stream command argument";

test("each stream command refuses a wrong number of arguments under its own name", async (t) => {
  const { client } = await startFixture(t);
  const counts: Readonly<Record<string, readonly number[]>> = {
    xadd: [0, 1, 3],
    xlen: [0, 2],
    xrange: [0, 2],
    xrevrange: [0, 2],
    xdel: [0, 1],
    xtrim: [0, 2],
    xread: [0, 2],
    xsetid: [0, 1],
    xinfo: [0],
  };
  for (const [name, wrong] of Object.entries(counts)) {
    for (const count of wrong) {
      const reply = await client.ask(name, ...Array.from({ length: count }, () => "1"));
      assert.equal(reply, `-ERR wrong number of arguments for '${name}' command`, `${name} with ${count}`);
    }
  }
});

test("each stream command refuses a key of another type", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "text", "v");
  const calls = [
    ..."XADD text * f v|XADD text NOMKSTREAM * f v|XLEN text|XRANGE text - +|XREVRANGE text + -|XDEL text 1".split("|"),
    ..."XTRIM text MAXLEN 1|XSETID text 1|XREAD STREAMS text 0|XREAD STREAMS text $|XINFO STREAM text".split("|"),
  ];
  for (const call of calls) assert.equal(await client.ask(...call.split(" ")), WRONG_TYPE, call);
});

test("a missing key is an empty stream", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["XLEN none", ":0"],
    ["XRANGE none - +", "*[]"],
    ["XRANGE none - + COUNT 0", "*[]"],
    ["XREVRANGE none + -", "*[]"],
    ["XDEL none 1", ":0"],
    ["XTRIM none MAXLEN 0", ":0"],
    ["XADD none NOMKSTREAM * f v", "$nil"],
    ["XREAD STREAMS none 0", "*nil"],
    ["XSETID none 1", "-ERR no such key"],
    ["XINFO STREAM none", "-ERR no such key"],
    ["EXISTS none", ":0"],
  );
});

test("XADD takes the time for an ID, and never goes back", async (t) => {
  const { client, server, expect } = await startFixture(t);
  const now = server.clock.nowMs();
  await expect(["XADD s * f v", `$"${now}-0"`], ["XADD s * f v", `$"${now}-1"`]);
  server.clock.advance(5);
  await expect(["XADD s * f v", `$"${now + 5}-0"`], [`XADD s ${now + 99}-7 f v`, `$"${now + 99}-7"`]);
  assert.equal(await client.ask("XADD", "s", "*", "f", "v"), `$"${now + 99}-8"`, "the clock is behind");
});

test("XADD chooses the sequence of an ID that ends in a star", async (t) => {
  const { expect } = await startFixture(t);
  const small = "-ERR The ID specified in XADD is equal or smaller than the target stream top item";
  await expect(
    ["XADD s 0-* f v", '$"0-1"'],
    ["XADD s 5-* f v", '$"5-0"'],
    ["XADD s 5-* f v", '$"5-1"'],
    ["XADD s 4-* f v", small],
    [`XADD s 6-${U64_MAX} f v`, `$"6-${U64_MAX}"`],
    ["XADD s 6-* f v", small],
    ["XADD s 7-* f v", '$"7-0"'],
    ["XADD s *-1 f v", INVALID_ID],
    ["XADD s 7-** f v", INVALID_ID],
  );
});

test("a stream that has used up its IDs takes no more entries", async (t) => {
  const { expect } = await startFixture(t);
  const exhausted = "-ERR The stream has exhausted the last possible ID, unable to add more items";
  await expect(
    [`XADD s ${U64_MAX}-* f v`, `$"${U64_MAX}-0"`],
    ["XADD s * f v", `$"${U64_MAX}-1"`],
    [`XADD s ${U64_MAX}-${U64_MAX} f v`, `$"${U64_MAX}-${U64_MAX}"`],
    ["XADD s * f v", exhausted],
    [`XADD s ${U64_MAX}-* f v`, exhausted],
    ["XADD s 1 f v", exhausted],
    ["XRANGE s + +", `*[*[$"${U64_MAX}-${U64_MAX}", *[$"f", $"v"]]]`],
    [`XRANGE s (${U64_MAX}-1 +`, `*[*[$"${U64_MAX}-${U64_MAX}", *[$"f", $"v"]]]`],
    [`XREAD STREAMS s ${U64_MAX}-${U64_MAX}`, "*nil"],
    [`XREAD STREAMS s ${U64_MAX}-1`, `*[*[$"s", *[*[$"${U64_MAX}-${U64_MAX}", *[$"f", $"v"]]]]]`],
  );
});

test("IDs have the forms that Redis takes, and no others", async (t) => {
  const { client, expect } = await startFixture(t);
  for (const id of [
    "",
    "-",
    "+",
    "x",
    "1-",
    "-1",
    "1-x",
    "1-2-3",
    "$",
    ">",
    "1.0",
    "0x1",
    `${U64_MAX}0`,
    "1".repeat(128),
  ]) {
    assert.equal(await client.ask("XADD", "s", id, "f", "v"), INVALID_ID, id);
  }
  assert.equal(
    await client.ask("XADD", "s", "0-0", "f", "v"),
    "-ERR The ID specified in XADD must be greater than 0-0",
  );
  assert.equal(await client.ask("XADD", "s", "0", "f", "v"), "-ERR The ID specified in XADD must be greater than 0-0");
  assert.equal(await client.ask("EXISTS", "s"), ":0", "an error makes no key");
  await expect(["XADD s 007-08 f v", '$"7-8"'], ["XADD s 9007199254740993 f v", '$"9007199254740993-0"']);
  assert.equal(await client.ask("XADD", "s", ` ${U64_MAX}-+5`, "f", "v"), `$"${U64_MAX}-5"`, "what strtoull takes");
  assert.equal(await client.ask("XADD", "s", `${U64_MAX}--09`, "f", "v"), `$"${U64_MAX}-18446744073709551607"`);
});

test("entries keep their fields, whether they are those of the node's first entry or not", async (t) => {
  const { client } = await startFixture(t);
  const long = "x".repeat(5000);
  const entries: readonly (readonly string[])[] = [
    ["a", "1", "b", "2"],
    ["a", "-1", "b", "9223372036854775807"],
    ["b", "2", "a", "1"],
    ["a", "1"],
    ["a", "1", "b", "2", "a", "3"],
    ["12", "007", "", ""],
    ["long", long],
    ["a", "-9223372036854775808", "b", "9223372036854775808"],
    ["a", "y".repeat(64), "b", "z".repeat(128)],
  ];
  for (const [i, fields] of entries.entries()) {
    assert.equal(await client.ask("XADD", "s", `${i + 1}-1`, ...fields), `$"${i + 1}-1"`);
  }
  const text = entries.map((fields, i) => `*[$"${i + 1}-1", *[${fields.map((field) => `$"${field}"`).join(", ")}]]`);
  assert.equal(await client.ask("XRANGE", "s", "-", "+"), `*[${text.join(", ")}]`);
  assert.equal(await client.ask("XREVRANGE", "s", "+", "-"), `*[${text.reverse().join(", ")}]`);
});

test("ranges are open or closed, and counted", async (t) => {
  const { client, expect } = await startFixture(t);
  for (const id of ["1-1", "1-2", "2-0", "3-5"]) await client.call("XADD", "s", id, "f", "v");
  const ids = async (...command: readonly string[]): Promise<string> =>
    (await client.ask(...command)).replaceAll(', *[$"f", $"v"]', "").replaceAll(/[*[\]$"]/g, "");
  assert.equal(await ids("XRANGE", "s", "1", "2"), "1-1, 1-2, 2-0");
  assert.equal(await ids("XRANGE", "s", "(1-1", "(2-0"), "1-2");
  assert.equal(await ids("XRANGE", "s", "(1", "+"), "1-1, 1-2, 2-0, 3-5", "it begins after 1-0");
  assert.equal(await ids("XRANGE", "s", "-", "(3"), "1-1, 1-2, 2-0, 3-5", "it ends before the last one of 3");
  assert.equal(await ids("XRANGE", "s", "3", "1"), "");
  assert.equal(await ids("XREVRANGE", "s", "2", "1-2"), "2-0, 1-2");
  assert.equal(await ids("XREVRANGE", "s", "+", "-", "COUNT", "2"), "3-5, 2-0");
  assert.equal(await ids("XRANGE", "s", "-", "+", "COUNT", "3", "COUNT", "1"), "1-1");
  await expect(
    ["XRANGE s - + COUNT 0", "*nil"],
    ["XRANGE s - + COUNT -1", "*nil"],
    ["XRANGE s - + COUNT", "-ERR syntax error"],
    ["XRANGE s - + COUNT x", "-ERR value is not an integer or out of range"],
    [`XRANGE s (${U64_MAX}-${U64_MAX} +`, "-ERR invalid start ID for the interval"],
    ["XRANGE s - (0-0", "-ERR invalid end ID for the interval"],
    ["XRANGE s ( +", INVALID_ID],
    ["XRANGE s (- +", INVALID_ID],
    ["XRANGE s 1-* +", INVALID_ID],
  );
});

test("XDEL takes entries out, and leaves an empty stream where all are gone", async (t) => {
  const { client, expect } = await startFixture(t);
  for (let i = 1; i <= 5; i++) await client.call("XADD", "s", `${i}`, "f", String(i));
  await expect(
    ["XDEL s 2 9 2 4-0", ":2"],
    ["XDEL s 1 x", INVALID_ID],
    ["XLEN s", ":3"],
    ["XDEL s 1 3 5", ":3"],
    ["XLEN s", ":0"],
    ["XRANGE s - +", "*[]"],
    ["EXISTS s", ":1"],
    ["XADD s 5 f v", "-ERR The ID specified in XADD is equal or smaller than the target stream top item"],
    ["XADD s 6 f v", '$"6-0"'],
  );
});

test("XTRIM keeps the newest entries, or those from an ID on", async (t) => {
  const { client, expect } = await startFixture(t, { "stream-node-max-entries": "10" });
  const fill = async (): Promise<void> => {
    await client.call("DEL", "s");
    for (let i = 1; i <= 55; i++) await client.call("XADD", "s", `${i}`, "f", String(i));
  };
  await fill();
  await expect(["XTRIM s MAXLEN 60", ":0"], ["XTRIM s MAXLEN 53", ":2"], ["XTRIM s MAXLEN = 20", ":33"]);
  await expect(
    ["XRANGE s - + COUNT 1", '*[*[$"36-0", *[$"f", $"36"]]]'],
    ["XTRIM s MINID 40", ":4"],
    ["XLEN s", ":16"],
  );
  await expect(["XTRIM s MINID = 99", ":16"], ["XLEN s", ":0"], ["XTRIM s MAXLEN 0", ":0"]);
  await fill();
  await expect(
    ["XTRIM s MAXLEN ~ 46", ":0"],
    ["XTRIM s MAXLEN ~ 34", ":20"],
    ["XTRIM s MINID ~ 30", ":0"],
    ["XTRIM s MINID ~ 31", ":10"],
    ["XTRIM s MAXLEN ~ 0 LIMIT 9", ":0"],
    ["XTRIM s MAXLEN ~ 0 LIMIT 10", ":10"],
    ["XTRIM s MAXLEN ~ 0 LIMIT 0", ":15"],
  );
  await fill();
  await expect(["CONFIG SET stream-node-max-entries 1", "+OK"], ["XTRIM s MAXLEN ~ 0", ":55"]);
});

test("without LIMIT, an approximate trim goes through a hundred nodes", async (t) => {
  const { client, expect } = await startFixture(t, { "stream-node-max-entries": "2" });
  for (let i = 1; i <= 300; i++) await client.call("XADD", "s", `${i}`, "f", String(i));
  await expect(["XTRIM s MAXLEN ~ 10", ":200"], ["XTRIM s MAXLEN ~ 10", ":90"]);
});

test("XADD trims as XTRIM does", async (t) => {
  const { client, expect } = await startFixture(t, { "stream-node-max-entries": "10" });
  for (let i = 1; i <= 100; i++) await client.call("XADD", "s", "MAXLEN", "~", "20", `${i}`, "f", String(i));
  await expect(["XLEN s", ":20"], ["XADD s MAXLEN 5 101 f v", '$"101-0"'], ["XLEN s", ":5"]);
  await expect(["XADD s MINID = 101 102 f v", '$"102-0"'], ["XLEN s", ":2"], ["XADD s MAXLEN 0 103 f v", '$"103-0"']);
  await expect(
    ["XLEN s", ":0"],
    ["XADD s 103 f v", "-ERR The ID specified in XADD is equal or smaller than the target stream top item"],
  );
});

test("the limits of nodes apply from the next entry on", async (t) => {
  const { client, expect } = await startFixture(t);
  const nodes = async (): Promise<string> =>
    /radix-tree-keys", :(\d+)/.exec(await client.ask("XINFO", "STREAM", "s"))?.[1] ?? "";
  const add = async (count: number, value = "v"): Promise<void> => {
    for (let i = 0; i < count; i++) await client.call("XADD", "s", "*", "f", value);
  };
  await add(100);
  assert.equal(await nodes(), "1");
  await add(1);
  assert.equal(await nodes(), "2");
  await expect(["CONFIG SET stream-node-max-entries 3", "+OK"]);
  await add(5);
  assert.equal(await nodes(), "3");
  await expect(["CONFIG SET stream-node-max-entries 0", "+OK"]);
  await add(200);
  assert.equal(await nodes(), "3", "no limit but that of bytes");
  await expect(["CONFIG SET stream-node-max-bytes 100", "+OK"]);
  await add(2, "x".repeat(90));
  assert.equal(await nodes(), "5");
  await expect(["CONFIG SET stream-node-max-bytes 0", "+OK"]);
  await add(300, "x".repeat(90));
  assert.equal(await nodes(), "5");
  assert.equal((await client.ask("XRANGE", "s", "-", "+")).match(/-\d+"/g)?.length, 608);
});

test("XSETID sets what a replica must know", async (t) => {
  const { client, expect } = await startFixture(t);
  for (const id of ["1", "2", "3"]) await client.call("XADD", "s", id, "f", "v");
  await expect(
    ["XSETID s 2", "-ERR The ID specified in XSETID is smaller than the target stream top item"],
    ["XSETID s 5-5", "+OK"],
    ["XADD s 5-* f v", '$"5-6"'],
    ["XDEL s 5-6", ":1"],
    ["XSETID s 5-5", "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"],
    [
      "XSETID s 9 ENTRIESADDED 2",
      "-ERR The entries_added specified in XSETID is smaller than the target stream length",
    ],
    ["XSETID s 9 ENTRIESADDED -1", "-ERR entries_added must be positive"],
    ["XSETID s 9 ENTRIESADDED x", "-ERR value is not an integer or out of range"],
    ["XSETID s 9 ENTRIESADDED", "-ERR syntax error"],
    ["XSETID s 9 FOO 1", "-ERR syntax error"],
    ["XSETID s 9 MAXDELETEDID 10", "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id"],
    ["XSETID s 9 ENTRIESADDED 9223372036854775807 MAXDELETEDID 8-1", "+OK"],
  );
  const info = await client.ask("XINFO", "STREAM", "s");
  for (const part of [
    'last-generated-id", $"9-0"',
    'max-deleted-entry-id", $"8-1"',
    'entries-added", :9223372036854775807',
  ]) {
    assert.ok(info.includes(part), info);
  }
  await client.call("XADD", "s", "*", "f", "v");
  assert.match(
    await client.ask("XINFO", "STREAM", "s"),
    /entries-added", :-9223372036854775808/,
    "it goes round as in Redis",
  );
});
