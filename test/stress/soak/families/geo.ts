import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

/** Half of the positions are close together, so that small areas hold many. */
function position(draw: Draw): Arg[] {
  if (draw.oneIn(2)) return [(13 + draw.float()).toFixed(6), (37 + draw.float()).toFixed(6)];
  return [draw.int(-180, 180), draw.int(-85, 85)];
}

function positioned(draw: Draw): Arg[] {
  return draw.many(() => [...position(draw), draw.member()]).flat();
}

function circle(draw: Draw): Arg[] {
  return [draw.pick([0, 1, 20, 100, 1000, 30000]), draw.pick(["m", "km", "mi", "ft"])];
}

function area(draw: Draw): Arg[] {
  return [
    ...(draw.oneIn(2) ? ["FROMMEMBER", draw.member()] : ["FROMLONLAT", ...position(draw)]),
    ...(draw.oneIn(2) ? ["BYRADIUS", ...circle(draw)] : ["BYBOX", draw.int(0, 500), ...circle(draw)]),
    ...options(draw),
  ];
}

function options(draw: Draw): Arg[] {
  return [...draw.some(draw.pick(["ASC", "DESC"])), ...draw.maybe("COUNT", draw.int(1, 30), ...draw.some("ANY"))];
}

function shown(draw: Draw): Arg[] {
  return [...options(draw), ...draw.some("WITHCOORD", "WITHDIST", "WITHHASH")];
}

export const GEO: Family = {
  group: "geo",
  recipes: [
    [4, (d) => ["GEOADD", d.target("zset"), ...positioned(d)]],
    [1, (d) => ["GEOADD", d.keyOf("zset"), d.pick(["NX", "XX", "CH"]), ...positioned(d)]],
    [0.5, (d) => ["GEODIST", d.keyOf("zset"), d.member(), d.member(), ...d.maybe("km")]],
    [0.5, (d) => ["GEOHASH", d.keyOf("zset"), ...d.many(() => d.member())]],
    [0.5, (d) => ["GEOPOS", d.keyOf("zset"), ...d.many(() => d.member())]],
    [1, (d) => ["GEOSEARCH", d.keyOf("zset"), ...area(d), ...d.some("WITHCOORD", "WITHDIST", "WITHHASH")]],
    [1, (d) => ["GEOSEARCHSTORE", d.target("zset"), d.keyOf("zset"), ...area(d), ...d.some("STOREDIST")]],
    [
      0.5,
      (d) => ["GEORADIUS", d.keyOf("zset"), ...position(d), ...circle(d), ...options(d), "STORE", d.target("zset")],
    ],
    [0.5, (d) => ["GEORADIUSBYMEMBER", d.keyOf("zset"), d.member(), ...circle(d), "STOREDIST", d.target("zset")]],
    [0.5, (d) => ["GEORADIUS_RO", d.keyOf("zset"), ...position(d), ...circle(d), ...shown(d)]],
    [0.5, (d) => ["GEORADIUSBYMEMBER_RO", d.keyOf("zset"), d.member(), ...circle(d), ...shown(d)]],
  ],
};
