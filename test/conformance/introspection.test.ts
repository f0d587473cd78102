// What the servers know of commands and clients: the same questions to redis-server and pyredis.
import { test } from "node:test";
import type { CommandSpec } from "#src/commands/define.js";
import { COMMANDS } from "#src/commands/index.js";
import type { Random } from "../support/random.js";
import type { Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, observe, read, type ScriptStep, send, wait } from "../support/twin-steps.js";

const twin = useTwin({ config: { "enable-debug-command": "yes" } });

/** The calls that a redis-server 7.0 has in the same form. */
const CALLS: readonly string[][] = COMMANDS.filter(isOld).flatMap(({ name, subcommands = [] }) => [
  [name],
  ...subcommands.filter(isOld).map((sub) => [name, sub.name]),
]);

/** Whether nothing has been added to it since 7.0. */
function isOld({ since, history = [] }: CommandSpec): boolean {
  return [since, ...history.map(([version]) => version)].every((version) => {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    return major < 7 || (major === 7 && minor === 0);
  });
}

const WORDS = [
  ..."abc".split(""),
  ...["0", "1", "2", "3", "-1", "10"],
  ...["store", "STORE", "storedist", "by", "get", "streams", "group", "left", "block", "count", "limit", "weights"],
  ...["keys", "usage", "noack", "alpha"],
];

test("COMMAND GETKEYS finds the same keys in whatever arguments", (t) =>
  twin.random(t, {
    count: 4000,
    next: (random: Random): Command => [
      "COMMAND",
      "GETKEYS",
      ...random.pick(CALLS),
      ...random.list(1, 8, () => random.pick(WORDS)),
    ],
  }));

test("COMMAND GETKEYSANDFLAGS tells alike what becomes of keys", (t) =>
  twin.run(t, {
    resp: 3,
    steps: [
      "get a",
      "set a b",
      "set a b get",
      "set a b ex 10 get nx",
      "set a get",
      "set get b nx",
      "mset a b c d",
      "del a b",
      "rename a b",
      "copy a b",
      "lmove a b left right",
      "sort a by b get c store d",
      "sort_ro a by b",
      "zunionstore d 2 a b",
      "zunionstore d 2 a",
      "zunionstore d x a",
      "zmpop 2 a b min",
      "bitfield a get u8 0",
      "bitfield a set u8 0 1",
      "georadius k 0 0 1 m store a storedist b",
      "georadius k 0 0 1 m",
      "object freq a",
      "memory usage a",
      "getex a persist",
      "xread count 1 streams a b 0 0",
      "xreadgroup group g c streams a 0",
      "xgroup create a g 0",
      "ssubscribe a",
      "ping a",
      "nosuch a",
      "config nosuch a",
    ].map((line) => ["COMMAND", "GETKEYSANDFLAGS", ...line.split(" ")]),
  }));

/** Of a line of CLIENT LIST, what does not depend on sizes, times and addresses. */
const STABLE = /(?<= )(?:name|flags|db|sub|psub|ssub|multi|cmd|user|redir|resp)=\S*/g;

/** Lines in no order: cron turns redis-server's list. */
const stableFields = {
  name: "the same in all that is the same on every machine",
  difference: (reference: unknown, subject: unknown): string | undefined => {
    const [left, right] = [reference, subject].map((reply) => showClients(readText(reply)));
    return left === right ? undefined : `${left} and ${right}`;
  },
};

function showClients(text: string): string {
  const lines = text.split("\n").map((line) => (line.match(STABLE) ?? []).join(" "));
  return lines.sort().join("\n");
}

function readText(reply: unknown): string {
  const { bytes } = reply as { bytes?: Buffer };
  return bytes?.toString("latin1") ?? "";
}

/** What a client may have done when somebody looks at it. */
const STATES: readonly (readonly Command[])[] = [
  [["PING"]],
  [["NOSUCH"]],
  [["OBJECT", "ENCODING", "x"]],
  [["OBJECT", "NOSUCH"]],
  [
    ["CLIENT", "SETNAME", "me"],
    ["SELECT", "3"],
  ],
  [["MULTI"], ["GET", "a"], ["GET", "b"]],
  [["MULTI"], ["NOSUCH"]],
  [["MULTI"], ["EXEC"]],
  [
    ["WATCH", "a"],
    ["SET", "a", "1"],
  ],
  [["CLIENT", "NO-EVICT", "ON"]],
  [["CLIENT", "TRACKING", "ON", "OPTIN", "NOLOOP"]],
  [
    ["CLIENT", "TRACKING", "ON", "BCAST"],
    ["SELECT", "1"],
  ],
  [["CLIENT", "TRACKING", "ON", "BCAST"], ["RESET"]],
];

for (const resp of [2, 3] as const) {
  test(`CLIENT LIST shows each state of a client alike under RESP${resp}`, (t) => {
    const steps: ScriptStep[] = [];
    for (const [i, commands] of STATES.entries()) {
      const on = i + 1;
      for (const command of commands) steps.push(call(command, undefined, on));
      steps.push(call(["CLIENT", "LIST"], stableFields));
    }
    return twin.run(t, { resp, steps });
  });
}

test("MONITOR shows commands alike", (t) => {
  const strip = {
    name: "the same but for time and address",
    difference: (reference: unknown, subject: unknown): string | undefined => {
      const [left, right] = [reference, subject].map((reply) => showLines(reply));
      return left === right ? undefined : `${left} and ${right}`;
    },
  };
  const commands: readonly Command[] = [
    ["SET", "a", 'b\r\n"\x01\xff\\\t\x07\b'],
    ["SELECT", "2"],
    ["GET", "x"],
    ["AUTH", "x", "y"],
    ["CONFIG", "GET", "hz"],
    ["NOSUCH"],
    ["GET"],
    ["CLIENT", "GETNAME"],
    ["MULTI"],
    ["SET", "q", "1"],
    ["INCR", "q"],
    ["EXEC"],
    ["MULTI"],
    ["NOSUCH"],
    ["EXEC"],
    ["DEBUG", "SLEEP", "0"],
    ["SLOWLOG", "LEN"],
  ];
  return twin.run(t, {
    resp: 3,
    steps: [
      call(["MONITOR"], undefined, 1),
      ...commands.map((command) => observe(command, { listener: 1, messages: strip })),
    ],
  });
});

function showLines(reply: unknown): string {
  const { items = [] } = reply as { items?: readonly unknown[] };
  return items.map((item) => readText(item).replace(/^[\d.]+ \[(\d+) [\d.:]+\]/, "[$1]")).join("\n");
}

test("WAIT, and commands of clusters, answer alike where there is neither a replica nor a cluster", (t) =>
  twin.run(t, {
    steps: [
      ["WAIT", "0", "0"],
      ["WAIT", "-1", "0"],
      send(["WAIT", "1", "10"]),
      wait(50),
      read(),
      ["WAIT", "x", "0"],
      ["WAIT", "1.5", "0"],
      ["WAIT", "0", "x"],
      ["WAIT", "0", "-1"],
      ["WAIT", "0"],
      ["MULTI"],
      ["WAIT", "5", "0"],
      ["EXEC"],
      ["READONLY"],
      ["READWRITE"],
      ["ASKING"],
      ["ASKING", "x"],
      ["RESTORE-ASKING", "k", "0", "x"],
      ["LASTSAVE", "x"],
    ],
  }));
