/** What several replies about consumer groups are made of: names, counters, times. */
import { type Count, subtractCounts } from "../../keyspace/group-blocks.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Handle } from "../../storage/arena.js";
import type { NameList } from "../../storage/name-list.js";
import type { CommandContext } from "../context.js";

/** The name of a group or a consumer. */
export function replyBlockName(ctx: CommandContext, names: NameList, block: Handle, out: ReplyWriter): void {
  const start = names.nameStart(block);
  out.bulk(ctx.keyspace.arena.window(block).view, start, start + names.nameLength(block));
}

/** A signed number of 64 bits. */
export function replyCount(count: Count, out: ReplyWriter): void {
  if (typeof count === "number") out.integer(count);
  else out.bigint(count);
}

/** How many milliseconds ago that was. A time from a dump may be any, and the difference wraps as in Redis. */
export function ageOf(ctx: CommandContext, time: Count): Count {
  return subtractCounts(ctx.nowMs, time);
}
