import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { keyword } from "../../resp/args.js";
import { INT64_MIN } from "../../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_OUT_OF_RANGE, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { drawsTooLong } from "../repeated-draws.js";
import { beginMembers, replyMember, replyMembers } from "./reply-members.js";

const WITHSCORES = keyword("WITHSCORES");
/** Half of the longest answer that the protocol can announce: a member and its score are two. */
const COUNT_MAX_WITH_SCORES = 2 ** 62;
const ERR_COUNT_RANGE = encodeReply(
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
);
/** Distinct members are drawn while they are fewer than one in so many; beyond, the set is walked. */
const SPARSE = 3;

export const zrandmember = defineCommand({
  name: "zrandmember",
  group: "sorted-set",
  since: "6.2.0",
  complexity: "O(M*log(N)) for M of N members, O(N) when M is near N",
  summary: "Returns random members of a sorted set.",
  arity: -2,
  flags: ["readonly"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  tips: ["nondeterministic_output"],
  args: [
    arg.key("key"),
    arg.optional(arg.block("options", [arg.integer("count"), arg.optional(arg.token("WITHSCORES"))])),
  ],
  run(ctx, args, out) {
    const count = args.count > 2 ? args.readInteger(2) : 1;
    if (Number.isNaN(count)) return out.error(ERR_NOT_INTEGER);
    if (count === -(2 ** 63) && args.readInt64(2) === INT64_MIN) return out.error(ERR_COUNT_RANGE);
    const withScores = args.count === 4 && args.is(3, WITHSCORES);
    if (args.count > 3 && !withScores) return out.error(ERR_SYNTAX);
    if (withScores && Math.abs(count) >= COUNT_MAX_WITH_SCORES) return out.error(ERR_OUT_OF_RANGE);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return args.count === 2 ? out.nil() : out.array(0);
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    if (drawsTooLong(-count, out)) return out.error(ERR_OUT_OF_RANGE);
    if (args.count > 2) return replyCount(ctx, record, count, withScores, out);
    ctx.sortedSets.cursor.seek(record, ctx.server.random.below(ctx.sortedSets.count(record)), false);
    replyMember(out, ctx.sortedSets.cursor, false);
  },
});

/** A negative count is one of draws, in which a member may come again. */
function replyCount(ctx: CommandContext, record: Record, count: number, withScores: boolean, out: ReplyWriter): void {
  const { sortedSets } = ctx;
  const { cursor } = sortedSets;
  const total = sortedSets.count(record);
  if (count < 0 || count === 1) {
    beginMembers(out, Math.abs(count), withScores);
    for (let left = Math.abs(count); left > 0 && !out.overflowed; left--) {
      cursor.seek(record, ctx.server.random.below(total), false);
      replyMember(out, cursor, withScores);
    }
  } else if (count >= total) {
    cursor.seek(record, 0, false);
    replyMembers(out, cursor, total, withScores);
  } else if (count * SPARSE > total) {
    replyWalked(ctx, record, count, total, withScores, out);
  } else {
    replyDrawn(ctx, record, count, total, withScores, out);
  }
}

/** Walks the whole set: each member is taken with the chance that is left for it. */
function replyWalked(
  ctx: CommandContext,
  record: Record,
  count: number,
  total: number,
  withScores: boolean,
  out: ReplyWriter,
): void {
  const { cursor } = ctx.sortedSets;
  beginMembers(out, count, withScores);
  let wanted = count;
  let left = total;
  for (let more = cursor.seek(record, 0, false); more && wanted > 0; more = cursor.next()) {
    if (ctx.server.random.below(left--) >= wanted) continue;
    replyMember(out, cursor, withScores);
    wanted--;
  }
}

function replyDrawn(
  ctx: CommandContext,
  record: Record,
  count: number,
  total: number,
  withScores: boolean,
  out: ReplyWriter,
): void {
  const { cursor } = ctx.sortedSets;
  beginMembers(out, count, withScores);
  const drawn = new Set<number>();
  while (drawn.size < count) {
    const rank = ctx.server.random.below(total);
    if (drawn.has(rank)) continue;
    drawn.add(rank);
    cursor.seek(record, rank, false);
    replyMember(out, cursor, withScores);
  }
}
