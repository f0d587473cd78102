// The stream commands: the same scripts against redis-server and pyredis, fixed ones and random ones. Consumer groups
// are in stream-groups.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ArenaChecks } from "#src/storage/arena-checks.js";
import { type Comparator, exact, sameShape } from "../support/comparators.js";
import type { Difference } from "../support/differences.js";
import { startInProcess } from "../support/in-process.js";
import { Random } from "../support/random.js";
import { startRedisServer, whyNoRedisServer } from "../support/redis-server.js";
import type { Arg, Command, RespClient } from "../support/resp-client.js";
import { fmt } from "../support/resp-value.js";
import { useTwin } from "../support/twin.js";
import { call, observe, read, type ScriptStep, send, wait } from "../support/twin-steps.js";

const twin = useTwin({
  config: { "enable-debug-command": "yes" },
  startSubject: ({ config }) => startInProcess({ config, arenaChecks: new ArenaChecks() }),
});

const UNBALANCED: Difference = {
  name: "7.2: the error of an unbalanced XREAD",
  reason: "it names the command in quotes, in lower case",
  since: "7.2.0",
  command: "XREAD",
  reference: /^-ERR Unbalanced XREAD list of streams/,
  subject: "-ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be specified.",
};

const BELOW_DELETED: Difference = {
  name: "7.2: XSETID below the greatest deleted ID",
  reason: "it is refused",
  since: "7.2.0",
  command: "XSETID",
  subject: "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
};

const U64_MAX = 2n ** 64n - 1n;

/** Random commands on a few streams whose IDs mostly grow. */
class Commands {
  #ms = 0;

  readonly next = (random: Random): ScriptStep => {
    const key = random.key(3);
    if (random.oneIn(3)) this.#ms++;
    const make = random.weighted<() => ScriptStep>([
      [20, () => ["XADD", key, ...this.#options(random), this.#newId(random), ...this.#pairs(random)]],
      [4, () => ["XADD", key, ...this.#trim(random), this.#newId(random), ...this.#pairs(random)]],
      [1, () => ["XADD", key, "NOMKSTREAM", ...this.#trim(random), this.#newId(random), ...this.#pairs(random)]],
      [4, () => ["XTRIM", key, ...this.#trim(random)]],
      [6, () => ["XDEL", key, ...random.list(1, 4, () => this.#id(random))]],
      [6, () => ["XRANGE", key, this.#bound(random), this.#bound(random), ...this.#count(random)]],
      [6, () => ["XREVRANGE", key, this.#bound(random), this.#bound(random), ...this.#count(random)]],
      [3, () => ["XRANGE", key, "-", "+", ...this.#count(random)]],
      [3, () => ["XLEN", key]],
      [4, () => this.#read(random)],
      [1, () => ["XSETID", key, this.#setId(random), ...this.#setOptions(random)]],
      [
        3,
        () =>
          call(["XINFO", "STREAM", key, ...random.pick([[], ["FULL"], ["FULL", "COUNT", "3"], ["x"]])], withoutNodes),
      ],
      [3, () => ["DEBUG", "DIGEST-VALUE", key]],
      [1, () => ["COPY", key, random.key(3), "REPLACE"]],
      [1, () => ["RENAME", key, random.key(3)]],
      [1, () => ["OBJECT", "ENCODING", key]],
      [0.3, () => ["DEL", key]],
      [0.2, () => ["SET", key, "text"]],
      [0.5, () => ["TYPE", key]],
      [0.5, () => ["CONFIG", "SET", "stream-node-max-entries", random.pick(["0", "1", "3", "10", "100"])]],
      [0.5, () => ["CONFIG", "SET", "stream-node-max-bytes", random.pick(["0", "60", "300", "4096"])]],
    ]);
    return make();
  };

  #options(random: Random): Arg[] {
    return random.oneIn(20) ? ["NOMKSTREAM"] : [];
  }

  #newId(random: Random): Arg {
    return random.weighted<() => string>([
      [10, () => `${this.#ms}-*`],
      [5, () => `${this.#ms}`],
      [5, () => `${this.#ms}-${random.int(0, 300)}`],
      [1, () => this.#id(random)],
      [0.02, () => `${U64_MAX}-${random.pick(["*", "0", String(U64_MAX)])}`],
    ])();
  }

  #id(random: Random): string {
    return random.weighted<() => string>([
      [10, () => `${random.int(Math.max(0, this.#ms - 30), this.#ms)}-${random.int(0, 4)}`],
      [5, () => String(random.int(Math.max(0, this.#ms - 30), this.#ms + 1))],
      [1, () => `${random.pick([0n, 1n, 2n ** 53n, U64_MAX, U64_MAX + 1n])}-${random.pick([0n, U64_MAX])}`],
      [
        1,
        () =>
          random.pick(["", "-", "+", "x", "1-", "-1", "1-x", "1-2-3", "01-02", "1--1", "1-*", "$", ">", " 1", "1 "]),
      ],
    ])();
  }

  #bound(random: Random): string {
    if (random.oneIn(6)) return random.pick(["-", "+", "(", "(-", "(+", `(${U64_MAX}-${U64_MAX}`, "(0-0"]);
    return random.oneIn(4) ? `(${this.#id(random)}` : this.#id(random);
  }

  #pairs(random: Random): Arg[] {
    if (random.oneIn(100)) return random.pick<Arg[]>([["f"], ["f", "v", "g"]]);
    if (random.oneIn(2)) return ["field", random.int(-3, 70_000), "other", random.value(90)];
    return random.list(1, 4, () => [random.pick(["field", "other", "12", "", "third"]), random.value(80)]).flat();
  }

  #trim(random: Random): Arg[] {
    const operator = random.pick<Arg[]>([[], ["="], ["~"], ["~"]]);
    const strategy = random.oneIn(2)
      ? ["MAXLEN", ...operator, random.pick<Arg>([random.int(0, 40), random.int(0, 40), "-1", "x"])]
      : ["MINID", ...operator, this.#id(random)];
    if (random.oneIn(4)) strategy.push("LIMIT", random.pick<Arg>([0, 1, 5, 10, 1000, "-1", "x"]));
    if (random.oneIn(30)) strategy.push("MAXLEN", 3);
    return strategy;
  }

  #count(random: Random): Arg[] {
    if (random.oneIn(2)) return [];
    return random.weighted<Arg[]>([
      [8, ["COUNT", random.int(0, 9)]],
      [1, ["COUNT", -1]],
      [1, random.pick<Arg[]>([["COUNT"], ["COUNT", "x"], ["LIMIT", 1], ["COUNT", 1, "COUNT", 2]])],
    ]);
  }

  #read(random: Random): ScriptStep {
    const keys = random.list(1, 3, () => random.key(4));
    const ids = keys.map(() =>
      random.oneIn(8) ? random.pick(["$", ">", "-"]) : this.#id(random).replace(/^\+$/, "0"),
    );
    if (random.oneIn(15)) ids.pop();
    return ["XREAD", ...this.#count(random), "STREAMS", ...keys, ...ids];
  }

  /** Where a stream may go on; 7.0 would also let it go back behind what was deleted. */
  #setId(random: Random): string {
    return random.pick([`${this.#ms + 1}-${random.int(0, 4)}`, `${this.#ms}-${random.int(300, 400)}`, "x"]);
  }

  #setOptions(random: Random): Arg[] {
    return random.pick<Arg[]>([
      [],
      [],
      ["ENTRIESADDED", random.int(-1, 200), "MAXDELETEDID", this.#id(random)],
      ["ENTRIESADDED", random.pick(["x", String(2n ** 63n - 1n)])],
      ["MAXDELETEDID", "0-0"],
      ["FOO"],
    ]);
  }
}

const NODES = /radix-tree-nodes"[:,] :\d+/;

/** XINFO's reply but for the nodes of the radix tree, which are Redis's own. */
const withoutNodes: Comparator = {
  name: "the same but for radix-tree-nodes",
  difference: (reference, subject) => {
    const [a, b] = [reference, subject].map((reply) => fmt(reply).replace(NODES, "N"));
    return a === b ? undefined : "not the same reply";
  },
};

for (const resp of [2, 3] as const) {
  test(`random stream commands agree under RESP${resp}`, (t) =>
    twin.random(t, {
      seed: 20_261_100 + resp,
      count: 6000,
      next: new Commands().next,
      allow: [UNBALANCED],
      resp,
    }));
}

test("stream commands agree on their errors", (t) => {
  const text = [
    ["XADD", "text", "*", "a", "b"],
    ["XADD", "text", "NOMKSTREAM", "*", "a", "b"],
    ["XLEN", "text"],
    ["XRANGE", "text", "-", "+"],
    ["XDEL", "text", "1"],
    ["XDEL", "text", "x"],
    ["XTRIM", "text", "MAXLEN", "1"],
    ["XSETID", "text", "1"],
    ["XREAD", "STREAMS", "text", "0"],
    ["XREAD", "STREAMS", "s", "text", "0", "x"],
    ["XINFO", "STREAM", "text"],
  ];
  const steps: ScriptStep[] = [
    ["SET", "text", "v"],
    ["XADD", "s", "5-5", "a", "b"],
    ...text,
    ...["0", "0-0", "0-1", "5-5", "5-4", "5", "5-*", "6-*", "x", "-", "+", "*-1", "5-x", "1-2-3", "", "~"].map(
      (id): Command => ["XADD", "s", id, "a", "b"],
    ),
    ["XADD", "s", "9"],
    ["XADD", "s", "9", "a"],
    ["XADD", "s", "9", "a", "b", "c"],
    ["XADD", "s", "MAXLEN", "1", "9", "a"],
    ["XADD", "s", "MAXLEN", "x", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "-1", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "~", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "1", "MINID", "1", "9", "a", "b"],
    ["XADD", "s", "MINID", "x", "9", "a", "b"],
    ["XADD", "s", "MINID", "+", "9", "a", "b"],
    ["XADD", "s", "LIMIT", "1", "9", "a", "b"],
    ["XADD", "s", "LIMIT", "0", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "1", "LIMIT", "1", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "=", "1", "LIMIT", "0", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "~", "1", "LIMIT", "-1", "9", "a", "b"],
    ["XADD", "s", "MAXLEN", "~", "1", "LIMIT", "x", "9", "a", "b"],
    ["XADD", "s", "maxlen", "~", "1", "limit", "3", "nomkstream", "9", "a", "b"],
    ["XADD", "none", "NOMKSTREAM", "9", "a", "b"],
    ["XADD", "none", "0-*", "a", "b"],
    ["XADD", "none", String(U64_MAX), "a", "b"],
    ["XADD", "none", `${U64_MAX}-*`, "a", "b"],
    ["XADD", "none", `${U64_MAX}-${U64_MAX}`, "a", "b"],
    ["XADD", "none", `${U64_MAX}-*`, "a", "b"],
    ["XADD", "none", "*", "a", "b"],
    ["XADD", "none", "1", "a", "b"],
    ["XRANGE", "none", "-", "+"],
    ["XTRIM", "s"],
    ["XTRIM", "s", "MAXLEN"],
    ["XTRIM", "s", "MAXLEN", "~"],
    ["XTRIM", "s", "MAXLEN", "="],
    ["XTRIM", "s", "LIMIT", "1"],
    ["XTRIM", "s", "LIMIT", "0"],
    ["XTRIM", "s", "FOO", "1"],
    ["XTRIM", "s", "MAXLEN", "1", "FOO"],
    ["XTRIM", "s", "MAXLEN", "1", "NOMKSTREAM"],
    ["XTRIM", "s", "MAXLEN", "~", "0", "LIMIT", "0"],
    ["XTRIM", "none2", "MAXLEN", "1"],
    ["XDEL", "s", "1", "x"],
    ["XDEL", "s", "-"],
    ["XDEL", "none2", "x"],
    ["XLEN", "none2"],
    ["XSETID", "none2", "1"],
    ["XSETID", "s", "x"],
    ["XSETID", "s", "1"],
    ["XSETID", "s", "9-9", "ENTRIESADDED"],
    ["XSETID", "s", "9-9", "ENTRIESADDED", "-1"],
    ["XSETID", "s", "9-9", "ENTRIESADDED", "0"],
    ["XSETID", "s", "9-9", "MAXDELETEDID", "10"],
    ["XSETID", "s", "9-9", "MAXDELETEDID", "9-9", "ENTRIESADDED", "100"],
    ["XSETID", "s", "9-8"],
    ["XREAD", "STREAMS", "s", "t", "0"],
    ["XREAD", "STREAMS"],
    ["XREAD", "COUNT", "1"],
    ["XREAD", "COUNT", "x", "STREAMS", "s", "0"],
    ["XREAD", "COUNT", "-1", "STREAMS", "s", "0"],
    ["XREAD", "COUNT", "1", "BLOCK", "x", "STREAMS", "s", "0"],
    ["XREAD", "BLOCK", "-1", "STREAMS", "s", "0"],
    ["XREAD", "GROUP", "g", "c", "STREAMS", "s", "0"],
    ["XREAD", "NOACK", "STREAMS", "s", "0"],
    ["XREAD", "FOO", "STREAMS", "s", "0"],
    ["XREAD", "STREAMS", "s", ">"],
    ["XREAD", "STREAMS", "s", "-"],
    ["XREAD", "STREAMS", "none2", "$"],
    ["XREAD", "STREAMS", "s", String(U64_MAX)],
    ["XREAD", "STREAMS", "s", `${U64_MAX}-${U64_MAX}`],
    ["XRANGE", "s", "(", "+"],
    ["XRANGE", "s", `(${U64_MAX}-${U64_MAX}`, "+"],
    ["XRANGE", "s", "-", "(0-0"],
    ["XRANGE", "s", "-", "(0"],
    ["XRANGE", "s", "-", "+", "COUNT", "0"],
    ["XRANGE", "s", "-", "+", "COUNT", "-5"],
    ["XRANGE", "s", "-", "+", "COUNT"],
    ["XRANGE", "s", "-", "+", "FOO", "1"],
    ["XRANGE", "none2", "-", "x"],
    ["XRANGE", "none2", "-", "+", "COUNT", "0"],
    ["XINFO", "STREAM", "none2"],
    ["XINFO", "STREAM", "s", "FULL", "COUNT"],
    ["XINFO", "STREAM", "s", "FULL", "COUNT", "x"],
    ["XINFO", "STREAM", "s", "FULL", "FOO", "1"],
    ["XINFO", "STREAM", "none2", "FOO"],
    ["XINFO", "STREAM"],
    ["XINFO", "FOO"],
    ["COMMAND", "GETKEYS", "XREAD", "COUNT", "1", "STREAMS", "a", "b", "0", "0"],
    ["COMMAND", "GETKEYS", "XREAD", "STREAMS", "streams", "0"],
    ["COMMAND", "GETKEYS", "XREAD", "STREAMS", "a"],
  ];
  return twin.run(t, { steps, allow: [UNBALANCED, BELOW_DELETED] });
});

test("stream commands agree on their events", (t) => {
  const commands: Command[] = [
    ["XADD", "s", "1-1", "a", "b"],
    ["XADD", "s", "MAXLEN", "1", "2-1", "a", "b"],
    ["XADD", "s", "MAXLEN", "0", "3-1", "a", "b"],
    ["XADD", "s", "4-1", "a", "b"],
    ["XADD", "s", "4-1", "a", "b"],
    ["XADD", "s", "5-*", "a", "b"],
    ["XTRIM", "s", "MAXLEN", "2"],
    ["XTRIM", "s", "MINID", "5"],
    ["XDEL", "s", "4-1"],
    ["XDEL", "s", "5-0"],
    ["XSETID", "s", "9"],
    ["XDEL", "none", "1"],
    ["COPY", "s", "t"],
    ["DEL", "s"],
    ["XADD", "none", "NOMKSTREAM", "1", "a", "b"],
  ];
  return twin.run(t, {
    steps: [
      ["CONFIG", "SET", "notify-keyspace-events", "KEAn"],
      call(["PSUBSCRIBE", "__key*"], exact, 1),
      ...commands.map((command) => observe(command)),
      ["CONFIG", "SET", "notify-keyspace-events", ""],
    ],
  });
});

test("blocked readers of streams agree", (t) => {
  const steps: ScriptStep[] = [
    ["XADD", "s", "1-1", "a", "b"],
    // What is there is served at once.
    ["XREAD", "BLOCK", "0", "STREAMS", "s", "0"],
    send(["XREAD", "BLOCK", "0", "STREAMS", "s", "$"], 1),
    send(["XREAD", "BLOCK", "0", "COUNT", "1", "STREAMS", "other", "s", "$", "1-1"], 2),
    send(["XREAD", "BLOCK", "0", "STREAMS", "s", "3"], 3),
    wait(50),
    ["XADD", "s", "2-1", "c", "d"],
    read(exact, 1),
    read(exact, 2),
    ["DEL", "s"],
    ["SET", "s", "text"],
    ["DEL", "s"],
    ["XADD", "s", "3-0", "c", "d"],
    ["MULTI"],
    ["XADD", "s", "4-0", "e", "f"],
    ["XADD", "s", "5-0", "g", "h"],
    ["EXEC"],
    read(exact, 3),
    send(["XREAD", "BLOCK", "0", "STREAMS", "s", "$"], 1),
    wait(50),
    ["DEL", "s"],
    ["XADD", "t", "7-0", "x", "y"],
    ["RENAME", "t", "s"],
    read(exact, 1),
    ["MULTI"],
    ["XREAD", "BLOCK", "0", "STREAMS", "s", "$"],
    ["EXEC"],
  ];
  return twin.run(t, { steps });
});

test("IDs that the servers choose grow, and are the time", (t) =>
  twin.run(t, {
    steps: [
      call(["XADD", "s", "*", "a", "b"], sameShape),
      ["XADD", "s", "5", "a", "b"],
      ["XSETID", "s", "99999999999999-5"],
      ["XADD", "s", "*", "a", "b"],
      ["XADD", "s", "99999999999999-*", "a", "b"],
      ["XREVRANGE", "s", "+", "-", "COUNT", "2"],
    ],
  }));

test("streams come over from redis-server, and have the same digest", {
  skip: whyNoRedisServer() ?? false,
}, async (t) => {
  const config = { "enable-debug-command": "yes" };
  const reference = await startRedisServer({ config });
  t.after(() => reference.close());
  const subject = await startInProcess({ config, arenaChecks: new ArenaChecks() });
  t.after(() => subject.close());
  const [theirs, ours] = [await reference.connect(), await subject.connect()];
  t.after(() => Promise.all([theirs.close(), ours.close()]));
  const random = new Random(Number(process.env.TWIN_SEED ?? Date.now() % 2 ** 31));
  for (let round = 0; round < 40; round++) {
    const where = `seed ${random.seed}, round ${round}`;
    const commands = new Commands();
    await theirs.call("FLUSHALL");
    await theirs.call("CONFIG", "SET", "rdbcompression", random.pick(["yes", "no"]));
    for (let i = 0; i < 150; i++) {
      const step = commands.next(random);
      if (Array.isArray(step) && ["XADD", "XDEL", "XTRIM", "XSETID"].includes(String(step[0]))) {
        await theirs.call(...(step as Command));
      }
    }
    for (const key of ["key:0", "key:1", "key:2"]) {
      const payload = await theirs.call("DUMP", key);
      if (payload.kind !== "bulk") continue;
      assert.equal(await ours.ask("RESTORE", key, "0", payload.bytes, "REPLACE"), "+OK", where);
      const [expected, restored] = await Promise.all([theirs, ours].map((client) => describe(client, key)));
      assert.deepEqual(restored, expected, where);
      // And through a payload of our own.
      const own = await ours.call("DUMP", key);
      assert.ok(own.kind === "bulk");
      assert.equal(await ours.ask("RESTORE", "again", "0", own.bytes, "REPLACE"), "+OK", where);
      assert.deepEqual(await describe(ours, "again"), expected, where);
    }
  }
});

async function describe(client: RespClient, key: string): Promise<string[]> {
  const replies: string[] = [];
  for (const command of [
    ["DEBUG", "DIGEST-VALUE", key],
    ["XRANGE", key, "-", "+"],
    ["XREVRANGE", key, "+", "-"],
    ["XLEN", key],
    ["XINFO", "STREAM", key],
  ]) {
    replies.push((await client.ask(...command)).replace(NODES, "N"));
  }
  return replies;
}
