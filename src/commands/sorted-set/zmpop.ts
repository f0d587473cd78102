/** ZMPOP and BZMPOP. */
import { TYPE_SORTED_SET } from "../../keyspace/record.js";
import { keyword } from "../../resp/args.js";
import { arg, defineCommand, keyCount } from "../define.js";
import { type MultiPop, multiPopArgs, runBlockingMultiPop, runMultiPop } from "../multi-pop.js";
import { popMembers } from "./pop-members.js";

const MIN = keyword("MIN");
const MAX = keyword("MAX");

type End = "min" | "max";

const POP: MultiPop<End> = {
  type: TYPE_SORTED_SET,
  readEnd: (args, i) => (args.is(i, MIN) ? "min" : args.is(i, MAX) ? "max" : null),
  popName: (end) => (end === "max" ? "ZPOPMAX" : "ZPOPMIN"),
  pop(ctx, args, key, record, end, limit, out) {
    const count = Math.min(limit, ctx.sortedSets.count(record));
    out.array(count);
    popMembers(ctx, args, key, record, count, end === "max", true, out);
    return count;
  },
};

const ARGS = multiPopArgs(arg.oneOf("where", [arg.token("MIN"), arg.token("MAX")]));

export const zmpop = defineCommand({
  name: "zmpop",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(K)+O(log(N)+M) with K keys, N members in the set and M popped",
  summary: "Pops members with the lowest or highest scores from the first sorted set that is not empty.",
  arity: -4,
  flags: ["write"],
  acl: ["sortedset"],
  keys: [keyCount(1, "RW", "access", "delete")],
  args: ARGS,
  run: runMultiPop(POP),
});

export const bzmpop = defineCommand({
  name: "bzmpop",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(K)+O(log(N)+M) with K keys, N members in the set and M popped",
  summary: "Pops members from the first sorted set that is not empty, or blocks until there is one.",
  arity: -5,
  flags: ["write", "blocking"],
  acl: ["sortedset"],
  keys: [keyCount(2, "RW", "access", "delete")],
  args: [arg.double("timeout"), ...ARGS],
  run: runBlockingMultiPop(POP),
});
