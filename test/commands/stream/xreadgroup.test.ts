import assert from "node:assert/strict";
import { test } from "node:test";
import { fmt, itemsOf, textOf } from "../../support/resp-value.js";
import {
  ENTRY_1,
  ENTRY_2,
  ENTRY_3,
  NO_GROUP_TO_READ,
  ofStream,
  startFixture,
  THREE,
  WRONG_TYPE,
} from "./group-fixture.js";

test("each entry goes to one consumer of the group, in order", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ...THREE,
    ["XREADGROUP GROUP g a COUNT 2 STREAMS s >", ofStream(ENTRY_1, ENTRY_2)],
    ["XREADGROUP GROUP g b STREAMS s >", ofStream(ENTRY_3)],
    ["XREADGROUP GROUP g a STREAMS s >", "*nil"],
    ["XREADGROUP GROUP g a COUNT 0 STREAMS s 0", ofStream(ENTRY_1, ENTRY_2)],
    ["XREADGROUP GROUP g a COUNT -1 STREAMS s 1-0", ofStream(ENTRY_2)],
    ["XREADGROUP GROUP g a COUNT 1 STREAMS s 0", ofStream(ENTRY_1)],
    ["XREADGROUP GROUP g b STREAMS s 3", ofStream()],
    // The greatest ID of all means what > means.
    ["XREADGROUP GROUP g b STREAMS s 18446744073709551615-18446744073709551615", "*nil"],
    ["XREADGROUP GROUP g b STREAMS s 18446744073709551615-18446744073709551614", ofStream()],
  );
});

test("several streams are answered together, those without news left out", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ...THREE,
    ["XADD other 1-0 x y", '$"1-0"'],
    ["XGROUP CREATE other g $", "+OK"],
    ["XREADGROUP GROUP g a STREAMS other s > >", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)],
    ["XREADGROUP GROUP g a STREAMS other s > >", "*nil"],
    ["XREADGROUP GROUP g a STREAMS other s 0 2", `*[*[$"other", *[]], *[$"s", *[${ENTRY_3}]]]`],
    ["XREADGROUP GROUP g a STREAMS other s > 2", ofStream(ENTRY_3)],
  );
});

test("under RESP3 the streams are a map", async (t) => {
  const { expect, connect } = await startFixture(t);
  const client = await connect({ resp: 3 });
  await expect(...THREE, ["XGROUP CREATE other g 0 MKSTREAM", "+OK"]);
  const read = ["XREADGROUP", "GROUP", "g", "a", "COUNT", "1", "STREAMS"];
  assert.equal(await client.ask(...read, "s", ">"), `%{$"s": *[${ENTRY_1}]}`);
  assert.equal(await client.ask(...read, "other", "s", ">", ">"), `%{$"s": *[${ENTRY_2}]}`);
  assert.equal(await client.ask(...read, "other", "s", "0", "1"), `%{$"other": *[], $"s": *[${ENTRY_2}]}`);
  assert.equal(await client.ask(...read, "other", ">"), "_");
  await expect(["XDEL s 2", ":1"]);
  assert.equal(await client.ask(...read, "s", "1"), '%{$"s": *[*[$"2-0", _]]}');
});

test("entries that were deleted stay in the history, without fields and without a further delivery", async (t) => {
  const { expect, server } = await startFixture(t);
  await expect(...THREE, ["XREADGROUP GROUP g a STREAMS s >", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)], ["XDEL s 2", ":1"]);
  server.clock.advance(50);
  await expect(
    ["XREADGROUP GROUP g a STREAMS s 0", ofStream(ENTRY_1, '*[$"2-0", *nil]', ENTRY_3)],
    ["XPENDING s g - + 9", '*[*[$"1-0", $"a", :0, :2], *[$"2-0", $"a", :50, :1], *[$"3-0", $"a", :0, :2]]'],
  );
});

test("NOACK leaves nothing pending", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE);
  recorder.takeCommands();
  recorder.takeDirty();
  await expect(
    ["XREADGROUP GROUP g a NOACK COUNT 2 STREAMS s >", ofStream(ENTRY_1, ENTRY_2)],
    ["XPENDING s g", "*[:0, $nil, $nil, *nil]"],
  );
  assert.deepEqual(recorder.takeCommands(), [
    "MULTI",
    "XGROUP CREATECONSUMER s g a",
    "XGROUP SETID s g 2-0 ENTRIESREAD 2",
    "EXEC",
  ]);
  assert.equal(recorder.takeDirty(), 2);
  assert.deepEqual(recorder.takeEvents().slice(-1), ["xgroup-createconsumer s"]);
});

test("a read goes out as claims and the group's last ID; a read of history as nothing", async (t) => {
  const { expect, recorder, server } = await startFixture(t);
  await expect(...THREE, ["XGROUP CREATECONSUMER s g a", ":1"]);
  recorder.takeCommands();
  recorder.takeDirty();
  recorder.takeEvents();
  const now = server.clock.nowMs();
  await expect(["XREADGROUP GROUP g a COUNT 2 STREAMS s >", ofStream(ENTRY_1, ENTRY_2)]);
  const claim = (id: string): string => `XCLAIM s g a 0 ${id} TIME ${now} RETRYCOUNT 1 FORCE JUSTID LASTID ${id}`;
  assert.deepEqual(recorder.takeCommands(), [
    "MULTI",
    claim("1-0"),
    claim("2-0"),
    "XGROUP SETID s g 2-0 ENTRIESREAD 2",
    "EXEC",
  ]);
  assert.equal(recorder.takeDirty(), 1);
  await expect(
    ["XREADGROUP GROUP g a STREAMS s 0", ofStream(ENTRY_1, ENTRY_2)],
    ["XREADGROUP GROUP g b STREAMS s 0", ofStream()],
  );
  assert.deepEqual(recorder.takeCommands(), []);
  assert.deepEqual(recorder.takeEvents(), ["xgroup-createconsumer s"]);
  assert.equal(recorder.takeDirty(), 1);
});

test("what was delivered before the group went back is delivered anew, to whoever reads", async (t) => {
  const { expect, server } = await startFixture(t);
  await expect(
    ...THREE,
    ["XREADGROUP GROUP g a STREAMS s >", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)],
    ["XREADGROUP GROUP g a STREAMS s 0", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)],
    ["XGROUP SETID s g 1", "+OK"],
  );
  server.clock.advance(7);
  await expect(
    ["XREADGROUP GROUP g b COUNT 1 STREAMS s >", ofStream(ENTRY_2)],
    ["XREADGROUP GROUP g a COUNT 1 STREAMS s >", ofStream(ENTRY_3)],
    ["XPENDING s g - + 9", '*[*[$"1-0", $"a", :7, :2], *[$"2-0", $"b", :0, :1], *[$"3-0", $"a", :0, :1]]'],
  );
});

test("XREADGROUP refuses what it cannot do before it does anything", async (t) => {
  const { expect, recorder } = await startFixture(t);
  await expect(...THREE, ["SET text v", "+OK"]);
  recorder.takeDirty();
  const meaningless = (sign: string): string =>
    `-ERR The ${sign} ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer ` +
    `by specifying a proper ID, or use the > ID to get new messages. The ${sign} ID would just return an empty result set.`;
  await expect(
    ["XREADGROUP GROUP g c STREAMS none >", NO_GROUP_TO_READ.replace("'s'", "'none'")],
    ["XREADGROUP GROUP h c STREAMS s >", NO_GROUP_TO_READ.replace("'g'", "'h'")],
    ["XREADGROUP GROUP g c STREAMS text >", WRONG_TYPE],
    ["XREADGROUP GROUP g c STREAMS s text > >", WRONG_TYPE],
    ["XREADGROUP GROUP g c STREAMS s $", meaningless("$")],
    ["XREADGROUP GROUP g c STREAMS s +", meaningless("+")],
    ["XREADGROUP GROUP g c STREAMS s -", "-ERR Invalid stream ID specified as stream command argument"],
    ["XREADGROUP COUNT 1 BLOCK 1 STREAMS s >", "-ERR Missing GROUP option for XREADGROUP"],
    ["XREADGROUP GROUP g c NOPE STREAMS s >", "-ERR syntax error"],
    ["XREADGROUP GROUP g c COUNT x STREAMS s >", "-ERR value is not an integer or out of range"],
    [
      "XREADGROUP GROUP g c STREAMS s t >",
      "-ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
    ],
    ["XREADGROUP GROUP g c STREAMS s", "-ERR wrong number of arguments for 'xreadgroup' command"],
    ["XINFO CONSUMERS s g", "*[]"],
  );
  assert.equal(recorder.takeDirty(), 0);
});

test("COMMAND GETKEYS finds the keys of XREADGROUP, whatever else is called STREAMS", async (t) => {
  const { expect } = await startFixture(t);
  await expect(
    ["COMMAND GETKEYS XREADGROUP GROUP g c STREAMS a b > >", '*[$"a", $"b"]'],
    ["COMMAND GETKEYS XREADGROUP GROUP streams streams COUNT 1 STREAMS streams >", '*[$"streams"]'],
  );
});

test("replies of many chunks are whole, wherever their headers fall", async (t) => {
  const { client, connect } = await startFixture(t);
  const text = "x".repeat(100);
  const commands = Array.from({ length: 3000 }, (_, i) => ["XADD", i % 2 === 0 ? "a" : "b", `${i + 1}-0`, "f", text]);
  await client.pipeline(commands);
  for (const key of ["a", "b"]) await client.ask("XGROUP", "CREATE", key, "g", "0");
  const streams = ["STREAMS", "a", "b", ">", ">"];
  const read = await client.call("XREADGROUP", "GROUP", "g", "c", ...streams);
  assert.deepEqual(
    itemsOf(read).map((stream) => itemsOf(itemsOf(stream)[1] ?? read).length),
    [1500, 1500],
  );
  const modern = await connect({ resp: 3 });
  const history = await modern.call("XREADGROUP", "GROUP", "g", "c", "STREAMS", "a", "b", "0", "0");
  assert.ok(history.kind === "map");
  assert.deepEqual(
    history.entries.map(([key, entries]) => [textOf(key), itemsOf(entries).length]),
    [
      ["a", 1500],
      ["b", 1500],
    ],
  );
  assert.equal(await client.ask("XDEL", "a", "1", "3", "2999"), ":3");
  const [next, claimed, deleted] = itemsOf(await client.call("XAUTOCLAIM", "a", "g", "d", "0", "-", "COUNT", "1499"));
  assert.ok(next !== undefined && claimed !== undefined && deleted !== undefined);
  assert.equal(textOf(next), "2999-0");
  assert.deepEqual([itemsOf(claimed).length, itemsOf(deleted).length], [1497, 2]);
  assert.equal(fmt(itemsOf(claimed)[0] ?? next), `*[$"5-0", *[$"f", $"${text}"]]`);
});
