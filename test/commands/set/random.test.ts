// SPOP and SRANDMEMBER.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { RespClient } from "../../support/resp-client.js";
import { assertUniform, type Fixture, listTexts, range, startFixture } from "./fixture.js";

/** Sets of 40 members in each encoding, a table among them that is the sparse rest of a large one. */
const MAKERS: readonly (readonly [name: string, make: (client: RespClient) => Promise<void>])[] = [
  ["intset", async (client) => void (await client.call("SADD", "s", ...range(1, 40)))],
  ["listpack", async (client) => void (await client.call("SADD", "s", ...range(1, 40, "m")))],
  ["hashtable", async (client) => void (await client.call("SADD", "s", ...range(1, 39, "m"), "x".repeat(300)))],
  [
    "hashtable",
    async (client) => {
      await client.call("SADD", "s", ...range(1, 8000, "m"));
      await client.call("SREM", "s", ...range(41, 8000, "m"));
    },
  ],
];
const SIZE = 40;

async function countDraws(
  { client, encoding, members }: Fixture,
  index: number,
  rounds: number,
  draw: () => Promise<string[]>,
): Promise<{ counts: number[]; name: string }> {
  const [name, make] = MAKERS[index] ?? ["", async () => {}];
  await client.call("DEL", "s");
  await make(client);
  assert.equal(await encoding("s"), name);
  const counts = new Map((await members("s")).map((member) => [member, 0]));
  assert.equal(counts.size, SIZE);
  for (let round = 0; round < rounds; round++) {
    for (const member of await draw()) {
      const count = counts.get(member);
      assert.ok(count !== undefined, `${member} is no member`);
      counts.set(member, count + 1);
    }
  }
  return { counts: [...counts.values()], name: `${name} ${index}` };
}

test("SRANDMEMBER answers each member equally often, with every way to ask and in every encoding", async (t) => {
  const fixture = await startFixture(t);
  const { client } = fixture;
  const replies = async (...args: number[]): Promise<string[]> => {
    const commands = Array.from({ length: 20 }, () => ["SRANDMEMBER", "s", ...args]);
    return (await client.pipeline(commands)).flatMap((reply) =>
      reply.kind === "bulk" ? [reply.bytes.toString("latin1")] : listTexts(reply),
    );
  };
  for (let index = 0; index < MAKERS.length; index++) {
    for (const [args, rounds, drawn] of [
      [[], 200, 1],
      [[-50], 10, 50],
      [[1], 100, 1],
      [[3], 100, 3],
      [[17], 20, 17],
      [[39], 60, 39],
    ] as const) {
      const { counts, name } = await countDraws(fixture, index, rounds, () => replies(...args));
      const expected = (rounds * 20 * drawn) / SIZE;
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        rounds * 20 * drawn,
      );
      // Draws without repetition vary less than independent ones: the test is the stricter for it.
      assertUniform(counts, expected, `${name}, SRANDMEMBER ${args.join()}`);
    }
  }
});

test("SPOP takes each member equally often, alone and with a count, in every encoding", async (t) => {
  const fixture = await startFixture(t);
  const { client } = fixture;
  for (let index = 0; index < MAKERS.length; index++) {
    for (const [count, rounds] of [
      [0, 2000],
      [3, 700],
      [17, 300],
      [37, 300],
    ] as const) {
      const pop = async (): Promise<string[]> => {
        await client.call("COPY", "s", "copy", "REPLACE");
        const reply = await client.call("SPOP", "copy", ...(count === 0 ? [] : [count]));
        return reply.kind === "bulk" ? [reply.bytes.toString("latin1")] : listTexts(reply);
      };
      const { counts, name } = await countDraws(fixture, index, rounds, pop);
      assertUniform(counts, (rounds * Math.max(count, 1)) / SIZE, `${name}, SPOP ${count}`);
    }
  }
});

test("pairs come together equally often: members are not only fair but independent", async (t) => {
  const { client } = await startFixture(t);
  const members = range(1, 8, "m");
  for (const long of ["", "x".repeat(70)]) {
    await client.call("DEL", "s");
    await client.call("SADD", "s", ...members.map((member) => member + long));
    for (const count of [2, 4]) {
      const pairs = new Map<string, number>();
      const rounds = 3000;
      const replies = await client.pipeline(Array.from({ length: rounds }, () => ["SRANDMEMBER", "s", count]));
      for (const reply of replies) {
        const drawn = listTexts(reply).sort();
        assert.equal(new Set(drawn).size, count);
        for (const [i, first] of drawn.entries()) {
          for (const second of drawn.slice(i + 1)) pairs.set(first + second, (pairs.get(first + second) ?? 0) + 1);
        }
      }
      assert.equal(pairs.size, 28);
      assertUniform([...pairs.values()], (rounds * count * (count - 1)) / 2 / 28, `pairs of ${count}`);
    }
  }
});

test("a positive count gives distinct members, a negative one so many whatever the set has", async (t) => {
  const { client, members, connect } = await startFixture(t);
  const third = await connect({ resp: 3 });
  for (const [, make] of MAKERS) {
    await client.call("DEL", "s");
    await make(client);
    const all = await members("s");
    for (const count of [0, 1, 2, 13, 14, 39, 40, 41, 1000, "9223372036854775807"]) {
      const drawn = listTexts(await client.call("SRANDMEMBER", "s", count));
      assert.equal(drawn.length, Math.min(Number(count), SIZE));
      assert.equal(new Set(drawn).size, drawn.length);
      for (const member of drawn) assert.ok(all.includes(member));
    }
    for (const count of [-1, -5, -1000]) {
      const drawn = listTexts(await client.call("SRANDMEMBER", "s", count));
      assert.equal(drawn.length, -count);
      for (const member of drawn) assert.ok(all.includes(member));
    }
    assert.equal((await third.call("SRANDMEMBER", "s", 5)).kind, "array", "RESP3 has no set here");
    assert.deepEqual(await members("s"), all);
  }
});

test("SRANDMEMBER and SPOP refuse what is no count", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SADD", "s", "a", "b");
  const range64 = "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";
  const cases: readonly (readonly [call: string, reply: string])[] = [
    ["SRANDMEMBER s x", "-ERR value is not an integer or out of range"],
    ["SRANDMEMBER s 9223372036854775808", "-ERR value is not an integer or out of range"],
    ["SRANDMEMBER s -9223372036854775808", range64],
    ["SRANDMEMBER s -9223372036854775807", "-ERR value is out of range"],
    ["SRANDMEMBER s 1 2", "-ERR syntax error"],
    ["SPOP s x", "-ERR value is out of range, must be positive"],
    ["SPOP s -1", "-ERR value is out of range, must be positive"],
    ["SPOP s 1 2", "-ERR syntax error"],
    ["SPOP s 0", "*[]"],
  ];
  for (const [call, reply] of cases) assert.equal(await client.ask(...call.split(" ")), reply, call);
  assert.equal(await client.ask("SCARD", "s"), ":2");
});

test("SPOP removes what it answers, and tells others as SREM, DEL or UNLINK", async (t) => {
  const { client, members, recorder, server } = await startFixture(t);
  const { effects } = server.pyredis.server;
  assert.ok(effects.propagates);
  for (const [, make] of MAKERS) {
    for (const count of [-1, 1, 5, 20, 33, 34, 39, 40, 50]) {
      await client.call("DEL", "s");
      await make(client);
      const before = await members("s");
      recorder.takeEvents();
      recorder.takeCommands();
      recorder.takeDirty();
      const reply = await client.call("SPOP", "s", ...(count < 0 ? [] : [count]));
      const popped = reply.kind === "bulk" ? [reply.bytes.toString("latin1")] : listTexts(reply);
      const wanted = Math.min(Math.abs(count), SIZE);
      const events = recorder.takeEvents();
      assert.equal(new Set(popped).size, wanted);
      assert.deepEqual([...popped, ...(await members("s"))].sort(), before);
      assert.equal(recorder.takeDirty(), wanted);
      if (wanted === SIZE) {
        assert.deepEqual(events, ["spop s", "del s"]);
        assert.deepEqual(recorder.takeCommands(), ["DEL s"]);
      } else {
        assert.deepEqual(events, ["spop s"]);
        assert.deepEqual(recorder.takeCommands(), [`SREM s ${popped.join(" ")}`]);
      }
    }
  }
  await client.call("SADD", "last", "a");
  recorder.takeEvents();
  recorder.takeCommands();
  assert.equal(await client.ask("SPOP", "last"), '$"a"');
  assert.deepEqual([recorder.takeEvents(), recorder.takeCommands()], [["spop last", "del last"], ["SREM last a"]]);
  await client.call("CONFIG", "SET", "lazyfree-lazy-server-del", "yes");
  await client.call("SADD", "last", "a");
  recorder.takeCommands();
  assert.equal(await client.ask("SPOP", "last", "1"), '*[$"a"]');
  assert.deepEqual(recorder.takeCommands(), ["UNLINK last"]);
});

test("many popped members go out in commands of at most 1024", async (t) => {
  const { client, recorder, members } = await startFixture(t);
  for (const count of [2500, 4500]) {
    await client.call("SADD", "s", ...range(1, 5000, "m"));
    recorder.takeCommands();
    const popped = listTexts(await client.call("SPOP", "s", count));
    const commands = recorder.takeCommands();
    assert.deepEqual([commands[0], commands.at(-1)], ["MULTI", "EXEC"]);
    const lists = commands.slice(1, -1).map((command) => command.split(" ").slice(2));
    assert.deepEqual(lists.flat(), popped);
    assert.ok(lists.every((list) => list.length <= 1024));
    assert.deepEqual([...popped, ...(await members("s"))].sort(), range(1, 5000, "m").sort());
    await client.call("DEL", "s");
  }
});

test("SPOP that leaves few members gives them the small encoding again", async (t) => {
  const { client, encoding } = await startFixture(t);
  const encodingAfter = async (members: readonly string[], count: number): Promise<string> => {
    await client.call("DEL", "s");
    await client.call("SADD", "s", ...members);
    assert.equal(await encoding("s"), "hashtable");
    await client.call("SPOP", "s", count);
    return encoding("s");
  };
  assert.equal(await encodingAfter(range(1, 1000, "m"), 900), "listpack");
  assert.equal(await encodingAfter(range(1, 1000), 900), "listpack", "not even integers become an intset");
  assert.equal(await encodingAfter(range(1, 1000, "m"), 800), "hashtable", "less than five for each that stays");
  assert.equal(await encodingAfter(range(1, 2000, "m"), 1800), "hashtable", "200 are too many");
});
