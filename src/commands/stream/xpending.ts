/** XPENDING: what a group has delivered and nobody has acknowledged; a summary, or a range of entries. */
import { keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import { Id } from "../../storage/id.js";
import { IdCursor } from "../../storage/id-tree.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "../errors.js";
import { findConsumer, findKeyAndGroupOrReply } from "./group-arguments.js";
import { readEndOrReply, readStartOrReply } from "./id-arguments.js";
import { replyId } from "./reply-entries.js";
import { ageOf, replyBlockName, replyCount } from "./reply-groups.js";

const IDLE = keyword("IDLE");

/** The range of the call under way. */
const from = new Id();
const to = new Id();
const id = new Id();
const ownCursor = new IdCursor();

export const xpending = defineCommand({
  name: "xpending",
  group: "stream",
  since: "5.0.0",
  complexity:
    "O(N) with N entries answered, or with all that were looked at because of IDLE. The summary: O(N) with N consumers.",
  summary: "Lists what the consumers of a group have pending, or sums it up.",
  arity: -3,
  flags: ["readonly"],
  acl: ["stream"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RO", "access")],
  history: [["6.2.0", "Added the `IDLE` option and exclusive range intervals."]],
  args: [
    arg.key("key"),
    arg.string("group"),
    arg.optional(
      arg.block("filters", [
        arg.optional(arg.integer("min-idle-time", { token: "IDLE", since: "6.2.0" })),
        arg.string("start"),
        arg.string("end"),
        arg.integer("count"),
        arg.optional(arg.string("consumer")),
      ]),
    ),
  ],
  run(ctx, args, out) {
    if (args.count === 3) {
      const group = findKeyAndGroupOrReply(ctx, args, ctx.db.find(args, 1), out);
      if (group !== NONE) replySummary(ctx, group, out);
      return;
    }
    if (args.count < 6 || args.count > 9) return out.error(ERR_SYNTAX);
    let first = 3;
    let minIdle = 0;
    if (args.is(3, IDLE)) {
      minIdle = args.readInteger(4);
      if (Number.isNaN(minIdle)) return out.error(ERR_NOT_INTEGER);
      if (args.count < 8) return out.error(ERR_SYNTAX);
      first = 5;
    }
    const count = args.readInteger(first + 2);
    if (Number.isNaN(count)) return out.error(ERR_NOT_INTEGER);
    if (!readStartOrReply(args, first, from, out) || !readEndOrReply(args, first + 1, to, out)) return;
    const group = findKeyAndGroupOrReply(ctx, args, ctx.db.find(args, 1), out);
    if (group === NONE) return;
    if (first + 3 >= args.count) return replyEntries(ctx, group, minIdle, count, out);
    const consumer = findConsumer(ctx, group, args, first + 3);
    if (consumer === NONE) return out.array(0);
    replyOwnEntries(ctx, group, consumer, minIdle, count, out);
  },
});

function replySummary(ctx: CommandContext, group: Handle, out: ReplyWriter): void {
  const { blocks, pending } = ctx.streams.groups;
  const count = pending.count(group);
  out.array(4);
  out.integer(count);
  if (count === 0) {
    out.nil();
    out.nil();
    out.nilArray();
    return;
  }
  pending.seekFirst(group);
  pending.readId(id);
  replyId(id, out);
  pending.seekLast(group);
  pending.readId(id);
  replyId(id, out);
  const list = blocks.consumerList(group);
  const mark = out.beginArray();
  let named = 0;
  for (let i = 0; i < blocks.consumers.count(list); i++) {
    const consumer = blocks.consumers.block(list, i);
    const own = pending.ownCount(consumer);
    if (own === 0) continue;
    out.array(2);
    replyBlockName(ctx, blocks.consumers, consumer, out);
    out.bulkInteger(own);
    named++;
  }
  out.endArray(mark, named);
}

function replyEntries(ctx: CommandContext, group: Handle, minIdle: number, limit: number, out: ReplyWriter): void {
  const { pending } = ctx.streams.groups;
  const mark = out.beginArray();
  let answered = 0;
  for (let more = limit > 0 && pending.seekAtLeast(group, from); more; more = answered < limit && pending.next()) {
    pending.readId(id);
    if (id.compare(to) > 0) break;
    if (replyEntry(ctx, minIdle, out)) answered++;
  }
  out.endArray(mark, answered);
}

function replyOwnEntries(
  ctx: CommandContext,
  group: Handle,
  consumer: Handle,
  minIdle: number,
  limit: number,
  out: ReplyWriter,
): void {
  const { blocks, pending } = ctx.streams.groups;
  const { own } = pending;
  const root = blocks.ownPending(consumer);
  const mark = out.beginArray();
  let answered = 0;
  let more = limit > 0 && own.seekAtLeast(root, from, ownCursor);
  for (; more; more = answered < limit && own.next(ownCursor)) {
    own.readId(ownCursor, id);
    if (id.compare(to) > 0) break;
    pending.find(group, id);
    if (replyEntry(ctx, minIdle, out)) answered++;
  }
  out.endArray(mark, answered);
}

/** Answers with the cursor's entry, whose ID is in `id`; false when it has not been idle for so long. */
function replyEntry(ctx: CommandContext, minIdle: number, out: ReplyWriter): boolean {
  const { blocks, pending } = ctx.streams.groups;
  const idle = ageOf(ctx, pending.deliveryTime);
  if (minIdle !== 0 && idle < minIdle) return false;
  out.array(4);
  replyId(id, out);
  replyBlockName(ctx, blocks.consumers, pending.consumer, out);
  replyCount(idle < 0 ? 0 : idle, out);
  replyCount(pending.deliveries, out);
  return true;
}
