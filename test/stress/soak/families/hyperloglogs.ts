import type { Family } from "../draw.js";

export const HYPERLOGLOGS: Family = {
  group: "hyperloglog",
  elsewhere: { pfselftest: "it takes seconds, and touches no key" },
  recipes: [
    [3, (d) => ["PFADD", d.target("hll"), ...d.many(() => d.member())]],
    [1, (d) => ["PFCOUNT", ...d.keysOf("hll")]],
    [1, (d) => ["PFMERGE", d.target("hll"), ...d.keysOf("hll")]],
    [0.1, (d) => ["PFDEBUG", d.pick(["GETREG", "DECODE", "ENCODING", "TODENSE"]), d.keyOf("hll")]],
  ],
};
