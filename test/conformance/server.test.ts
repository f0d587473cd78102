// The server family: the same scripts against redis-server and pyredis. What depends on the machine or the build is
// compared by its shape.
import { test } from "node:test";
import { ignore, sameErrorText, sameShape, sameType, unordered, unorderedPairs } from "../support/comparators.js";
import { useTwin } from "../support/twin.js";
import { call } from "../support/twin-steps.js";

const twin = useTwin({ config: { "enable-debug-command": "yes" } });

const PROTOCOL_TYPES = ["string", "integer", "double", "bignum", "null", "array", "set", "map", "attrib", "verbatim"];

for (const resp of [2, 3] as const) {
  test(`DEBUG PROTOCOL answers every type alike under RESP${resp}`, (t) =>
    twin.run(t, {
      resp,
      steps: [...PROTOCOL_TYPES, "true", "false", "nonsense"].map((type) => ["DEBUG", "PROTOCOL", type]),
    }));

  test(`CONFIG, SLOWLOG, LATENCY and MEMORY answer alike under RESP${resp}`, (t) =>
    twin.run(t, {
      resp,
      steps: [
        call(["CONFIG", "GET", "maxmemory-policy", "hz", "nothing"], unorderedPairs),
        ["CONFIG", "SET", "hz", "x"],
        ["CONFIG", "SET", "hz", "10", "hz", "20"],
        ["CONFIG", "SET", "nothing", "1"],
        ["CONFIG", "SET", "a"],
        ["CONFIG", "SET", "a", "b", "c"],
        ["CONFIG", "NOTHING"],
        ["CONFIG"],
        ["CONFIG", "RESETSTAT"],
        ["SLOWLOG", "GET", "-2"],
        ["SLOWLOG", "GET", "x"],
        ["SLOWLOG", "GET", "1", "2"],
        ["SLOWLOG", "RESET"],
        ["SLOWLOG", "LEN"],
        ["SLOWLOG", "GET"],
        ["LATENCY", "LATEST"],
        ["LATENCY", "HISTORY", "command"],
        ["LATENCY", "GRAPH", "command"],
        ["LATENCY", "RESET", "a", "b"],
        ["LATENCY", "NOTHING"],
        ["LATENCY", "HISTOGRAM", "nothing"],
        ["SET", "k", "v"],
        call(["MEMORY", "USAGE", "k"], sameType),
        ["MEMORY", "USAGE", "none"],
        ["MEMORY", "USAGE", "k", "SAMPLES", "-1"],
        ["MEMORY", "USAGE", "k", "SAMPLES"],
        ["MEMORY", "USAGE"],
        ["MEMORY", "NOTHING"],
        call(["MEMORY", "PURGE"], ignore("the reference may be built without an allocator that purges")),
      ],
    }));

  test(`INFO, ROLE, TIME, LASTSAVE, LOLWUT and SHUTDOWN answer alike under RESP${resp}`, (t) =>
    twin.run(t, {
      resp,
      steps: [
        ["ROLE"],
        call(["TIME"], sameShape),
        call(["LASTSAVE"], sameType),
        ["LASTSAVE", "x"],
        call(["LOLWUT"], sameType),
        ["LOLWUT", "VERSION", "x"],
        call(["INFO"], sameType),
        ["INFO", "nothing"],
        ["INFO", "cluster"],
        ["SHUTDOWN", "SAVE", "NOSAVE"],
        ["SHUTDOWN", "ABORT", "NOW"],
        ["SHUTDOWN", "ABORT"],
        ["SHUTDOWN", "NOTHING"],
      ],
    }));
}

test("COMMAND finds commands and their keys alike", (t) =>
  twin.run(t, {
    steps: [
      call(["COMMAND", "COUNT"], sameType),
      ["COMMAND", "INFO", "nothing", "get|nothing"],
      ["COMMAND", "DOCS", "nothing"],
      ["COMMAND", "LIST", "FILTERBY", "PATTERN", "slowlog|r*"],
      ["COMMAND", "LIST", "FILTERBY", "ACLCAT", "nothing"],
      ["COMMAND", "LIST", "FILTERBY", "MODULE", "nothing"],
      ["COMMAND", "LIST", "FILTERBY", "NOTHING", "x"],
      ["COMMAND", "LIST", "x"],
      call(["COMMAND", "LIST", "FILTERBY", "PATTERN", "config|*"], unordered),
      ...[
        "GET k",
        "MGET a b c",
        "MSET a 1 b 2",
        "MEMORY USAGE k",
        "GET k v",
        "PING x",
        "NOTHING k",
        "RENAME a b",
      ].flatMap((words) => [
        ["COMMAND", "GETKEYS", ...words.split(" ")],
        ["COMMAND", "GETKEYSANDFLAGS", ...words.split(" ")],
      ]),
      ["COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v"],
      ["COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v", "GET"],
      ["COMMAND", "NOTHING"],
      ["COMMAND", "GETKEYS"],
    ],
  }));

test("COMMAND INFO of what both have is the same", (t) =>
  twin.run(t, {
    resp: 3,
    steps: ["get", "mget", "mset", "append", "del", "expire", "ping", "echo", "multi", "exec", "select", "time"].map(
      (name) => ["COMMAND", "INFO", name],
    ),
  }));

test("DEBUG refuses, counts and digests alike", (t) =>
  twin.run(t, {
    steps: [
      ["DEBUG"],
      ["DEBUG", "NOTHING"],
      ["DEBUG", "SLEEP"],
      ["DEBUG", "SLEEP", "0"],
      ["DEBUG", "SET-ACTIVE-EXPIRE", "1"],
      ["DEBUG", "ERROR", "CODE a b"],
      ["DEBUG", "STRUCTSIZE", "x"],
      ["DEBUG", "POPULATE", "x"],
      ["DEBUG", "POPULATE", "-1"],
      ["DEBUG", "POPULATE", "20"],
      ["DEBUG", "POPULATE", "5", "p", "40"],
      ["DEBUG", "POPULATE", "5", "q", "3"],
      ["GET", "key:7"],
      ["GET", "p:4"],
      ["GET", "q:4"],
      ["DBSIZE"],
      ["DEBUG", "DIGEST"],
      ["DEBUG", "DIGEST-VALUE", "key:1", "none"],
      ["DEBUG", "OBJECT", "none"],
      call(["DEBUG", "OBJECT", "key:1"], sameType),
      ["DEBUG", "HTSTATS", "99"],
      ["DEBUG", "HTSTATS", "x"],
      call(["DEBUG", "HTSTATS", "0"], sameType),
      ["DEBUG", "HTSTATS-KEY", "none"],
      call(["DEBUG", "HTSTATS-KEY", "key:1"], sameErrorText),
    ],
  }));
