/** Stores what ZRANGESTORE, ZUNIONSTORE and their relatives have found, and answers how many members it has. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_SORTED_SET } from "../../keyspace/record.js";
import { SORTED_SET_LISTPACK, SORTED_SET_SKIPLIST } from "../../keyspace/sorted-set-encoding.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { type Handle, NONE } from "../../storage/arena.js";
import type { CommandContext } from "../context.js";
import { EVENT_GENERIC, EVENT_SORTED_SET } from "../effects.js";

/** Argument `key` is the destination. `result` is an indexed value, which is this function's from here on. */
export function storeResult(
  ctx: CommandContext,
  args: Args,
  key: number,
  result: Handle,
  event: string,
  out: ReplyWriter,
): void {
  const { db, effects, sortedSets } = ctx;
  const count = sortedSets.indexed.count(result);
  if (count === 0) {
    sortedSets.indexed.destroy(result);
    return storeNothing(ctx, args, key, out);
  }
  const packed = sortedSets.tryPack(result);
  const encoding = packed === NONE ? SORTED_SET_SKIPLIST : SORTED_SET_LISTPACK;
  const value = packed === NONE ? result : packed;
  try {
    db.store(args.view, args.start(key), args.byteLength(key), TYPE_SORTED_SET, encoding, value);
  } catch (error) {
    sortedSets.free(value, encoding);
    throw error;
  }
  effects.keyChanged(db, args, key, EVENT_SORTED_SET, event);
  out.integer(count);
}

/** The result is empty: deletes the destination, if there is one. */
export function storeNothing({ db, effects }: CommandContext, args: Args, key: number, out: ReplyWriter): void {
  // A key that has expired is deleted like any other: its deletion is this command's.
  const old = db.findRaw(args.view, args.start(key), args.byteLength(key));
  if (old !== NO_ENTRY) {
    db.removeReplaced(old);
    effects.keyChanged(db, args, key, EVENT_GENERIC, "del");
  }
  out.integer(0);
}
