import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ENTRY_1,
  ENTRY_2,
  ENTRY_3,
  type Fixture,
  NO_GROUP,
  ofStream,
  startFixture,
  THREE,
  WRONG_TYPE,
} from "./group-fixture.js";

/** All three entries have been pending with a for 100 ms. */
async function startClaimable(t: Parameters<typeof startFixture>[0]): Promise<Fixture> {
  const fixture = await startFixture(t);
  await fixture.expect(...THREE, ["XREADGROUP GROUP g a STREAMS s >", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)]);
  fixture.server.clock.advance(100);
  fixture.recorder.takeCommands();
  fixture.recorder.takeDirty();
  fixture.recorder.takeEvents();
  return fixture;
}

test("XCLAIM makes entries another consumer's, and counts a delivery unless it answers IDs only", async (t) => {
  const { expect, recorder } = await startClaimable(t);
  await expect(
    ["XCLAIM s g b 0 1 3-0", `*[${ENTRY_1}, ${ENTRY_3}]`],
    ["XCLAIM s g b 0 2 JUSTID", '*[$"2-0"]'],
    ["XPENDING s g - + 9", '*[*[$"1-0", $"b", :0, :2], *[$"2-0", $"b", :0, :1], *[$"3-0", $"b", :0, :2]]'],
    ["XPENDING s g - + 9 a", "*[]"],
    // Its own, again.
    ["XCLAIM s g b 0 1", `*[${ENTRY_1}]`],
    ["XPENDING s g - 1 9 b", '*[*[$"1-0", $"b", :0, :3]]'],
  );
  assert.equal(recorder.takeDirty(), 5);
  assert.deepEqual(recorder.takeEvents(), ["xgroup-createconsumer s"]);
});

test("XCLAIM leaves entries that have not been idle for long enough", async (t) => {
  const { expect, server } = await startClaimable(t);
  await expect(["XCLAIM s g b 0 2 JUSTID", '*[$"2-0"]']);
  server.clock.advance(10);
  await expect(
    ["XCLAIM s g c 50 1 2 3 JUSTID", '*[$"1-0", $"3-0"]'],
    ["XCLAIM s g c 10 2 JUSTID", '*[$"2-0"]'],
    ["XCLAIM s g c -5 2 JUSTID", '*[$"2-0"]'],
  );
});

test("XCLAIM sets the time and the count of deliveries that it is told", async (t) => {
  const { expect, server } = await startClaimable(t);
  const now = server.clock.nowMs();
  await expect(
    ["XCLAIM s g b 0 1 IDLE 5000 RETRYCOUNT 7 JUSTID", '*[$"1-0"]'],
    [`XCLAIM s g b 0 2 TIME ${now - 77}`, `*[${ENTRY_2}]`],
    ["XCLAIM s g b 0 3 retrycount 9223372036854775807", `*[${ENTRY_3}]`],
    [
      "XPENDING s g - + 9",
      '*[*[$"1-0", $"b", :5000, :7], *[$"2-0", $"b", :77, :2], *[$"3-0", $"b", :0, :9223372036854775807]]',
    ],
    // Times that cannot be are now, a negative count is none.
    [`XCLAIM s g b 0 1 TIME ${now + 1000} RETRYCOUNT -5`, `*[${ENTRY_1}]`],
    ["XCLAIM s g b 0 2 IDLE -1000", `*[${ENTRY_2}]`],
    ["XCLAIM s g b 0 3 TIME -1", `*[${ENTRY_3}]`],
    [
      "XPENDING s g - + 9",
      '*[*[$"1-0", $"b", :0, :8], *[$"2-0", $"b", :0, :3], *[$"3-0", $"b", :0, :-9223372036854775808]]',
    ],
  );
});

test("XCLAIM FORCE makes entries pending that were not, if they are there", async (t) => {
  const { expect } = await startClaimable(t);
  await expect(
    ["XACK s g 1 2", ":2"],
    ["XCLAIM s g b 0 1 JUSTID", "*[]"],
    ["XCLAIM s g b 5000 1 9 FORCE JUSTID", '*[$"1-0"]'],
    ["XCLAIM s g b 0 2 FORCE", `*[${ENTRY_2}]`],
    ["XPENDING s g - 2 9", '*[*[$"1-0", $"b", :0, :1], *[$"2-0", $"b", :0, :2]]'],
  );
});

test("XCLAIM moves the group's last ID forwards only", async (t) => {
  const { expect, recorder } = await startClaimable(t);
  await expect(["XCLAIM s g a 0 9 LASTID 7-7", "*[]"]);
  assert.deepEqual(recorder.takeCommands(), ["XGROUP SETID s g 7-7 ENTRIESREAD 3"]);
  assert.equal(recorder.takeDirty(), 1);
  await expect(
    ["XCLAIM s g a 0 9 LASTID 2", "*[]"],
    ["XADD s 7-7 d 4", '$"7-7"'],
    ["XREADGROUP GROUP g a STREAMS s >", "*nil"],
  );
});

test("a claim goes out with all that it has made of the entry", async (t) => {
  const { expect, recorder, server } = await startClaimable(t);
  const now = server.clock.nowMs();
  await expect(["XCLAIM s g b 0 1 2 IDLE 10 LASTID 8", `*[${ENTRY_1}, ${ENTRY_2}]`]);
  const claim = (id: string): string => `XCLAIM s g b 0 ${id} TIME ${now - 10} RETRYCOUNT 2 FORCE JUSTID LASTID 8-0`;
  assert.deepEqual(recorder.takeCommands(), ["MULTI", claim("1"), claim("2"), "EXEC"]);
  // The consumer, and two entries.
  assert.equal(recorder.takeDirty(), 3);
});

test("XCLAIM drops entries that were deleted, whoever has them pending and however short", async (t) => {
  const { expect, recorder, server } = await startClaimable(t);
  await expect(["XDEL s 2", ":1"]);
  recorder.takeCommands();
  await expect(["XCLAIM s g b 99999 1 2", "*[]"], ["XPENDING s g", '*[:2, $"1-0", $"3-0", *[*[$"a", $"2"]]]']);
  const time = server.clock.nowMs() - 100;
  assert.deepEqual(recorder.takeCommands(), [`XCLAIM s g a 0 2 TIME ${time} RETRYCOUNT 1 FORCE JUSTID LASTID 3-0`]);
});

test("XCLAIM refuses what makes no sense before it claims anything", async (t) => {
  const { expect, recorder } = await startClaimable(t);
  await expect(
    ["XCLAIM none g b 0 1", NO_GROUP.replace("'s'", "'none'")],
    ["XCLAIM s h b x 1", NO_GROUP.replace("'g'", "'h'")],
    ["XCLAIM s g b x 1", "-ERR Invalid min-idle-time argument for XCLAIM"],
    ["XCLAIM s g b 0 1 x", "-ERR Unrecognized XCLAIM option 'x'"],
    ["XCLAIM s g b 0 1 JUSTID 2", "-ERR Unrecognized XCLAIM option '2'"],
    ["XCLAIM s g b 0 1 IDLE", "-ERR Unrecognized XCLAIM option 'IDLE'"],
    ["XCLAIM s g b 0 1 IDLE x", "-ERR Invalid IDLE option argument for XCLAIM"],
    ["XCLAIM s g b 0 1 TIME x", "-ERR Invalid TIME option argument for XCLAIM"],
    ["XCLAIM s g b 0 1 RETRYCOUNT x", "-ERR Invalid RETRYCOUNT option argument for XCLAIM"],
    ["XCLAIM s g b 0 1 LASTID x", "-ERR Invalid stream ID specified as stream command argument"],
    ["XCLAIM s g b 0", "-ERR wrong number of arguments for 'xclaim' command"],
  );
  assert.equal(recorder.takeDirty(), 0);
  await expect(["SET text v", "+OK"], ["XCLAIM text g b 0 1", WRONG_TYPE], ["XCLAIM s g b 0 JUSTID", "*[]"]);
});

test("XAUTOCLAIM goes through what is pending step by step", async (t) => {
  const { expect, recorder, server } = await startClaimable(t);
  const now = server.clock.nowMs();
  await expect(["XAUTOCLAIM s g b 100 - COUNT 1", `*[$"2-0", *[${ENTRY_1}], *[]]`]);
  assert.deepEqual(recorder.takeCommands(), [`XCLAIM s g b 0 1-0 TIME ${now} RETRYCOUNT 2 FORCE JUSTID LASTID 3-0`]);
  assert.equal(recorder.takeDirty(), 2);
  await expect(
    ["XAUTOCLAIM s g b 100 2 COUNT 1 JUSTID", '*[$"3-0", *[$"2-0"], *[]]'],
    ["XAUTOCLAIM s g b 0 (2-0", `*[$"0-0", *[${ENTRY_3}], *[]]`],
    ["XPENDING s g - + 9", '*[*[$"1-0", $"b", :0, :2], *[$"2-0", $"b", :0, :1], *[$"3-0", $"b", :0, :2]]'],
    ["XAUTOCLAIM s g b 1 -", '*[$"0-0", *[], *[]]'],
    ["XAUTOCLAIM s g new 0 9", '*[$"0-0", *[], *[]]'],
  );
  assert.deepEqual(recorder.takeEvents(), ["xgroup-createconsumer s", "xgroup-createconsumer s"]);
});

test("XAUTOCLAIM drops and lists entries that were deleted; they count", async (t) => {
  const { expect, recorder } = await startClaimable(t);
  await expect(["XDEL s 1 2", ":2"]);
  recorder.takeCommands();
  await expect(
    ["XAUTOCLAIM s g b 9999 - COUNT 1", '*[$"2-0", *[], *[$"1-0"]]'],
    ["XAUTOCLAIM s g b 9999 -", '*[$"0-0", *[], *[$"2-0"]]'],
    ["XPENDING s g", '*[:1, $"3-0", $"3-0", *[*[$"a", $"1"]]]'],
  );
  const names = recorder.takeCommands().map((line) => line.split(" ").slice(0, 6).join(" "));
  assert.deepEqual(names, ["XCLAIM s g a 0 1-0", "XCLAIM s g a 0 2-0"]);
});

test("XAUTOCLAIM looks at ten entries for each that is asked for, and lists any number of deleted ones", async (t) => {
  const { expect, client } = await startFixture(t);
  await expect(["XGROUP CREATE s g 0 MKSTREAM", "+OK"]);
  for (let i = 1; i <= 300; i++) await client.ask("XADD", "s", `${i}-0`, "f", "v");
  await client.ask("XREADGROUP", "GROUP", "g", "a", "STREAMS", "s", ">");
  await expect(["XAUTOCLAIM s g b 5000 - COUNT 2", '*[$"21-0", *[], *[]]']);
  await expect(["XTRIM s MAXLEN 0", ":300"]);
  const ids = Array.from({ length: 300 }, (_, i) => `$"${i + 1}-0"`);
  await expect(["XAUTOCLAIM s g b 5000 - COUNT 1000", `*[$"0-0", *[], *[${ids.join(", ")}]]`]);
});

test("XAUTOCLAIM refuses a syntax error before it looks for the group", async (t) => {
  const { expect } = await startClaimable(t);
  await expect(
    ["XAUTOCLAIM none g b 0 -", NO_GROUP.replace("'s'", "'none'")],
    ["XAUTOCLAIM none g b x -", "-ERR Invalid min-idle-time argument for XAUTOCLAIM"],
    ["XAUTOCLAIM none g b 0 x", "-ERR Invalid stream ID specified as stream command argument"],
    ["XAUTOCLAIM none g b 0 (18446744073709551615-18446744073709551615", "-ERR invalid start ID for the interval"],
    ["XAUTOCLAIM none g b 0 - COUNT 0", "-ERR COUNT must be > 0"],
    ["XAUTOCLAIM none g b 0 - COUNT x", "-ERR COUNT must be > 0"],
    ["XAUTOCLAIM none g b 0 - COUNT 576460752303423488", "-ERR COUNT must be > 0"],
    ["XAUTOCLAIM none g b 0 - COUNT", "-ERR syntax error"],
    ["XAUTOCLAIM none g b 0 - NOPE", "-ERR syntax error"],
    [
      "XAUTOCLAIM s g b 0 - COUNT 576460752303423487",
      "-ERR Insufficient memory, failed allocating transient memory, COUNT too high.",
    ],
    ["SET text v", "+OK"],
    ["XAUTOCLAIM text g b 0 -", WRONG_TYPE],
    ["XAUTOCLAIM s g b 0", "-ERR wrong number of arguments for 'xautoclaim' command"],
  );
});
