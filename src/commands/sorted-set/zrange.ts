/** ZRANGE, and the older names of its forms. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { type ArgSpec, arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import {
  ANY_DIRECTION,
  BACKWARDS,
  BY_ANY,
  BY_MEMBER,
  BY_RANK,
  BY_SCORE,
  FORWARDS,
  MemberRange,
} from "./member-range.js";
import { replyMembers } from "./reply-members.js";

const range = new MemberRange();

const WITHSCORES = arg.optional(arg.token("WITHSCORES"));
const LIMIT = arg.optional(arg.block("limit", [arg.integer("offset"), arg.integer("count")], { token: "LIMIT" }));

export const zrange = defineCommand({
  name: "zrange",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(log(N)+M) with N members in the set and M in the answer",
  summary: "Lists the members of a sorted set in a range of ranks, scores or names.",
  arity: -4,
  flags: ["readonly"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  history: [["6.2.0", "Added the `REV`, `BYSCORE`, `BYLEX` and `LIMIT` options."]],
  args: [
    arg.key("key"),
    arg.string("start"),
    arg.string("stop"),
    arg.optional(arg.oneOf("sortby", [arg.token("BYSCORE"), arg.token("BYLEX")], { since: "6.2.0" })),
    arg.optional(arg.token("REV", { since: "6.2.0" })),
    { ...LIMIT, since: "6.2.0" },
    WITHSCORES,
  ],
  run: (ctx, args, out) => replyRange(ctx, args, BY_ANY, ANY_DIRECTION, out),
});

export const zrevrange = defineOldRange({
  name: "zrevrange",
  since: "1.2.0",
  summary: "Lists the members of a sorted set in a range of ranks, highest first.",
  replacedBy: "`ZRANGE` with the `REV` argument",
  args: [arg.integer("start"), arg.integer("stop"), WITHSCORES],
  run: (ctx, args, out) => replyRange(ctx, args, BY_RANK, BACKWARDS, out),
});

export const zrangebyscore = defineOldRange({
  name: "zrangebyscore",
  since: "1.0.5",
  summary: "Lists the members of a sorted set in a range of scores.",
  replacedBy: "`ZRANGE` with the `BYSCORE` argument",
  history: [["2.0.0", "Added the `WITHSCORES` modifier."]],
  args: [arg.double("min"), arg.double("max"), { ...WITHSCORES, since: "2.0.0" }, LIMIT],
  run: (ctx, args, out) => replyRange(ctx, args, BY_SCORE, FORWARDS, out),
});

export const zrevrangebyscore = defineOldRange({
  name: "zrevrangebyscore",
  since: "2.2.0",
  summary: "Lists the members of a sorted set in a range of scores, highest first.",
  replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments",
  history: [["2.1.6", "`min` and `max` can be exclusive."]],
  args: [arg.double("max"), arg.double("min"), WITHSCORES, LIMIT],
  run: (ctx, args, out) => replyRange(ctx, args, BY_SCORE, BACKWARDS, out),
});

export const zrangebylex = defineOldRange({
  name: "zrangebylex",
  since: "2.8.9",
  summary: "Lists the members of a sorted set of equal scores in a range of names.",
  replacedBy: "`ZRANGE` with the `BYLEX` argument",
  args: [arg.string("min"), arg.string("max"), LIMIT],
  run: (ctx, args, out) => replyRange(ctx, args, BY_MEMBER, FORWARDS, out),
});

export const zrevrangebylex = defineOldRange({
  name: "zrevrangebylex",
  since: "2.8.9",
  summary: "Lists the members of a sorted set of equal scores in a range of names, last first.",
  replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments",
  args: [arg.string("max"), arg.string("min"), LIMIT],
  run: (ctx, args, out) => replyRange(ctx, args, BY_MEMBER, BACKWARDS, out),
});

/** A command that ZRANGE has replaced. `args` are those behind the key. */
function defineOldRange(
  spec: Pick<CommandSpec, "name" | "since" | "summary" | "replacedBy" | "history" | "run"> & {
    readonly args: readonly ArgSpec[];
  },
): CommandSpec {
  return defineCommand({
    group: "sorted-set",
    complexity: "O(log(N)+M) with N members in the set and M in the answer",
    arity: -4,
    flags: ["readonly"],
    acl: ["sortedset"],
    keys: [keyAt(1, "RO", "access")],
    deprecatedSince: "6.2.0",
    docFlags: ["deprecated"],
    ...spec,
    args: [arg.key("key"), ...spec.args],
  });
}

function replyRange(ctx: CommandContext, args: Args, kind: number, direction: number, out: ReplyWriter): void {
  if (!range.readOrReply(args, 2, kind, direction, false, out)) return;
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) return out.array(0);
  const { sortedSets } = ctx;
  if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  if (!range.seek(sortedSets, record, args)) return out.array(0);
  replyMembers(out, sortedSets.cursor, range.count, range.withScores);
}
