/** Directives of the dataset: memory, eviction, expiry, encodings, key events, scripts. Read by directives.ts. */
import { bool, integer, memory, memoryOrPercent, oneOf } from "../kinds.js";
import { notifyEvents } from "../notify-events.js";
import { INT_MAX, INT_MIN, LONG_MAX, ULONG_MAX } from "../numbers.js";

const MB = 1024 ** 2;

export const MEMORY = {
  databases: integer(16, 1, INT_MAX, { flags: ["immutable"] }),
  maxmemory: memory(0, 0, ULONG_MAX),
  "maxmemory-policy": oneOf(
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
  "maxmemory-samples": integer(5, 1, 64),
  "maxmemory-eviction-tenacity": integer(10, 0, 100),
  "maxmemory-clients": memoryOrPercent(LONG_MAX),
  "lfu-log-factor": integer(10, 0, INT_MAX),
  "lfu-decay-time": integer(1, 0, INT_MAX),
  "active-expire-effort": integer(1, 1, 10),
  "lazyfree-lazy-eviction": bool(false),
  "lazyfree-lazy-expire": bool(false),
  "lazyfree-lazy-server-del": bool(false),
  "lazyfree-lazy-user-del": bool(false),
  "lazyfree-lazy-user-flush": bool(false),
  activerehashing: bool(true),
  activedefrag: bool(false),
  "active-defrag-cycle-min": integer(1, 1, 99),
  "active-defrag-cycle-max": integer(25, 1, 99),
  "active-defrag-threshold-lower": integer(10, 0, 1000),
  "active-defrag-threshold-upper": integer(100, 0, 1000),
  "active-defrag-max-scan-fields": integer(1000, 1, LONG_MAX),
  "active-defrag-ignore-bytes": memory(100 * MB, 1, LONG_MAX),
  "jemalloc-bg-thread": bool(true),
  "tracking-table-max-keys": integer(1000000, 0, LONG_MAX),
};

export const ENCODINGS = {
  "hash-max-listpack-entries": integer(512, 0, LONG_MAX, { aliases: ["hash-max-ziplist-entries"] }),
  "hash-max-listpack-value": memory(64, 0, LONG_MAX, { aliases: ["hash-max-ziplist-value"] }),
  "list-max-listpack-size": integer(-2, INT_MIN, INT_MAX, { aliases: ["list-max-ziplist-size"] }),
  "list-compress-depth": integer(0, 0, INT_MAX),
  "set-max-intset-entries": integer(512, 0, LONG_MAX),
  "set-max-listpack-entries": integer(128, 0, LONG_MAX),
  "set-max-listpack-value": integer(64, 0, LONG_MAX),
  "zset-max-listpack-entries": integer(128, 0, LONG_MAX, { aliases: ["zset-max-ziplist-entries"] }),
  "zset-max-listpack-value": memory(64, 0, LONG_MAX, { aliases: ["zset-max-ziplist-value"] }),
  "hll-sparse-max-bytes": memory(3000, 0, LONG_MAX),
  "stream-node-max-bytes": memory(4096, 0, LONG_MAX),
  "stream-node-max-entries": integer(100, 0, LONG_MAX),
};

export const EVENTS = {
  "notify-keyspace-events": notifyEvents(),
  "busy-reply-threshold": integer(5000, 0, LONG_MAX, { aliases: ["lua-time-limit"] }),
};
