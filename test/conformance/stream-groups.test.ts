// Consumer groups of streams against redis-server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Comparator, ignore } from "../support/comparators.js";
import { startInProcess } from "../support/in-process.js";
import type { Random } from "../support/random.js";
import { findRedisServerVersion, isOlder, startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Command, RespClient } from "../support/resp-client.js";
import { fmt, type Reply } from "../support/resp-value.js";
import { useTwin } from "../support/twin.js";
import { call, read, type ScriptStep, type Step, send, wait } from "../support/twin-steps.js";

const twin = useTwin({ config: { "stream-node-max-entries": "5", "enable-debug-command": "yes" } });

const version = findRedisServerVersion() ?? "0";
/** 7.2 tells of a consumer when it last did something, and 7.4 counts what a group has read in more cases. */
const knowsActivity = !isOlder(version, "7.2.0");
const countsAsNow = !isOlder(version, "7.4.0");

const AGES = new Set(["idle", "inactive", "seen-time", "active-time"]);
const ACTIVITY = new Set(["inactive", "active-time"]);
const COUNTERS = new Set(["entries-read", "lag"]);

function isId(reply: Reply | undefined): boolean {
  return reply?.kind === "bulk" && /^\d+-\d+$/.test(reply.bytes.toString("latin1"));
}

/** The reply as text, without what depends on the time, or what the reference does not know yet. */
function withoutTimes(reply: Reply): string {
  if (reply.kind === "map") {
    if (!knowsActivity && isIdleConsumer(reply.entries.flatMap(([key, value]) => [fmt(key), fmt(value)]))) return "";
    return `{${reply.entries.map(([key, value]) => showPair(key, value)).join("")}}`;
  }
  if (!("items" in reply)) return fmt(reply);
  const { items } = reply;
  if (!knowsActivity && isIdleConsumer(items.map(fmt))) return "";
  const shown: string[] = [];
  for (let i = 0; i < items.length; i++) {
    const [item, next] = items.slice(i);
    if (item === undefined) continue;
    // An entry of XPENDING or XINFO: ID, (consumer,) time, deliveries.
    if (item.kind === "int" && i === items.length - 2 && i > 0 && i < 3 && isId(items[0])) shown.push("<time>");
    else if (next !== undefined && item.kind === "bulk" && AGES.has(fmt(item).slice(2, -1))) {
      shown.push(showPair(item, next));
      i++;
    } else if (
      next !== undefined &&
      item.kind === "bulk" &&
      (COUNTERS.has(fmt(item).slice(2, -1)) || fmt(item) === '$"consumers"')
    ) {
      shown.push(showPair(item, next));
      i++;
    } else shown.push(withoutTimes(item));
  }
  return `[${shown.filter((text) => text !== "").join(", ")}]`;
}

/** 7.0 makes a consumer only once it gets something. */
function isIdleConsumer(words: readonly string[]): boolean {
  const isConsumer = words.includes('$"idle"') || words.includes('$"seen-time"');
  const count = words.includes('$"pel-count"') ? '$"pel-count"' : '$"pending"';
  return isConsumer && words[words.indexOf(count) + 1] === ":0";
}

function showPair(key: Reply, value: Reply): string {
  const name = fmt(key).slice(2, -1);
  if (ACTIVITY.has(name) && !knowsActivity) return "";
  if (COUNTERS.has(name) && !countsAsNow) return "";
  if (name === "consumers" && value.kind === "int" && !knowsActivity) return "";
  if (AGES.has(name)) return `${name}: ${value.kind === "int" && value.value < 0n ? "never" : "<time>"}, `;
  return `${name}: ${withoutTimes(value)}, `;
}

const apartFromTimes: Comparator = {
  name: "the same apart from times",
  difference: (reference, subject) => {
    // The number of pairs is compared by the pairs themselves.
    const [a, b] = [withoutTimes(reference), withoutTimes(subject)];
    return a === b ? undefined : `${a} and ${b}`;
  },
};

const CONSUMERS = ["Alice", "Bob", "c", "", "\0x"];

function pickId(random: Random): string {
  return random.weighted([
    [8, `${random.int(1, 9)}-${random.int(0, 3)}`],
    [4, String(random.int(0, 12))],
    [
      1,
      random.pick([
        "0",
        "0-0",
        "18446744073709551615-18446744073709551615",
        "18446744073709551615",
        "x",
        "-",
        "+",
        "$",
      ]),
    ],
  ]);
}

function pickBound(random: Random): string {
  const id = pickId(random);
  return random.weighted([
    [3, random.pick(["-", "+"])],
    [3, id],
    [1, `(${id}`],
  ]);
}

function pickCount(random: Random): string {
  return random.oneIn(20) ? random.integerLike() : String(random.int(-1, 6));
}

/** Odd ones, none, or far more than any entry has been idle: a few milliseconds would depend on the machine. */
const ODD_MIN_IDLES = ["x", "", " 0", "1.5", "0x10", "01", "9223372036854775807", "9223372036854775808", "-1"];

function pickMinIdle(random: Random): string {
  return random.oneIn(20) ? random.pick(ODD_MIN_IDLES) : random.pick(["0", "0", "0", "100000000", "-5"]);
}

function maybe(random: Random, n: number, ...words: string[]): string[] {
  return random.oneIn(n) ? words : [];
}

function pickClaimOptions(random: Random): string[] {
  const options = [
    ...maybe(random, 4, "JUSTID"),
    ...maybe(random, 4, "force"),
    ...maybe(random, 4, "RETRYCOUNT", random.oneIn(5) ? random.integerLike() : String(random.int(0, 9))),
    ...maybe(random, 6, "IDLE", random.oneIn(5) ? random.integerLike() : "300000000"),
    ...maybe(random, 6, "TIME", random.oneIn(5) ? random.integerLike() : "1000"),
    ...maybe(random, 6, "LASTID", pickId(random)),
    ...maybe(random, 40, random.pick(["NOPE", "IDLE", "LASTID"])),
  ];
  return random.shuffle([options]).flat();
}

function pickCommand(random: Random): Step {
  const key = random.key(3);
  const group = random.oneIn(15) ? "none" : random.pick(["g", "h"]);
  const consumer = random.pick(CONSUMERS);
  const ids = random.list(1, 5, () => pickId(random));
  const read = (...tail: string[]): Command => [
    "XREADGROUP",
    "GROUP",
    group,
    consumer,
    ...maybe(random, 2, "COUNT", pickCount(random)),
    ...maybe(random, 5, "NOACK"),
    "STREAMS",
    // 7.0 knows no + here: see the errors.
    ...tail.map((word) => (word === "+" ? "-" : word)),
  ];
  const make = random.weighted<() => Command>([
    [14, () => ["XADD", key, random.oneIn(2) ? `${random.int(1, 9)}-*` : pickId(random), "f", random.value(20)]],
    [3, () => ["XDEL", key, ...ids]],
    [1, () => ["XTRIM", key, "MAXLEN", String(random.int(0, 6))]],
    [
      4,
      () => ["XGROUP", "CREATE", key, group, random.pick(["0", "$", pickId(random)]), ...maybe(random, 2, "MKSTREAM")],
    ],
    [1, () => ["XGROUP", "CREATE", key, group, "0", "ENTRIESREAD", random.oneIn(3) ? random.integerLike() : "3"]],
    [3, () => ["XGROUP", "SETID", key, group, pickId(random), ...maybe(random, 3, "ENTRIESREAD", "2")]],
    [1, () => ["XGROUP", "DESTROY", key, group]],
    [1, () => ["XGROUP", "CREATECONSUMER", key, group, consumer]],
    [1, () => ["XGROUP", "DELCONSUMER", key, group, consumer]],
    [12, () => read(key, ">")],
    [4, () => read(key, pickId(random))],
    [2, () => read(key, random.key(3), ">", random.oneIn(2) ? ">" : pickId(random))],
    [6, () => ["XACK", key, group, ...ids]],
    [3, () => ["XPENDING", key, group]],
    [4, () => ["XPENDING", key, group, pickBound(random), pickBound(random), pickCount(random)]],
    [3, () => ["XPENDING", key, group, ...maybe(random, 2, "IDLE", pickMinIdle(random)), "-", "+", "9", consumer]],
    [8, () => ["XCLAIM", key, group, consumer, pickMinIdle(random), ...ids, ...pickClaimOptions(random)]],
    [
      5,
      () => [
        "XAUTOCLAIM",
        key,
        group,
        consumer,
        pickMinIdle(random),
        pickBound(random),
        ...maybe(random, 2, "COUNT", pickCount(random)),
        ...maybe(random, 3, "JUSTID"),
        ...maybe(random, 40, "COUNT"),
      ],
    ],
    [3, () => ["XINFO", "GROUPS", key]],
    [3, () => ["XINFO", "CONSUMERS", key, group]],
    [4, () => ["XINFO", "STREAM", key, "FULL", ...maybe(random, 3, "COUNT", "2")]],
    [1, () => ["COPY", key, random.key(3), "REPLACE"]],
    [1, () => ["RENAME", key, random.key(3)]],
    [1, () => ["DEBUG", "DIGEST-VALUE", key]],
    [1, () => [random.pick(["DEL", "TYPE", "XLEN"]), key]],
    [random.oneIn(3) ? 1 : 0, () => ["SET", key, "v"]],
  ]);
  const command = make();
  const [name, sub] = command.map(String);
  if (sub === "CREATECONSUMER" && !knowsActivity)
    return call(command, ignore("7.0 makes consumers only when they get something"));
  const isTimed = name === "XPENDING" || (name === "XINFO" && sub !== "STREAM") || sub === "STREAM";
  return isTimed ? call(command, forName(name, sub)) : call(command);
}

/** The nodes of Redis's radix tree are not compared. */
function forName(name: string | undefined, sub: string | undefined): Comparator {
  if (name !== "XINFO" || sub !== "STREAM") return apartFromTimes;
  return {
    name: "the same apart from times and radix tree nodes",
    difference: (reference, subject) => {
      const [a, b] = [reference, subject].map((reply) =>
        withoutTimes(reply).replace(/(\$"radix-tree-nodes"|radix-tree-nodes:),? :\d+/, ""),
      );
      return a === b ? undefined : `${a} and ${b}`;
    },
  };
}

test("random commands on consumer groups", (t) => twin.random(t, { count: 6000, next: pickCommand }));

test("random commands on consumer groups under RESP3", (t) =>
  twin.random(t, { count: 1500, resp: 3, next: pickCommand, seed: 99 }));

const SETUP: ScriptStep[] = [
  ["XADD", "s", "1-0", "a", "1"],
  ["XADD", "s", "2-0", "b", "2"],
  ["XADD", "s", "3-0", "c", "3"],
  ["XGROUP", "CREATE", "s", "g", "0"],
  ["XADD", "text", "1-0", "a", "1"],
  ["DEL", "text"],
  ["SET", "text", "v"],
];

const ERRORS: readonly string[] = [
  "XGROUP CREATE s g $",
  "XGROUP CREATE none g $",
  "XGROUP CREATE s",
  "XGROUP CREATE s h",
  "XGROUP CREATE s h x",
  "XGROUP CREATE s h - ",
  "XGROUP CREATE s h $ NOPE",
  "XGROUP CREATE s h $ ENTRIESREAD",
  "XGROUP CREATE s h $ ENTRIESREAD x",
  "XGROUP CREATE s h $ ENTRIESREAD -3",
  "XGROUP CREATE s h $ MKSTREAM MKSTREAM ENTRIESREAD 4",
  "XGROUP CREATE s h $ ENTRIESREAD 1 ENTRIESREAD 2",
  "XGROUP CREATE text h $",
  "XGROUP CREATE text h $ MKSTREAM",
  "XGROUP SETID s h 0",
  "XGROUP SETID s g x",
  "XGROUP SETID s g (1",
  "XGROUP SETID s g -",
  "XGROUP SETID s g +",
  "XGROUP SETID s g 0 MKSTREAM",
  "XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 2",
  "XGROUP SETID none g 0",
  "XGROUP DESTROY none g",
  "XGROUP DESTROY s h",
  "XGROUP DESTROY text h",
  "XGROUP CREATECONSUMER s h c",
  "XGROUP CREATECONSUMER none h c",
  "XGROUP DELCONSUMER s h c",
  "XGROUP DELCONSUMER s g c",
  "XGROUP DELCONSUMER text g c",
  "XGROUP NOPE",
  "XGROUP",
  "XGROUP HELP",
  "XGROUP HELP me",
  "XREADGROUP GROUP g c STREAMS s",
  "XREADGROUP GROUP g c STREAMS s t >",
  "XREADGROUP GROUP g c STREAMS none >",
  "XREADGROUP GROUP h c STREAMS s >",
  "XREADGROUP GROUP g c STREAMS text >",
  "XREADGROUP GROUP g c STREAMS s $",
  "XREADGROUP GROUP g c STREAMS s +",
  "XREADGROUP GROUP g c STREAMS s x",
  "XREADGROUP GROUP g c STREAMS s -",
  "XREADGROUP GROUP g c STREAMS s s > x",
  "XREADGROUP GROUP g c COUNT x STREAMS s >",
  "XREADGROUP GROUP g c BLOCK x STREAMS s >",
  "XREADGROUP GROUP g c BLOCK -1 STREAMS s >",
  "XREADGROUP GROUP g c NOPE 1 STREAMS s >",
  "XREADGROUP COUNT 1 BLOCK 1 STREAMS s >",
  "XREADGROUP GROUP g STREAMS s > >",
  "XACK none g 1",
  "XACK s h 1",
  "XACK s g 1 x",
  "XACK s g -",
  "XACK text g 1",
  "XACK s g",
  "XPENDING s h",
  "XPENDING none g",
  "XPENDING text g",
  "XPENDING s g -",
  "XPENDING s g - +",
  "XPENDING s g - + x",
  "XPENDING s g x + 1",
  "XPENDING s g - x 1",
  "XPENDING s g ( + 1",
  "XPENDING s g - (0-0 1",
  "XPENDING s g (18446744073709551615-18446744073709551615 + 1",
  "XPENDING s g IDLE x - + 1",
  "XPENDING s g IDLE 1 - +",
  "XPENDING s g IDLE 1 - + 1 c d",
  "XPENDING s g - + 1 c d e",
  "XPENDING s g - + 1 none",
  "XCLAIM s g c x 1",
  "XCLAIM s h c 0 1",
  "XCLAIM none g c 0 1",
  "XCLAIM text g c 0 1",
  "XCLAIM s g c 0 x",
  "XCLAIM s g c 0 1 IDLE",
  "XCLAIM s g c 0 1 IDLE x",
  "XCLAIM s g c 0 1 TIME x",
  "XCLAIM s g c 0 1 RETRYCOUNT x",
  "XCLAIM s g c 0 1 LASTID x",
  "XCLAIM s g c 0 JUSTID 1",
  "XCLAIM s g c 0 JUSTID",
  "XAUTOCLAIM s g c x 0",
  "XAUTOCLAIM s g c 0 x",
  "XAUTOCLAIM s g c 0 (",
  "XAUTOCLAIM s g c 0 0 COUNT 0",
  "XAUTOCLAIM s g c 0 0 COUNT x",
  "XAUTOCLAIM s g c 0 0 COUNT",
  "XAUTOCLAIM s g c 0 0 COUNT 576460752303423488",
  "XAUTOCLAIM s g c 0 0 COUNT 576460752303423487",
  "XAUTOCLAIM s g c 0 0 NOPE",
  "XAUTOCLAIM s h c 0 0",
  "XAUTOCLAIM none h c 0 0",
  "XAUTOCLAIM text h c 0 0",
  "XINFO GROUPS none",
  "XINFO GROUPS text",
  "XINFO CONSUMERS s h",
  "XINFO CONSUMERS none h",
  "XINFO CONSUMERS text h",
];

test("every error of the commands on consumer groups", (t) =>
  twin.run(t, {
    steps: [...SETUP, ...ERRORS.map((line) => line.split(" "))],
    allow: [
      {
        name: "7.2: HELP says Print",
        reason: "not Prints",
        since: "7.2.0",
        command: "XGROUP HELP",
        subject: /Print this help/,
      },
      {
        name: "7.2: an unbalanced list is that of the command",
        reason: "7.0 speaks of XREAD and $ in any case",
        since: "7.2.0",
        command: "XREADGROUP GROUP g",
        reference: /^-ERR Unbalanced XREAD list/,
        subject: /^-ERR Unbalanced 'xreadgroup' list/,
      },
      {
        name: "7.4: + is an ID of XREAD",
        reason: "XREADGROUP says that it is none of its own",
        since: "7.4.0",
        command: "XREADGROUP GROUP g c STREAMS s +",
        reference: "-ERR Invalid stream ID specified as stream command argument",
        subject: /^-ERR The \+ ID is meaningless in the context of XREADGROUP/,
      },
    ],
  }));

test("idle times decide what is claimed and listed", (t) =>
  twin.run(t, {
    steps: [
      ...SETUP,
      ["XREADGROUP", "GROUP", "g", "Alice", "COUNT", "2", "STREAMS", "s", ">"],
      wait(120),
      ["XREADGROUP", "GROUP", "g", "Alice", "STREAMS", "s", ">"],
      call(["XPENDING", "s", "g", "IDLE", "100", "-", "+", "9"], apartFromTimes),
      call(["XPENDING", "s", "g", "IDLE", "100", "-", "+", "9", "Alice"], apartFromTimes),
      ["XCLAIM", "s", "g", "Bob", "100", "1", "3", "JUSTID"],
      ["XAUTOCLAIM", "s", "g", "Bob", "100", "-", "JUSTID"],
      // A history read is a delivery, too.
      wait(120),
      ["XREADGROUP", "GROUP", "g", "Alice", "STREAMS", "s", "0"],
      ["XAUTOCLAIM", "s", "g", "c", "100", "-", "COUNT", "1"],
      call(["XPENDING", "s", "g", "-", "+", "9"], apartFromTimes),
      ["XCLAIM", "s", "g", "c", "0", "1", "IDLE", "5000", "JUSTID"],
      call(["XPENDING", "s", "g", "IDLE", "5000", "-", "+", "9"], apartFromTimes),
      ["XDEL", "s", "1", "2"],
      ["XAUTOCLAIM", "s", "g", "d", "5000", "-", "COUNT", "1"],
      ["XAUTOCLAIM", "s", "g", "d", "5000", "2"],
      call(["XINFO", "CONSUMERS", "s", "g"], apartFromTimes),
    ],
  }));

const GONE = "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";

test("who waits for a group's entries gets them, or hears that there will be none", (t) =>
  twin.run(t, {
    steps: [
      ["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"],
      send(["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "0", "STREAMS", "s", ">"], 1),
      send(["XREADGROUP", "GROUP", "g", "Bob", "BLOCK", "0", "STREAMS", "s", ">"], 2),
      ["XADD", "s", "1-0", "a", "1"],
      read(undefined, 1),
      ["XADD", "s", "2-0", "a", "2"],
      read(undefined, 2),
      send(["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "40", "STREAMS", "s", ">"], 1),
      wait(80),
      read(undefined, 1),
      // A history read waits for nothing.
      ["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "0", "STREAMS", "s", "0"],
      send(["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "0", "STREAMS", "s", ">"], 1),
      send(["XREAD", "BLOCK", "0", "STREAMS", "s", "$"], 3),
      ["DEL", "s"],
      read(undefined, 1),
      ["XGROUP", "CREATE", "s", "g", "$", "MKSTREAM"],
      send(["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "0", "STREAMS", "s", ">"], 1),
      ["XGROUP", "DESTROY", "s", "g"],
      read(undefined, 1),
      ["XADD", "s", "5-0", "a", "3"],
      read(undefined, 3),
      ["XGROUP", "CREATE", "s", "g", "$"],
      send(["XREADGROUP", "GROUP", "g", "Alice", "BLOCK", "0", "STREAMS", "s", ">"], 1),
      ["XADD", "other", "1-0", "a", "1"],
      ["XGROUP", "CREATE", "other", "g", "0"],
      ["RENAME", "other", "s"],
      read(undefined, 1),
      call(["XPENDING", "s", "g"], apartFromTimes),
    ],
    allow: [
      {
        name: "7.2: a deleted key's waiters are told of the group",
        reason: "the command runs again, where 7.0 has a text of its own",
        since: "7.2.0",
        command: "read",
        reference: "-UNBLOCKED the stream key no longer exists",
        subject: `-${GONE}`,
      },
      {
        name: "7.2: a destroyed group's waiters are told as anybody",
        reason: "the command runs again, where 7.0 has a text of its own",
        since: "7.2.0",
        command: "read",
        reference: /^-NOGROUP/,
        subject: `-${GONE}`,
      },
    ],
  }));

test("dumps of groups are understood on both sides", { skip: whyNoRedisServer() ?? false }, async (t) => {
  const reference = await startRedisServer({});
  t.after(() => reference.close());
  const subject = await startInProcess();
  t.after(() => subject.close());
  const [from, to] = [await reference.connect(), await subject.connect()];
  const text = async (client: RespClient): Promise<string> => withoutTimes(await client.call("XINFO", "GROUPS", "s"));
  for (const line of [
    ...SETUP,
    ["XREADGROUP", "GROUP", "g", "Alice", "COUNT", "2", "STREAMS", "s", ">"],
    ["XREADGROUP", "GROUP", "g", "Bob", "STREAMS", "s", ">"],
    ["XGROUP", "CREATE", "s", "h", "$", "ENTRIESREAD", "3"],
    ["XDEL", "s", "2"],
  ]) {
    await from.call(...(line as Command));
  }
  const dump = await from.call("DUMP", "s");
  assert.ok(dump.kind === "bulk");
  assert.equal(await to.ask("RESTORE", "s", 0, dump.bytes), "+OK");
  assert.equal(await text(to), await text(from));
  const pending = ["XPENDING", "s", "g", "-", "+", "9"] as const;
  assert.equal(withoutTimes(await to.call(...pending)), withoutTimes(await from.call(...pending)));
  if (isOlder(version, "7.2.0")) return;
  // The other way: 7.0 does not know the form that 7.2 brought.
  const back = await to.call("DUMP", "s");
  assert.ok(back.kind === "bulk");
  assert.equal(await from.ask("RESTORE", "back", 0, back.bytes), "+OK");
  const again = await from.call("DUMP", "back");
  assert.ok(again.kind === "bulk");
  // The same but for the footer: Redis always writes its newest version into it.
  assert.deepEqual(again.bytes.subarray(0, -10), back.bytes.subarray(0, -10));
});
