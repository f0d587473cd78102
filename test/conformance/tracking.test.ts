// Client-side caching: the same scripts against redis-server and pyredis, fixed ones and random ones.
import { test } from "node:test";
import { type Comparator, unordered } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, observe, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();

const WRITER = 0;
const READER = 1;

test("what a client has read is announced by whatever changes it", (t) => {
  const setup: readonly Command[] = [
    ["SET", "s", "1"],
    ["RPUSH", "l", "1", "2"],
    ["HSET", "h", "f", "1"],
    ["SADD", "set", "a", "b"],
    ["ZADD", "z", "1", "a", "2", "b"],
  ];
  const keys = ["s", "l", "h", "set", "z", "gone", "new"];
  const changes: readonly Command[] = [
    ["APPEND", "s", "1"],
    ["EXPIRE", "s", "100"],
    ["PERSIST", "s"],
    ["PERSIST", "s"],
    ["RENAME", "s", "new"],
    ["COPY", "new", "s"],
    ["LPOP", "l"],
    ["LMOVE", "l", "new2", "LEFT", "LEFT"],
    ["HDEL", "h", "nofield"],
    ["HDEL", "h", "f"],
    ["SMOVE", "set", "z", "a"],
    ["SMOVE", "set", "gone", "a"],
    ["SUNIONSTORE", "set", "nokey"],
    ["ZREM", "z", "a"],
    ["ZUNIONSTORE", "gone", "1", "z"],
    ["SORT", "z", "BY", "nosort", "STORE", "l"],
    ["TOUCH", "z"],
    ["MSETNX", "z", "1", "s", "1"],
    ["GETDEL", "s"],
    ["SETRANGE", "s", "0", ""],
    ["SETNX", "s", "1"],
    ["SETNX", "s", "2"],
    ["GETEX", "s", "EX", "100"],
    ["MOVE", "s", "1"],
    ["SWAPDB", "0", "1"],
    ["FLUSHDB"],
    ["FLUSHALL"],
  ];
  const steps: ScriptStep[] = [...setup, call(["CLIENT", "TRACKING", "ON"], undefined, READER)];
  for (const change of changes) {
    for (const key of keys) steps.push(call(["EXISTS", key], undefined, READER));
    steps.push(observe(change, { listener: READER }));
  }
  return twin.run(t, { resp: 3, steps });
});

/** Which commands read, and so make the server remember their keys. */
test("the keys of every reading command are remembered", (t) => {
  const reads: readonly Command[] = [
    ["GET", "a"],
    ["MGET", "a", "b"],
    ["STRLEN", "a"],
    ["GETRANGE", "a", "0", "1"],
    ["LCS", "a", "b"],
    ["TTL", "a"],
    ["TYPE", "a"],
    ["DUMP", "a"],
    ["OBJECT", "FREQ", "a"],
    ["OBJECT", "ENCODING", "b"],
    ["MEMORY", "USAGE", "a"],
    ["EXISTS", "a", "b", "a"],
    ["TOUCH", "b"],
    ["LRANGE", "a", "0", "1"],
    ["LPOS", "a", "x"],
    ["HGETALL", "a"],
    ["HMGET", "b", "x"],
    ["SMISMEMBER", "a", "x"],
    ["SINTER", "a", "b"],
    ["SINTERCARD", "2", "a", "b"],
    ["SINTERCARD", "1", "a", "b"],
    ["ZRANGE", "a", "0", "1"],
    ["ZINTER", "2", "a", "b"],
    ["ZDIFF", "1", "b"],
    ["SORT_RO", "a", "BY", "b*"],
    ["SORT", "a"],
    ["KEYS", "*"],
    ["SCAN", "0"],
    ["RANDOMKEY"],
    ["GETEX", "a"],
    ["GETSET", "b", "x"],
    ["SET", "b", "x", "GET"],
    ["DEBUG", "OBJECT", "a"],
    ["PUBLISH", "a", "b"],
    ["WATCH", "a", "b"],
  ];
  const steps: ScriptStep[] = [call(["CLIENT", "TRACKING", "ON"], undefined, READER)];
  const anyReply: Comparator = { name: "any reply", difference: () => undefined };
  for (const read of reads) {
    steps.push(call(read, anyReply, READER));
    for (const key of ["a", "b"]) steps.push(observe(["SET", key, "1"], { listener: READER }));
  }
  return twin.run(t, { resp: 3, steps });
});

test("prefixes and modes are accepted and refused alike", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "b", "PREFIX", "a"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "ab"],
      ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "c", "PREFIX", "b"],
      ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", "c", "NOLOOP"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "TRACKING", "ON", "BCAST"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "TRACKING", "ON"],
      ["CLIENT", "TRACKING", "ON", "OPTIN"],
      ["CLIENT", "TRACKING", "OFF", "NOSUCH"],
      ["CLIENT", "TRACKING", "OFF", "PREFIX", "x", "OPTIN", "OPTOUT", "BCAST"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "TRACKING", "ON", "OPTIN", "NOLOOP"],
      ["CLIENT", "CACHING", "YES"],
      ["CLIENT", "TRACKINGINFO"],
      ["PING"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "CACHING", "NO"],
      ["CLIENT", "TRACKING", "ON", "OPTOUT"],
      ["CLIENT", "TRACKING", "OFF"],
      ["CLIENT", "TRACKING", "ON", "OPTOUT"],
      ["CLIENT", "CACHING", "NO"],
      ["CLIENT", "TRACKINGINFO"],
      ["CLIENT", "CACHING", "YES"],
      ["CLIENT", "GETREDIR"],
      ["RESET"],
    ],
  }));

for (const mode of [[], ["NOLOOP"], ["BCAST"], ["BCAST", "NOLOOP"], ["BCAST", "PREFIX", "a", "PREFIX", "c"]]) {
  test(`random reads and writes are announced alike: ${mode.join(" ") || "the usual mode"}`, (t) => {
    const key = (random: Random): string => random.pick(["a", "ab", "b", "c"]);
    const write = (random: Random): Command =>
      random.pick<Command>([
        ["SET", key(random), "1"],
        ["MSET", key(random), "1", key(random), "1"],
        ["DEL", key(random), key(random)],
        ["INCR", key(random)],
        ["RENAME", key(random), key(random)],
        ["EXPIRE", key(random), "100"],
        ["PERSIST", key(random)],
        ["GETDEL", key(random)],
        ["FLUSHDB"],
      ]);
    return twin.random(t, {
      resp: 3,
      count: 300,
      setup: [call(["CLIENT", "TRACKING", "ON", ...mode], undefined, READER)],
      next: (random) => {
        if (random.oneIn(2)) return call(["MGET", key(random), key(random)], undefined, READER);
        const on = random.oneIn(3) ? READER : WRITER;
        return observe(write(random), { listener: READER, on, messages: unordered });
      },
    });
  });
}
