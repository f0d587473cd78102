// The items whose size memory.ts measures, by family: a million of them, in one key but for strings.
import { addInBatches, type Family, toDigits, VALUE } from "./commands.js";
import type { Request } from "./filler.js";

export interface MemoryItem {
  /** What one is, for the table. */
  readonly name: string;
  readonly fill: (key: string, count: number) => Iterable<Request>;
  /** Asks how many there are, when nothing else is in the database. */
  readonly count: (key: string) => Request;
}

export const MEMORY_ITEMS: Readonly<Partial<Record<Family, MemoryItem>>> = {
  strings: {
    name: "string key (16 + 64 bytes)",
    fill: (key, count) => addInBatches(["MSET"], count, (i) => [`${key}:${toDigits(i)}`, VALUE]),
    count: () => ["DBSIZE"],
  },
  lists: {
    name: "list element (10 to 16 bytes)",
    fill: (key, count) => addInBatches(["RPUSH", key], count, (i) => ["x".repeat(i % 7) + String(i).padStart(10, "e")]),
    count: (key) => ["LLEN", key],
  },
  sets: {
    name: "set member (13 bytes)",
    fill: (key, count) => addInBatches(["SADD", key], count, (i) => [`m${toDigits(i)}`]),
    count: (key) => ["SCARD", key],
  },
  hashes: {
    name: "hash field (18 + 12 bytes)",
    fill: (key, count) =>
      addInBatches(["HSET", key], count, (i) => [`field:${toDigits(i)}`, `v${String(i).padStart(11, "0")}`]),
    count: (key) => ["HLEN", key],
  },
  "sorted-sets": {
    name: "sorted set member (20 bytes)",
    fill: (key, count) =>
      addInBatches(["ZADD", key], count, (i) => [String((i * 7919) % count), `members:${toDigits(i)}`]),
    count: (key) => ["ZCARD", key],
  },
  streams: {
    name: "stream entry (2 small fields)",
    *fill(key, count) {
      for (let i = 0; i < count; i++) yield ["XADD", key, "*", "sensor", `s${i % 100}`, "value", String(i)];
    },
    count: (key) => ["XLEN", key],
  },
};
