import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { RespClient } from "../../support/resp-client.js";
import { fmt } from "../../support/resp-value.js";
import { waitFor } from "../../support/wait-for.js";
import { type Fixture, startFixture } from "./fixture.js";

interface Lab extends Fixture {
  /** A new client that has sent a command and waits; returns when the server has it waiting. */
  block(...command: string[]): Promise<RespClient>;
  /** Returns when so many sessions wait. */
  blocked(count: number): Promise<unknown>;
  /** Checks that this client has got no reply so far, after a round trip that any reply would have overtaken. */
  expectSilence(client: RespClient): Promise<void>;
}

async function startLab(t: TestContext, config: Record<string, string> = {}): Promise<Lab> {
  const fixture = await startFixture(t, config);
  const { server, client } = fixture;
  const sessions = () => [...server.pyredis.server.sessions.all];
  const blocked = (count: number) =>
    waitFor(
      `${count} blocked clients`,
      () => sessions().filter(({ waiting }) => waiting === "blocked").length === count,
    );
  return {
    ...fixture,
    blocked,
    block: async (...command) => {
      const before = sessions().filter(({ waiting }) => waiting === "blocked").length;
      const further = await fixture.connect();
      await further.send(...command);
      await blocked(before + 1);
      return further;
    },
    expectSilence: async (silent) => {
      for (let i = 0; i < 3; i++) assert.equal(await client.ask("ECHO", "round trip"), '$"round trip"');
      assert.deepEqual(silent.unreadReplies.map(fmt), []);
    },
  };
}

const answer = async (client: RespClient): Promise<string> => fmt(await client.readReply(5000));

test("waiting clients are served one by one, in order of arrival, and the rest stays in the list", async (t) => {
  const { block, client, expect, expectSilence, blocked, server } = await startLab(t);
  const first = await block("BLPOP", "l", "0");
  const second = await block("BRPOP", "none", "l", "0");
  const third = await block("BLMPOP", "0", "2", "l", "m", "RIGHT", "COUNT", "2");
  await expect(["RPUSH l a", ":1"]);
  assert.equal(await answer(first), '*[$"l", $"a"]');
  await expectSilence(second);
  await expect(["RPUSH l b c d e", ":4"]);
  assert.equal(await answer(second), '*[$"l", $"e"]');
  assert.equal(await answer(third), '*[$"l", *[$"d", $"c"]]');
  await expect(["LRANGE l 0 -1", '*[$"b"]']);
  await blocked(0);
  assert.equal(server.pyredis.server.blocking.keys.size, 0);
  assert.equal(await client.ask("PING"), "+PONG");
});

test("a waiting command takes the first of its own keys that is there, not the one that was pushed first", async (t) => {
  const { block, expect } = await startLab(t);
  const client = await block("BLPOP", "a", "b", "c", "0");
  await expect(["MULTI", "+OK"], ["RPUSH c 3", "+QUEUED"], ["RPUSH b 2", "+QUEUED"], ["EXEC", "*[:1, :1]"]);
  assert.equal(await answer(client), '*[$"b", $"2"]');
  await expect(["LRANGE c 0 -1", '*[$"3"]']);
});

test("a transaction serves nobody before its end, nor with what it takes back", async (t) => {
  const { block, expect, expectSilence } = await startLab(t);
  const client = await block("BLPOP", "l", "0");
  await expect(["MULTI", "+OK"], ["RPUSH l a", "+QUEUED"], ["DEL l", "+QUEUED"], ["EXEC", "*[:1, :1]"]);
  await expectSilence(client);
  await expect(
    ["MULTI", "+OK"],
    ["RPUSH l a", "+QUEUED"],
    ["DEL l", "+QUEUED"],
    ["SET l string", "+QUEUED"],
    ["EXEC", "*[:1, :1, +OK]"],
  );
  await expectSilence(client);
  await expect(
    ["MULTI", "+OK"],
    ["DEL l", "+QUEUED"],
    ["RPUSH l a b", "+QUEUED"],
    ["LPUSH l z", "+QUEUED"],
    ["EXEC", "*[:1, :2, :3]"],
  );
  assert.equal(await answer(client), '*[$"l", $"z"]');
});

test("a list that comes by RENAME, COPY, MOVE, RESTORE or SWAPDB serves who waits for it", async (t) => {
  const { block, client, expect, expectSilence } = await startLab(t);
  await expect(["RPUSH source a", ":1"], ["SET string v", "+OK"]);
  const dump = await client.call("DUMP", "source");
  assert.ok(dump.kind === "bulk");
  const ways: readonly (readonly string[])[] = [
    ["COPY", "source", "l"],
    ["RENAME", "source", "l"],
    ["RENAMENX", "source", "l"],
  ];
  for (const way of ways) {
    const waiting = await block("BLPOP", "l", "0");
    assert.match(await client.ask(...way), /^(\+OK|:1)$/);
    assert.equal(await answer(waiting), '*[$"l", $"a"]', way.join(" "));
    await client.ask("RESTORE", "source", "0", dump.bytes, "REPLACE");
  }
  const restored = await block("BLPOP", "l", "0");
  await client.ask("RESTORE", "l", "0", dump.bytes);
  assert.equal(await answer(restored), '*[$"l", $"a"]', "RESTORE");

  const wrong = await block("BLPOP", "l", "0");
  await expect(["RENAME string l", "+OK"]);
  await expectSilence(wrong);
  await expect(["RENAME source l", "+OK"]);
  assert.equal(await answer(wrong), '*[$"l", $"a"]', "RENAME over a key of another type");

  await expect(["SELECT 1", "+OK"], ["RPUSH l one", ":1"], ["RPUSH m two", ":1"], ["SELECT 0", "+OK"]);
  const moved = await block("BLPOP", "l", "0");
  await expect(["SELECT 1", "+OK"], ["MOVE l 0", ":1"], ["SELECT 0", "+OK"]);
  assert.equal(await answer(moved), '*[$"l", $"one"]', "MOVE");
  const swapped = await block("BLPOP", "m", "0");
  await expect(["SWAPDB 0 1", "+OK"]);
  assert.equal(await answer(swapped), '*[$"m", $"two"]', "SWAPDB");
});

test("SWAPDB with a key that has expired, and FLUSHALL, leave clients waiting", async (t) => {
  const { block, expect, expectSilence, server } = await startLab(t);
  await expect(["DEBUG SET-ACTIVE-EXPIRE 0", "+OK"], ["SELECT 1", "+OK"], ["RPUSH l a", ":1"], ["PEXPIRE l 100", ":1"]);
  await expect(["SELECT 0", "+OK"]);
  const client = await block("BLPOP", "l", "0");
  server.clock.advance(101);
  await expect(["SWAPDB 0 1", "+OK"]);
  await expectSilence(client);
  await expect(["FLUSHALL", "+OK"]);
  await expectSilence(client);
  await expect(["RPUSH l b", ":1"]);
  assert.equal(await answer(client), '*[$"l", $"b"]');
});

test("a move makes its destination ready in turn", async (t) => {
  const { block, client, recorder } = await startLab(t);
  const last = await block("BLPOP", "c", "0");
  const middle = await block("BLMOVE", "b", "c", "LEFT", "RIGHT", "0");
  const first = await block("BRPOPLPUSH", "a", "b", "0");
  recorder.takeCommands();
  assert.equal(await client.ask("RPUSH", "a", "x"), ":1");
  assert.equal(await answer(first), '$"x"');
  assert.equal(await answer(middle), '$"x"');
  assert.equal(await answer(last), '*[$"c", $"x"]');
  assert.deepEqual(recorder.takeCommands(), ["RPUSH a x", "RPOPLPUSH a b", "LMOVE b c LEFT RIGHT", "LPOP c"]);
});

test("a move that finds a destination of another type fails, and the element stays", async (t) => {
  const { block, expect } = await startLab(t);
  await expect(["SET d string", "+OK"]);
  const first = await block("BLMOVE", "l", "d", "LEFT", "LEFT", "0");
  const second = await block("BLPOP", "l", "0");
  await expect(["RPUSH l a", ":1"]);
  assert.equal(await answer(first), "-WRONGTYPE Operation against a key holding the wrong kind of value");
  assert.equal(await answer(second), '*[$"l", $"a"]');
});

test("a wait ends at its time-out with a null array, also for BLMOVE", async (t) => {
  const { block, server, expectSilence } = await startLab(t);
  const clients = [
    await block("BLPOP", "l", "1"),
    await block("BLMOVE", "l", "m", "LEFT", "LEFT", "0.9999"),
    await block("BLMPOP", "1.000", "1", "l", "LEFT"),
    await block("BRPOPLPUSH", "l", "m", "1e0"),
  ];
  const patient = await block("BRPOP", "l", "2.5");
  server.clock.advance(999);
  for (const client of clients) await expectSilence(client);
  server.clock.advance(2);
  for (const client of clients) assert.equal(await answer(client), "*nil");
  await expectSilence(patient);
  server.clock.advance(1500);
  assert.equal(await answer(patient), "*nil");
  assert.equal(server.pyredis.server.blocking.timedCount, 0);
});

test("a client that is served in vain keeps waiting until its first deadline", async (t) => {
  const { block, server, expect, expectSilence } = await startLab(t);
  const first = await block("BLPOP", "l", "0");
  const second = await block("BLPOP", "l", "10");
  server.clock.advance(6000);
  await expect(["RPUSH l a", ":1"]);
  assert.equal(await answer(first), '*[$"l", $"a"]');
  await expectSilence(second);
  server.clock.advance(4001);
  assert.equal(await answer(second), "*nil");
});

test("time-outs that are none are refused in Redis's words", async (t) => {
  const { client } = await startLab(t);
  const refusals = [
    ["-1", "-ERR timeout is negative"],
    ["-0.5", "-ERR timeout is negative"],
    ["-inf", "-ERR timeout is negative"],
    ["x", "-ERR timeout is not a float or out of range"],
    ["", "-ERR timeout is not a float or out of range"],
    ["nan", "-ERR timeout is not a float or out of range"],
    [" 1", "-ERR timeout is not a float or out of range"],
    ["inf", "-ERR timeout is out of range"],
    ["1e300", "-ERR timeout is out of range"],
    ["9223372036854775807", "-ERR timeout is out of range"],
    ["9223372036854775", "-ERR timeout is out of range"],
  ] as const;
  for (const [timeout, error] of refusals) {
    for (const command of [
      ["BLPOP", "l", timeout],
      ["BRPOPLPUSH", "l", "m", timeout],
      ["BLMOVE", "l", "m", "LEFT", "LEFT", timeout],
      ["BLMPOP", timeout, "1", "l", "LEFT"],
    ]) {
      assert.equal(await client.ask(...command), error, command.join(" "));
    }
  }
});

test("inside of a transaction nothing blocks", async (t) => {
  const { expect } = await startLab(t);
  await expect(
    ["MULTI", "+OK"],
    ["BLPOP l 0", "+QUEUED"],
    ["BLMOVE l m LEFT LEFT 0", "+QUEUED"],
    ["BRPOPLPUSH l m 0", "+QUEUED"],
    ["BLMPOP 0 1 l LEFT", "+QUEUED"],
    ["RPUSH l a", "+QUEUED"],
    ["BRPOP l 0", "+QUEUED"],
    ["EXEC", '*[*nil, $nil, $nil, *nil, :1, *[$"l", $"a"]]'],
  );
});

test("CLIENT UNBLOCK ends a wait as a time-out or with an error, once", async (t) => {
  const { connect, client, expect, blocked } = await startLab(t);
  const waiting = await connect();
  const id = (await waiting.ask("CLIENT", "ID")).slice(1);
  for (const [how, reply] of [
    [[], "*nil"],
    [["TIMEOUT"], "*nil"],
    [["error"], "-UNBLOCKED client unblocked via CLIENT UNBLOCK"],
  ] as const) {
    await waiting.send("BLPOP", "l", "100");
    await blocked(1);
    assert.match(await client.ask("CLIENT", "LIST", "ID", id), / flags=b .* cmd=blpop /);
    assert.equal(await client.ask("CLIENT", "UNBLOCK", id, ...how), ":1");
    assert.equal(await answer(waiting), reply);
    assert.equal(await client.ask("CLIENT", "UNBLOCK", id, ...how), ":0");
  }
  await expect(
    ["CLIENT UNBLOCK 999999", ":0"],
    ["CLIENT UNBLOCK x", "-ERR value is not an integer or out of range"],
    [`CLIENT UNBLOCK ${id} MAYBE`, "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR"],
  );
  assert.equal(await waiting.ask("PING"), "+PONG");
});

test("the error of CLIENT UNBLOCK is counted once, and to the command that waited", async (t) => {
  const { connect, client, blocked } = await startLab(t);
  const waiting = await connect();
  const id = (await waiting.ask("CLIENT", "ID")).slice(1);
  await client.ask("FIRST", "AN", "ERROR");
  await client.ask("CONFIG", "RESETSTAT");
  await waiting.send("BLPOP", "l", "0");
  await blocked(1);
  assert.equal(await client.ask("CLIENT", "UNBLOCK", id, "ERROR"), ":1");
  assert.match(await answer(waiting), /^-UNBLOCKED/);
  assert.match(await client.ask("INFO", "stats"), /total_error_replies:1\\r/);
  assert.match(await client.ask("INFO", "errorstats"), /^\$"# Errorstats\\r\\nerrorstat_UNBLOCKED:count=1\\r\\n"$/);
  const stats = await client.ask("INFO", "commandstats");
  assert.match(stats, /cmdstat_blpop:calls=1,[^:]*rejected_calls=0,failed_calls=1/);
  assert.match(stats, /cmdstat_client\|unblock:calls=1,[^:]*failed_calls=0/);
});

test("INFO counts who waits, for which keys, and the calls that are over", async (t) => {
  const { block, client, expect, blocked } = await startLab(t);
  const info = async (name: string) =>
    new RegExp(`^${name}:(.*)\r$`, "m").exec(await raw(client, "INFO", "everything"))?.[1];
  const first = await block("BLPOP", "a", "b", "b", "0");
  await block("BLPOP", "b", "50");
  assert.equal(await info("blocked_clients"), "2");
  assert.equal(await info("total_blocking_keys"), "2");
  assert.equal(await info("total_blocking_keys_on_nokey"), "0");
  assert.equal(await info("clients_in_timeout_table"), "1");
  assert.equal(await info("cmdstat_blpop"), undefined);
  await expect(["RPUSH b x", ":1"]);
  assert.equal(await answer(first), '*[$"b", $"x"]');
  await blocked(1);
  assert.match((await info("cmdstat_blpop")) ?? "", /^calls=1,.*,failed_calls=0$/);
  assert.equal(await info("total_blocking_keys"), "1");
});

async function raw(client: RespClient, ...command: string[]): Promise<string> {
  const reply = await client.call(...command);
  if (reply.kind !== "bulk") throw new Error(`${command[0]} answered ${fmt(reply)}`);
  return reply.bytes.toString("latin1");
}

test("a client that goes while it waits takes nothing with it", async (t) => {
  const { block, client, expect, blocked, server } = await startLab(t);
  const gone = await block("BLPOP", "l", "0");
  const killed = await block("BLPOP", "l", "100");
  await gone.close();
  await blocked(1);
  const id = /id=(\d+) [^\n]* flags=b /.exec(await raw(client, "CLIENT", "LIST"))?.[1] ?? "";
  await expect([`CLIENT KILL ID ${id}`, ":1"], ["RPUSH l a", ":1"]);
  await killed.waitForClose();
  await expect(["LRANGE l 0 -1", '*[$"a"]']);
  const { blocking } = server.pyredis.server;
  assert.deepEqual([blocking.keys.size, blocking.timedCount], [0, 0]);
});

test("what a client sends while it waits is served afterwards, in order", async (t) => {
  const { connect, client, blocked, server } = await startLab(t);
  const waiting = await connect();
  for (const command of [["BLPOP", "l", "0"], ["PING"], ["BLPOP", "l", "5"], ["ECHO", "end"]])
    await waiting.send(...command);
  await blocked(1);
  assert.equal(await client.ask("RPUSH", "l", "a"), ":1");
  assert.deepEqual([await answer(waiting), await answer(waiting)], ['*[$"l", $"a"]', "+PONG"]);
  await blocked(1);
  await waiting.send("ECHO", "later");
  server.clock.advance(5001);
  assert.deepEqual(
    [await answer(waiting), await answer(waiting), await answer(waiting)],
    ["*nil", '$"end"', '$"later"'],
  );
});

test("CLIENT PAUSE holds a served command back, and the end of the pause runs it", async (t) => {
  const { block, expect, expectSilence, server } = await startLab(t);
  const client = await block("BLPOP", "l", "0");
  await expect(
    ["MULTI", "+OK"],
    ["RPUSH l a", "+QUEUED"],
    ["CLIENT PAUSE 100000 WRITE", "+QUEUED"],
    ["EXEC", "*[:1, +OK]"],
  );
  await expectSilence(client);
  await client.send("ECHO", "behind");
  await expect(["LRANGE l 0 -1", '*[$"a"]'], ["CLIENT UNPAUSE", "+OK"]);
  assert.equal(await answer(client), '*[$"l", $"a"]');
  assert.equal(await answer(client), '$"behind"');
  assert.equal(server.pyredis.server.blocking.keys.size, 0);
});

test("CLIENT REPLY silences the reply of a wait as of any command", async (t) => {
  const { connect, client, blocked } = await startLab(t);
  const silent = await connect();
  await silent.send("CLIENT", "REPLY", "SKIP");
  await silent.send("BLPOP", "l", "0");
  await blocked(1);
  assert.equal(await client.ask("RPUSH", "l", "a"), ":1");
  assert.equal(await silent.ask("PING"), "+PONG");
  const id = (await silent.ask("CLIENT", "ID")).slice(1);
  await silent.send("CLIENT", "REPLY", "SKIP");
  await silent.send("BLPOP", "l", "0");
  await blocked(1);
  assert.equal(await client.ask("CLIENT", "UNBLOCK", id, "ERROR"), ":1");
  assert.equal(await silent.ask("PING"), "+PONG");
});

test("MONITOR shows a waiting command once, when it came", async (t) => {
  const { block, connect, expect, blocked } = await startLab(t);
  const monitor = await connect();
  assert.equal(await monitor.ask("MONITOR"), "+OK");
  const client = await block("BLPOP", "l", "0");
  await expect(["RPUSH l a", ":1"], ["PING", "+PONG"]);
  assert.equal(await answer(client), '*[$"l", $"a"]');
  await blocked(0);
  const seen: string[] = [];
  while (!seen.at(-1)?.includes('"PING"')) seen.push(await answer(monitor));
  assert.deepEqual(
    seen.map((line) => /\] (.*)$/.exec(line)?.[1]),
    ['"BLPOP" "l" "0"', '"RPUSH" "l" "a"', '"PING"'],
  );
});

test("hundreds of clients on one key get one element each, in order", async (t) => {
  const { connect, client, blocked, server } = await startLab(t);
  const count = 300;
  const clients: RespClient[] = [];
  for (let i = 0; i < count; i++) {
    const waiting = await connect();
    await waiting.send("BLPOP", "l", i % 2 === 0 ? "0" : "1000");
    await blocked(i + 1);
    clients.push(waiting);
  }
  const elements = Array.from({ length: count }, (_, i) => `element:${i}`);
  assert.equal(await client.ask("RPUSH", "l", ...elements), `:${count}`);
  for (let i = 0; i < count; i++) {
    const waiting = clients[i];
    assert.ok(waiting);
    assert.equal(await answer(waiting), `*[$"l", $"element:${i}"]`);
  }
  const { blocking } = server.pyredis.server;
  assert.deepEqual([blocking.keys.size, blocking.timedCount], [0, 0]);
});
