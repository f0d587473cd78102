// What stream commands tell others: events, the dirty count, WATCH, and what goes to the AOF and to replicas.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";

test("XADD goes out with its ID, and an approximate trim with what it came to", async (t) => {
  const { client, recorder, server } = await startFixture(t, { "stream-node-max-entries": "2" });
  const now = server.clock.nowMs();
  const steps: readonly (readonly [command: string, goesOut: string])[] = [
    ["XADD s * f v", `XADD s ${now}-0 f v`],
    ["XADD s * f v", `XADD s ${now}-1 f v`],
    [`XADD s ${now + 1}-* f v`, `XADD s ${now + 1}-0 f v`],
    [`XADD s ${now + 1}-5 f v`, `XADD s ${now + 1}-5 f v`],
    ["XADD s NOMKSTREAM MAXLEN ~ 3 LIMIT 5 * f v", `XADD s NOMKSTREAM MAXLEN = 3 LIMIT 5 ${now + 1}-6 f v`],
    [`XADD s MINID ~ 5 ${now + 1}-7 f v`, `XADD s MINID = ${now + 1}-0 ${now + 1}-7 f v`],
    [`XADD s MAXLEN = 3 ${now + 1}-8 f v`, `XADD s MAXLEN = 3 ${now + 1}-8 f v`],
    [`XTRIM s MAXLEN ~ 1 LIMIT 100`, "XTRIM s MAXLEN = 1 LIMIT 100"],
    [`XADD s MAXLEN ~ 0 ${now + 2}-1 f v`, `XADD s MAXLEN = 0 ${now + 2}-1 f v`],
    ["XADD s 99999999999999 f v", "XADD s 99999999999999 f v"],
    ["XTRIM s MINID ~ 999999999999999", "XTRIM s MINID = 18446744073709551615-18446744073709551615"],
  ];
  for (const [command, goesOut] of steps) {
    await client.call(...command.split(" "));
    assert.deepEqual(recorder.takeCommands(), [goesOut], command);
  }
  for (const command of [
    "XTRIM s MAXLEN ~ 0",
    "XDEL s 1",
    "XADD none NOMKSTREAM * f v",
    "XADD s 1 f v",
    "XREAD STREAMS s 0",
  ]) {
    await client.call(...command.split(" "));
    assert.deepEqual(recorder.takeCommands(), [], command);
  }
});

test("changes of streams are counted and announced", async (t) => {
  const { client, recorder } = await startFixture(t);
  recorder.takeDirty();
  const steps: readonly (readonly [command: string, events: readonly string[], dirty: number])[] = [
    ["XADD s 1 f v", ["new s", "xadd s"], 1],
    ["XADD s 2 f v", ["xadd s"], 1],
    ["XADD s MAXLEN 1 3 f v", ["xadd s", "xtrim s"], 1],
    ["XADD s 4 f v", ["xadd s"], 1],
    ["XTRIM s MAXLEN 0", ["xtrim s"], 2],
    ["XTRIM s MAXLEN 0", [], 0],
    ["XADD s 5 f v", ["xadd s"], 1],
    ["XADD s 6 f v", ["xadd s"], 1],
    ["XDEL s 5 6 7", ["xdel s"], 2],
    ["XSETID s 9", ["xsetid s"], 1],
  ];
  for (const [command, events, dirty] of steps) {
    await client.call(...command.split(" "));
    assert.deepEqual(recorder.takeEvents(), events, command);
    assert.equal(recorder.takeDirty(), dirty, command);
  }
});

test("WATCH sees entries come and go", async (t) => {
  const { client, expect, connect } = await startFixture(t);
  const other = await connect();
  await client.call("XADD", "s", "1", "f", "v");
  for (const [change, isSeen] of [
    ["XADD s 2 f v", true],
    ["XDEL s 1", true],
    ["XTRIM s MAXLEN 0", true],
    ["XTRIM s MAXLEN 0", false],
    ["XADD s 1 f v", false],
    ["XDEL s 9", false],
  ] as const) {
    await expect(["WATCH s", "+OK"]);
    await other.call(...change.split(" "));
    await expect(["MULTI", "+OK"], ["PING", "+QUEUED"], ["EXEC", isSeen ? "*nil" : "*[+PONG]"]);
  }
});

test("XADD is refused where memory is short; XDEL and XTRIM are not", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("XADD", "s", "1", "f", "v");
  await client.call("XADD", "s", "2", "f", "v");
  await expect(
    ["CONFIG SET maxmemory 1", "+OK"],
    ["XADD s 3 f v", "-OOM command not allowed when used memory > 'maxmemory'."],
    ["XSETID s 3", "-OOM command not allowed when used memory > 'maxmemory'."],
    ["XDEL s 1", ":1"],
    ["XTRIM s MAXLEN 0", ":1"],
    ["CONFIG SET maxmemory 0", "+OK"],
  );
});
