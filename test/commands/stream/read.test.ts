// XREAD, at once and waiting.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startFixture } from "../../support/checked-fixture.js";
import type { RespClient } from "../../support/resp-client.js";
import { fmt } from "../../support/resp-value.js";

const answer = async (client: RespClient): Promise<string> => fmt(await client.readReply(5000));

/** Waits until so many clients are blocked. */
async function untilBlocked(client: RespClient, count: number): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if ((await client.ask("INFO", "clients")).includes(`blocked_clients:${count}\\r`)) return;
  }
  assert.fail(`${count} clients never blocked`);
}

async function expectSilence(observer: RespClient, silent: RespClient): Promise<void> {
  for (let i = 0; i < 3; i++) assert.equal(await observer.ask("ECHO", "round trip"), '$"round trip"');
  assert.deepEqual(silent.unreadReplies.map(fmt), []);
}

test("XREAD answers with the streams that have entries behind the given IDs", async (t) => {
  const { client, expect, connect } = await startFixture(t);
  for (const id of ["1-1", "2-1", "3-1"]) await client.call("XADD", "a", id, "f", id);
  await client.call("XADD", "b", "9", "f", "v");
  const last = '*[$"3-1", *[$"f", $"3-1"]]';
  const b = '*[*[$"9-0", *[$"f", $"v"]]]';
  await expect(
    ["XREAD STREAMS a b none 2-1 0 0", `*[*[$"a", *[${last}]], *[$"b", ${b}]]`],
    ["XREAD COUNT 1 STREAMS a 1-1", '*[*[$"a", *[*[$"2-1", *[$"f", $"2-1"]]]]]'],
    ["XREAD COUNT 0 STREAMS b 0", `*[*[$"b", ${b}]]`],
    ["XREAD STREAMS a b 3-1 9", "*nil"],
    ["XREAD STREAMS a b $ $", "*nil"],
    [
      "XREAD STREAMS a a 2 1-1",
      `*[*[$"a", *[*[$"2-1", *[$"f", $"2-1"]], ${last}]], *[$"a", *[*[$"2-1", *[$"f", $"2-1"]], ${last}]]]`,
    ],
  );
  const modern = await connect({ resp: 3 });
  assert.equal(await modern.ask("XREAD", "STREAMS", "a", "b", "2-1", "0"), `%{$"a": *[${last}], $"b": ${b}}`);
  assert.equal(await modern.ask("XREAD", "STREAMS", "a", "3-1"), "_");
});

test("a plus asks for the last entry alone", async (t) => {
  const { client, expect } = await startFixture(t);
  for (const id of ["1-1", "2-1", "3-1"]) await client.call("XADD", "s", id, "f", id);
  await expect(
    ["XREAD STREAMS s +", '*[*[$"s", *[*[$"3-1", *[$"f", $"3-1"]]]]]'],
    ["XREAD COUNT 5 STREAMS s none + +", '*[*[$"s", *[*[$"3-1", *[$"f", $"3-1"]]]]]'],
    ["XDEL s 3-1", ":1"],
    ["XREAD STREAMS s +", "*nil"],
    ["XTRIM s MAXLEN 0", ":2"],
    ["XREAD STREAMS s +", "*nil"],
  );
});

test("XREAD refuses what makes no sense", async (t) => {
  const { client, expect } = await startFixture(t);
  await client.call("XADD", "s", "1", "f", "v");
  const invalid = "-ERR Invalid stream ID specified as stream command argument";
  await expect(
    [
      "XREAD STREAMS s t 0",
      "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
    ],
    ["XREAD COUNT 1 BLOCK", "-ERR syntax error"],
    ["XREAD COUNT 1 BLOCK 5", "-ERR syntax error"],
    ["XREAD COUNT x STREAMS s 0", "-ERR value is not an integer or out of range"],
    ["XREAD BLOCK x STREAMS s 0", "-ERR timeout is not an integer or out of range"],
    ["XREAD BLOCK 1.5 STREAMS s 0", "-ERR timeout is not an integer or out of range"],
    ["XREAD BLOCK -1 STREAMS s 0", "-ERR timeout is negative"],
    ["XREAD BLOCK 9223372036854775807 STREAMS s 0", "-ERR timeout is out of range"],
    ["XREAD FOO STREAMS s 0", "-ERR syntax error"],
    ["XREAD GROUP g c STREAMS s 0", "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead."],
    ["XREAD NOACK STREAMS s 0", "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead."],
    [
      "XREAD STREAMS s >",
      "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
    ],
    ["XREAD STREAMS s -", invalid],
    ["XREAD STREAMS s 1-*", invalid],
    ["XREAD STREAMS none x", invalid],
  );
});

test("a reader waits for the next entry, under its own count and from its own ID", async (t) => {
  const { client, expect, connect } = await startFixture(t);
  await client.call("XADD", "s", "1-1", "f", "v");
  const [next, far, both] = [await connect(), await connect(), await connect({ resp: 3 })];
  next.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$");
  far.send("XREAD", "BLOCK", "0", "STREAMS", "s", "5");
  both.send("XREAD", "BLOCK", "0", "COUNT", "1", "STREAMS", "other", "s", "$", "1-1");
  await untilBlocked(client, 3);
  await expect(["XADD s 2-1 a b", '$"2-1"']);
  assert.equal(await answer(next), '*[*[$"s", *[*[$"2-1", *[$"a", $"b"]]]]]');
  assert.equal(await answer(both), '%{$"s": *[*[$"2-1", *[$"a", $"b"]]]}');
  await expectSilence(client, far);
  await expect(
    ["MULTI", "+OK"],
    ["XADD s 6 a b", "+QUEUED"],
    ["XADD s 7 a b", "+QUEUED"],
    ["EXEC", '*[$"6-0", $"7-0"]'],
  );
  assert.equal(await answer(far), '*[*[$"s", *[*[$"6-0", *[$"a", $"b"]], *[$"7-0", *[$"a", $"b"]]]]]');
});

test("a reader goes on waiting while its key is gone or of another type", async (t) => {
  const { client, expect, connect } = await startFixture(t);
  await client.call("XADD", "s", "1-1", "f", "v");
  const reader = await connect();
  reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$");
  await untilBlocked(client, 1);
  await expect(["DEL s", ":1"], ["SET s text", "+OK"], ["DEL s", ":1"], ["XADD s 1-0 old entry", '$"1-0"']);
  await expect(["XTRIM s MAXLEN 0", ":1"], ["SWAPDB 0 1", "+OK"], ["SWAPDB 0 1", "+OK"]);
  await expect(["MULTI", "+OK"], ["XADD s 6 a b", "+QUEUED"], ["XDEL s 6", "+QUEUED"], ["EXEC", '*[$"6-0", :1]']);
  await expectSilence(client, reader);
  await expect(["XADD t 7-0 x y", '$"7-0"'], ["RENAME t s", "+OK"]);
  assert.equal(await answer(reader), '*[*[$"s", *[*[$"7-0", *[$"x", $"y"]]]]]');
});

test("a dollar means the last entry at the time of the call, though the reader is woken in vain", async (t) => {
  const { client, expect, connect } = await startFixture(t);
  await client.call("XADD", "s", "5-5", "f", "v");
  const reader = await connect();
  reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "none", "$", "$");
  await untilBlocked(client, 1);
  await expect(["MULTI", "+OK"], ["XADD s 6 a b", "+QUEUED"], ["XDEL s 6", "+QUEUED"], ["EXEC", '*[$"6-0", :1]']);
  await expect(["XADD none 0-1 c d", '$"0-1"']);
  assert.equal(await answer(reader), '*[*[$"none", *[*[$"0-1", *[$"c", $"d"]]]]]');
});

test("a wait ends with its time, by CLIENT UNBLOCK, and does not begin in a transaction", async (t) => {
  const { client, expect, connect, server } = await startFixture(t);
  await client.call("XADD", "s", "1-1", "f", "v");
  const reader = await connect();
  reader.send("XREAD", "BLOCK", "50", "STREAMS", "s", "$");
  await untilBlocked(client, 1);
  server.clock.advance(60);
  assert.equal(await answer(reader), "*nil");
  reader.send("CLIENT", "ID");
  const id = (await answer(reader)).slice(1);
  reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$");
  await untilBlocked(client, 1);
  await expect([`CLIENT UNBLOCK ${id} ERROR`, ":1"]);
  assert.equal(await answer(reader), "-UNBLOCKED client unblocked via CLIENT UNBLOCK");
  await expect(["MULTI", "+OK"], ["XREAD BLOCK 0 STREAMS s $", "+QUEUED"], ["EXEC", "*[*nil]"]);
});
