/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE, ZREMRANGEBYLEX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { type ArgSpec, arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { finishRemoval } from "./finish-removal.js";
import { BY_MEMBER, BY_RANK, BY_SCORE, FORWARDS, MemberRange } from "./member-range.js";

const range = new MemberRange();

export const zremrangebyrank = defineRangeRemoval("zremrangebyrank", {
  since: "2.0.0",
  summary: "Removes the members of a sorted set in a range of ranks.",
  args: [arg.integer("start"), arg.integer("stop")],
  run: (ctx, args, out) => removeRange(ctx, args, BY_RANK, "zremrangebyrank", out),
});

export const zremrangebyscore = defineRangeRemoval("zremrangebyscore", {
  since: "1.2.0",
  summary: "Removes the members of a sorted set in a range of scores.",
  args: [arg.double("min"), arg.double("max")],
  run: (ctx, args, out) => removeRange(ctx, args, BY_SCORE, "zremrangebyscore", out),
});

export const zremrangebylex = defineRangeRemoval("zremrangebylex", {
  since: "2.8.9",
  summary: "Removes the members of a sorted set of equal scores in a range of names.",
  args: [arg.string("min"), arg.string("max")],
  run: (ctx, args, out) => removeRange(ctx, args, BY_MEMBER, "zremrangebylex", out),
});

/** `args` are those behind the key. */
function defineRangeRemoval(
  name: string,
  spec: Pick<CommandSpec, "since" | "summary" | "run"> & { readonly args: readonly ArgSpec[] },
): CommandSpec {
  return defineCommand({
    name,
    group: "sorted-set",
    complexity: "O(log(N)+M) with N members in the set and M removed",
    arity: 4,
    flags: ["write"],
    acl: ["sortedset"],
    keys: [keyAt(1, "RW", "delete")],
    ...spec,
    args: [arg.key("key"), ...spec.args],
  });
}

function removeRange(ctx: CommandContext, args: Args, kind: number, event: string, out: ReplyWriter): void {
  if (!range.readOrReply(args, 2, kind, FORWARDS, true, out)) return;
  const { sortedSets } = ctx;
  const record = ctx.db.findForWrite(args, 1);
  if (record === NO_ENTRY) return out.integer(0);
  if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  range.findRemoved(sortedSets, record, args);
  const { first, count } = range;
  if (count > 0) sortedSets.removeRange(record, first, count);
  finishRemoval(ctx, args, 1, record, count, event);
  out.integer(count);
}
