/** Directives of the dataset: memory, eviction, expiry, encodings, key events, scripts. Read by directives.ts. */
import { pending, unneeded, works } from "../effect.js";
import { bool, integer, memory, memoryOrPercent, oneOf } from "../kinds.js";
import { notifyEvents } from "../notify-events.js";
import { INT_MAX, INT_MIN, LONG_MAX, ULONG_MAX } from "../numbers.js";

const MB = 1024 ** 2;

export const MEMORY = {
  databases: works(integer(16, 1, INT_MAX, { flags: ["immutable"] })),
  maxmemory: works(memory(0, 0, ULONG_MAX)),
  "maxmemory-policy": works(
    oneOf(
      [
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
        "allkeys-lru",
        "allkeys-lfu",
        "allkeys-random",
        "noeviction",
      ],
      "noeviction",
    ),
  ),
  "maxmemory-samples": works(integer(5, 1, 64)),
  "maxmemory-eviction-tenacity": works(integer(10, 0, 100)),
  "maxmemory-clients": works(memoryOrPercent(LONG_MAX)),
  "lfu-log-factor": works(integer(10, 0, INT_MAX)),
  "lfu-decay-time": works(integer(1, 0, INT_MAX)),
  "active-expire-effort": works(integer(1, 1, 10)),
  "lazyfree-lazy-eviction": works(bool(false)),
  "lazyfree-lazy-expire": works(bool(false)),
  "lazyfree-lazy-server-del": works(bool(false)),
  "lazyfree-lazy-user-del": works(bool(false)),
  "lazyfree-lazy-user-flush": works(bool(false)),
  activerehashing: unneeded(bool(true), "tables grow in small steps, and never have to be rehashed"),
  activedefrag: works(bool(false)),
  "active-defrag-cycle-min": works(integer(1, 1, 99)),
  "active-defrag-cycle-max": works(integer(25, 1, 99)),
  "active-defrag-threshold-lower": works(integer(10, 0, 1000)),
  "active-defrag-threshold-upper": works(integer(100, 0, 1000)),
  "active-defrag-max-scan-fields": works(integer(1000, 1, LONG_MAX)),
  "active-defrag-ignore-bytes": works(memory(100 * MB, 1, LONG_MAX)),
  "jemalloc-bg-thread": unneeded(bool(true), "memory does not come from jemalloc"),
  "tracking-table-max-keys": works(integer(1000000, 0, LONG_MAX)),
};

export const ENCODINGS = {
  "hash-max-listpack-entries": works(integer(512, 0, LONG_MAX, { aliases: ["hash-max-ziplist-entries"] })),
  "hash-max-listpack-value": works(memory(64, 0, LONG_MAX, { aliases: ["hash-max-ziplist-value"] })),
  "list-max-listpack-size": works(integer(-2, INT_MIN, INT_MAX, { aliases: ["list-max-ziplist-size"] })),
  "list-compress-depth": works(integer(0, 0, INT_MAX)),
  "set-max-intset-entries": works(integer(512, 0, LONG_MAX)),
  "set-max-listpack-entries": works(integer(128, 0, LONG_MAX)),
  "set-max-listpack-value": works(integer(64, 0, LONG_MAX)),
  "zset-max-listpack-entries": works(integer(128, 0, LONG_MAX, { aliases: ["zset-max-ziplist-entries"] })),
  "zset-max-listpack-value": works(memory(64, 0, LONG_MAX, { aliases: ["zset-max-ziplist-value"] })),
  "hll-sparse-max-bytes": works(memory(3000, 0, LONG_MAX)),
  "stream-node-max-bytes": works(memory(4096, 0, LONG_MAX)),
  "stream-node-max-entries": works(integer(100, 0, LONG_MAX)),
};

export const EVENTS = {
  "notify-keyspace-events": works(notifyEvents()),
  "busy-reply-threshold": pending(
    integer(5000, 0, LONG_MAX, { aliases: ["lua-time-limit"] }),
    "the server runs no scripts",
  ),
};
