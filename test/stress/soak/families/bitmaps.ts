import type { Arg } from "../../../support/resp-client.js";
import type { Draw, Family } from "../draw.js";

function range(draw: Draw): readonly Arg[] {
  return draw.maybe(draw.index(), draw.index(), ...draw.maybe(draw.pick(["BYTE", "BIT"])));
}

function field(draw: Draw): string {
  return `${draw.pick(["i", "u"])}${draw.int(1, 63)}`;
}

function offset(draw: Draw): Arg {
  return draw.oneIn(3) ? `#${draw.int(0, 60)}` : draw.int(0, 3000);
}

function operation(draw: Draw): Arg[] {
  return draw.weighted<() => Arg[]>([
    [1, () => ["GET", field(draw), offset(draw)]],
    [1, () => ["SET", field(draw), offset(draw), draw.int(-1000, 1000)]],
    [1, () => ["INCRBY", field(draw), offset(draw), draw.integer()]],
    [0.5, () => ["OVERFLOW", draw.pick(["WRAP", "SAT", "FAIL"])]],
  ])();
}

export const BITMAPS: Family = {
  group: "bitmap",
  recipes: [
    [3, (d) => ["SETBIT", d.target("bits"), d.int(0, d.oneIn(10) ? 100_000 : 2000), d.int(0, 1)]],
    [1, (d) => ["GETBIT", d.keyOf("bits"), d.int(0, 5000)]],
    [1, (d) => ["BITCOUNT", d.keyOf("bits"), ...range(d)]],
    [1, (d) => ["BITPOS", d.keyOf("bits"), d.int(0, 1), ...d.maybe(d.index(), d.index(), "BIT")]],
    [2, (d) => ["BITOP", d.pick(["AND", "OR", "XOR"]), d.target("bits"), ...d.keysOf("bits")]],
    [1, (d) => ["BITOP", "NOT", d.keyOf("bits"), d.keyOf("bits")]],
    [2, (d) => ["BITFIELD", d.keyOf("bits"), ...d.list(1, 4, () => operation(d)).flat()]],
    [0.5, (d) => ["BITFIELD_RO", d.keyOf("bits"), "GET", field(d), offset(d)]],
  ],
};
