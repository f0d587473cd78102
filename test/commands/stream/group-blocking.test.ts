// XREADGROUP with BLOCK: who waits, who is served, and what ends a wait.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RespClient } from "../../support/resp-client.js";
import { fmt } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";
import { type Fixture, NO_GROUP_TO_READ, ofStream, startFixture, WRONG_TYPE } from "./group-fixture.js";

const entry = (id: string): string => `*[$"${id}", *[$"f", $"v"]]`;
const answer = async (client: RespClient): Promise<string> => fmt(await client.readReply(5000));

interface Lab extends Fixture {
  /** A client that waits as this consumer, for 0 ms (for ever) if not told otherwise. */
  wait(consumer: string, ms?: number, ...streams: string[]): Promise<RespClient>;
  expectSilence(...clients: RespClient[]): Promise<void>;
}

async function startLab(t: Parameters<typeof startFixture>[0]): Promise<Lab> {
  const fixture = await startFixture(t);
  const { server, connect, client } = fixture;
  await fixture.expect(["XGROUP CREATE s g $ MKSTREAM", "+OK"]);
  return {
    ...fixture,
    wait: async (consumer, ms = 0, ...streams) => {
      const waiting = await connect();
      const keys = streams.length === 0 ? ["s"] : streams;
      const before = waiters();
      waiting.send("XREADGROUP", "GROUP", "g", consumer, "BLOCK", ms, "STREAMS", ...keys, ...keys.map(() => ">"));
      await waitFor("the client to wait", () => waiters() === before + 1, { timeoutMs: 5000 });
      return waiting;
    },
    expectSilence: async (...silent) => {
      for (let i = 0; i < 3; i++) assert.equal(await client.ask("ECHO", "round trip"), '$"round trip"');
      for (const one of silent) assert.deepEqual(one.unreadReplies.map(fmt), []);
    },
  };

  function waiters(): number {
    return [...server.pyredis.server.sessions.all].filter((session) => session.describeFlags().includes("b")).length;
  }
}

test("those who wait get the entries in the order in which they came, and block again behind the others", async (t) => {
  const { wait, expect, expectSilence } = await startLab(t);
  const a = await wait("a");
  const b = await wait("b");
  await expect(["XADD s 1-0 f v", '$"1-0"']);
  assert.equal(await answer(a), ofStream(entry("1-0")));
  await expectSilence(b);
  await expect(["XADD s 2-0 f v", '$"2-0"'], ["XADD s 3-0 f v", '$"3-0"']);
  assert.equal(await answer(b), ofStream(entry("2-0")));
  await expect(["XREADGROUP GROUP g a STREAMS s >", ofStream(entry("3-0"))]);
});

test("a transaction's entries come together, and each group has its own readers", async (t) => {
  const { wait, expect, connect } = await startLab(t);
  await expect(["XGROUP CREATE s other $", "+OK"]);
  const a = await wait("a");
  const other = await connect();
  other.send("XREADGROUP", "GROUP", "other", "x", "COUNT", "1", "BLOCK", "0", "STREAMS", "s", ">");
  await expect(
    ["MULTI", "+OK"],
    ["XADD s 1-0 f v", "+QUEUED"],
    ["XADD s 2-0 f v", "+QUEUED"],
    ["EXEC", '*[$"1-0", $"2-0"]'],
  );
  assert.equal(await answer(a), ofStream(entry("1-0"), entry("2-0")));
  assert.equal(await answer(other), ofStream(entry("1-0")));
});

test("a wait ends with null at its deadline, which being looked at does not move", async (t) => {
  const { wait, expect, server } = await startLab(t);
  const a = await wait("a", 100);
  const b = await wait("b", 1000);
  server.clock.advance(60);
  await expect(["XADD s 1-0 f v", '$"1-0"']);
  assert.equal(await answer(a), ofStream(entry("1-0")));
  // b has run again, in vain: its deadline is still the first one.
  server.clock.advance(939);
  await expect(["PING", "+PONG"]);
  assert.deepEqual(b.unreadReplies, []);
  server.clock.advance(2);
  server.pyredis.server.blocking.checkDeadlines();
  await expect(["PING", "+PONG"]);
  assert.equal(await answer(b), "*nil");
});

const ENDS: readonly (readonly [what: string, commands: readonly (readonly [string, string])[], reply: string])[] = [
  ["DEL", [["DEL s", ":1"]], NO_GROUP_TO_READ],
  ["UNLINK", [["UNLINK s", ":1"]], NO_GROUP_TO_READ],
  ["FLUSHALL", [["FLUSHALL", "+OK"]], NO_GROUP_TO_READ],
  ["SWAPDB", [["SWAPDB 0 1", "+OK"]], NO_GROUP_TO_READ],
  ["XGROUP DESTROY", [["XGROUP DESTROY s g", ":1"]], NO_GROUP_TO_READ],
  ["RENAME to another key", [["RENAME s elsewhere", "+OK"]], NO_GROUP_TO_READ],
  ["SET", [["SET s v", "+OK"]], WRONG_TYPE],
  [
    "RENAME of a list",
    [
      ["RPUSH list a", ":1"],
      ["RENAME list s", "+OK"],
    ],
    WRONG_TYPE,
  ],
  [
    "SUNIONSTORE",
    [
      ["SADD set a", ":1"],
      ["SUNIONSTORE s set", ":1"],
    ],
    WRONG_TYPE,
  ],
  [
    "a transaction that makes it a set",
    [
      ["MULTI", "+OK"],
      ["DEL s", "+QUEUED"],
      ["SADD s a", "+QUEUED"],
      ["EXEC", "*[:1, :1]"],
    ],
    WRONG_TYPE,
  ],
  [
    "RENAME of a stream without the group",
    [
      ["XADD new 1-0 f v", '$"1-0"'],
      ["RENAME new s", "+OK"],
    ],
    NO_GROUP_TO_READ,
  ],
];

for (const [what, commands, reply] of ENDS) {
  test(`${what} ends the wait for a group with an error; who waits with XREAD goes on waiting`, async (t) => {
    const { wait, expect, expectSilence, connect, server } = await startLab(t);
    const group = await wait("a");
    const reader = await connect();
    reader.send("XREAD", "BLOCK", "0", "STREAMS", "s", "5");
    await expectSilence(reader, group);
    assert.equal(server.pyredis.server.blocking.keys.sizeWithoutKey, 1);
    await expect(...commands);
    assert.equal(await answer(group), reply);
    await expectSilence(reader);
    assert.equal(server.pyredis.server.blocking.keys.sizeWithoutKey, 0);
  });
}

test("an expired stream ends the wait, whether a command meets it or it goes by itself", async (t) => {
  const { wait, expect, server } = await startLab(t);
  await expect(["PEXPIRE s 100", ":1"]);
  const a = await wait("a");
  server.clock.advance(200);
  await expect(["EXISTS s", ":0"]);
  assert.equal(await answer(a), NO_GROUP_TO_READ);
  await expect(["XGROUP CREATE s g $ MKSTREAM", "+OK"], ["PEXPIRE s 100", ":1"]);
  const b = await wait("b");
  server.clock.advance(200);
  server.pyredis.server.cron.tick();
  assert.equal(await answer(b), NO_GROUP_TO_READ);
});

test("a stream with the group that takes the place of another serves those who wait", async (t) => {
  const { wait, expect } = await startLab(t);
  const a = await wait("a");
  await expect(["XADD new 1-0 f v", '$"1-0"'], ["XGROUP CREATE new g 0", "+OK"], ["RENAME new s", "+OK"]);
  assert.equal(await answer(a), ofStream(entry("1-0")));
});

test("changes that bring no entry leave the wait, its place in the queue, and the time of its consumer alone", async (t) => {
  const { wait, expect, expectSilence, server } = await startLab(t);
  await expect(["XADD s 1-0 f v", '$"1-0"'], ["XADD s 2-0 f v", '$"2-0"'], ["XGROUP SETID s g $", "+OK"]);
  const a = await wait("a");
  const b = await wait("b");
  server.clock.advance(30);
  await expect(
    ["XDEL s 1", ":1"],
    ["XTRIM s MAXLEN 0", ":1"],
    ["XSETID s 5-0", "+OK"],
    ["PEXPIRE s 100000", ":1"],
    ["XGROUP CREATE s other $", "+OK"],
    ["XGROUP SETID s g $", "+OK"],
    ["XGROUP DESTROY s none", ":0"],
    ["XGROUP CREATECONSUMER s g c", ":1"],
  );
  await expectSilence(a, b);
  await expect([
    "XINFO CONSUMERS s g",
    `*[${["a", "b", "c"]
      .map((name) => `*[$"name", $"${name}", $"pending", :0, $"idle", :${name === "c" ? 0 : 30}, $"inactive", :-1]`)
      .join(", ")}]`,
  ]);
  await expect(["XADD s 6-0 f v", '$"6-0"']);
  assert.equal(await answer(a), ofStream(entry("6-0")));
  await expectSilence(b);
});

test("who waits for several streams is served by the first that has an entry, and is out of all queues then", async (t) => {
  const { wait, expect, expectSilence, server } = await startLab(t);
  await expect(["XGROUP CREATE other g $ MKSTREAM", "+OK"]);
  const both = await wait("a", 0, "s", "other");
  const one = await wait("b", 0, "other");
  await expect(["XADD other 1-0 f v", '$"1-0"']);
  assert.equal(await answer(both), `*[*[$"other", *[${entry("1-0")}]]]`);
  await expectSilence(one);
  assert.equal(server.pyredis.server.blocking.keys.size, 1);
  await expect(["DEL s", ":1"], ["XADD other 2-0 f v", '$"2-0"']);
  assert.equal(await answer(one), `*[*[$"other", *[${entry("2-0")}]]]`);
  // One stream that goes ends the wait for all.
  await expect(["XGROUP CREATE s g $ MKSTREAM", "+OK"]);
  const again = await wait("a", 0, "s", "other");
  await expect(["DEL other", ":1"]);
  assert.equal(await answer(again), NO_GROUP_TO_READ.replace("'s'", "'other'"));
});

test("an ID that is not > does not wait, and neither does a transaction", async (t) => {
  const { expect, server } = await startLab(t);
  await expect(
    ["XREADGROUP GROUP g a BLOCK 0 STREAMS s 0", ofStream()],
    ["MULTI", "+OK"],
    ["XREADGROUP GROUP g a BLOCK 0 STREAMS s >", "+QUEUED"],
    ["EXEC", "*[*nil]"],
    ["XREADGROUP GROUP g a BLOCK -1 STREAMS s >", "-ERR timeout is negative"],
    ["XREADGROUP GROUP g a BLOCK 1.5 STREAMS s >", "-ERR timeout is not an integer or out of range"],
    ["XREADGROUP GROUP g a BLOCK 9223372036854775807 STREAMS s >", "-ERR timeout is out of range"],
  );
  assert.equal(server.pyredis.server.blocking.keys.size, 0);
});

test("CLIENT UNBLOCK ends a wait as its time-out would, or with an error", async (t) => {
  const { wait, expect, server } = await startLab(t);
  for (const [how, reply] of [
    ["TIMEOUT", "*nil"],
    ["ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK"],
  ] as const) {
    const waiting = await wait("a");
    const session = [...server.pyredis.server.sessions.all].find((one) => one.describeFlags().includes("b"));
    await expect([`CLIENT UNBLOCK ${session?.id} ${how}`, ":1"]);
    assert.equal(await answer(waiting), reply);
  }
});

test("what a served wait has taken goes out behind the entry that served it", async (t) => {
  const { wait, expect, recorder, server } = await startLab(t);
  const now = server.clock.nowMs();
  recorder.takeCommands();
  const a = await wait("a");
  // The consumer is there now, but nobody else needs to know yet.
  assert.deepEqual(recorder.takeCommands(), []);
  await expect(["XADD s 1-0 f v", '$"1-0"']);
  assert.equal(await answer(a), ofStream(entry("1-0")));
  assert.deepEqual(recorder.takeCommands(), [
    "XADD s 1-0 f v",
    "MULTI",
    `XCLAIM s g a 0 1-0 TIME ${now} RETRYCOUNT 1 FORCE JUSTID LASTID 1-0`,
    "XGROUP SETID s g 1-0 ENTRIESREAD 1",
    "EXEC",
  ]);
});
