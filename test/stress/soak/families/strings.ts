import type { Draw, Family } from "../draw.js";

function expiry(draw: Draw): readonly (string | number)[] {
  return draw.weighted<readonly (string | number)[]>([
    [4, []],
    [1, ["PX", draw.ttlMs()]],
    [1, ["EX", draw.ttlSeconds()]],
    [1, ["PXAT", draw.nowMs + draw.int(-1000, 20_000)]],
    [1, ["EXAT", Math.floor(draw.nowMs / 1000) + draw.int(0, 30)]],
  ]);
}

export const STRINGS: Family = {
  group: "string",
  recipes: [
    [4, (d) => ["SET", d.target("str"), d.element(), ...expiry(d), ...d.maybe(d.pick(["NX", "XX", "GET"]))]],
    [1, (d) => ["SET", d.keyOf("str"), d.element(), "KEEPTTL"]],
    [1, (d) => ["SET", d.anyKey(), d.element()]],
    [1, (d) => ["GET", d.keyOf("str")]],
    [1, (d) => ["GETDEL", d.keyOf("str")]],
    [1, (d) => ["GETEX", d.keyOf("str"), ...d.maybe("PX", d.ttlMs())]],
    [0.5, (d) => ["GETEX", d.keyOf("str"), "PERSIST"]],
    [1, (d) => ["GETSET", d.keyOf("str"), d.element()]],
    [2, (d) => ["APPEND", d.keyOf("str"), d.element()]],
    [1, (d) => ["GETRANGE", d.keyOf("str"), d.index(), d.index()]],
    [0.3, (d) => ["SUBSTR", d.keyOf("str"), d.index(), d.index()]],
    [2, (d) => ["SETRANGE", d.keyOf("str"), d.int(0, 6000), d.element()]],
    [0.5, (d) => ["STRLEN", d.keyOf("str")]],
    [1, (d) => ["INCR", d.keyOf("str")]],
    [0.5, (d) => ["DECR", d.keyOf("str")]],
    [1, (d) => ["INCRBY", d.keyOf("str"), d.integerLike()]],
    [0.5, (d) => ["DECRBY", d.keyOf("str"), d.integerLike()]],
    [1, (d) => ["INCRBYFLOAT", d.keyOf("str"), d.floatLike()]],
    [1, (d) => ["MGET", ...d.keysOf("str")]],
    [1, (d) => ["MSET", ...d.list(1, 4, () => [d.keyOf("str"), d.element()]).flat()]],
    [0.5, (d) => ["MSETNX", ...d.list(1, 3, () => [d.keyOf("str"), d.element()]).flat()]],
    [0.5, (d) => ["SETEX", d.keyOf("str"), d.ttlSeconds(), d.element()]],
    [0.5, (d) => ["PSETEX", d.keyOf("str"), d.ttlMs(), d.element()]],
    [0.5, (d) => ["SETNX", d.keyOf("str"), d.element()]],
    [0.02, (d) => ["LCS", d.keyOf("str"), d.keyOf("str"), ...d.maybe("IDX"), ...d.maybe("WITHMATCHLEN")]],
  ],
};
