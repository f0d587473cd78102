import type { Draw, Family } from "../draw.js";

const SIDES = ["LEFT", "RIGHT"] as const;

function side(draw: Draw): string {
  return draw.pick(SIDES);
}

export const LISTS: Family = {
  group: "list",
  elsewhere: {
    blmove: "a blocking client calls it",
    blmpop: "a blocking client calls it",
    blpop: "a blocking client calls it",
    brpop: "a blocking client calls it",
    brpoplpush: "a blocking client calls it",
  },
  recipes: [
    [3, (d) => ["LPUSH", d.target("list"), ...d.many(() => d.element())]],
    [3, (d) => ["RPUSH", d.target("list"), ...d.many(() => d.element())]],
    [1, (d) => ["LPUSHX", d.keyOf("list"), ...d.many(() => d.element())]],
    [1, (d) => ["RPUSHX", d.keyOf("list"), ...d.many(() => d.element())]],
    [2, (d) => ["LPOP", d.keyOf("list"), ...d.maybe(d.count())]],
    [2, (d) => ["RPOP", d.keyOf("list"), ...d.maybe(d.count())]],
    [1, (d) => ["LINDEX", d.keyOf("list"), d.index()]],
    [3, (d) => ["LINSERT", d.keyOf("list"), d.pick(["BEFORE", "AFTER"]), d.member(), d.element()]],
    [0.5, (d) => ["LLEN", d.keyOf("list")]],
    [2, (d) => ["LMOVE", d.keyOf("list"), d.keyOf("list"), side(d), side(d)]],
    [1, (d) => ["LMPOP", 2, d.keyOf("list"), d.keyOf("list"), side(d), ...d.maybe("COUNT", d.int(1, 20))]],
    [1, (d) => ["LPOS", d.keyOf("list"), d.member(), ...d.maybe("RANK", d.int(1, 3)), ...d.maybe("COUNT", d.count())]],
    [1, (d) => ["LRANGE", d.keyOf("list"), d.index(), d.index()]],
    [2, (d) => ["LREM", d.keyOf("list"), d.int(-3, 3), d.member()]],
    [3, (d) => ["LSET", d.keyOf("list"), d.index(), d.element()]],
    [0.7, (d) => ["LTRIM", d.keyOf("list"), d.int(0, 10), d.int(-20, -1)]],
    [0.1, (d) => ["LTRIM", d.keyOf("list"), d.index(), d.index()]],
    [1, (d) => ["RPOPLPUSH", d.keyOf("list"), d.keyOf("list")]],
  ],
};
