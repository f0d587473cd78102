// What happens around the commands of a soak: thresholds that move, memory that runs short, databases that change
// places.
import type { Command } from "../../support/resp-client.js";
import { DATABASES, type Draw, type Recipe } from "./draw.js";

/** Directives that decide on encodings and freeing, and the values that they take in turn. */
const DIRECTIVES: readonly (readonly [name: string, values: readonly (string | number)[]])[] = [
  ["hash-max-listpack-entries", [512, 8, 0, 128]],
  ["hash-max-listpack-value", [64, 10, 500]],
  ["list-max-listpack-size", [-2, -1, -5, 1, 4, 128]],
  ["list-compress-depth", [0, 1, 2, 5]],
  ["set-max-intset-entries", [512, 16, 0]],
  ["set-max-listpack-entries", [128, 5, 0]],
  ["set-max-listpack-value", [64, 4]],
  ["zset-max-listpack-entries", [128, 6, 0]],
  ["zset-max-listpack-value", [64, 8]],
  ["lazyfree-lazy-expire", ["no", "yes"]],
  ["lazyfree-lazy-eviction", ["no", "yes"]],
  ["lazyfree-lazy-server-del", ["no", "yes"]],
  ["lazyfree-lazy-user-del", ["no", "yes"]],
  ["lazyfree-lazy-user-flush", ["no", "yes"]],
  ["rdbcompression", ["yes", "no"]],
  ["stream-node-max-entries", [100, 5, 0]],
  ["stream-node-max-bytes", [4096, 200, 0]],
  ["hll-sparse-max-bytes", [3000, 100]],
  ["notify-keyspace-events", ["", "AKE"]],
];

const POLICIES = [
  "allkeys-lru",
  "allkeys-lfu",
  "allkeys-random",
  "volatile-lru",
  "volatile-lfu",
  "volatile-random",
  "volatile-ttl",
  "noeviction",
] as const;

function setDirective(draw: Draw): Command {
  const [name, values] = draw.pick(DIRECTIVES);
  return ["CONFIG", "SET", name, draw.pick(values)];
}

export const DISTURBANCES: readonly Recipe[] = [
  [12, setDirective],
  [3, (d) => ["DEBUG", "QUICKLIST-PACKED-THRESHOLD", d.pick(["0", "200b", "5k"])]],
  [1, (d) => ["CONFIG", "SET", "maxmemory-policy", d.pick(POLICIES)]],
  [2, (d) => ["SWAPDB", d.int(0, DATABASES - 1), d.int(0, DATABASES - 1)]],
  [0.1, (d) => ["FLUSHDB", d.pick(["ASYNC", "SYNC"])]],
  [0.02, (d) => ["FLUSHALL", d.pick(["ASYNC", "SYNC"])]],
  [4, (d) => ["SELECT", d.int(0, DATABASES - 1)]],
  [1, (d) => ["MEMORY", "USAGE", d.anyKey()]],
  [1, (d) => ["DEBUG", "DIGEST-VALUE", d.anyKey()]],
  [1, (d) => ["DEBUG", "OBJECT", d.anyKey()]],
  [1, (d) => ["DEBUG", "HTSTATS-KEY", d.anyKey(), "full"]],
];
