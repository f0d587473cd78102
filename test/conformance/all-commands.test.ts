// Every command of the types that applications live on, with random arguments, on redis-server and on pyredis: the
// tables of the soak, whose keys and values cross the thresholds between encodings. What is left out is said here; the
// twins of each family look closer at its own edges.
import { test } from "node:test";
import { COMMANDS } from "#src/commands/index.js";
import { Registry } from "#src/commands/registry.js";
import { Draw, type Family } from "../stress/soak/draw.js";
import { HASHES } from "../stress/soak/families/hashes.js";
import { KEYS } from "../stress/soak/families/keys.js";
import { LISTS } from "../stress/soak/families/lists.js";
import { SETS } from "../stress/soak/families/sets.js";
import { SORTED_SETS } from "../stress/soak/families/sorted-sets.js";
import { STRINGS } from "../stress/soak/families/strings.js";
import { type Comparator, exact, ignore, sameType, unordered, unorderedPairs } from "../support/comparators.js";
import { findRedisServerVersion, isOlder } from "../support/redis-server.js";
import type { Arg } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin();
const registry = new Registry(COMMANDS);
const version = findRedisServerVersion() ?? "7.0.0";

const DRAWN = ignore("drawn at random");
const CURSORS = ignore("the order of a table is each server's own");
const RELATIVE = ignore("the clocks of the servers are not one");

const COMPARATORS: Readonly<Record<string, Comparator>> = {
  HGETALL: unorderedPairs,
  HKEYS: unordered,
  HVALS: unordered,
  KEYS: unordered,
  SDIFF: unordered,
  SINTER: unordered,
  SMEMBERS: unordered,
  SUNION: unordered,
  HRANDFIELD: DRAWN,
  RANDOMKEY: DRAWN,
  SRANDMEMBER: DRAWN,
  ZRANDMEMBER: DRAWN,
  HSCAN: CURSORS,
  SCAN: CURSORS,
  SSCAN: CURSORS,
  ZSCAN: CURSORS,
  DUMP: sameType,
  EXPIRETIME: RELATIVE,
  HEXPIRETIME: RELATIVE,
  HPEXPIRETIME: RELATIVE,
  HPTTL: RELATIVE,
  HTTL: RELATIVE,
  PEXPIRETIME: RELATIVE,
  PTTL: RELATIVE,
  TTL: RELATIVE,
  "OBJECT ENCODING": isOlder(version, "7.2.0") ? ignore("7.2 has listpacks for sets and short lists") : exact,
  "OBJECT FREQ": sameType,
  "OBJECT HELP": ignore("redis-server tells of its own release"),
};

/** Commands whose outcome Redis leaves open: a draw that takes, and ranges by member where scores differ. */
const OPEN: ReadonlySet<string> = new Set([
  ...["SPOP", "ZLEXCOUNT", "ZRANGEBYLEX", "ZREMRANGEBYLEX", "ZREVRANGEBYLEX"],
]);
/** Deadlines lie so far away that none passes. */
const FAR_MS = 100_000_000;

class LateDraw extends Draw {
  /** What every version prints alike: 7.2 came with another way to print fractions. */
  override score(): Arg {
    return this.oneIn(20) ? this.pick(["inf", "-inf", "+inf"]) : this.int(-120, 120) / 4;
  }

  override ttlMs(): number {
    return this.int(FAR_MS, 2 * FAR_MS);
  }

  override ttlSeconds(): number {
    return Math.floor(this.ttlMs() / 1000);
  }
}

/** A random command that the reference knows, too, and whose outcome does not depend on chance. */
function nextOf(families: readonly Family[], seed: number): ScriptStep {
  const draw = new LateDraw(seed);
  draw.nowMs = Date.now() + FAR_MS;
  for (;;) {
    const command = draw.weighted(draw.pick(families).recipes)(draw);
    const [name = "", second = ""] = command.map(String);
    const spec = registry.findByName(name.toLowerCase())?.spec;
    if (spec === undefined || !isOlder(spec.since, version)) continue;
    if (OPEN.has(name) || command.includes("BYLEX")) continue;
    if (command.includes("WITHSCORE") && isOlder(version, "7.2.0")) continue;
    // Equal weights, and what nothing sorts, come in the order of each server's tables; redis-server compares what it
    // does not store as C strings, up to the first NUL.
    if (name.startsWith("SORT") && (command.includes("BY") || !command.includes("ALPHA"))) continue;
    if (name.startsWith("SORT") && !command.includes("STORE")) continue;
    return call(command, COMPARATORS[`${name} ${second}`] ?? COMPARATORS[name] ?? exact);
  }
}

const TYPES = [HASHES, LISTS, SETS, SORTED_SETS, STRINGS];

for (const family of TYPES) {
  test(`all commands of ${family.group} agree with redis-server on random arguments`, (t) =>
    twin.random(t, { count: 1500, next: (random) => nextOf([family], random.uint32()) }));
}

test("all commands on keys agree with redis-server on random arguments", (t) =>
  twin.random(t, { count: 3000, next: (random) => nextOf([KEYS, KEYS, ...TYPES], random.uint32()) }));
