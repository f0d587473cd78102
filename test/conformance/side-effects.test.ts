// What commands that only look leave behind: a sorted set that SORT has converted, an expired key that is still there.
import { test } from "node:test";
import { ignore, sameShape } from "../support/comparators.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep, wait } from "../support/twin-steps.js";

const twin = useTwin({ config: { "enable-debug-command": "yes" } });

const ENCODING = ["OBJECT", "ENCODING", "z"];

test("SORT converts a sorted set for good, even where it fails", (t) =>
  twin.run(t, {
    steps: [
      ["SORT", "z", "ALPHA"],
      ["SORT", "z", "LIMIT", "0"],
      ["SORT", "z", "LIMIT", "a", "b"],
      ["SORT", "z", "BY", "nosort", "LIMIT", 0, 0],
      ["SORT_RO", "z", "ALPHA"],
      ["SORT", "z"],
      ["SORT", "z", "ALPHA", "STORE", "d"],
      ["SORT_RO", "z", "STORE", "d"],
    ].flatMap((sort) => [["DEL", "z"], ["ZADD", "z", 1, "a", 2, "b"], ENCODING, sort, ENCODING]),
  }));

const KEYS: readonly (readonly [key: string, step: ScriptStep])[] = [
  ["string", ["SET", "string", "value"]],
  ["list", ["RPUSH", "list", "a"]],
  ["hash", ["HSET", "hash", "f", "v"]],
  ["set", ["SADD", "set", "a"]],
  ["zset", ["ZADD", "zset", 1, "a"]],
  ["stream", ["XADD", "stream", "1-1", "f", "v"]],
];

test("MEMORY USAGE and DEBUG answer for a key whose time has passed, and leave it", (t) =>
  twin.run(t, {
    steps: KEYS.flatMap(([key, make]) => [
      ["DEBUG", "SET-ACTIVE-EXPIRE", 0],
      make,
      ["PEXPIRE", key, 1],
      wait(20),
      call(["MEMORY", "USAGE", key], sameShape),
      call(["DEBUG", "OBJECT", key], ignore("addresses and sizes are each server's own")),
      call(["DEBUG", "SDSLEN", key], sameShape),
      ["DEBUG", "DIGEST-VALUE", key],
      ["DBSIZE"],
      // These delete it.
      ["OBJECT", "ENCODING", key],
      ["DBSIZE"],
      ["MEMORY", "USAGE", key],
      ["DEBUG", "OBJECT", key],
      ["DEBUG", "SDSLEN", key],
    ]),
  }));

for (const [name, look] of Object.entries({
  TOUCH: (key: string) => ["TOUCH", key],
  TYPE: (key: string) => ["TYPE", key],
  TTL: (key: string) => ["TTL", key],
  EXPIRETIME: (key: string) => ["EXPIRETIME", key],
  EXISTS: (key: string) => ["EXISTS", key],
  DUMP: (key: string) => ["DUMP", key],
  "OBJECT IDLETIME": (key: string) => ["OBJECT", "IDLETIME", key],
  "OBJECT REFCOUNT": (key: string) => ["OBJECT", "REFCOUNT", key],
  "DEBUG LISTPACK": (key: string) => ["DEBUG", "LISTPACK", key],
  "DEBUG HTSTATS-KEY": (key: string) => ["DEBUG", "HTSTATS-KEY", key],
  PERSIST: (key: string) => ["PERSIST", key],
  RANDOMKEY: () => ["RANDOMKEY"],
  SCAN: () => ["SCAN", "0"],
  KEYS: () => ["KEYS", "*"],
})) {
  test(`${name} finds no key whose time has passed`, (t) =>
    twin.run(t, {
      steps: KEYS.flatMap(([key, make]) => [
        ["DEBUG", "SET-ACTIVE-EXPIRE", 0],
        ["FLUSHALL"],
        make,
        ["PEXPIRE", key, 1],
        wait(20),
        look(key),
        ["DBSIZE"],
      ]),
    }));
}
