// Keyspace notifications: after each command, all that a subscriber of every channel got, in order, on redis-server and
// on pyredis. The scripts go through the commands family by family, the random ones mix them.
import { test } from "node:test";
import { exact, unordered } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import { findRedisServerVersion, isOlder } from "../support/redis-server.js";
import type { Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, observe, push, type ScriptStep, send, wait } from "../support/twin-steps.js";

const twin = useTwin({ config: { "enable-debug-command": "yes" } });

const FAR = 4_000_000_000;

/**
 * A subscriber of everything on connection 1, and events of all classes. Passed deadlines are met by commands alone:
 * what expires by itself does so at any time.
 */
function listen(resp: 2 | 3): readonly ScriptStep[] {
  const subscribe: Command = ["PSUBSCRIBE", "__key*"];
  return [
    ["CONFIG", "SET", "notify-keyspace-events", "KEAmn"],
    ["DEBUG", "SET-ACTIVE-EXPIRE", 0],
    ...(resp === 2 ? [call(subscribe, exact, 1)] : [send(subscribe, 1), push(exact, 1)]),
  ];
}

const LISTEN = listen(2);

const FAMILIES: Readonly<Record<string, readonly Command[]>> = {
  strings: [
    ["SET", "k", "v"],
    ["SET", "k", "v", "EX", 100],
    ["SET", "k", "v", "KEEPTTL"],
    ["SET", "k", "v", "NX"],
    ["SET", "none", "v", "XX"],
    ["SET", "k", "w", "GET"],
    ["SET", "k", "w", "PXAT", 1],
    ["SET", "k", "w", "PXAT", FAR * 1000],
    ["GET", "k"],
    ["GET", "none"],
    ["GETSET", "k", "v"],
    ["GETSET", "new", "v"],
    ["GETDEL", "new"],
    ["GETDEL", "none"],
    ["GETEX", "k"],
    ["GETEX", "k", "EX", 100],
    ["GETEX", "k", "PERSIST"],
    ["GETEX", "k", "PERSIST"],
    ["GETEX", "k", "PXAT", 1],
    ["GETEX", "none", "EX", 1],
    ["SETNX", "k", "v"],
    ["SETNX", "k", "v"],
    ["SETEX", "k", 100, "v"],
    ["PSETEX", "k", 100_000, "v"],
    ["APPEND", "k", "x"],
    ["APPEND", "k2", "x"],
    ["APPEND", "k2", ""],
    ["SETRANGE", "k2", 3, "x"],
    ["SETRANGE", "k2", 3, ""],
    ["SETRANGE", "k3", 3, ""],
    ["SETRANGE", "k3", 3, "abc"],
    ["INCR", "n"],
    ["INCRBY", "n", 5],
    ["DECR", "n"],
    ["DECRBY", "n", 5],
    ["INCRBYFLOAT", "n", "1.5"],
    ["INCRBYFLOAT", "n2", "1.5"],
    ["INCR", "k3"],
    ["MSET", "a", "1", "b", "2", "a", "3"],
    ["MSETNX", "a", "1", "c", "2"],
    ["MSETNX", "c", "1", "d", "2", "c", "3"],
    ["MGET", "a", "none", "c", "none2"],
    ["STRLEN", "none"],
    ["GETRANGE", "none", 0, 1],
    ["LCS", "a", "none"],
    ["SUBSTR", "none", 0, 1],
  ],
  "keys of any type": [
    ["MSET", "a", "1", "b", "2", "c", "3", "d", "4"],
    ["DEL", "a", "none", "b", "a"],
    ["UNLINK", "c", "none"],
    ["EXPIRE", "d", 100],
    ["EXPIRE", "d", 100, "NX"],
    ["PEXPIRE", "d", 100_000],
    ["EXPIREAT", "d", FAR],
    ["PEXPIREAT", "d", FAR * 1000],
    ["EXPIRE", "none", 100],
    ["PERSIST", "d"],
    ["PERSIST", "d"],
    ["EXPIRE", "d", -1],
    ["PEXPIREAT", "d", 1],
    ["SET", "a", "1"],
    ["PEXPIREAT", "a", 1],
    ["SET", "a", "1"],
    ["RENAME", "a", "b"],
    ["RENAME", "b", "b"],
    ["SET", "a", "1"],
    ["RENAME", "a", "b"],
    ["RENAMENX", "b", "a"],
    ["SET", "b", "1"],
    ["RENAMENX", "b", "a"],
    ["RENAME", "none", "a"],
    ["COPY", "a", "a2"],
    ["COPY", "a", "a2"],
    ["COPY", "a", "a2", "REPLACE"],
    ["COPY", "a", "a3", "DB", 3],
    ["COPY", "none", "a4"],
    ["MOVE", "a2", 3],
    ["MOVE", "none", 3],
    ["TOUCH", "a", "none"],
    ["EXISTS", "a", "none"],
    ["TYPE", "none"],
    ["TTL", "none"],
    ["PTTL", "none"],
    ["EXPIRETIME", "none"],
    ["OBJECT", "ENCODING", "none"],
    ["DUMP", "none"],
    ["RESTORE", "r", 0, Buffer.from("\x00\x01v\x0b\x00\x3c\x3c\xc0\x06\xfd\xf2\xa8\xc3\x93", "latin1")],
    ["KEYS", "none*"],
    ["SCAN", 0, "MATCH", "none"],
    ["SWAPDB", 0, 3],
    ["SELECT", 3],
    ["SET", "in three", "1"],
    ["FLUSHDB"],
    ["SET", "again", "1"],
    ["FLUSHALL"],
  ],
  lists: [
    ["RPUSH", "l", "a", "b", "c"],
    ["LPUSH", "l", "x"],
    ["LPUSHX", "l", "x"],
    ["RPUSHX", "l", "x"],
    ["LPUSHX", "none", "x"],
    ["LPOP", "l"],
    ["RPOP", "l", 2],
    ["LPOP", "none"],
    ["LPOP", "l", 0],
    ["LSET", "l", 0, "y"],
    ["LINSERT", "l", "BEFORE", "y", "z"],
    ["LINSERT", "l", "BEFORE", "none", "z"],
    ["LINSERT", "none", "BEFORE", "y", "z"],
    ["LREM", "l", 0, "none"],
    ["LREM", "l", 0, "z"],
    ["LREM", "l", 0, "y"],
    ["LTRIM", "l", 0, -1],
    ["LTRIM", "l", 5, 6],
    ["LTRIM", "none", 5, 6],
    ["RPUSH", "l", "a"],
    ["LPOP", "l"],
    ["RPUSH", "l", "a", "b"],
    ["RPOPLPUSH", "l", "l2"],
    ["RPOPLPUSH", "l", "l2"],
    ["RPOPLPUSH", "none", "l2"],
    ["LMOVE", "l2", "l2", "LEFT", "RIGHT"],
    ["LMOVE", "l2", "l3", "RIGHT", "LEFT"],
    ["BLMOVE", "l2", "l3", "LEFT", "LEFT", 0],
    ["BRPOPLPUSH", "l3", "l", 0],
    ["BLPOP", "l", "l3", 0],
    ["BRPOP", "l", "l3", 0],
    ["RPUSH", "l", "a", "b", "c", "d"],
    ["LMPOP", 2, "none", "l", "LEFT", "COUNT", 2],
    ["BLMPOP", 0, 2, "none", "l", "RIGHT", "COUNT", 5],
    ["LRANGE", "none", 0, 1],
    ["LLEN", "none"],
    ["LINDEX", "none", 1],
    ["LPOS", "none", 1],
    ["RPUSH", "l", "b", "a"],
    ["SORT", "l", "ALPHA", "STORE", "sorted"],
    ["SORT", "none", "STORE", "sorted"],
    ["SORT", "none", "STORE", "sorted"],
    ["SORT_RO", "none"],
    ["DEL", "l"],
  ],
  sets: [
    ["SADD", "s", "a", "b", "c"],
    ["SADD", "s", "a"],
    ["SADD", "s", "a", "d"],
    ["SREM", "s", "none"],
    ["SREM", "s", "d"],
    ["SREM", "s", "a", "b", "c"],
    ["SREM", "none", "a"],
    ["SADD", "s", "1"],
    ["SPOP", "s"],
    ["SPOP", "none"],
    ["SADD", "s", "1", "2"],
    ["SPOP", "s", 0],
    ["SPOP", "none", 1],
    ["SADD", "t", "2"],
    ["SMOVE", "s", "t", "1"],
    ["SMOVE", "s", "t", "2"],
    ["SMOVE", "s", "t", "none"],
    ["SMOVE", "t", "t", "1"],
    ["SADD", "s", "2", "9"],
    ["SINTERSTORE", "d", "s", "t"],
    ["SUNIONSTORE", "d", "s", "t"],
    ["SDIFFSTORE", "d", "s", "t"],
    ["SINTERSTORE", "d", "s", "none"],
    ["SINTERSTORE", "d", "s", "none"],
    ["SDIFFSTORE", "t", "none"],
    ["SINTER", "s", "none"],
    ["SUNION", "s", "none"],
    ["SISMEMBER", "none", "a"],
    ["SMEMBERS", "none"],
    ["SCARD", "none"],
    ["SRANDMEMBER", "none"],
    ["SINTERCARD", 2, "s", "none"],
    ["SPOP", "s", 5],
  ],
  hashes: [
    ["HSET", "h", "a", "1", "b", "2"],
    ["HSET", "h", "a", "1"],
    ["HMSET", "h", "c", "3"],
    ["HSETNX", "h", "c", "3"],
    ["HSETNX", "h", "d", "3"],
    ["HINCRBY", "h", "n", 1],
    ["HINCRBYFLOAT", "h", "n", "1.5"],
    ["HDEL", "h", "none"],
    ["HDEL", "h", "a", "b"],
    ["HDEL", "none", "a"],
    ["HDEL", "h", "c", "d", "n"],
    ["HGET", "none", "a"],
    ["HMGET", "none", "a"],
    ["HGETALL", "none"],
    ["HLEN", "none"],
    ["HEXISTS", "none", "a"],
    ["HSTRLEN", "none", "a"],
    ["HRANDFIELD", "none"],
    ["HSCAN", "none", 0],
    ["HSET", "h", "a", "1"],
    ["SET", "h", "string"],
  ],
  "sorted sets": [
    ["ZADD", "z", 1, "a", 2, "b"],
    ["ZADD", "z", 1, "a"],
    ["ZADD", "z", 3, "a", 4, "c"],
    ["ZADD", "z", "XX", 5, "none"],
    ["ZADD", "none", "XX", 5, "none"],
    ["ZADD", "z", "NX", 5, "a"],
    ["ZADD", "z", "INCR", 5, "a"],
    ["ZADD", "z", "GT", "CH", 1, "a"],
    ["ZINCRBY", "z", 5, "a"],
    ["ZINCRBY", "z", 0, "a"],
    ["ZREM", "z", "none"],
    ["ZREM", "z", "b"],
    ["ZPOPMIN", "z"],
    ["ZPOPMAX", "z"],
    ["ZPOPMIN", "z"],
    ["ZADD", "z", 1, "a", 2, "b", 3, "c", 4, "d", 5, "e"],
    ["ZPOPMAX", "z", 0],
    ["ZPOPMAX", "z", 2],
    ["ZREMRANGEBYSCORE", "z", 9, 10],
    ["ZREMRANGEBYSCORE", "z", 1, 1],
    ["ZREMRANGEBYRANK", "z", 0, 0],
    ["ZREMRANGEBYRANK", "z", 5, 6],
    ["ZREMRANGEBYLEX", "z", "[x", "[y"],
    ["ZREMRANGEBYLEX", "z", "-", "+"],
    ["ZADD", "z", 1, "a", 2, "b", 3, "c"],
    ["BZPOPMIN", "z", 0],
    ["BZPOPMAX", "z", 0],
    ["ZMPOP", 2, "none", "z", "MIN"],
    ["ZADD", "z", 1, "a", 2, "b", 3, "c"],
    ["BZMPOP", 0, 1, "z", "MAX", "COUNT", 2],
    ["ZADD", "y", 1, "a"],
    ["ZUNIONSTORE", "d", 2, "z", "y"],
    ["ZINTERSTORE", "d", 2, "z", "y"],
    ["ZDIFFSTORE", "d", 2, "z", "y"],
    ["ZDIFFSTORE", "d", 2, "z", "y"],
    ["ZRANGESTORE", "d", "z", 0, -1],
    ["ZRANGESTORE", "d", "z", 5, 6],
    ["ZRANGESTORE", "d", "none", 5, 6],
    ["ZUNION", 2, "z", "none"],
    ["ZSCORE", "none", "a"],
    ["ZCARD", "none"],
    ["ZRANK", "none", "a"],
    ["ZRANGE", "none", 0, -1],
    ["ZREVRANGEBYSCORE", "none", 0, 1],
    ["ZMSCORE", "none", "a"],
    ["ZCOUNT", "none", 0, 1],
    ["ZRANDMEMBER", "none"],
    ["DEL", "z"],
  ],
  "consumer groups": [
    ["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"],
    ["XGROUP", "CREATE", "s", "g", "$"],
    ["XGROUP", "CREATE", "s", "h", "0"],
    ["XGROUP", "CREATE", "none", "h", "0"],
    ["XADD", "s", "1-0", "a", "1"],
    ["XADD", "s", "2-0", "a", "2"],
    ["XADD", "s", "3-0", "a", "3"],
    ["XGROUP", "CREATECONSUMER", "s", "g", "c"],
    ["XGROUP", "CREATECONSUMER", "s", "g", "c"],
    ["XREADGROUP", "GROUP", "g", "c", "COUNT", 1, "STREAMS", "s", ">"],
    ["XREADGROUP", "GROUP", "g", "d", "COUNT", 1, "STREAMS", "s", ">"],
    ["XREADGROUP", "GROUP", "g", "d", "STREAMS", "s", "0"],
    ["XREADGROUP", "GROUP", "h", "e", "NOACK", "COUNT", 2, "STREAMS", "s", ">"],
    ["XREADGROUP", "GROUP", "h", "e", "STREAMS", "none", ">"],
    ["XREADGROUP", "GROUP", "h", "e", "BLOCK", 0, "STREAMS", "s", ">"],
    ["XCLAIM", "s", "g", "new", 0, 1],
    ["XCLAIM", "s", "g", "c", 0, 1, 2, "JUSTID"],
    ["XAUTOCLAIM", "s", "g", "newer", 0, "-", "COUNT", 1],
    ["XDEL", "s", 1],
    ["XCLAIM", "s", "g", "c", 0, 1],
    ["XAUTOCLAIM", "s", "g", "c", 0, "-"],
    ["XACK", "s", "g", 1, 2],
    ["XACK", "none", "g", 1],
    ["XPENDING", "s", "g"],
    ["XPENDING", "none", "g"],
    ["XINFO", "GROUPS", "none"],
    ["XCLAIM", "none", "g", "c", 0, 1],
    ["XAUTOCLAIM", "none", "g", "c", 0, "-"],
    ["XGROUP", "SETID", "s", "g", "0"],
    ["XGROUP", "DELCONSUMER", "s", "g", "d"],
    ["XGROUP", "DELCONSUMER", "s", "g", "d"],
    ["XGROUP", "DESTROY", "s", "g"],
    ["XGROUP", "DESTROY", "s", "g"],
    ["XGROUP", "DESTROY", "none", "g"],
  ],
};

for (const [family, commands] of Object.entries(FAMILIES)) {
  for (const resp of [2, 3] as const) {
    test(`${family}: every event, in order (RESP${resp})`, (t) =>
      twin.run(t, { resp, steps: [...listen(resp), ...commands.map((command) => observe(command))] }));
  }
}

test("each class of events is sent by itself, on the channels that are asked for", async (t) => {
  const commands: readonly Command[] = [
    ["SET", "k", "v"],
    ["EXPIRE", "k", 100],
    ["RPUSH", "l", "a"],
    ["SADD", "s", "a"],
    ["HSET", "h", "a", "1"],
    ["ZADD", "z", 1, "a"],
    ["GET", "none"],
    ["SET", "gone", "v", "PXAT", 1],
    ["DEL", "k", "l", "s", "h", "z"],
  ];
  for (const classes of [
    "Kg",
    "E$",
    "Kl",
    "Es",
    "Kh",
    "Ez",
    "Kx",
    "Ee",
    "Km",
    "En",
    "KEg$",
    "g$lshzxenm",
    "KE",
    "A",
    "KA",
    "",
  ]) {
    await twin.run(t, {
      steps: [
        ...LISTEN,
        ["CONFIG", "SET", "notify-keyspace-events", classes],
        ...commands.map((command) => observe(command)),
      ],
    });
  }
});

test("a deadline that passes is an event when the key is met, and for a key of any type", (t) =>
  twin.run(t, {
    steps: [
      ...LISTEN,
      ["SET", "k", "v", "PX", 20],
      wait(60),
      observe(["GET", "k"]),
      ["RPUSH", "l", "a"],
      ["PEXPIRE", "l", 20],
      wait(60),
      observe(["RPUSH", "l", "a"]),
      ["SELECT", 5],
      observe(["SET", "k", "v", "PX", 20]),
      wait(60),
      observe(["RENAME", "k", "k2"]),
      observe(["SET", "k", "v", "PX", 20]),
      wait(60),
      observe(["DEL", "k"]),
      observe(["SADD", "k", "a"]),
      observe(["PEXPIRE", "k", 20]),
      wait(60),
      observe(["SDIFFSTORE", "d", "k"]),
    ],
  }));

test("a key that maxmemory drives out is an event", (t) =>
  twin.run(t, {
    steps: [
      ...LISTEN,
      ["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"],
      observe(["SET", "k", "v"]),
      ["CONFIG", "SET", "maxmemory", 1],
      observe(["PING"]),
      ["CONFIG", "SET", "maxmemory", 0],
    ],
  }));

test("the channels name the database, and any key", (t) =>
  twin.run(t, {
    steps: [
      ...LISTEN,
      ["SELECT", 15],
      observe(["SET", Buffer.from("\0\r\n\xff *", "latin1"), "v"]),
      observe(["SET", "", "v"]),
      observe(["SET", Buffer.alloc(100_000, "k"), "v"]),
      observe(["SET", "short", "v"]),
      observe(["DEL", "short", ""]),
    ],
  }));

test("a transaction's events come in the order of its commands", (t) =>
  twin.run(t, {
    steps: [
      ...LISTEN,
      ["MULTI"],
      ["SET", "k", "v"],
      ["EXPIRE", "k", 100],
      ["RENAME", "k", "k2"],
      ["RPUSH", "l", "a"],
      ["LPOP", "l"],
      observe(["EXEC"]),
    ],
  }));

test("exact channels of keys and events reach their own subscribers", (t) =>
  twin.run(t, {
    steps: [
      ["CONFIG", "SET", "notify-keyspace-events", "KEA"],
      call(["SUBSCRIBE", "__keyspace@0__:k"], exact, 1),
      call(["SUBSCRIBE", "__keyevent@0__:del"], exact, 1),
      observe(["SET", "k", "v"]),
      observe(["SET", "k2", "v"]),
      observe(["DEL", "k", "k2"]),
    ],
  }));

const KEYS = ["a", "b", "c", "d"];

/** One command on few keys, so that types clash, keys empty, move onto each other and expire. */
function makeCommand(random: Random): Command {
  const key = (): string => random.pick(KEYS);
  const member = (): string => random.pick(["1", "2", "3", "x", "y"]);
  const score = (): number => random.int(0, 4);
  const side = (): string => random.pick(["LEFT", "RIGHT"]);
  const at = (): number => random.pick([1, FAR]);
  const make = random.weighted<() => Command>([
    [3, () => ["SET", key(), member(), ...random.pick([[], ["NX"], ["XX"], ["EXAT", at()], ["KEEPTTL"], ["GET"]])]],
    [1, () => ["GET", key()]],
    [1, () => ["GETEX", key(), ...random.pick([[], ["PERSIST"], ["EXAT", at()]])]],
    [1, () => ["GETDEL", key()]],
    [1, () => ["INCR", key()]],
    [1, () => ["APPEND", key(), member()]],
    [1, () => ["MSETNX", key(), member(), key(), member()]],
    [2, () => ["DEL", key(), key()]],
    [2, () => ["EXPIREAT", key(), at()]],
    [1, () => ["PERSIST", key()]],
    [2, () => ["RENAME", key(), key()]],
    [1, () => ["RENAMENX", key(), key()]],
    [2, () => ["COPY", key(), key(), ...random.pick([[], ["REPLACE"]])]],
    [1, () => ["MOVE", key(), 1]],
    [1, () => ["SWAPDB", 0, 1]],
    [2, () => ["RPUSH", key(), member(), member()]],
    [1, () => ["LPUSHX", key(), member()]],
    [2, () => [random.pick(["LPOP", "RPOP"]), key(), ...random.pick([[], [0], [2]])]],
    [2, () => ["LMOVE", key(), key(), side(), side()]],
    [1, () => ["LREM", key(), 0, member()]],
    [1, () => ["LTRIM", key(), random.int(0, 2), random.int(-2, 2)]],
    [1, () => ["LMPOP", 2, key(), key(), side(), "COUNT", 2]],
    [3, () => ["SADD", key(), member(), member()]],
    [2, () => ["SREM", key(), member(), member()]],
    [2, () => ["SMOVE", key(), key(), member()]],
    [1, () => ["SPOP", key(), 9]],
    [2, () => [random.pick(["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"]), key(), key(), key()]],
    [3, () => ["HSET", key(), member(), "1"]],
    [1, () => ["HSETNX", key(), member(), "1"]],
    [1, () => ["HINCRBY", key(), member(), 1]],
    [2, () => ["HDEL", key(), member(), member(), member()]],
    [3, () => ["ZADD", key(), ...random.pick([[], ["NX"], ["XX"], ["GT"], ["CH"]]), score(), member()]],
    [1, () => ["ZINCRBY", key(), score(), member()]],
    [2, () => ["ZREM", key(), member(), member()]],
    [1, () => [random.pick(["ZPOPMIN", "ZPOPMAX"]), key(), random.int(0, 2)]],
    [1, () => ["ZREMRANGEBYSCORE", key(), score(), score()]],
    [1, () => ["ZREMRANGEBYRANK", key(), score(), score()]],
    [2, () => [random.pick(["ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"]), key(), 2, key(), key()]],
    [1, () => ["SORT", key(), "ALPHA", "STORE", key()]],
    [1, () => ["ZRANGESTORE", key(), key(), 0, score()]],
    [0.3, () => ["FLUSHALL"]],
  ]);
  return make();
}

test("any commands make the same events in the same order", (t) =>
  twin.random(t, {
    count: 1500,
    setup: LISTEN,
    next: (random) => observe(makeCommand(random), { reply: unordered }),
  }));

const version = findRedisServerVersion();
const fieldDeadlines = version === undefined || isOlder(version, "7.4.0") ? { skip: "fields expire since 7.4" } : {};

test("fields of hashes that get, lose and pass deadlines", fieldDeadlines, (t) =>
  twin.run(t, {
    steps: [
      ...LISTEN,
      ...(
        [
          ["HSET", "h", "a", "1", "b", "2", "c", "3", "d", "4"],
          ["HEXPIRE", "h", 100, "FIELDS", 2, "a", "b"],
          ["HEXPIRE", "h", 100, "NX", "FIELDS", 1, "a"],
          ["HPEXPIRE", "h", 100_000, "FIELDS", 1, "none"],
          ["HEXPIREAT", "h", FAR, "FIELDS", 2, "a", "c"],
          ["HPEXPIREAT", "h", FAR * 1000, "FIELDS", 1, "c"],
          ["HEXPIRE", "none", 100, "FIELDS", 1, "a"],
          ["HTTL", "none", "FIELDS", 1, "a"],
          ["HPERSIST", "h", "FIELDS", 2, "a", "d"],
          ["HPERSIST", "h", "FIELDS", 1, "a"],
          ["HPERSIST", "none", "FIELDS", 1, "a"],
          ["HEXPIRE", "h", 0, "FIELDS", 1, "d"],
          ["HPEXPIREAT", "h", 1, "FIELDS", 2, "c", "none"],
          ["HPEXPIRE", "h", 20, "FIELDS", 1, "a"],
        ] as Command[]
      ).map((command) => observe(command)),
      wait(60),
      ...(
        [
          ["HGET", "h", "a"],
          ["HGET", "h", "a"],
          ["HMGET", "h", "a", "b"],
          ["HLEN", "h"],
          ["HSET", "h", "a", "1"],
          ["HPEXPIRE", "h", 20, "FIELDS", 2, "a", "b"],
        ] as Command[]
      ).map((command) => observe(command)),
      wait(60),
      observe(["HGETALL", "h"]),
      observe(["HMGET", "h", "a", "b"]),
      observe(["EXISTS", "h"]),
      observe(["HSET", "h", "a", "1"]),
      observe(["HPEXPIRE", "h", 0, "FIELDS", 1, "a"]),
    ],
  }),
);
