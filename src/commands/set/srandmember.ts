import { NO_ENTRY } from "../../keyspace/database.js";
import { SET_HASHTABLE, type SetValue } from "../../keyspace/set-value.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_OUT_OF_RANGE, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { drawsTooLong } from "../repeated-draws.js";
import { replyMember, replyMembers } from "./reply-member.js";

/** Below a third of the members, drawing again what was drawn before is rare: else a walk over all is quicker. */
const WALK_FACTOR = 3;

const ERR_COUNT = encodeReply(
  "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807\r\n",
);
const INT64_MIN_TEXT = "-9223372036854775808";

export const srandmember = defineCommand({
  name: "srandmember",
  group: "set",
  since: "1.0.0",
  complexity: "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.",
  summary: "Answers random members of a set.",
  arity: -2,
  flags: ["readonly"],
  acl: ["set"],
  tips: ["nondeterministic_output"],
  history: [["2.6.0", "Added the optional `count` argument."]],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.optional(arg.integer("count", { since: "2.6.0" }))],
  run(ctx, args, out) {
    if (args.count > 2) return drawMany(ctx, args, out);
    const { sets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    sets.draws.pick(sets.open(record));
    replyMember(out, sets.draws.member);
  },
});

function drawMany(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { sets } = ctx;
  if (args.count > 3) return out.error(ERR_SYNTAX);
  const count = args.readInteger(2);
  if (Number.isNaN(count)) return out.error(ERR_NOT_INTEGER);
  if (count <= -(2 ** 63) && args.text(2, INT64_MIN_TEXT.length) === INT64_MIN_TEXT) return out.error(ERR_COUNT);
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) return out.array(0);
  if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
  const set = sets.open(record);
  const size = sets.size(set);
  if (drawsTooLong(-count, out)) return out.error(ERR_OUT_OF_RANGE);
  if (count <= 1) return drawRepeated(ctx, set, Math.abs(count), out);
  out.array(Math.min(count, size));
  if (count >= size) replyMembers(sets, set, out);
  else if (set.encoding === SET_HASHTABLE && count * WALK_FACTOR <= size) drawDistinct(ctx, set, count, out);
  else chooseWalking(ctx, set, count, size, out);
}

function drawRepeated(ctx: CommandContext, set: SetValue, count: number, out: ReplyWriter): void {
  const { draws } = ctx.sets;
  out.array(count);
  for (let i = 0; i < count && !out.overflowed; i++) {
    draws.pick(set);
    replyMember(out, draws.member);
  }
}

function drawDistinct(ctx: CommandContext, set: SetValue, count: number, out: ReplyWriter): void {
  const { draws } = ctx.sets;
  draws.beginNew(count);
  for (let i = 0; i < count; i++) {
    draws.pickNew(set);
    replyMember(out, draws.member);
  }
}

/** One walk, in which each member is taken with the probability that makes all choices of `count` equally likely. */
function chooseWalking(ctx: CommandContext, set: SetValue, count: number, size: number, out: ReplyWriter): void {
  const { cursor, draws } = ctx.sets;
  let wanted = count;
  let left = size;
  cursor.begin(set);
  while (wanted > 0 && cursor.next()) {
    if (draws.random(left--) >= wanted) continue;
    wanted--;
    replyMember(out, cursor.member);
  }
}
