// Pub/sub: the same scripts against redis-server and pyredis, fixed ones and random ones.
import { test } from "node:test";
import { type Comparator, exact, unordered } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Command } from "../support/resp-client.js";
import { fmt, itemsOf } from "../support/resp-value.js";
import { useTwin } from "../support/twin.js";
import { call, closed, observe, push, raw, read, type ScriptStep, send } from "../support/twin-steps.js";

const twin = useTwin();

/** What a RESP2 client that listens may and may not run. */
const COMMANDS: readonly Command[] = [
  ["PING"],
  ["PING", "x"],
  ["PING", "x", "y"],
  ["ECHO", "x"],
  ["GET", "k"],
  ["GET"],
  ["NOPE"],
  ["CONFIG", "GET", "maxmemory"],
  ["CONFIG", "NOPE"],
  ["CLIENT", "ID"],
  ["CLIENT", "REPLY", "ON"],
  ["HELLO", "3"],
  ["AUTH", "x"],
  ["SELECT", "1"],
  ["MULTI"],
  ["EXEC"],
  ["WATCH", "k"],
  ["MONITOR"],
  ["PUBLISH", "x", "y"],
  ["PUBSUB", "CHANNELS"],
  ["SUBSCRIBE"],
  ["UNSUBSCRIBE", "other"],
  ["PUNSUBSCRIBE"],
  ["SUNSUBSCRIBE", "other"],
];

for (const word of ["SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE"]) {
  test(`${word} under RESP2 confines the client to few commands`, (t) =>
    twin.run(t, { steps: [[word, "x"], ...COMMANDS, ["RESET"], ["GET", "k"], [word, "x"], ["QUIT"], closed()] }));
}

test("PUBSUB and the commands around it refuse what makes no sense", (t) =>
  twin.run(t, {
    steps: [
      ["PUBSUB"],
      ["PUBSUB", "NOPE"],
      ["PUBSUB", "CHANNELS", "a", "b"],
      ["PUBSUB", "NUMPAT", "a"],
      ["PUBSUB", "NUMSUB"],
      ["PUBSUB", "NUMSUB", "a", "a"],
      ["PUBSUB", "SHARDCHANNELS", "a", "b"],
      ["PUBSUB", "SHARDNUMSUB", "a"],
      ["PUBSUB", "HELP"],
      ["PUBSUB", "HELP", "x"],
      ["PUBLISH", "a"],
      ["SPUBLISH", "a", "b", "c"],
      ["PSUBSCRIBE"],
      ["SSUBSCRIBE"],
      ["COMMAND", "GETKEYS", "SUBSCRIBE", "a"],
      ["COMMAND", "GETKEYS", "SSUBSCRIBE", "a", "b"],
      ["COMMAND", "GETKEYSANDFLAGS", "SPUBLISH", "a", "b"],
    ],
    allow: [
      {
        name: "7.2: HELP's last line",
        reason: "`Print` was `Prints`",
        since: "7.2.0",
        command: "PUBSUB HELP",
        reference: /Prints this help/,
        subject: /Print this help/,
      },
    ],
  }));

test("a transaction may subscribe and unsubscribe", (t) =>
  twin.run(t, {
    steps: [
      ["MULTI"],
      ["SUBSCRIBE", "a"],
      ["GET", "k"],
      ["PSUBSCRIBE", "p"],
      ["SSUBSCRIBE", "s"],
      ["PING"],
      ["UNSUBSCRIBE", "a"],
      ["PUNSUBSCRIBE"],
      ["EXEC"],
      ["GET", "k"],
    ],
  }));

test("CLIENT REPLY silences no push", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      send(["CLIENT", "REPLY", "OFF"], 1),
      send(["SUBSCRIBE", "a"], 1),
      push(exact, 1),
      send(["PING"], 1),
      ["PUBLISH", "a", "x"],
      push(exact, 1),
      send(["UNSUBSCRIBE"], 1),
      push(exact, 1),
      call(["CLIENT", "REPLY", "ON"], exact, 1),
      send(["CLIENT", "REPLY", "SKIP"], 1),
      send(["PSUBSCRIBE", "p"], 1),
      push(exact, 1),
      call(["PING"], exact, 1),
    ],
  }));

test("inline requests subscribe as well", (t) =>
  twin.run(t, { steps: [raw("SUBSCRIBE a \"b \\x00\" ''\r\n", 3), raw("UNSUBSCRIBE nope\r\nPING\r\n", 2)] }));

test("HELLO changes the form of what comes", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      send(["SUBSCRIBE", "a"], 1),
      push(exact, 1),
      ["PUBLISH", "a", "three"],
      push(exact, 1),
      send(["RESET"], 1),
      read(exact, 1),
      call(["SUBSCRIBE", "a"], exact, 1),
      ["PUBLISH", "a", "two"],
      read(exact, 1),
    ],
  }));

const NAMES = ["a", "b", "ab", "news.1", "news.2", "", "x*", "[", "\\"];
const PATTERNS = ["*", "a*", "?", "news.[12]", "news.[^1]", "\\[", "x\\*", "", "[a-b]", "[", "\\", "**", "a"];
const LISTENERS = 4;

/**
 * A message that several patterns match comes in any order, and so do the confirmations of leaving all: each name, and
 * each number, is there once.
 */
const anyOrder: Comparator = {
  name: "in any order",
  difference: (reference, subject) => {
    const [a, b] = [reference, subject].map((messages) =>
      itemsOf(messages)
        .flatMap((message) => {
          const text = fmt(message);
          return text.includes('unsubscribe"') ? text.split(/(?=:\d+\]$)/) : [text];
        })
        .sort()
        .join("\n"),
    );
    return a === b ? undefined : "not the same messages";
  },
};

function makeStep(random: Random): ScriptStep {
  const listener = random.int(1, LISTENERS);
  const names = (): string[] => random.list(1, 3, () => random.pick(NAMES));
  const patterns = (): string[] => random.list(1, 3, () => random.pick(PATTERNS));
  const some = (all: string[]): string[] => (random.oneIn(4) ? [] : all);
  const ask = (...command: Command): ScriptStep => observe(command, { reply: unordered, messages: anyOrder, listener });
  const make = random.weighted<() => ScriptStep>([
    [3, () => send(["SUBSCRIBE", ...names()], listener)],
    [2, () => send(["UNSUBSCRIBE", ...some(names())], listener)],
    [3, () => send(["PSUBSCRIBE", ...patterns()], listener)],
    [2, () => send(["PUNSUBSCRIBE", ...some(patterns())], listener)],
    [2, () => send(["SSUBSCRIBE", ...names()], listener)],
    [1, () => send(["SUNSUBSCRIBE", ...some(names())], listener)],
    [8, () => ask("PUBLISH", random.pick(NAMES), random.value())],
    [4, () => ask("SPUBLISH", random.pick(NAMES), random.value())],
    [2, () => ask("PUBSUB", random.pick(["CHANNELS", "SHARDCHANNELS"]), random.pick(PATTERNS))],
    [1, () => ask("PUBSUB", "NUMPAT")],
    [1, () => ask("PUBSUB", random.pick(["NUMSUB", "SHARDNUMSUB"]), ...new Set(names()))],
    [0.5, () => call(["RESET"], exact, LISTENERS + 1)],
  ]);
  return make();
}

for (const resp of [2, 3] as const) {
  test(`any listeners get the same messages (RESP${resp})`, (t) =>
    twin.random(t, { resp, count: 600, next: makeStep }));
}
