import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

/** Few, so that entries are met again: most streams count from 1 on. */
function id(draw: Draw): string {
  return draw.weighted<() => string>([
    [8, () => `${draw.int(0, 400)}-${draw.int(0, 3)}`],
    [1, () => String(draw.int(0, 400))],
    [1, () => `${draw.nowMs - draw.int(0, 5000)}`],
  ])();
}

function newId(draw: Draw): string {
  return draw.weighted([
    [6, "*"],
    [2, `${draw.int(1, 400)}-*`],
    [2, id(draw)],
  ]);
}

function bound(draw: Draw): string {
  return draw.weighted([
    [1, "-"],
    [1, "+"],
    [4, id(draw)],
    [1, `(${id(draw)}`],
  ]);
}

function pairs(draw: Draw): Arg[] {
  // The same fields as the entry before, often: then they are kept once.
  if (draw.oneIn(2)) return ["field", draw.member(), "other", draw.member()];
  return draw.list(1, draw.oneIn(30) ? 200 : 4, () => [draw.member(), draw.element()]).flat();
}

function trimming(draw: Draw): Arg[] {
  const isExact = draw.pick(["=", "~"]);
  return draw.oneIn(2) ? ["MAXLEN", isExact, draw.int(0, 400)] : ["MINID", isExact, id(draw)];
}

function group(draw: Draw): string {
  return `g${draw.int(0, 4)}`;
}

function consumer(draw: Draw): string {
  return `c${draw.int(0, 6)}`;
}

export const STREAMS: Family = {
  group: "stream",
  recipes: [
    [8, (d) => ["XADD", d.target("stream"), ...d.maybe(...trimming(d)), newId(d), ...pairs(d)]],
    [0.5, (d) => ["XADD", d.keyOf("stream"), "NOMKSTREAM", "*", ...pairs(d)]],
    [2, (d) => ["XDEL", d.keyOf("stream"), ...d.many(() => id(d))]],
    [0.5, (d) => ["XTRIM", d.keyOf("stream"), ...trimming(d)]],
    [0.5, (d) => ["XLEN", d.keyOf("stream")]],
    [1, (d) => ["XRANGE", d.keyOf("stream"), bound(d), bound(d), ...d.maybe("COUNT", d.count())]],
    [1, (d) => ["XREVRANGE", d.keyOf("stream"), bound(d), bound(d), ...d.maybe("COUNT", d.count())]],
    [1, (d) => ["XREAD", "COUNT", d.int(1, 50), "STREAMS", d.keyOf("stream"), d.keyOf("stream"), id(d), "$"]],
    [0.5, (d) => ["XSETID", d.keyOf("stream"), `${d.nowMs}-${d.int(0, 9)}`]],
    [2, (d) => ["XGROUP", "CREATE", d.keyOf("stream"), group(d), d.pick(["0", "$", id(d)]), ...d.maybe("MKSTREAM")]],
    [0.3, (d) => ["XGROUP", "DESTROY", d.keyOf("stream"), group(d)]],
    [0.5, (d) => ["XGROUP", "SETID", d.keyOf("stream"), group(d), d.pick(["0", "$", id(d)])]],
    [0.5, (d) => ["XGROUP", "CREATECONSUMER", d.keyOf("stream"), group(d), consumer(d)]],
    [0.3, (d) => ["XGROUP", "DELCONSUMER", d.keyOf("stream"), group(d), consumer(d)]],
    [0.05, () => ["XGROUP", "HELP"]],
    [
      5,
      (d) => [
        ...["XREADGROUP", "GROUP", group(d), consumer(d), "COUNT", d.count() + 1, ...d.maybe("NOACK")],
        ...["STREAMS", d.keyOf("stream"), d.oneIn(4) ? id(d) : ">"],
      ],
    ],
    [3, (d) => ["XACK", d.keyOf("stream"), group(d), ...d.many(() => id(d))]],
    [2, (d) => ["XCLAIM", d.keyOf("stream"), group(d), consumer(d), d.int(0, 50), id(d), id(d), ...d.some("FORCE")]],
    [1, (d) => ["XAUTOCLAIM", d.keyOf("stream"), group(d), consumer(d), d.int(0, 50), id(d), "COUNT", d.count() + 1]],
    [1, (d) => ["XPENDING", d.keyOf("stream"), group(d), ...d.maybe(bound(d), bound(d), d.count(), consumer(d))]],
    [1, (d) => ["XINFO", "STREAM", d.keyOf("stream"), ...d.maybe("FULL", "COUNT", d.count())]],
    [0.5, (d) => ["XINFO", "GROUPS", d.keyOf("stream")]],
    [0.5, (d) => ["XINFO", "CONSUMERS", d.keyOf("stream"), group(d)]],
    [0.05, () => ["XINFO", "HELP"]],
  ],
};
