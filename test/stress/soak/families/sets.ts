import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

/** Numbers alone, in half of the calls: an intset has nothing else. */
function members(draw: Draw): Arg[] {
  const width = draw.pick([100, 70_000, 2 ** 40]);
  return draw.oneIn(2) ? draw.many(() => draw.int(-width, width)) : draw.many(() => draw.member());
}

export const SETS: Family = {
  group: "set",
  recipes: [
    [5, (d) => ["SADD", d.target("set"), ...members(d)]],
    [3, (d) => ["SREM", d.keyOf("set"), ...members(d)]],
    [0.5, (d) => ["SCARD", d.keyOf("set")]],
    [1, (d) => ["SDIFF", ...d.keysOf("set")]],
    [1, (d) => ["SINTER", ...d.keysOf("set")]],
    [1, (d) => ["SUNION", ...d.keysOf("set")]],
    [1, (d) => ["SDIFFSTORE", d.target("set"), ...d.keysOf("set")]],
    [1, (d) => ["SINTERSTORE", d.target("set"), ...d.keysOf("set")]],
    [1, (d) => ["SUNIONSTORE", d.target("set"), ...d.keysOf("set", 3)]],
    [1, (d) => ["SINTERCARD", 2, d.keyOf("set"), d.keyOf("set"), ...d.maybe("LIMIT", d.count())]],
    [0.5, (d) => ["SISMEMBER", d.keyOf("set"), d.member()]],
    [0.5, (d) => ["SMISMEMBER", d.keyOf("set"), ...members(d)]],
    [0.5, (d) => ["SMEMBERS", d.keyOf("set")]],
    [2, (d) => ["SMOVE", d.keyOf("set"), d.keyOf("set"), d.member()]],
    [2, (d) => ["SPOP", d.keyOf("set"), ...d.maybe(d.count())]],
    [1, (d) => ["SRANDMEMBER", d.keyOf("set"), ...d.maybe(d.int(-20, 20))]],
    [1, (d) => ["SSCAN", d.keyOf("set"), 0, ...d.maybe("COUNT", d.int(1, 300)), ...d.maybe("MATCH", "m1*")]],
  ],
};
