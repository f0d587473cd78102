// The geo commands: the same scripts against redis-server and pyredis, fixed ones and random ones. Positions are all
// over the map and crowded around one place, at its ends, and equal ones; areas are from nothing to more than the earth.
import { test } from "node:test";
import { numberWithin } from "../support/comparators.js";
import type { Random } from "../support/random.js";
import type { Arg, Command } from "../support/resp-client.js";
import { useTwin } from "../support/twin.js";
import { call, type ScriptStep } from "../support/twin-steps.js";

const twin = useTwin({ config: { "zset-max-listpack-entries": "30" } });

/** Distances stored as scores: 7.2 measures along meridians in another way than older versions. */
const nearly = numberWithin(1e-9);

const EDGE_LONGITUDES = ["180", "-180", "179.9999", "-179.9999", "0", "-0", "1e-10"];
const EDGE_LATITUDES = ["85.05112878", "-85.05112878", "85", "-85", "0", "84.99", "66.5", "80.5", "-66.5"];
const NO_LONGITUDES = ["181", "x", "", "nan", "inf", "1e300", "-180.0078125", "180.0234375"];
const NO_LATITUDES = ["86", "x", "", "-90", "-inf", "-1e18"];
const SIZES = ["0", "1", "0.5", "10", "100", "500", "1000", "5000", "10000", "20000", "50000", "1e6", "1e7"];
const NO_SIZES = ["-1", "x", "", "inf", "nan", "1e300"];
/** Scores that no position has. */
const OTHER_SCORES = ["-5.5", "1e300", "-1e300", "inf", "-inf", "4503599627370496", "9007199254740994", "0.5", "-0"];

function makeCoordinate(random: Random, max: number, near: number, edges: readonly string[], none: readonly string[]) {
  if (random.oneIn(60)) return random.pick(none);
  return random.weighted<() => Arg>([
    [3, () => ((2 * random.float() - 1) * max).toFixed(random.int(0, 14))],
    [3, () => (near + random.float() / 5).toFixed(8)],
    [1, () => random.pick(edges)],
    [2, () => random.int(-max, max)],
  ])();
}

function makePosition(random: Random): Arg[] {
  return [
    makeCoordinate(random, 180, 13, EDGE_LONGITUDES, NO_LONGITUDES),
    makeCoordinate(random, 85, 37, EDGE_LATITUDES, NO_LATITUDES),
  ];
}

function makeMember(random: Random): string {
  return random.oneIn(15) ? "nobody" : `m${random.int(0, 60)}`;
}

function makeKey(random: Random): string {
  return random.oneIn(60) ? "text" : random.pick(["geo:0", "geo:1", "many", "stored:0", "stored:1", "none"]);
}

function makeUnit(random: Random): string {
  return random.oneIn(30) ? random.pick(["x", "", "mm"]) : random.pick(["m", "km", "ft", "mi", "KM", "Mi"]);
}

function makeSize(random: Random): Arg {
  if (random.oneIn(30)) return random.pick(NO_SIZES);
  return random.oneIn(8) ? (random.float() * 2000).toFixed(3) : random.pick(SIZES);
}

function makeOptions(random: Random, store: readonly Arg[]): Arg[] {
  const option = (): Arg[] =>
    random.weighted<() => Arg[]>([
      [2, () => [random.pick(["WITHCOORD", "WITHDIST", "withhash"])]],
      [1, () => ["COUNT", random.oneIn(15) ? random.pick(["0", "-1", "x", ""]) : random.int(1, 12)]],
      [1, () => ["COUNT", random.int(1, 12), "ANY"]],
      [2, () => [random.pick(["ASC", "desc"])]],
      [0.3, () => [random.pick(["ANY", "FOO", "COUNT", "STORE"])]],
      [1, () => [...store]],
    ])();
  return random.list(0, 3, option).flat();
}

/** GEOSEARCH's options in either order, at times without one of them or with one too many. */
function makeArea(random: Random, store: readonly Arg[]): Arg[] {
  const parts: Arg[][] = [];
  if (!random.oneIn(30)) {
    parts.push(random.oneIn(2) ? ["FROMMEMBER", makeMember(random)] : ["FROMLONLAT", ...makePosition(random)]);
  }
  if (!random.oneIn(30)) {
    const circle = ["BYRADIUS", makeSize(random), makeUnit(random)];
    parts.push(random.oneIn(2) ? circle : ["BYBOX", makeSize(random), makeSize(random), makeUnit(random)]);
  }
  if (random.oneIn(40)) parts.push(["BYBOX", makeSize(random), makeSize(random), makeUnit(random)]);
  if (random.oneIn(40)) parts.push(["FROMMEMBER", makeMember(random)]);
  parts.push(makeOptions(random, store));
  return random.shuffle(parts).flat();
}

function makeStored(random: Random): string {
  return random.pick(["stored:0", "stored:1"]);
}

function makeStep(random: Random): ScriptStep {
  const key = makeKey(random);
  const target = random.pick(["geo:0", "geo:1", "many"]);
  const circle = (): Arg[] => [makeSize(random), makeUnit(random)];
  const store = (): Arg[] => [random.pick(["STORE", "storedist"]), makeStored(random)];
  const members = (): Arg[] => random.list(0, 3, () => makeMember(random));
  const make = random.weighted<() => ScriptStep>([
    [6, () => ["GEOADD", target, ...random.list(1, 3, () => [...makePosition(random), makeMember(random)]).flat()]],
    [1, () => ["GEOADD", target, random.pick(["NX", "XX", "CH", "GT"]), ...makePosition(random), makeMember(random)]],
    [1, () => ["ZADD", target, random.pick(OTHER_SCORES), makeMember(random)]],
    [1, () => ["ZREM", target, makeMember(random)]],
    [3, () => ["GEODIST", key, makeMember(random), makeMember(random), ...(random.oneIn(2) ? [makeUnit(random)] : [])]],
    [2, () => ["GEOPOS", key, ...members()]],
    [2, () => ["GEOHASH", key, ...members()]],
    [8, () => ["GEOSEARCH", key, ...makeArea(random, [])]],
    [3, () => ["GEOSEARCHSTORE", makeStored(random), key, ...makeArea(random, ["STOREDIST"])]],
    [2, () => ["GEORADIUS", key, ...makePosition(random), ...circle(), ...makeOptions(random, store())]],
    [1, () => ["GEORADIUS_RO", key, ...makePosition(random), ...circle(), ...makeOptions(random, [])]],
    [2, () => ["GEORADIUSBYMEMBER", key, makeMember(random), ...circle(), ...makeOptions(random, store())]],
    [1, () => ["GEORADIUSBYMEMBER_RO", key, makeMember(random), ...circle(), ...makeOptions(random, [])]],
    [2, () => ["ZRANGE", makeStored(random), 0, -1]],
    [1, () => call(["ZSCORE", makeStored(random), makeMember(random)], nearly)],
    [0.2, () => ["DEL", target]],
  ]);
  return make();
}

function makeSetup(): ScriptStep[] {
  const steps: ScriptStep[] = [["SET", "text", "value"]];
  for (let i = 0; i < 300; i++) {
    const position = [((i * 47.3) % 360) - 180, ((i * 31.7) % 170) - 85].map((degrees) => degrees.toFixed(6));
    steps.push(["GEOADD", "many", ...position, `p${i}`]);
  }
  return steps;
}

test("all geo commands agree on sets that change between both encodings", (t) =>
  twin.random(t, { count: 8000, setup: makeSetup(), next: makeStep }));

test("all geo commands agree under RESP3", (t) =>
  twin.random(t, { seed: 3, count: 3000, resp: 3, setup: makeSetup(), next: makeStep }));

test("the first few of equally distant positions are the same ones in the same order", (t) => {
  const steps: Command[] = [];
  for (let i = 0; i < 200; i++) steps.push(["GEOADD", "grid", i % 5, i % 3, `m${i}`]);
  for (const count of [1, 2, 5, 7, 8, 20, 41, 60, 99, 150, 199, 200]) {
    for (const order of ["ASC", "DESC"]) {
      steps.push(["GEOSEARCH", "grid", "FROMLONLAT", 2, 1, "BYRADIUS", 1000, "km", order, "COUNT", count]);
    }
  }
  return twin.run(t, { steps });
});
