// The commands that the throughput tables can hold. A new one is an entry here. redis-benchmark replaces __rand_int__ by
// twelve digits below the keyspace, for every request anew.
import type { Request } from "./filler.js";

export const VALUE = "x".repeat(64);

export const FAMILIES = [
  "strings",
  "lists",
  "sets",
  "hashes",
  "sorted-sets",
  "streams",
  "bits",
  "hyperloglog",
  "geo",
] as const;
export type Family = (typeof FAMILIES)[number];

export interface BenchCommand {
  readonly family: Family;
  readonly words: readonly string[];
  /** Requests of a run as a share of GET's, so that a run takes one to two seconds whatever the command costs. */
  readonly share: number;
  /** Fills the keyspace before the first round, for commands that read: `keyspace` members or the like. */
  readonly fill?: (keyspace: number) => Iterable<Request>;
  /** Prepares each run, for commands that use up what they find or make their key longer; `requests` will follow. */
  readonly before?: (requests: number) => Iterable<Request>;
}

const KEY = "key:__rand_int__";
const FIELD = "field:__rand_int__";
const MEMBER = "member:__rand_int__";
/** Members that one request of a fill adds. */
const PER_REQUEST = 10;
const BITMAP_BYTES = 2 ** 20;
/** XREAD begins in the middle. */
const STREAM_ENTRIES = 10_000;
const LIST_ELEMENTS = 600;
/** Points lie in a square of so many degrees: of 100,000 about a dozen are within 10 km of each. */
const GEO_DEGREES = 16;

/** As redis-benchmark writes a number for __rand_int__. */
export function toDigits(value: number): string {
  return String(value).padStart(12, "0");
}

/** Requests that begin with `words` and add `count` things, some at a time; `wordsOf` has the words of one. */
export function* addInBatches(
  words: readonly string[],
  count: number,
  wordsOf: (i: number) => readonly string[],
): Iterable<Request> {
  for (let from = 0; from < count; from += PER_REQUEST) {
    const request = [...words];
    for (let i = from; i < Math.min(from + PER_REQUEST, count); i++) request.push(...wordsOf(i));
    yield request;
  }
}

function* emptied(key: string, requests: Iterable<Request> = []): Iterable<Request> {
  yield ["DEL", key];
  yield* requests;
}

/** The same numbers for both servers, evenly spread over [0, 1). */
function spread(i: number, ratio: number): number {
  return (i * ratio) % 1;
}

function fillList(key: string, count: number): Iterable<Request> {
  return addInBatches(["RPUSH", key], count, (i) => [`element:${toDigits(i)}`]);
}

function fillSortedSet(count: number): Iterable<Request> {
  return addInBatches(["ZADD", "zset"], count, (i) => [String(i), `member:${toDigits(i)}`]);
}

function fillHash(count: number): Iterable<Request> {
  return addInBatches(["HSET", "hash"], count, (i) => [`field:${toDigits(i)}`, VALUE]);
}

function fillStrings(count: number): Iterable<Request> {
  return addInBatches(["MSET"], count, (i) => [`key:${toDigits(i)}`, VALUE]);
}

function* fillStream(): Iterable<Request> {
  yield ["DEL", "stream"];
  for (let i = 1; i <= STREAM_ENTRIES; i++) yield ["XADD", "stream", `${i}-1`, "sensor", "s1", "value", String(i)];
}

function pop(family: Family, command: string, key: string, fill: (count: number) => Iterable<Request>): BenchCommand {
  return { family, words: [command, key], share: 1 / 3, before: (requests) => emptied(key, fill(requests)) };
}

function push(command: string): BenchCommand {
  return {
    family: "lists",
    words: [command, "list", "element:__rand_int__"],
    share: 1,
    before: () => emptied("list"),
  };
}

function lrange(count: number): BenchCommand {
  return {
    family: "lists",
    words: ["LRANGE", "lrange", "0", String(count - 1)],
    share: 12 / count,
    fill: () =>
      emptied(
        "lrange",
        addInBatches(["RPUSH", "lrange"], LIST_ELEMENTS, () => ["xxx"]),
      ),
  };
}

export const COMMANDS: Readonly<Record<string, BenchCommand>> = {
  GET: { family: "strings", words: ["GET", KEY], share: 1, fill: fillStrings },
  SET: { family: "strings", words: ["SET", KEY, VALUE], share: 1 },
  INCR: { family: "strings", words: ["INCR", "counter:__rand_int__"], share: 1 },
  MSET: { family: "strings", words: ["MSET", ...Array(10).fill([KEY, VALUE]).flat()], share: 1 / 6 },
  LPUSH: push("LPUSH"),
  RPUSH: push("RPUSH"),
  LPOP: pop("lists", "LPOP", "list", (count) => fillList("list", count)),
  RPOP: pop("lists", "RPOP", "list", (count) => fillList("list", count)),
  LRANGE_100: lrange(100),
  LRANGE_300: lrange(300),
  LRANGE_500: lrange(500),
  LRANGE_600: lrange(600),
  SADD: { family: "sets", words: ["SADD", "set", MEMBER], share: 1 },
  SISMEMBER: {
    family: "sets",
    words: ["SISMEMBER", "set", MEMBER],
    share: 1,
    fill: (keyspace) => addInBatches(["SADD", "set"], keyspace, (i) => [`member:${toDigits(i)}`]),
  },
  SPOP: pop("sets", "SPOP", "spop", (count) => addInBatches(["SADD", "spop"], count, (i) => [`member:${toDigits(i)}`])),
  HSET: { family: "hashes", words: ["HSET", "hash", FIELD, VALUE], share: 1 },
  HGET: { family: "hashes", words: ["HGET", "hash", FIELD], share: 1, fill: fillHash },
  ZADD: { family: "sorted-sets", words: ["ZADD", "zadd", "__rand_int__", MEMBER], share: 1 / 2 },
  ZPOPMIN: pop("sorted-sets", "ZPOPMIN", "zpop", (count) =>
    addInBatches(["ZADD", "zpop"], count, (i) => [
      String(Math.floor(spread(i, 0.618) * count)),
      `member:${toDigits(i)}`,
    ]),
  ),
  ZSCORE: { family: "sorted-sets", words: ["ZSCORE", "zset", MEMBER], share: 1, fill: fillSortedSet },
  ZRANGEBYSCORE: {
    family: "sorted-sets",
    words: ["ZRANGEBYSCORE", "zset", "__rand_int__", "+inf", "LIMIT", "0", "10"],
    share: 1 / 3,
    fill: fillSortedSet,
  },
  XADD: {
    family: "streams",
    words: ["XADD", "xadd", "*", "sensor", "s1", "value", "__rand_int__"],
    share: 1 / 2,
    before: () => emptied("xadd"),
  },
  XREAD: {
    family: "streams",
    words: ["XREAD", "COUNT", "10", "STREAMS", "stream", String(STREAM_ENTRIES / 2)],
    share: 1 / 6,
    fill: fillStream,
  },
  SETBIT: { family: "bits", words: ["SETBIT", "bitmap:__rand_int__", "1000", "1"], share: 1 },
  BITCOUNT: {
    family: "bits",
    words: ["BITCOUNT", "bytes"],
    share: 1 / 100,
    fill: () => [["SET", "bytes", "pyredis!".repeat(BITMAP_BYTES / 8)]],
  },
  PFADD: { family: "hyperloglog", words: ["PFADD", "hll", "element:__rand_int__"], share: 1 },
  PFCOUNT: {
    family: "hyperloglog",
    words: ["PFCOUNT", "pfcount"],
    share: 1,
    fill: (keyspace) => addInBatches(["PFADD", "pfcount"], keyspace, (i) => [`element:${toDigits(i)}`]),
  },
  GEOADD: {
    family: "geo",
    words: ["GEOADD", "geoadd", "13.361389", "38.115556", MEMBER],
    share: 1 / 2,
  },
  GEOSEARCH: {
    family: "geo",
    words: ["GEOSEARCH", "geo", "FROMMEMBER", "point:__rand_int__", "BYRADIUS", "10", "km", "ASC", "WITHDIST"],
    share: 1 / 15,
    fill: (keyspace) =>
      addInBatches(["GEOADD", "geo"], keyspace, (i) => [
        ...[spread(i, 0.6180339887), spread(i, 0.7548776662)].map((part) => (30 + GEO_DEGREES * part).toFixed(6)),
        `point:${toDigits(i)}`,
      ]),
  },
};
