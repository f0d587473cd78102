/** ZUNION, ZINTER and ZDIFF, their STORE forms, and ZINTERCARD. */
import { TYPE_SORTED_SET } from "../../keyspace/record.js";
import { SORTED_SET_SKIPLIST } from "../../keyspace/sorted-set-encoding.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt, keyCount } from "../define.js";
import { Combination } from "./combination.js";
import { replyMembers } from "./reply-members.js";
import { storeResult } from "./store-result.js";

type Operation = "unite" | "intersect" | "subtract";

const UNION_COST = "O(N)+O(M*log(M)) with N members in all sets and M in the result";
const INTER_COST = "O(N*K)+O(M*log(M)) with N members in the smallest of K sets and M in the result";
const DIFF_COST = "O(N*K)+O(M*log(M)) with N members in the first of K sets and M in the result";

const WEIGHTS = arg.optional(arg.multiple(arg.integer("weight", { token: "WEIGHTS" })));
const AGGREGATE = arg.optional(
  arg.oneOf("aggregate", [arg.token("SUM"), arg.token("MIN"), arg.token("MAX")], { token: "AGGREGATE" }),
);
const WITHSCORES = arg.optional(arg.token("WITHSCORES"));

export const zunion = defineReading("zunion", "unite", UNION_COST, "Returns the members that any of several sets has.");
export const zinter = defineReading("zinter", "intersect", INTER_COST, "Returns the members that all sets have.");
export const zdiff = defineReading("zdiff", "subtract", DIFF_COST, "Returns the members that only the first set has.");

export const zunionstore = defineStoring(
  "zunionstore",
  "unite",
  UNION_COST,
  "2.0.0",
  "Stores the union of sorted sets.",
);
export const zinterstore = defineStoring(
  "zinterstore",
  "intersect",
  INTER_COST,
  "2.0.0",
  "Stores the intersection of sorted sets.",
);
export const zdiffstore = defineStoring(
  "zdiffstore",
  "subtract",
  DIFF_COST,
  "6.2.0",
  "Stores the members that only the first of several sorted sets has.",
);

export const zintercard = defineCommand({
  name: "zintercard",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(N*K) with N members in the smallest of K sets",
  summary: "Counts the members that all sets have.",
  arity: -3,
  flags: ["readonly"],
  acl: ["sortedset"],
  keys: [keyCount(1, "RO", "access")],
  args: [arg.integer("numkeys"), arg.multiple(arg.key("key")), arg.optional(arg.integer("limit", { token: "LIMIT" }))],
  run(ctx, args, out) {
    const options = { weights: false, withScores: false, limit: true };
    const combination = Combination.readOrReply(ctx, args, 1, options, out);
    if (combination !== null) out.integer(combination.countCommon());
  },
});

function defineReading(name: string, operation: Operation, complexity: string, summary: string): CommandSpec {
  const weights = operation !== "subtract";
  return defineCommand({
    name,
    group: "sorted-set",
    since: "6.2.0",
    complexity,
    summary,
    arity: -3,
    flags: ["readonly"],
    acl: ["sortedset"],
    keys: [keyCount(1, "RO", "access")],
    args: [arg.integer("numkeys"), arg.multiple(arg.key("key")), ...(weights ? [WEIGHTS, AGGREGATE] : []), WITHSCORES],
    run(ctx, args, out) {
      const options = { weights, withScores: true, limit: false };
      const combination = Combination.readOrReply(ctx, args, 1, options, out);
      if (combination === null) return;
      replyResult(ctx, combination[operation](ctx.sortedSets.indexed), combination.withScores, out);
    },
  });
}

function defineStoring(
  name: string,
  operation: Operation,
  complexity: string,
  since: string,
  summary: string,
): CommandSpec {
  const weights = operation !== "subtract";
  return defineCommand({
    name,
    group: "sorted-set",
    since,
    complexity,
    summary,
    arity: -4,
    flags: ["write", "denyoom"],
    acl: ["sortedset"],
    keys: [keyAt(1, "OW", "update"), keyCount(2, "RO", "access")],
    args: [
      arg.key("destination"),
      arg.integer("numkeys"),
      arg.multiple(arg.key("key", { keySpecIndex: 1 })),
      ...(weights ? [WEIGHTS, AGGREGATE] : []),
    ],
    run: (ctx, args, out) => storeCombination(ctx, args, operation, weights, name, out),
  });
}

function storeCombination(
  ctx: CommandContext,
  args: Args,
  operation: Operation,
  weights: boolean,
  event: string,
  out: ReplyWriter,
): void {
  const combination = Combination.readOrReply(ctx, args, 2, { weights, withScores: false, limit: false }, out);
  if (combination === null) return;
  storeResult(ctx, args, 1, combination[operation](ctx.sortedSets.indexed), event, out);
}

function replyResult(ctx: CommandContext, result: Handle, withScores: boolean, out: ReplyWriter): void {
  const { indexed, cursor } = ctx.sortedSets;
  cursor.seekValue(result, SORTED_SET_SKIPLIST, 0, false);
  replyMembers(out, cursor, indexed.count(result), withScores);
  const { keyspace } = ctx;
  if (keyspace.lazy.serverDel) keyspace.freeDetachedLazily(TYPE_SORTED_SET, SORTED_SET_SKIPLIST, result);
  else indexed.destroy(result);
}
