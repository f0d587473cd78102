/** What follows once members have been taken out of a sorted set: ZREM, ZREMRANGEBY… and the pops. */
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../effects.js";

/** Argument i is the key. Deletes it when it is empty, and reports what has happened; nothing, if nothing has. */
export function finishRemoval(
  ctx: CommandContext,
  args: Args,
  i: number,
  record: Record,
  removed: number,
  event: string,
): void {
  if (removed === 0) return;
  const { db, effects } = ctx;
  const isEmpty = ctx.sortedSets.count(record) === 0;
  if (isEmpty) db.remove(record);
  effects.dirty += removed - 1;
  effects.keyChanged(db, args, i, EVENT_SORTED_SET, event);
  if (isEmpty) effects.notify(db, args.view, args.start(i), args.byteLength(i), EVENT_GENERIC, "del");
}
