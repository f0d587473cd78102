// The sorted set commands: the same scripts against redis-server and pyredis, fixed ones and random ones. The limits of
// the listpack are low, so that random sets change their encoding often.
import { test } from "node:test";
import { exact, ignore, sameShape, unorderedPairs } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Arg, Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin({ config: { "zset-max-listpack-entries": "12", "zset-max-listpack-value": "20" } });

/** Only what every version prints alike: 7.2 came with another way to print fractions. */
const SCORES = ["0", "1", "-1", "2.5", "-0.25", "1e3", "inf", "-inf", "+3", "0x10", "5.", ".5", "1048576"];
/** None that makes -0 of 0: older versions keep its sign in a listpack, 7.4 does not. */
const WEIGHTS = ["1", "2", "0.5", "3", "inf", "-inf", "1e3"];
const NO_SCORES = ["", "nan", "one", "1 ", " 1", "1e400", "--1", "1\0"];
const BOUNDS = ["0", "(0", "1", "(1", "-inf", "+inf", "(2.5", "10", "-3", "(-inf", "inf", ""];
const NO_BOUNDS = ["nan", "((1", "1)", "x", "1 "];
const LEX_BOUNDS = ["-", "+", "[a", "(a", "[m1", "(m1", "[m", "(z", "[", "(", "[1", "[10"];
const NO_LEX_BOUNDS = ["", "a", "--", "+1", "1"];

function makeMember(random: Random): Arg {
  return random.weighted<Arg>([
    [6, `m${random.int(0, 12)}`],
    [3, String(random.int(-3, 12))],
    [1, "a-member-longer-than-a-listpack-takes"],
    [1, random.value(30)],
  ]);
}

function makeScore(random: Random): Arg {
  if (random.oneIn(30)) return random.pick(NO_SCORES);
  return random.oneIn(2) ? String(random.int(-4, 10)) : random.pick(SCORES);
}

function makeWeight(random: Random): Arg {
  return random.pick(random.oneIn(30) ? NO_SCORES : WEIGHTS);
}

function makePairs(random: Random): Arg[] {
  return random.list(1, random.oneIn(8) ? 12 : 4, () => [makeScore(random), makeMember(random)]).flat();
}

function makeKey(random: Random): string {
  return random.oneIn(40) ? "text" : random.key(5, "zset:");
}

function makeBound(random: Random): Arg {
  return random.pick(random.oneIn(25) ? NO_BOUNDS : BOUNDS);
}

function makeLexBound(random: Random): Arg {
  return random.pick(random.oneIn(25) ? NO_LEX_BOUNDS : LEX_BOUNDS);
}

function makeIndex(random: Random): Arg {
  return random.oneIn(12) ? random.integerLike() : random.int(-14, 14);
}

function makeLimit(random: Random): Arg[] {
  if (!random.oneIn(3)) return [];
  return ["LIMIT", random.oneIn(20) ? "x" : random.int(0, 5), random.int(-2, 6)];
}

function makeKeys(random: Random): Arg[] {
  const keys = random.list(1, 4, () => (random.oneIn(5) ? random.key(3, "set:") : makeKey(random)));
  return [random.oneIn(20) ? random.pick(["0", "-1", "x", "9"]) : keys.length, ...keys];
}

function makeWeights(random: Random, keys: readonly Arg[]): Arg[] {
  const options: Arg[] = [];
  if (random.oneIn(3)) options.push("WEIGHTS", ...keys.slice(1).map(() => makeWeight(random)));
  if (random.oneIn(3)) options.push("AGGREGATE", random.pick(["SUM", "min", "MAX", "avg"]));
  return options;
}

function withScores(random: Random): Arg[] {
  return random.oneIn(2) ? ["WITHSCORES"] : [];
}

const ADD_OPTIONS = ["NX", "XX", "GT", "LT", "CH", "INCR"];

function makeWrite(random: Random): Command {
  const key = makeKey(random);
  const make = random.weighted<() => Command>([
    [14, () => ["ZADD", key, ...makePairs(random)]],
    [6, () => ["ZADD", key, ...random.list(1, 3, () => random.pick(ADD_OPTIONS)), ...makePairs(random)]],
    [4, () => ["ZADD", key, "INCR", makeScore(random), makeMember(random)]],
    [4, () => ["ZINCRBY", key, makeScore(random), makeMember(random)]],
    [4, () => ["ZREM", key, ...random.list(1, 4, () => makeMember(random))]],
    [1, () => ["ZREMRANGEBYRANK", key, makeIndex(random), makeIndex(random)]],
    [1, () => ["ZREMRANGEBYSCORE", key, makeBound(random), makeBound(random)]],
    [2, () => [random.pick(["ZPOPMIN", "ZPOPMAX"]), key]],
    [2, () => [random.pick(["ZPOPMIN", "ZPOPMAX"]), key, random.pick(["0", "2", "30", "-1", "x"])]],
    [
      2,
      () => [
        ...(["ZMPOP", ...makeKeys(random), random.pick(["MIN", "MAX", "mid"])] as const),
        ...(random.oneIn(2) ? ["COUNT", random.pick(["1", "3", "0", "x"])] : []),
      ],
    ],
    [
      3,
      () => {
        const keys = makeKeys(random);
        return [random.pick(["ZUNIONSTORE", "ZINTERSTORE"]), key, ...keys, ...makeWeights(random, keys)];
      },
    ],
    [1, () => ["ZDIFFSTORE", key, ...makeKeys(random)]],
    [
      2,
      () => [
        ...(["ZRANGESTORE", key, makeKey(random), makeBound(random), makeBound(random), "BYSCORE"] as const),
        ...makeLimit(random),
      ],
    ],
    [1, () => ["ZRANGESTORE", key, makeKey(random), makeIndex(random), makeIndex(random)]],
    [1, () => ["ZRANGESTORE", key, makeKey(random), makeIndex(random), makeIndex(random), "REV"]],
    [1, () => ["COPY", key, random.key(5, "zset:"), "REPLACE"]],
  ]);
  return make();
}

function makeRead(random: Random): Command {
  const key = makeKey(random);
  const make = random.weighted<() => Command>([
    [3, () => ["ZSCORE", key, makeMember(random)]],
    [1, () => ["ZMSCORE", key, ...random.list(1, 4, () => makeMember(random))]],
    [3, () => [random.pick(["ZRANK", "ZREVRANK"]), key, makeMember(random)]],
    [2, () => ["ZCARD", key]],
    [2, () => ["ZCOUNT", key, makeBound(random), makeBound(random)]],
    [3, () => ["ZRANGE", key, makeIndex(random), makeIndex(random), ...withScores(random)]],
    [1, () => ["ZRANGE", key, makeIndex(random), makeIndex(random), "REV", ...makeLimit(random)]],
    [
      3,
      () => [
        ...(["ZRANGE", key, makeBound(random), makeBound(random), "BYSCORE"] as const),
        ...[...(random.oneIn(2) ? ["REV"] : []), ...makeLimit(random), ...withScores(random)],
      ],
    ],
    [1, () => ["ZREVRANGE", key, makeIndex(random), makeIndex(random), ...withScores(random)]],
    [
      3,
      () => [
        ...([random.pick(["ZRANGEBYSCORE", "ZREVRANGEBYSCORE"]), key, makeBound(random), makeBound(random)] as const),
        ...[...withScores(random), ...makeLimit(random)],
      ],
    ],
    [
      3,
      () => {
        const keys = makeKeys(random);
        const options = [...makeWeights(random, keys), ...withScores(random)];
        return [random.pick(["ZUNION", "ZINTER"]), ...keys, ...options];
      },
    ],
    [1, () => ["ZDIFF", ...makeKeys(random), ...withScores(random)]],
    [
      1,
      () => ["ZINTERCARD", ...makeKeys(random), ...(random.oneIn(3) ? ["LIMIT", random.pick(["0", "2", "-1"])] : [])],
    ],
    [2, () => ["OBJECT", "ENCODING", key]],
    [1, () => ["TYPE", key]],
  ]);
  return make();
}

function makeStep(random: Random): ScriptStep {
  if (random.oneIn(30)) return call(["ZSCAN", random.key(5, "zset:"), 0, "COUNT", 1000], zscanReply);
  if (random.oneIn(40)) return ["DEL", random.key(5, "zset:")];
  return random.oneIn(2) ? makeWrite(random) : makeRead(random);
}

/** The cursor, and members with scores in any order. */
const zscanReply = {
  name: "ZSCAN reply",
  difference: (reference: Parameters<typeof unorderedPairs.difference>[0], subject: typeof reference) => {
    if (reference.kind !== "array" || subject.kind !== "array") return exact.difference(reference, subject);
    const [a, b] = [reference.items[1], subject.items[1]];
    return a && b ? unorderedPairs.difference(a, b) : "no members";
  },
};

const SETUP: readonly ScriptStep[] = [
  ["SET", "text", "value"],
  ["SADD", "set:0", "1", "2", "3", "7", "12"],
  ["SADD", "set:1", "m1", "m2", "m5", "m11", "3"],
  ["SADD", "set:2", ...Array.from({ length: 200 }, (_, i) => `m${i}`), "a-member-longer-than-a-listpack-takes"],
];

test("all sorted set commands agree on sets that change between both encodings", (t) =>
  twin.random(t, { count: 6000, setup: SETUP, next: makeStep }));

test("all sorted set commands agree under RESP3", (t) =>
  twin.random(t, { seed: 3, count: 2500, resp: 3, setup: SETUP, next: makeStep }));

/** With equal scores the order is that of the bytes, and ranges of names make sense. */
function makeLexStep(random: Random): ScriptStep {
  const key = random.key(3, "lex:");
  const bounds = [makeLexBound(random), makeLexBound(random)];
  const make = random.weighted<() => Command>([
    [6, () => ["ZADD", key, ...random.list(1, 6, () => ["0", makeMember(random)]).flat()]],
    [1, () => ["ZREM", key, makeMember(random)]],
    [3, () => [random.pick(["ZRANGEBYLEX", "ZREVRANGEBYLEX"]), key, ...bounds, ...makeLimit(random)]],
    [2, () => ["ZRANGE", key, ...bounds, "BYLEX", ...(random.oneIn(2) ? ["REV"] : []), ...makeLimit(random)]],
    [1, () => ["ZRANGE", key, ...bounds, "BYLEX", "WITHSCORES"]],
    [2, () => ["ZLEXCOUNT", key, ...bounds]],
    [0.5, () => ["ZREMRANGEBYLEX", key, ...bounds]],
    [1, () => ["ZRANGESTORE", random.key(3, "lex:"), key, ...bounds, "BYLEX", ...makeLimit(random)]],
  ]);
  return make();
}

test("lexical ranges agree in both encodings", (t) => twin.random(t, { seed: 5, count: 3000, next: makeLexStep }));

test("errors in arguments come in Redis's order and words", (t) =>
  twin.run(t, {
    steps: [
      ["SET", "text", "value"],
      ["ZADD", "z", "1", "a", "2", "b", "3", "c"],
      ["ZADD", "z"],
      ["ZADD", "z", "1"],
      ["ZADD", "z", "NX", "1"],
      ["ZADD", "z", "1", "a", "2"],
      ["ZADD", "z", "NX", "XX", "1", "a"],
      ["ZADD", "z", "GT", "LT", "1", "a"],
      ["ZADD", "z", "GT", "NX", "1", "a"],
      ["ZADD", "z", "LT", "NX", "1", "a"],
      ["ZADD", "z", "INCR", "1", "a", "2", "b"],
      ["ZADD", "z", "x", "a"],
      ["ZADD", "text", "x", "a"],
      ["ZADD", "text", "1", "a"],
      ["ZADD", "z", "1", "a", "x", "b"],
      ["ZSCORE", "z", "a"],
      ["ZINCRBY", "z", "x", "a"],
      ["ZINCRBY", "z", "INCR", "a"],
      ["ZINCRBY", "z", "nx", "ch"],
      ["ZINCRBY", "text", "GT", "a"],
      ["ZADD", "z", "inf", "i"],
      ["ZINCRBY", "z", "-inf", "i"],
      ["ZADD", "z", "INCR", "-inf", "i"],
      ["ZADD", "z", "XX", "INCR", "1", "none"],
      ["ZADD", "z", "NX", "INCR", "1", "a"],
      ["ZADD", "none", "XX", "1", "a"],
      ["ZADD", "none", "XX", "INCR", "1", "a"],
      ["EXISTS", "none"],
      ["ZRANGE", "z", "0"],
      ["ZRANGE", "z", "x", "1"],
      ["ZRANGE", "text", "x", "1"],
      ["ZRANGE", "text", "0", "1"],
      ["ZRANGE", "z", "0", "1", "LIMIT", "0", "1"],
      ["ZRANGE", "z", "0", "1", "LIMIT", "0"],
      ["ZRANGE", "z", "0", "1", "LIMIT", "0", "-1"],
      ["ZRANGE", "z", "0", "1", "BYLEX", "BYSCORE"],
      ["ZRANGE", "z", "0", "1", "REV", "REV"],
      ["ZRANGE", "z", "[a", "[b", "BYLEX", "WITHSCORES"],
      ["ZRANGE", "z", "a", "b", "BYLEX"],
      ["ZRANGE", "z", "a", "b", "BYSCORE"],
      ["ZREVRANGE", "z", "0", "1", "REV"],
      ["ZRANGEBYSCORE", "z", "0", "1", "BYLEX"],
      ["ZRANGESTORE", "d", "z", "0", "1", "WITHSCORES"],
      ["ZRANGESTORE", "d", "text", "0", "1"],
      ["ZRANGESTORE", "text", "none", "0", "1"],
      ["EXISTS", "text"],
      ["SET", "text", "value"],
      ["ZPOPMIN", "z", "1", "2"],
      ["ZPOPMIN", "text", "0"],
      ["ZPOPMIN", "none", "-1"],
      ["ZMPOP", "0", "z", "MIN"],
      ["ZMPOP", "x", "z", "MIN"],
      ["ZMPOP", "1", "z", "MID"],
      ["ZMPOP", "2", "z", "MIN"],
      ["ZMPOP", "1", "z", "MIN", "COUNT"],
      ["ZMPOP", "1", "z", "MIN", "COUNT", "0"],
      ["ZMPOP", "1", "z", "MIN", "COUNT", "1", "COUNT", "1"],
      ["ZMPOP", "2", "none", "text", "MIN"],
      ["ZMPOP", "1", "none", "MAX"],
      ["ZUNION", "0", "z"],
      ["ZUNION", "x", "z"],
      ["ZUNION", "2", "z"],
      ["ZUNION", "1", "z", "WEIGHTS"],
      ["ZUNION", "1", "z", "WEIGHTS", "x"],
      ["ZUNION", "1", "z", "AGGREGATE", "x"],
      ["ZUNION", "1", "text"],
      ["ZDIFF", "1", "z", "WEIGHTS", "1"],
      ["ZUNIONSTORE", "d", "1", "z", "WITHSCORES"],
      ["ZUNIONSTORE", "d", "0", "z"],
      ["ZINTERCARD", "1", "z", "LIMIT", "-1"],
      ["ZINTERCARD", "1", "z", "LIMIT", "x"],
      ["ZINTERCARD", "1", "z", "WITHSCORES"],
      ["ZRANDMEMBER", "z", "x"],
      ["ZRANDMEMBER", "z", "1", "x"],
      ["ZRANDMEMBER", "z", "1", "WITHSCORES", "x"],
      ["ZRANDMEMBER", "z", "-9223372036854775808"],
      ["ZRANDMEMBER", "z", "-9223372036854775807", "WITHSCORES"],
      ["ZRANDMEMBER", "none", "5"],
      ["ZRANDMEMBER", "none"],
      ["ZRANDMEMBER", "text"],
      ["ZSCAN", "z", "x"],
      ["ZSCAN", "z", "0", "COUNT", "0"],
      ["ZSCAN", "z", "0", "FOO"],
      ["ZSCAN", "none", "0", "FOO"],
      ["ZSCAN", "text", "0"],
      ["ZRANK", "text", "a"],
      ["ZCARD", "text"],
      ["ZMSCORE", "text", "a"],
      ["ZMSCORE", "none", "a", "b"],
      ["ZCOUNT", "text", "x", "1"],
      ["ZCOUNT", "none", "1", "y"],
      ["ZLEXCOUNT", "none", "a", "b"],
      ["ZREMRANGEBYRANK", "none", "x", "1"],
      ["ZREMRANGEBYSCORE", "none", "x", "1"],
      ["ZREMRANGEBYLEX", "none", "x", "1"],
      ["ZREM", "text", "a"],
    ],
  }));

test("ZRANDMEMBER gives so many members, with their scores", (t) =>
  twin.run(t, {
    steps: [3, 30].flatMap((size): ScriptStep[] => [
      ["DEL", "z"],
      ["ZADD", "z", ...Array.from({ length: size }, (_, i) => [i, `m${i}`]).flat()],
      ...["0", "1", "2", "5", "29", "100", "-1", "-7"].flatMap((count) => [
        call(["ZRANDMEMBER", "z", count], sameShape),
        call(["ZRANDMEMBER", "z", count, "WITHSCORES"], sameShape),
      ]),
      call(["ZRANDMEMBER", "z"], sameShape),
    ]),
  }));

test("stored results take the key whatever it held, and drop its deadline", (t) =>
  twin.run(t, {
    steps: [
      ["ZADD", "z", "1", "a", "2", "b"],
      ...["ZRANGESTORE d z 0 -1", "ZUNIONSTORE d 1 z", "ZINTERSTORE d 1 z", "ZDIFFSTORE d 1 z"].flatMap(
        (line): ScriptStep[] => [
          ["SET", "d", "a string", "EX", "1000"],
          line.split(" "),
          ["TYPE", "d"],
          ["TTL", "d"],
          ["ZRANGE", "d", "0", "-1", "WITHSCORES"],
        ],
      ),
      ["ZUNIONSTORE", "z", "2", "z", "z", "WEIGHTS", "1", "-3"],
      ["ZRANGE", "z", "0", "-1", "WITHSCORES"],
      ["ZDIFFSTORE", "z", "2", "z", "z"],
      ["EXISTS", "z"],
    ],
  }));

test("the limits of the listpack hold from the next change on", (t) =>
  twin.run(t, {
    steps: [
      ["ZADD", "z", ...Array.from({ length: 10 }, (_, i) => [i, `m${i}`]).flat()],
      ["CONFIG", "SET", "zset-max-listpack-entries", "5"],
      ["OBJECT", "ENCODING", "z"],
      ["ZADD", "z", "100", "m0"],
      ["OBJECT", "ENCODING", "z"],
      ["ZADD", "z", "1", "new"],
      ["OBJECT", "ENCODING", "z"],
      ["ZREMRANGEBYRANK", "z", "3", "-1"],
      ["OBJECT", "ENCODING", "z"],
      ["ZUNIONSTORE", "z", "1", "z"],
      ["OBJECT", "ENCODING", "z"],
      ["CONFIG", "SET", "zset-max-listpack-value", "2"],
      ["ZADD", "z", "1", "long"],
      ["OBJECT", "ENCODING", "z"],
      ["CONFIG", "SET", "zset-max-listpack-entries", "12", "zset-max-listpack-value", "20"],
      call(["CONFIG", "RESETSTAT"], ignore("back to the limits of the other tests")),
    ],
  }));
