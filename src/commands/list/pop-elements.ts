/** Taking elements from an end of a list: what all commands that pop share. */
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC, EVENT_LIST } from "../effects.js";
import type { Side } from "./list-side.js";
import { replyElement, replyElements } from "./reply-elements.js";

/** Answers with the element at that end of the list of key argument `key`, and takes it out. */
export function popElement(
  ctx: CommandContext,
  args: Args,
  key: number,
  record: Record,
  side: Side,
  out: ReplyWriter,
): void {
  const { lists } = ctx;
  lists.seek(record, side === "head" ? 0 : -1);
  replyElement(lists, out);
  lists.drop(record);
  finishPop(ctx, args, key, record, side, 1);
}

/** Answers with an array of up to `limit` elements from that end, and takes them out. Returns how many. */
export function popElements(
  ctx: CommandContext,
  args: Args,
  key: number,
  record: Record,
  side: Side,
  limit: number,
  out: ReplyWriter,
): number {
  const { lists } = ctx;
  const total = lists.count(record);
  const count = Math.min(limit, total);
  replyElements(lists, record, side === "head" ? 0 : -1, count, side === "tail", out);
  lists.deleteRange(record, side === "head" ? 0 : total - count, count);
  finishPop(ctx, args, key, record, side, count);
  return count;
}

/** After `count` elements were popped: the events, the key of an empty list, the encoding of a shorter one. */
export function finishPop(
  ctx: CommandContext,
  args: Args,
  key: number,
  record: Record,
  side: Side,
  count: number,
): void {
  const { effects, lists } = ctx;
  const isEmpty = lists.count(record) === 0;
  if (isEmpty) ctx.db.remove(record);
  else lists.shrink(record);
  effects.keyChanged(ctx.db, args, key, EVENT_LIST, side === "head" ? "lpop" : "rpop");
  effects.dirty += count - 1;
  if (isEmpty) effects.notify(ctx.db, args.view, args.start(key), args.byteLength(key), EVENT_GENERIC, "del");
}
