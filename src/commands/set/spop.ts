import { NO_ENTRY } from "../../keyspace/database.js";
import { SET_HASHTABLE, SET_INTSET, SET_LISTPACK, type SetValue } from "../../keyspace/set-value.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_SET } from "../effects.js";
import { ERR_MUST_BE_POSITIVE, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { deleteEmpty } from "./delete-empty.js";
import { RemovalLog } from "./removal-log.js";
import { replyMember, replyMembers } from "./reply-member.js";

/** More than so many popped for each member that stays: those that stay become a new set. */
const REBUILD_FACTOR = 5;

export const spop = defineCommand({
  name: "spop",
  group: "set",
  since: "1.0.0",
  complexity: "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
  summary: "Removes and answers random members of a set.",
  arity: -2,
  flags: ["write", "fast"],
  acl: ["set"],
  tips: ["nondeterministic_output"],
  history: [["3.2.0", "Added the `count` argument."]],
  keys: [keyAt(1, "RW", "access", "delete")],
  args: [arg.key("key"), arg.optional(arg.integer("count", { since: "3.2.0" }))],
  run(ctx, args, out) {
    if (args.count > 2) return popMany(ctx, args, out);
    const { db, sets, effects } = ctx;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    const set = sets.open(record);
    const { draws } = sets;
    draws.pick(set);
    replyMember(out, draws.member);
    if (effects.propagates) effects.propagateAs(db, ["SREM", args.copy(1), draws.member.copy()]);
    draws.removePicked(set);
    effects.keyChanged(db, args, 1, EVENT_SET, "spop");
    deleteEmpty(ctx, args, 1, set);
  },
});

function popMany(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { db, sets, effects } = ctx;
  if (args.count > 3) return out.error(ERR_SYNTAX);
  const count = args.readInteger(2);
  if (!(count >= 0)) return out.error(ERR_MUST_BE_POSITIVE);
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) return out.set(0);
  if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
  if (count === 0) return out.set(0);
  const set = sets.open(record);
  const size = sets.size(set);
  if (count >= size) return popAll(ctx, args, set, size, out);
  out.set(count);
  const log = effects.propagates ? new RemovalLog(ctx, args) : null;
  const rebuilds = (size - count) * REBUILD_FACTOR <= count;
  if (set.encoding === SET_HASHTABLE && !rebuilds) popOneByOne(ctx, set, count, log, out);
  else divide(ctx, set, count, size, rebuilds, log, out);
  log?.finish();
  effects.dirty += count - 1;
  effects.keyChanged(db, args, 1, EVENT_SET, "spop");
}

function popAll(ctx: CommandContext, args: Args, set: SetValue, size: number, out: ReplyWriter): void {
  const { db, effects, keyspace } = ctx;
  out.set(size);
  replyMembers(ctx.sets, set, out);
  if (effects.propagates) effects.propagateAs(db, [keyspace.lazy.serverDel ? "UNLINK" : "DEL", args.copy(1)]);
  effects.dirty += size - 1;
  effects.keyChanged(db, args, 1, EVENT_SET, "spop");
  db.removeReplaced(set.record);
  effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
}

function popOneByOne(
  ctx: CommandContext,
  set: SetValue,
  count: number,
  log: RemovalLog | null,
  out: ReplyWriter,
): void {
  const { draws } = ctx.sets;
  for (let i = 0; i < count; i++) {
    draws.pick(set);
    replyMember(out, draws.member);
    log?.add(draws.member);
    draws.removePicked(set);
  }
}

/**
 * One walk over the set, in which each member is popped with the probability that makes all choices of `count`
 * equally likely; the others become the new set. A hashtable may become a listpack that way (`fresh`).
 */
function divide(
  ctx: CommandContext,
  set: SetValue,
  count: number,
  size: number,
  fresh: boolean,
  log: RemovalLog | null,
  out: ReplyWriter,
): void {
  const { sets } = ctx;
  const { cursor, draws } = sets;
  const kept = sets.createTemporary(set.encoding === SET_INTSET ? SET_INTSET : SET_LISTPACK);
  try {
    let wanted = count;
    let left = size;
    cursor.begin(set);
    while (cursor.next()) {
      if (draws.random(left--) < wanted) {
        wanted--;
        replyMember(out, cursor.member);
        log?.add(cursor.member);
      } else if (fresh) {
        sets.addMember(kept, cursor.member);
      } else {
        sets.addUnlimited(kept, cursor.member);
      }
    }
  } catch (error) {
    sets.free(kept);
    throw error;
  }
  sets.replace(set, kept);
}
