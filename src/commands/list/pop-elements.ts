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
  lists.seekEnd(record, side === "head");
  replyElement(lists, out);
  announcePop(ctx, args, key, record, side, 1, lists.drop(record) === 0);
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

/** After `count` elements were popped: the encoding of a shorter list, and all that announcePop does. */
export function finishPop(
  ctx: CommandContext,
  args: Args,
  key: number,
  record: Record,
  side: Side,
  count: number,
): void {
  const { lists } = ctx;
  const isEmpty = lists.count(record) === 0;
  if (!isEmpty) lists.shrink(record);
  announcePop(ctx, args, key, record, side, count, isEmpty);
}

/** The events of a pop, and the end of an empty list's key. */
function announcePop(
  ctx: CommandContext,
  args: Args,
  key: number,
  record: Record,
  side: Side,
  count: number,
  isEmpty: boolean,
): void {
  const { effects } = ctx;
  if (isEmpty) ctx.db.remove(record);
  effects.keyChanged(ctx.db, args, key, EVENT_LIST, side === "head" ? "lpop" : "rpop");
  effects.dirty += count - 1;
  if (isEmpty) effects.notify(ctx.db, args.view, args.start(key), args.byteLength(key), EVENT_GENERIC, "del");
}
