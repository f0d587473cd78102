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

/** 1-0 and 3-0 are pending with b and have been for 100 ms, 2-0 with a since just now. */
async function startPending(t: Parameters<typeof startFixture>[0]): Promise<Fixture> {
  const fixture = await startFixture(t);
  await fixture.expect(...THREE, ["XREADGROUP GROUP g b STREAMS s >", ofStream(ENTRY_1, ENTRY_2, ENTRY_3)]);
  fixture.server.clock.advance(100);
  await fixture.expect(["XCLAIM s g a 0 2 JUSTID", '*[$"2-0"]'], ["XGROUP CREATECONSUMER s g idle", ":1"]);
  return fixture;
}

test("XPENDING sums up what is pending, by consumer in the order of their names", async (t) => {
  const { expect, connect } = await startPending(t);
  await expect(["XPENDING s g", '*[:3, $"1-0", $"3-0", *[*[$"a", $"1"], *[$"b", $"2"]]]']);
  await expect(["XGROUP CREATE s empty $", "+OK"], ["XPENDING s empty", "*[:0, $nil, $nil, *nil]"]);
  const client = await connect({ resp: 3 });
  assert.equal(await client.ask("XPENDING", "s", "empty"), "*[:0, _, _, _]");
});

const P1 = '*[$"1-0", $"b", :100, :1]';
const P2 = '*[$"2-0", $"a", :0, :1]';
const P3 = '*[$"3-0", $"b", :100, :1]';

test("XPENDING lists a range, of all consumers or of one, that has been idle for some time", async (t) => {
  const { expect } = await startPending(t);
  await expect(
    ["XPENDING s g - + 10", `*[${P1}, ${P2}, ${P3}]`],
    ["XPENDING s g - + 2", `*[${P1}, ${P2}]`],
    ["XPENDING s g - + 0", "*[]"],
    ["XPENDING s g - + -4", "*[]"],
    ["XPENDING s g 2 3 10", `*[${P2}, ${P3}]`],
    ["XPENDING s g (1-0 (3-0 10", `*[${P2}]`],
    ["XPENDING s g 3 2 10", "*[]"],
    ["XPENDING s g - + 10 b", `*[${P1}, ${P3}]`],
    ["XPENDING s g (1-0 + 1 b", `*[${P3}]`],
    ["XPENDING s g - 2 10 b", `*[${P1}]`],
    ["XPENDING s g - + 10 idle", "*[]"],
    ["XPENDING s g - + 10 none", "*[]"],
    ["XPENDING s g IDLE 100 - + 10", `*[${P1}, ${P3}]`],
    ["XPENDING s g IDLE 100 - + 1", `*[${P1}]`],
    ["XPENDING s g IDLE 101 - + 10", "*[]"],
    ["XPENDING s g IDLE 100 - + 10 a", "*[]"],
    ["XPENDING s g idle 0 - + 10 a", `*[${P2}]`],
    ["XPENDING s g IDLE -1 - + 10 a", `*[${P2}]`],
    ["XPENDING s g - + 10 b ignored", `*[${P1}, ${P3}]`],
  );
});

test("XPENDING refuses a syntax error before it looks for the group", async (t) => {
  const { expect } = await startPending(t);
  await expect(
    ["XPENDING none g", NO_GROUP.replace("'s'", "'none'")],
    ["XPENDING s h", NO_GROUP.replace("'g'", "'h'")],
    ["SET text v", "+OK"],
    ["XPENDING text g", WRONG_TYPE],
    ["XPENDING none g -", "-ERR syntax error"],
    ["XPENDING none g - +", "-ERR syntax error"],
    ["XPENDING none g IDLE 1 - +", "-ERR syntax error"],
    ["XPENDING none g IDLE 1 - + 1 c more", "-ERR syntax error"],
    ["XPENDING none g IDLE x - + 1", "-ERR value is not an integer or out of range"],
    ["XPENDING none g - + x", "-ERR value is not an integer or out of range"],
    ["XPENDING none g x + 1", "-ERR Invalid stream ID specified as stream command argument"],
    ["XPENDING none g - (0-0 1", "-ERR invalid end ID for the interval"],
    ["XPENDING none g (18446744073709551615-18446744073709551615 + 1", "-ERR invalid start ID for the interval"],
    ["XPENDING s", "-ERR wrong number of arguments for 'xpending' command"],
  );
});

test("XACK takes entries off the pending ones, all or none", async (t) => {
  const { expect, recorder } = await startPending(t);
  recorder.takeCommands();
  recorder.takeDirty();
  recorder.takeEvents();
  await expect(
    ["XACK s g 1 2-0 7", ":2"],
    ["XACK s g 1", ":0"],
    ["XACK s g 3-0 x", "-ERR Invalid stream ID specified as stream command argument"],
    ["XACK s h 3", ":0"],
    ["XACK none g x", ":0"],
    ["XPENDING s g", '*[:1, $"3-0", $"3-0", *[*[$"b", $"1"]]]'],
    ["SET text v", "+OK"],
    ["XACK text g 1", WRONG_TYPE],
    ["XACK s g", "-ERR wrong number of arguments for 'xack' command"],
  );
  assert.deepEqual(recorder.takeCommands(), ["XACK s g 1 2-0 7", "SET text v"]);
  assert.equal(recorder.takeDirty(), 3);
  assert.deepEqual(recorder.takeEvents(), ["keymiss none", "new text", "set text"]);
});
