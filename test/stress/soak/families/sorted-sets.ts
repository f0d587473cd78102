import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

const RANK = ["rank", "revrank"] as const;

function scored(draw: Draw): Arg[] {
  return draw.many(() => [draw.score(), draw.member()]).flat();
}

function scoreBound(draw: Draw): string {
  return draw.pick([`${draw.int(-30, 30)}`, `(${draw.int(-30, 30)}`, "-inf", "+inf"]);
}

function lexBound(draw: Draw): string {
  return draw.pick([`[m${draw.int(0, 400)}`, `(m${draw.int(0, 400)}`, "-", "+"]);
}

function limit(draw: Draw): readonly Arg[] {
  return draw.maybe("LIMIT", draw.int(0, 10), draw.int(-1, 30));
}

/** ZRANGE's words behind the key. */
function range(draw: Draw): Arg[] {
  const end = draw.some("REV");
  return draw.weighted<() => Arg[]>([
    [2, () => [draw.index(), draw.index(), ...end]],
    [2, () => [scoreBound(draw), scoreBound(draw), "BYSCORE", ...end, ...limit(draw)]],
    [1, () => [lexBound(draw), lexBound(draw), "BYLEX", ...end, ...limit(draw)]],
  ])();
}

/** Sets may be inputs as well. */
function inputs(draw: Draw): Arg[] {
  const keys = draw.list(1, 3, () => (draw.oneIn(5) ? draw.keyOf("set") : draw.keyOf("zset")));
  return [keys.length, ...keys];
}

function combined(draw: Draw): Arg[] {
  return [...inputs(draw), ...draw.maybe("AGGREGATE", draw.pick(["SUM", "MIN", "MAX"]))];
}

export const SORTED_SETS: Family = {
  group: "sorted-set",
  elsewhere: {
    bzmpop: "a blocking client calls it",
    bzpopmax: "a blocking client calls it",
    bzpopmin: "a blocking client calls it",
  },
  recipes: [
    [5, (d) => ["ZADD", d.target("zset"), ...scored(d)]],
    [2, (d) => ["ZADD", d.keyOf("zset"), d.pick(["NX", "XX", "GT", "LT", "CH"]), ...scored(d)]],
    [0.5, (d) => ["ZADD", d.keyOf("zset"), "INCR", d.score(), d.member()]],
    [2, (d) => ["ZINCRBY", d.keyOf("zset"), d.score(), d.member()]],
    [3, (d) => ["ZREM", d.keyOf("zset"), ...d.many(() => d.member())]],
    [0.3, (d) => ["ZCARD", d.keyOf("zset")]],
    [0.5, (d) => ["ZCOUNT", d.keyOf("zset"), scoreBound(d), scoreBound(d)]],
    [0.5, (d) => ["ZLEXCOUNT", d.keyOf("zset"), lexBound(d), lexBound(d)]],
    [0.5, (d) => ["ZSCORE", d.keyOf("zset"), d.member()]],
    [0.5, (d) => ["ZMSCORE", d.keyOf("zset"), ...d.many(() => d.member())]],
    [0.5, (d) => [`Z${d.pick(RANK)}`.toUpperCase(), d.keyOf("zset"), d.member(), ...d.maybe("WITHSCORE")]],
    [0.5, (d) => ["ZREVRANK", d.keyOf("zset"), d.member()]],
    [1, (d) => ["ZRANGE", d.keyOf("zset"), ...range(d)]],
    [0.3, (d) => ["ZREVRANGE", d.keyOf("zset"), d.index(), d.index(), ...d.maybe("WITHSCORES")]],
    [0.3, (d) => ["ZRANGEBYSCORE", d.keyOf("zset"), scoreBound(d), scoreBound(d), ...limit(d)]],
    [0.3, (d) => ["ZREVRANGEBYSCORE", d.keyOf("zset"), scoreBound(d), scoreBound(d), ...limit(d)]],
    [0.3, (d) => ["ZRANGEBYLEX", d.keyOf("zset"), lexBound(d), lexBound(d), ...limit(d)]],
    [0.3, (d) => ["ZREVRANGEBYLEX", d.keyOf("zset"), lexBound(d), lexBound(d), ...limit(d)]],
    [1, (d) => ["ZRANGESTORE", d.target("zset"), d.keyOf("zset"), ...range(d)]],
    [1, (d) => ["ZPOPMIN", d.keyOf("zset"), ...d.maybe(d.count())]],
    [1, (d) => ["ZPOPMAX", d.keyOf("zset"), ...d.maybe(d.count())]],
    [1, (d) => ["ZMPOP", ...inputs(d), d.pick(["MIN", "MAX"]), ...d.maybe("COUNT", d.int(1, 30))]],
    [0.5, (d) => ["ZREMRANGEBYRANK", d.keyOf("zset"), d.index(), d.index()]],
    [0.5, (d) => ["ZREMRANGEBYSCORE", d.keyOf("zset"), scoreBound(d), scoreBound(d)]],
    [0.5, (d) => ["ZREMRANGEBYLEX", d.keyOf("zset"), lexBound(d), lexBound(d)]],
    [0.5, (d) => ["ZRANDMEMBER", d.keyOf("zset"), ...d.maybe(d.int(-30, 30), "WITHSCORES")]],
    [0.5, (d) => ["ZSCAN", d.keyOf("zset"), 0, ...d.maybe("COUNT", d.int(1, 300)), ...d.maybe("MATCH", "m*")]],
    [0.5, (d) => ["ZDIFF", ...inputs(d), ...d.maybe("WITHSCORES")]],
    [0.5, (d) => ["ZINTER", ...combined(d), ...d.maybe("WITHSCORES")]],
    [0.5, (d) => ["ZUNION", ...combined(d), ...d.maybe("WITHSCORES")]],
    [0.5, (d) => ["ZINTERCARD", ...inputs(d), ...d.maybe("LIMIT", d.count())]],
    [0.7, (d) => ["ZDIFFSTORE", d.target("zset"), ...inputs(d)]],
    [0.7, (d) => ["ZINTERSTORE", d.target("zset"), ...combined(d)]],
    [0.7, (d) => ["ZUNIONSTORE", d.target("zset"), ...combined(d)]],
  ],
};
