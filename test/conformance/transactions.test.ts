// MULTI, EXEC, DISCARD, WATCH and UNWATCH: the same scripts against redis-server and pyredis.
import { test } from "node:test";
import { exact } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import { useTwin } from "../support/twin.js";
import { call, raw, type ScriptStep, wait } from "../support/twin-steps.js";

const twin = useTwin();

test("a transaction from MULTI to EXEC, and one that is discarded", (t) =>
  twin.run(t, {
    steps: [
      ["EXEC"],
      ["DISCARD"],
      ["UNWATCH"],
      ["MULTI"],
      ["SET", "k", "1"],
      ["INCR", "k"],
      ["APPEND", "k", "x"],
      ["INCR", "k"],
      ["GET", "k"],
      ["EXEC"],
      ["MULTI"],
      ["EXEC"],
      ["MULTI"],
      ["DEL", "k"],
      ["DISCARD"],
      ["GET", "k"],
      ["EXEC"],
    ],
  }));

test("what cannot be queued, and what cannot be in a transaction", (t) =>
  twin.run(t, {
    steps: [
      ["MULTI"],
      ["MULTI"],
      ["WATCH", "k"],
      ["EXEC"],
      ["MULTI"],
      ["GET"],
      ["SET", "k", "v"],
      ["EXEC"],
      ["GET", "k"],
      ["MULTI"],
      ["NOSUCH", "x"],
      ["DISCARD"],
      ["MULTI"],
      ["CLIENT", "NOSUCH"],
      ["EXEC"],
      ["MULTI"],
      ["EXEC", "x"],
      ["EXEC"],
      ["MULTI"],
      ["DISCARD", "x"],
      ["EXEC"],
      ["MULTI"],
      ["WATCH"],
      ["EXEC"],
      ["EXEC", "x"],
      ["MULTI", "x"],
      ["WATCH"],
      ["UNWATCH", "x"],
      ["MULTI"],
      ["MONITOR"],
      ["PING"],
      ["EXEC"],
      ["PING"],
    ],
  }));

test("SELECT inside of a transaction holds after it", (t) =>
  twin.run(t, {
    steps: [["MULTI"], ["SELECT", 3], ["SET", "k", "three"], ["EXEC"], ["GET", "k"], ["SELECT", 0], ["GET", "k"]],
  }));

test("watched keys that change by any way of changing", (t) => {
  const changes: ScriptStep[][] = [
    [call(["SET", "k", "2"], exact, 1)],
    [call(["DEL", "k"], exact, 1)],
    [call(["APPEND", "k", ""], exact, 1)],
    [call(["EXPIRE", "k", "100"], exact, 1)],
    [call(["PERSIST", "k"], exact, 1)],
    [call(["RENAME", "k", "j"], exact, 1)],
    [call(["COPY", "j", "k"], exact, 1)],
    [call(["FLUSHALL"], exact, 1)],
    [call(["FLUSHDB"], exact, 1)],
    [call(["SWAPDB", "0", "1"], exact, 1)],
    [call(["GET", "k"], exact, 1)],
    [call(["SETNX", "k", "3"], exact, 1)],
    [call(["SELECT", "1"], exact, 1), call(["SET", "k", "x"], exact, 1), call(["SELECT", "0"], exact, 1)],
    [["SET", "k", "own"]],
    [["UNWATCH"], ["SET", "k", "own"]],
    [["MULTI"], ["SET", "k", "own"], ["DISCARD"], ["SET", "k", "own"]],
  ];
  return twin.run(t, {
    steps: changes.flatMap((change): ScriptStep[] => [
      ["SET", "k", "1"],
      ["WATCH", "k", "absent"],
      ...change,
      ["MULTI"],
      ["PING"],
      ["EXEC"],
    ]),
  });
});

test("watched keys that expire, before and after WATCH", (t) =>
  twin.run(t, {
    steps: [
      ["SET", "k", "v", "PX", 30],
      ["WATCH", "k"],
      wait(60),
      ["MULTI"],
      ["PING"],
      ["EXEC"],
      ["SET", "k", "v", "PX", 30],
      wait(60),
      ["WATCH", "k"],
      call(["GET", "k"], exact, 1),
      ["MULTI"],
      ["PING"],
      ["EXEC"],
    ],
  }));

test("EXEC of RESP3 clients", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      ["WATCH", "k"],
      call(["SET", "k", "v"], exact, 1),
      ["MULTI"],
      ["GET", "none"],
      ["EXEC"],
      ["MULTI"],
      ["GET", "none"],
      ["HELLO", "x"],
      ["EXEC"],
    ],
  }));

test("a pipelined transaction answers in order", (t) =>
  twin.run(t, { steps: [raw("MULTI\r\nSET k 1\r\nGET k\r\nEXEC\r\nGET k\r\nEXEC\r\n", 6)] }));

function makeStep(random: Random): ScriptStep {
  const on = random.int(0, 2);
  const key = random.key(4, "k");
  const make = random.weighted<() => string[]>([
    [3, () => ["MULTI"]],
    [4, () => ["EXEC"]],
    [1, () => ["DISCARD"]],
    [3, () => ["WATCH", ...random.list(1, 3, () => random.key(4, "k"))]],
    [1, () => ["UNWATCH"]],
    [5, () => ["SET", key, String(random.int(0, 9))]],
    [3, () => ["INCR", key]],
    [3, () => ["GET", key]],
    [2, () => ["DEL", key]],
    [1, () => ["SELECT", String(random.int(0, 2))]],
    [0.5, () => ["SWAPDB", String(random.int(0, 2)), String(random.int(0, 2))]],
    [0.5, () => ["FLUSHDB"]],
    [0.5, () => ["NOSUCH"]],
    [0.5, () => ["GET"]],
    [0.5, () => ["RESET"]],
  ]);
  return call(make(), exact, on);
}

test("three clients watch, change and execute as chance has it", (t) =>
  twin.random(t, { count: 3000, next: makeStep }));
