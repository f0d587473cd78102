// Commands on keys of any type.
import { DATABASES, type Draw, type Family, PREFIXES } from "../draw.js";

function condition(draw: Draw): readonly string[] {
  return draw.oneIn(3) ? [draw.pick(["NX", "XX", "GT", "LT"])] : [];
}

/** Two keys of one type, mostly: what was a list stays one. */
function twoKeys(draw: Draw): [string, string] {
  const prefix = draw.pick(PREFIXES);
  return [draw.keyOf(prefix), draw.target(prefix)];
}

function sorting(draw: Draw): (string | number)[] {
  return [
    draw.keyOf(draw.pick(["list", "set", "zset"])),
    ...draw.maybe("BY", draw.pick(["str:*", "hash:*->m1", "nosort"])),
    ...draw.maybe("LIMIT", draw.int(0, 5), draw.int(0, 40)),
    ...draw.maybe("GET", draw.pick(["#", "str:*", "hash:*->m2"])),
    ...draw.some("DESC"),
    ...(draw.oneIn(6) ? [] : ["ALPHA"]),
  ].map((word) => (typeof word === "number" ? word : String(word)));
}

export const KEYS: Family = {
  group: "generic",
  elsewhere: {
    restore: "the soak restores what DUMP gave",
    wait: "it needs a replica",
    waitaof: "it needs an append only file",
    migrate: "it needs another server",
  },
  recipes: [
    [2, (d) => ["COPY", ...twoKeys(d), ...d.maybe("DB", d.int(0, DATABASES - 1)), ...d.some("REPLACE")]],
    [0.4, (d) => ["DEL", ...d.list(1, 3, () => d.anyKey())]],
    [0.4, (d) => ["UNLINK", ...d.list(1, 3, () => d.anyKey())]],
    [1, (d) => ["DUMP", d.anyKey()]],
    [0.5, (d) => ["EXISTS", d.anyKey(), d.anyKey()]],
    [1, (d) => ["EXPIRE", d.anyKey(), d.oneIn(20) ? -1 : d.ttlSeconds(), ...condition(d)]],
    [1, (d) => ["PEXPIRE", d.anyKey(), d.ttlMs(), ...condition(d)]],
    [0.5, (d) => ["EXPIREAT", d.anyKey(), Math.floor(d.nowMs / 1000) + d.int(-1, 30), ...condition(d)]],
    [0.5, (d) => ["PEXPIREAT", d.anyKey(), d.nowMs + d.int(-100, 30_000), ...condition(d)]],
    [0.3, (d) => ["EXPIRETIME", d.anyKey()]],
    [0.3, (d) => ["PEXPIRETIME", d.anyKey()]],
    [0.3, (d) => ["TTL", d.anyKey()]],
    [0.3, (d) => ["PTTL", d.anyKey()]],
    [2, (d) => ["PERSIST", d.anyKey()]],
    [0.1, (d) => ["KEYS", d.pick(["*", "list:1*", "z?et:*"])]],
    [1, (d) => ["MOVE", d.anyKey(), d.int(0, DATABASES - 1)]],
    [0.3, (d) => ["OBJECT", "ENCODING", d.anyKey()]],
    [0.1, (d) => ["OBJECT", "FREQ", d.anyKey()]],
    [0.1, (d) => ["OBJECT", "IDLETIME", d.anyKey()]],
    [0.1, (d) => ["OBJECT", "REFCOUNT", d.anyKey()]],
    [0.1, () => ["OBJECT", "HELP"]],
    [0.5, () => ["RANDOMKEY"]],
    [1, (d) => ["RENAME", ...twoKeys(d)]],
    [1, (d) => ["RENAMENX", ...twoKeys(d)]],
    [0.5, (d) => ["SCAN", 0, ...d.maybe("COUNT", d.int(1, 100)), ...d.maybe("TYPE", d.pick(["list", "zset"]))]],
    [1, (d) => ["SORT", ...sorting(d), ...d.maybe("STORE", d.keyOf("list"))]],
    [0.3, (d) => ["SORT_RO", ...sorting(d)]],
    [0.5, (d) => ["TOUCH", d.anyKey(), d.anyKey()]],
    [0.5, (d) => ["TYPE", d.anyKey()]],
  ],
};
