// Commands on keys against redis-server.
import { test } from "node:test";
import { ttlWithin, unordered } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, wait } from "../support/twin-steps.js";

const twin = useTwin();
const resp3 = useTwin();
const scans = useTwin();

test("keys come, go, move and are copied as in Redis", (t) =>
  twin.run(t, {
    steps: [
      ["SET", "a", "1"],
      ["SET", "b", "2", "PX", 100000],
      ["RENAME", "a", "a"],
      ["RENAME", "x", "x"],
      ["RENAMENX", "a", "a"],
      ["RENAME", "b", "a"],
      call(["TTL", "a"], ttlWithin(1)),
      ["COPY", "a", "c", "DB", "2", "DB", "3"],
      ["COPY", "a", "c", "DB", "2", "DB"],
      ["COPY", "a", "a"],
      ["COPY", "a"],
      ["MOVE", "a", "0"],
      ["MOVE", "a", "1 "],
      ["MOVE", "a", "99"],
      ["MOVE", "a", "9999999999"],
      ["MOVE", "a", "3"],
      ["SELECT", "3"],
      call(["KEYS", "*"], unordered),
      ["SELECT", "-1"],
      ["SELECT", "4294967296"],
      ["SELECT", ""],
      ["SWAPDB", "3", "0"],
      ["SWAPDB", "3", "16"],
      ["SWAPDB", "a", "16"],
      ["SWAPDB", "1", "99999999999"],
      ["DBSIZE"],
      ["FLUSHDB", "ASYNC"],
      ["FLUSHDB", "async", "sync"],
      ["FLUSHALL", "what"],
      ["FLUSHALL", "SYNC"],
      ["RANDOMKEY"],
      ["TOUCH", "a"],
      ["UNLINK", "a"],
      ["EXISTS"],
      ["TYPE"],
      ["OBJECT"],
      ["OBJECT", "HELP"],
      ["OBJECT", "ENCODING"],
      ["OBJECT", "WHAT", "x"],
      ["SET", "n", "77"],
      ["OBJECT", "REFCOUNT", "n"],
      ["OBJECT", "ENCODING", "n"],
      ["OBJECT", "FREQ", "n"],
      ["SET", "s", "text"],
      ["OBJECT", "IDLETIME", "s"],
      ["OBJECT", "REFCOUNT", "s"],
    ],
    allow: [
      {
        name: "7.2: the last line of HELP",
        reason: "its wording changed",
        since: "7.2.0",
        command: "OBJECT HELP",
        reference: /Prints this help/,
        subject: /Print this help/,
      },
    ],
  }));

test("nulls of the commands on keys under RESP3", (t) =>
  resp3.run(t, {
    resp: 3,
    steps: [
      ["RANDOMKEY"],
      ["DUMP", "none"],
      ["OBJECT", "ENCODING", "none"],
      ["SCAN", "0"],
      ["KEYS", "*"],
      ["TYPE", "none"],
    ],
  }));

test("a key expires as in Redis", (t) =>
  twin.run(t, {
    steps: [
      ["SET", "k", "v", "PX", 60],
      wait(90),
      ["RENAME", "k", "l"],
      ["SET", "k", "v", "PX", 60],
      wait(90),
      ["DEL", "k"],
      ["SET", "k", "v", "PX", 60],
      wait(90),
      ["COPY", "k", "l"],
      ["PERSIST", "k"],
      ["EXPIRE", "k", "100"],
      ["PTTL", "k"],
      ["SET", "k", "v"],
      ["PEXPIREAT", "k", "9223372036854775807"],
      ["PEXPIRETIME", "k"],
      ["EXPIRETIME", "k"],
      ["PEXPIREAT", "k", "9007199254740993"],
      ["PEXPIRETIME", "k"],
      ["EXPIRETIME", "k"],
      ["PEXPIREAT", "k", "9007199254740992", "GT"],
      ["EXPIREAT", "k", "9223372036854775"],
      ["PEXPIRETIME", "k"],
      ["EXPIREAT", "k", "9223372036854776"],
      ["EXPIRE", "k", "9223372036854775807"],
      ["PEXPIRE", "k", "9223372036854775807"],
      ["PEXPIRE", "k", "-9223372036854775808"],
      ["EXISTS", "k"],
    ],
  }));

test("any mixture of commands on keys answers as Redis does", (t) =>
  twin.random(t, {
    count: 3000,
    next: (random) => {
      const db = (): string => random.pick(["0", "1", "2", "-1", "16", "x", "99999999999"]);
      const far = (): string =>
        random.weighted([
          [4, String(random.int(1000, 100000))],
          [1, random.integerLike()],
        ]);
      const flags = (): string[] => random.list(0, 2, () => random.pick(["NX", "XX", "GT", "LT", "nx", "what"]));
      return random.weighted<() => Command | ReturnType<typeof call>>([
        [8, () => ["SET", random.key(), random.value()]],
        [3, () => ["SET", random.key(), random.value(), "EX", random.int(1000, 5000)]],
        [3, () => ["DEL", random.key(), random.key()]],
        [2, () => ["UNLINK", random.key()]],
        [3, () => ["EXISTS", random.key(), random.key(), random.key()]],
        [2, () => ["TYPE", random.key()]],
        [4, () => ["RENAME", random.key(), random.key()]],
        [4, () => ["RENAMENX", random.key(), random.key()]],
        [3, () => ["COPY", random.key(), random.key()]],
        [3, () => ["COPY", random.key(), random.key(), "DB", db(), ...random.list(0, 1, () => "REPLACE")]],
        [3, () => ["MOVE", random.key(), db()]],
        [3, () => ["SELECT", db()]],
        [1, () => ["SWAPDB", db(), db()]],
        [4, () => ["EXPIRE", random.key(), far(), ...flags()]],
        [4, () => ["PEXPIREAT", random.key(), far(), ...flags()]],
        [4, () => ["PEXPIRE", random.key(), `${far()}000`, ...flags()]],
        [4, () => call(["TTL", random.key()], ttlWithin(1))],
        [2, () => call(["PTTL", random.key()], ttlWithin(2000))],
        [3, () => ["PERSIST", random.key()]],
        [3, () => call(["KEYS", globOf(random)], unordered)],
        [2, () => ["DBSIZE"]],
        [2, () => ["OBJECT", "ENCODING", random.key()]],
        [2, () => ["TOUCH", random.key(), random.key()]],
        [3, () => ["GET", random.key()]],
        [
          1,
          () => [
            "RESTORE",
            random.key(),
            random.integerLike(),
            random.value(),
            ...random.list(0, 2, () => random.pick(["REPLACE", "ABSTTL", "IDLETIME", "FREQ", "5"])),
          ],
        ],
      ])();
    },
  }));

test("patterns match the same keys", (t) =>
  scans.random(t, {
    count: 2500,
    next: (random) =>
      random.weighted<() => Command | ReturnType<typeof call>>([
        [2, () => ["SET", word(random), "v"]],
        [3, () => call(["KEYS", globOf(random)], unordered)],
      ])(),
  }));

test("patterns with bytes from 0x80 on match the same keys", (t) => {
  const bytes = "\x00Aab\x7f\x80\x81\xc0\xfe\xff";
  const draw = (random: Random, from: string, most: number): Buffer =>
    Buffer.from(random.list(1, most, () => random.pick([...from])).join(""), "latin1");
  return scans.random(t, {
    count: 2500,
    next: (random) =>
      random.weighted<() => Command | ReturnType<typeof call>>([
        [2, () => ["SET", draw(random, bytes, 2), "v"]],
        [3, () => call(["KEYS", Buffer.concat([Buffer.from("["), draw(random, `${bytes}--^]\\*?`, 6)])], unordered)],
      ])(),
  });
});

/** Cursors that 7.4 reads more strictly (empty, negative) or less (blanks in front) than the servers before it. */
const CURSORS_OF_7_4 = ["", " ", " 0", "-5", "-9223372036854775808"];

test("cursors and options of SCAN are read as in Redis", (t) =>
  scans.run(t, {
    steps: [
      ...["0", "00", "+0", "-0", "0 ", "-05", "0x0", "18446744073709551615", "18446744073709551616"].map(
        (cursor): Command => ["SCAN", cursor],
      ),
      ...CURSORS_OF_7_4.map((cursor): Command => ["SCAN", cursor]),
      ["SCAN", "0\0junk"],
      ["SCAN"],
      ["SCAN", "0", "MATCH"],
      ["SCAN", "0", "COUNT", "0"],
      ["SCAN", "0", "COUNT", "1.5"],
      ["SCAN", "0", "COUNT", "x", "NONSENSE"],
      ["SCAN", "0", "TYPE", "nonsense"],
      ["SCAN", "x", "NONSENSE"],
      ["SCAN", "0", "NOVALUES"],
    ],
    allow: [
      {
        name: "7.4: cursors",
        reason: "7.4 reads the cursor as an integer first",
        since: "7.4.0",
        command: "SCAN",
        reference: /^(-ERR invalid cursor|\*\[\$"0", \*\[\]\])$/,
        subject: /^(-ERR invalid cursor|\*\[\$"0", \*\[\]\])$/,
      },
      {
        name: "7.4: NOVALUES",
        reason: "7.4 has HSCAN NOVALUES",
        since: "7.3.240",
        command: "SCAN 0 NOVALUES",
        reference: "-ERR syntax error",
        subject: "-ERR NOVALUES option can only be used in HSCAN",
      },
    ],
  }));

function word(random: Random): string {
  return random.list(0, 5, () => random.pick([..."ab[]^-\\*?\xff"])).join("");
}

function globOf(random: Random): string {
  return random.oneIn(10)
    ? "*"
    : random.list(0, 7, () => random.pick([..."aab[]^-\\*?c", "[a-b]", "[^a]", "key:"])).join("");
}
