// SINTER, SINTERCARD, SUNION, SDIFF and what they store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../support/random.js";
import { EXAMPLES, range, startFixture } from "./fixture.js";

/** Members of all kinds, so that sets of any encoding meet. */
function pickMember(random: Random): string {
  return random.weighted<() => string>([
    [6, () => String(random.int(-20, 150))],
    [1, () => random.integer()],
    [3, () => `m${random.int(0, 150)}`],
    [0.03, () => "long".repeat(random.int(16, 100))],
  ])();
}

test("intersections, unions and differences are those of a model, in every mix of encodings", async (t) => {
  const { client, sorted, members, encoding } = await startFixture(t);
  const seed = (Math.random() * 2 ** 31) | 0;
  const random = new Random(seed);
  const seen = new Set<string>();
  for (let round = 0; round < 150; round++) {
    const keys = range(1, random.int(1, 5), "s");
    const model = new Map<string, Set<string>>();
    for (const key of keys) {
      await client.call("DEL", key);
      const integers = random.oneIn(3);
      const wanted = random.list(0, random.pick([2, 20, 300]), () =>
        integers ? String(random.int(0, 200)) : pickMember(random),
      );
      if (wanted.length > 0) await client.call("SADD", key, ...wanted);
      if (wanted.length > 0) seen.add(await encoding(key));
      model.set(key, new Set(wanted));
    }
    const asked = random.list(1, 6, () => random.pick([...keys, "none"]));
    const sets = asked.map((key) => model.get(key) ?? new Set<string>());
    const [first = new Set<string>(), ...rest] = sets;
    const all = [...new Set(sets.flatMap((set) => [...set]))];
    const expected: Readonly<Record<string, string[]>> = {
      SINTER: all.filter((member) => sets.every((set) => set.has(member))).sort(),
      SUNION: all.sort(),
      SDIFF: [...first].filter((member) => !rest.some((set) => set.has(member))).sort(),
    };
    for (const [name, wanted] of Object.entries(expected)) {
      const where = `seed ${seed}, round ${round}: ${name} ${asked.join(" ")}`;
      assert.deepEqual(await sorted(name, ...asked), wanted, where);
      const target = random.pick([...keys, "target"]);
      const kept = await client.call("COPY", target, "kept", "REPLACE");
      assert.equal(await client.ask(`${name}STORE`, target, ...asked), `:${wanted.length}`, where);
      assert.deepEqual(await members(target), wanted, where);
      await client.call("DEL", target);
      if (kept.kind === "int" && kept.value === 1n) await client.call("RENAME", "kept", target);
    }
    const common = expected.SINTER?.length ?? 0;
    assert.equal(await client.ask("SINTERCARD", asked.length, ...asked), `:${common}`);
    const limit = random.int(1, 10);
    assert.equal(
      await client.ask("SINTERCARD", asked.length, ...asked, "limit", limit),
      `:${Math.min(common, limit)}`,
      `seed ${seed}`,
    );
  }
  assert.deepEqual([...seen].sort(), ["hashtable", "intset", "listpack"]);
});

test("RESP3 answers sets", async (t) => {
  const { client, connect } = await startFixture(t);
  const third = await connect({ resp: 3 });
  await client.call("SADD", "a", "1");
  await client.call("SADD", "b", ...range(1, 600, "m"), "1");
  assert.equal(await third.ask("SINTER", "a", "b"), '~[$"1"]');
  assert.equal(await third.ask("SUNION", "a"), '~[$"1"]');
  assert.equal(await third.ask("SDIFF", "a"), '~[$"1"]');
  assert.equal(await third.ask("SDIFF", "a", "a"), "~[]");
  const union = await third.call("SUNION", "a", "b");
  assert.ok(union.kind === "set" && union.items.length === 601);
});

test("SINTERCARD checks its numbers before its keys", async (t) => {
  const { client } = await startFixture(t);
  await client.call("SET", "text", "v");
  for (const count of ["0", "-1", "x", ""]) {
    assert.equal(await client.ask("SINTERCARD", count, "text"), "-ERR numkeys should be greater than 0");
  }
  assert.equal(await client.ask("SINTERCARD", "2", "text"), "-ERR Number of keys can't be greater than number of args");
  for (const limit of ["-1", "x"]) {
    assert.equal(await client.ask("SINTERCARD", "1", "text", "LIMIT", limit), "-ERR LIMIT can't be negative");
  }
  for (const rest of [["LIMIT"], ["more"], ["LIMIT", "1", "x"]]) {
    assert.equal(await client.ask("SINTERCARD", "1", "text", ...rest), "-ERR syntax error");
  }
  await client.call("SADD", "s", "a", "b");
  assert.equal(await client.ask("SINTERCARD", "1", "s", "LIMIT", "0"), ":2");
  assert.equal(await client.ask("SINTERCARD", "1", "s", "LIMIT", "9", "LIMIT", "1"), ":1");
});

test("a stored result replaces a key of any type with its deadline, and an empty one deletes it", async (t) => {
  const { client, members, recorder } = await startFixture(t);
  const take = (): unknown[] => [recorder.takeEvents(), recorder.takeCommands(), recorder.takeDirty()];
  await client.call("SADD", "a", "1", "2", "3");
  await client.call("SADD", "b", "2", "3", "4");
  take();
  for (const [command, wanted] of [
    ["SINTERSTORE", ["2", "3"]],
    ["SUNIONSTORE", ["1", "2", "3", "4"]],
    ["SDIFFSTORE", ["1"]],
  ] as const) {
    const event = command.toLowerCase();
    assert.equal(await client.ask(command, "to", "a", "b"), `:${wanted.length}`);
    assert.deepEqual(take(), [["new to", `${event} to`], [`${command} to a b`], 1]);
    assert.deepEqual(await members("to"), wanted);
    await client.call("SET", "to", "x".repeat(3000), "EX", "100");
    take();
    assert.equal(await client.ask(command, "to", "a", "b"), `:${wanted.length}`);
    assert.deepEqual(take(), [[`${event} to`], [`${command} to a b`], 1]);
    assert.equal(await client.ask("TTL", "to"), ":-1");
    assert.deepEqual(await members("to"), wanted);
    const empty = command === "SUNIONSTORE" ? ["none"] : ["none", "a"];
    assert.equal(await client.ask(command, "to", ...empty), ":0");
    recorder.takeEvents();
    assert.deepEqual([recorder.takeCommands(), recorder.takeDirty()], [[`${command} to ${empty.join(" ")}`], 1]);
    assert.equal(await client.ask("EXISTS", "to"), ":0");
    take();
    assert.equal(await client.ask(command, "to", ...empty), ":0");
    assert.deepEqual([recorder.takeCommands(), recorder.takeDirty()], [[], 0]);
    recorder.takeEvents();
  }
  assert.equal(await client.ask("SINTERSTORE", "a", "a", "b"), ":2", "the destination may be a source");
  assert.deepEqual(await members("a"), ["2", "3"]);
  assert.equal(await client.ask("SDIFFSTORE", "a", "a", "a"), ":0");
  assert.equal(await client.ask("EXISTS", "a"), ":0");
});

test("a stored result has the encoding that Redis gives it", async (t) => {
  const { client, encoding } = await startFixture(t);
  for (const [name, wanted] of EXAMPLES) await client.call("SADD", name, ...wanted);
  await client.call("SADD", "table", ...range(1, 300), "x");
  await client.call("SADD", "large", ...range(1, 600));
  await client.call("SADD", "small", ...range(1, 5));
  const encodingOf = async (...command: string[]): Promise<string> => {
    await client.call(...command);
    return encoding(command[1] ?? "");
  };
  assert.equal(await encodingOf("SINTERSTORE", "to", "table", "large"), "intset", "integers from tables");
  assert.equal(await encodingOf("SINTERSTORE", "to", "large"), "hashtable", "more than an intset may have");
  assert.equal(await encodingOf("SINTERSTORE", "to", "listpack"), "listpack");
  assert.equal(await encodingOf("SINTERSTORE", "to", "small", "table"), "intset");
  assert.equal(await encodingOf("SUNIONSTORE", "to", "small", "listpack"), "listpack");
  assert.equal(await encodingOf("SUNIONSTORE", "to", "small", "large"), "hashtable");
  assert.equal(await encodingOf("SUNIONSTORE", "to", "small", "table"), "hashtable");
  assert.equal(await encodingOf("SUNIONSTORE", "to", "small"), "intset");
  assert.equal(await encodingOf("SDIFFSTORE", "to", "table", "large"), "listpack", "x alone is left");
  assert.equal(await encodingOf("SDIFFSTORE", "to", "large", "table"), "intset", "300 integers are left");
});

test("large results are left to lazy freeing where the server deletes lazily", async (t) => {
  const { client, server } = await startFixture(t, { "lazyfree-lazy-server-del": "yes" });
  const { keyspace } = server.pyredis.server;
  await client.call("SADD", "a", ...range(1, 3000, "m"));
  await client.call("SADD", "b", ...range(2000, 5000, "m"));
  const union = await client.call("SUNION", "a", "b");
  assert.ok(union.kind === "array" && union.items.length === 5000);
  assert.ok(keyspace.lazyFree.freedObjects + keyspace.lazyFree.pendingObjects >= 1);
});

test("commands of sorted sets read a set as members with the score 1", async (t) => {
  const { client } = await startFixture(t);
  for (const [name, members] of EXAMPLES) {
    await client.call("DEL", "zset", "set");
    await client.call("SADD", "set", ...members);
    await client.call("ZADD", "zset", "5", members[0] ?? "", "6", "other");
    assert.equal(await client.ask("ZINTER", "2", "zset", "set", "WITHSCORES"), `*[$"${members[0]}", $"6"]`, name);
    assert.equal(
      await client.ask("ZUNIONSTORE", "to", "2", "set", "zset", "WEIGHTS", "2", "1"),
      `:${members.length + 1}`,
    );
    assert.equal(await client.ask("ZSCORE", "to", members[0] ?? ""), '$"7"');
    assert.equal(await client.ask("ZSCORE", "to", members[1] ?? ""), '$"2"');
    assert.equal(await client.ask("ZDIFF", "2", "zset", "set"), '*[$"other"]');
    assert.equal(await client.ask("ZINTERCARD", "2", "set", "set"), `:${members.length}`);
  }
});
