// The commands that the throughput tables can hold. A new one is a line here; redis-benchmark replaces __rand_int__ by
// twelve digits below the keyspace, for every request anew.

export const VALUE = "x".repeat(64);

export interface BenchCommand {
  readonly words: readonly string[];
  /** Fills the keyspace before the first round, for commands that read. */
  readonly fill?: readonly string[];
  /** For slow commands: so much of the usual number of requests. */
  readonly requestShare?: number;
}

const KEY = "key:__rand_int__";

export const COMMANDS: Readonly<Record<string, BenchCommand>> = {
  GET: { words: ["GET", KEY], fill: ["SET", KEY, VALUE] },
  SET: { words: ["SET", KEY, VALUE] },
  INCR: { words: ["INCR", "counter:__rand_int__"] },
  HSET: { words: ["HSET", "hash", "field:__rand_int__", VALUE] },
  HGET: { words: ["HGET", "hash", "field:__rand_int__"], fill: ["HSET", "hash", "field:__rand_int__", VALUE] },
  SADD: { words: ["SADD", "set", "member:__rand_int__"] },
  SETBIT: { words: ["SETBIT", "bitmap", "__rand_int__", "1"] },
  // The bits of 1 MiB.
  BITCOUNT: { words: ["BITCOUNT", "bits"], fill: ["SETBIT", "bits", "8388607", "1"], requestShare: 0.01 },
  PFADD: { words: ["PFADD", "hll", "element:__rand_int__"] },
  PFCOUNT: { words: ["PFCOUNT", "hll"], fill: ["PFADD", "hll", "element:__rand_int__"] },
  ZADD: { words: ["ZADD", "zset", "__rand_int__", "member:__rand_int__"] },
};
