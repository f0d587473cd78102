// The set commands: the same scripts against redis-server and pyredis, fixed ones and random ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { ignore, sameShape, tuple, unordered } from "../support/comparators.js";
import type { Difference } from "../support/differences.js";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Arg, Command, RespClient } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin({
  startSubject: ({ config }) => startInProcess({ config, arenaChecks: new ArenaChecks() }),
});

const LISTPACKS: Difference = {
  name: "7.2: sets of listpack encoding",
  reason: "small sets of anything but integers became listpacks in 7.2",
  since: "7.2.0",
  command: "OBJECT ENCODING",
  reference: /^\$"hashtable"$/,
  subject: '$"listpack"',
};

const WIDTH_EDGES = [0n, 15n, 16n, 31n, 32n, 53n, 62n, 63n].flatMap((bits) =>
  [-1n, 0n, 1n].flatMap((near) => [2n ** bits + near, -(2n ** bits) + near]),
);

function pickMember(random: Random): Arg {
  const make = random.weighted<() => Arg>([
    [8, () => String(random.int(-5, 30))],
    [2, () => String(random.pick(WIDTH_EDGES))],
    [6, () => `m${random.int(0, 30)}`],
    [2, () => random.value(80)],
    [1, () => random.integerLike()],
    [0.1, () => "long".repeat(random.int(16, 20_000))],
  ]);
  return make();
}

function pickMembers(random: Random): Arg[] {
  if (random.oneIn(15)) {
    const prefix = random.pick(["", "m"]);
    const from = random.int(0, 500);
    return Array.from({ length: random.pick([127, 128, 129, 300, 511, 512, 513]) }, (_, i) => `${prefix}${from + i}`);
  }
  if (random.oneIn(3)) return random.list(1, 20, () => String(random.int(-5, 30)));
  return random.list(1, 6, () => pickMember(random));
}

function pickKeys(random: Random): Arg[] {
  return random.list(1, 4, () => random.key(6));
}

function makeCommand(random: Random): ScriptStep {
  const key = random.key(6);
  const make = random.weighted<() => ScriptStep>([
    [10, () => ["SADD", key, ...pickMembers(random)]],
    [8, () => ["SREM", key, ...pickMembers(random)]],
    [4, () => call(["SMEMBERS", key], unordered)],
    [2, () => ["SISMEMBER", key, pickMember(random)]],
    [3, () => ["SMISMEMBER", key, ...pickMembers(random)]],
    [2, () => ["SCARD", key]],
    [4, () => ["SMOVE", key, random.key(6), pickMember(random)]],
    [1, () => call(["SPOP", key, random.pick(["1000000", "0", "-1", "x"])], unordered)],
    [1, () => call(["SRANDMEMBER", key, random.pick(["1000000", "0", "x"])], unordered)],
    [1, () => call(["SRANDMEMBER", key, random.int(-5, 5)], sameShape)],
    [3, () => call([random.pick(["SINTER", "SUNION", "SDIFF"]), ...pickKeys(random)], unordered)],
    [6, () => [random.pick(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]), key, ...pickKeys(random)]],
    [
      2,
      () => ["SINTERCARD", random.int(0, 3), ...pickKeys(random), ...random.pick([[], ["LIMIT", random.int(-1, 5)]])],
    ],
    [1, () => ["ZUNIONSTORE", "zset", "2", key, random.key(6), "WEIGHTS", "2", "3"]],
    [1, () => call(["ZINTER", "2", key, "zset", "WITHSCORES"], unordered)],
    [1, () => ["ZRANGE", "zset", "0", "-1", "WITHSCORES"]],
    [1, () => call(["SSCAN", key, "0", "COUNT", "100000"], tuple(ignore("a cursor"), unordered))],
    [1, () => call(["SSCAN", key, "0", "MATCH", "m1*", "COUNT", "100000"], tuple(ignore("a cursor"), unordered))],
    [4, () => ["OBJECT", "ENCODING", key]],
    [1, () => ["COPY", key, random.key(6), "REPLACE"]],
    [1, () => ["RENAME", key, random.key(6)]],
    [1, () => ["DEL", key]],
    [0.5, () => ["SET", key, "text"]],
    [0.5, () => ["TYPE", key]],
  ]);
  return make();
}

for (const resp of [2, 3] as const) {
  test(`random set commands agree under RESP${resp}`, (t) =>
    twin.random(t, { seed: 20_260_700 + resp, count: 4000, next: makeCommand, resp, allow: [LISTPACKS] }));
}

test("set commands agree on their errors", (t) => {
  const text = ["SADD", "SREM", "SISMEMBER", "SMISMEMBER"].map((name): Command => [name, "text", "a"]);
  const steps: ScriptStep[] = [
    ["SET", "text", "v"],
    ["SADD", "s", "a", "b"],
    ...text,
    ["SMEMBERS", "text"],
    ["SCARD", "text"],
    ["SMOVE", "text", "s", "a"],
    ["SMOVE", "s", "text", "a"],
    ["SMOVE", "none", "text", "a"],
    ["SPOP", "text"],
    ["SPOP", "text", "-1"],
    ["SPOP", "s", "x"],
    ["SPOP", "s", "1", "x"],
    ["SRANDMEMBER", "text", "x"],
    ["SRANDMEMBER", "s", "x"],
    ["SRANDMEMBER", "s", "1", "x"],
    ["SRANDMEMBER", "s", "-9223372036854775808"],
    ["SRANDMEMBER", "none", "-9223372036854775807"],
    ["SINTERCARD", "x", "s"],
    ["SINTERCARD", "0", "s"],
    ["SINTERCARD", "2", "s"],
    ["SINTERCARD", "1", "s", "LIMIT"],
    ["SINTERCARD", "1", "s", "LIMIT", "x"],
    ["SINTERCARD", "1", "s", "LIMIT", "-1"],
    ["SINTERCARD", "1", "s", "s"],
    ["SINTER", "none", "text"],
    ["SUNION", "none", "text"],
    ["SDIFF", "none", "text"],
    ["SDIFFSTORE", "to", "none", "text"],
    ["SINTERSTORE", "to", "none", "text"],
    ["SSCAN", "text", "0"],
    ["SSCAN", "s", "x"],
    ["SSCAN", "s", "0", "COUNT", "0"],
    ["SSCAN", "s", "0", "COUNT"],
    ["SSCAN", "s", "0", "TYPE", "set"],
    ["SADD", "s"],
    ["SMOVE", "s", "t"],
    ["COMMAND", "GETKEYS", "SINTERCARD", "2", "a", "b", "LIMIT", "1"],
    ["COMMAND", "GETKEYS", "SUNIONSTORE", "a", "b", "c"],
  ];
  return twin.run(t, { steps });
});

interface Pair {
  readonly theirs: RespClient;
  readonly ours: RespClient;
}

/** Copies a key by its payload, and compares the members. */
async function carry(from: RespClient, to: RespClient, where: string): Promise<void> {
  const payload = await from.call("DUMP", "s");
  assert.ok(payload.kind === "bulk");
  assert.equal(await to.ask("RESTORE", "carried", "0", payload.bytes, "REPLACE"), "+OK", where);
  const digests = await Promise.all([
    from.ask("DEBUG", "DIGEST-VALUE", "s"),
    to.ask("DEBUG", "DIGEST-VALUE", "carried"),
  ]);
  assert.equal(digests[0], digests[1], where);
  assert.equal(await to.ask("SCARD", "carried"), await from.ask("SCARD", "s"), where);
}

test("sets of every form go to redis-server and back, and have the same digest", {
  skip: whyNoRedisServer() ?? false,
}, async (t) => {
  const config = { "enable-debug-command": "yes" };
  const reference = await startRedisServer({ config });
  t.after(() => reference.close());
  const subject = await startInProcess({ config });
  t.after(() => subject.close());
  const pair: Pair = { theirs: await reference.connect(), ours: await subject.connect() };
  t.after(() => Promise.all([pair.theirs.close(), pair.ours.close()]));
  const random = new Random(Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31));
  for (const compression of ["yes", "no"]) {
    for (const client of [pair.ours, pair.theirs]) await client.call("CONFIG", "SET", "rdbcompression", compression);
    for (let round = 0; round < 60; round++) {
      const members = random.oneIn(3)
        ? random.list(1, 700, () => String(random.pick([random.int(-9, 999), random.pick(WIDTH_EDGES)])))
        : random.list(1, 4, () => pickMembers(random)).flat();
      for (const client of [pair.ours, pair.theirs]) {
        await client.call("DEL", "s");
        await client.call("SADD", "s", ...members);
      }
      await carry(pair.ours, pair.theirs, `seed ${random.seed}, round ${round}: to redis-server`);
      await carry(pair.theirs, pair.ours, `seed ${random.seed}, round ${round}: from redis-server`);
      assert.equal(await pair.ours.ask("DEBUG", "DIGEST"), await pair.theirs.ask("DEBUG", "DIGEST"));
    }
  }
});
