// What a blocking command may ask for beyond BLPOP's kind of waiting. No list command does: the tests make the session
// of a client wait themselves, with a GET as the command to run again.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { BlockRequest } from "#src/commands/context.js";
import { TYPE_STRING } from "#src/keyspace/record.js";
import { Args } from "#src/resp/args.js";
import type { RespClient } from "../../support/resp-client.js";
import { fmt } from "../../support/resp-value.js";
import { type Fixture, startFixture } from "./fixture.js";

interface Lab extends Fixture {
  /** A client that waits for the key `k`, and will get the reply of GET. */
  wait(options: Partial<BlockRequest>): Promise<RespClient>;
  expectSilence(client: RespClient): Promise<void>;
}

async function startLab(t: TestContext): Promise<Lab> {
  const fixture = await startFixture(t);
  const { server, connect, client } = fixture;
  return {
    ...fixture,
    wait: async (options) => {
      const waiting = await connect();
      const id = Number((await waiting.ask("CLIENT", "ID")).slice(1));
      const session = server.pyredis.server.sessions.find(id);
      assert.ok(session);
      const args = Args.from(["GET", "k"]);
      session.block({ args, firstKey: 1, keyCount: 1, type: TYPE_STRING, deadline: 0, ...options });
      return waiting;
    },
    expectSilence: async (silent) => {
      for (let i = 0; i < 3; i++) assert.equal(await client.ask("ECHO", "round trip"), '$"round trip"');
      assert.deepEqual(silent.unreadReplies.map(fmt), []);
    },
  };
}

const answer = async (client: RespClient): Promise<string> => fmt(await client.readReply(5000));

test("a key that was there wakes nobody by changing, unless its command says that it is ready", async (t) => {
  const { wait, expect, expectSilence, server } = await startLab(t);
  await expect(["SET k 1", "+OK"]);
  const patient = await wait({});
  await expect(["INCR k", ":2"]);
  await expectSilence(patient);
  await expect(["DEL k", ":1"], ["SET k 3", "+OK"]);
  assert.equal(await answer(patient), '$"3"');
  for (const withoutKey of [false, true]) {
    const waiting = await wait({ withoutKey });
    await expect(["APPEND k 0", `:${withoutKey ? 3 : 2}`], ["PEXPIRE k 100000", ":1"]);
    await expectSilence(waiting);
    const { effects, keyspace } = server.pyredis.server;
    effects.keyReady(keyspace.database(0), Args.from(["other"]), 0);
    await expectSilence(waiting);
    effects.keyReady(keyspace.database(0), Args.from(["k"]), 0);
    // Who is ready is served behind the next command.
    await expect(["PING", "+PONG"]);
    assert.equal(await answer(waiting), withoutKey ? '$"300"' : '$"30"');
  }
});

const WAYS_TO_GO: readonly (readonly [command: string, reply: string, answer: string])[] = [
  ["DEL k", ":1", "$nil"],
  ["RENAME k other", "+OK", "$nil"],
  ["RENAME list k", "+OK", "-WRONGTYPE Operation against a key holding the wrong kind of value"],
  ["FLUSHALL", "+OK", "$nil"],
  ["SWAPDB 0 1", "+OK", "$nil"],
];

for (const [command, reply, expected] of WAYS_TO_GO) {
  test(`a key that goes by ${command} wakes only who asked for that`, async (t) => {
    const { wait, expect, expectSilence, server } = await startLab(t);
    const { keys } = server.pyredis.server.blocking;
    await expect(["SET k v", "+OK"], ["RPUSH list a", ":1"]);
    const strict = await wait({});
    const eager = await wait({ withoutKey: true });
    assert.deepEqual([keys.size, keys.sizeWithoutKey], [1, 1]);
    await expect([command, reply]);
    assert.equal(await answer(eager), expected);
    await expectSilence(strict);
    assert.deepEqual([keys.size, keys.sizeWithoutKey], [1, 0]);
  });
}
