/** Taking the first or last members out of a sorted set, and answering with them: the pops, blocked or not. */
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { finishRemoval } from "./finish-removal.js";

/**
 * Pops up to `count` members of the set at argument i, and writes each as member and score, in pairs of their own when
 * `nested`. The headers in front are the caller's.
 */
export function popMembers(
  ctx: CommandContext,
  args: Args,
  i: number,
  record: Record,
  count: number,
  takesLast: boolean,
  nested: boolean,
  out: ReplyWriter,
): void {
  const { sortedSets } = ctx;
  if (count === 1 && !sortedSets.isPacked(record)) {
    if (nested) out.array(2);
    popOne(ctx, record, takesLast, out);
    return finishRemoval(ctx, args, i, record, count, takesLast ? "zpopmax" : "zpopmin");
  }
  const { cursor } = sortedSets;
  const total = sortedSets.count(record);
  cursor.seek(record, takesLast ? total - 1 : 0, takesLast);
  for (let left = count; left > 0; left--) {
    if (nested) out.array(2);
    out.bulk(cursor.view, cursor.start, cursor.start + cursor.length);
    out.double(cursor.score);
    if (left > 1) cursor.next();
  }
  sortedSets.removeRange(record, takesLast ? total - count : 0, count);
  finishRemoval(ctx, args, i, record, count, takesLast ? "zpopmax" : "zpopmin");
}

/** The usual pop of a large set: one descent finds the member and takes it out. */
function popOne(ctx: CommandContext, record: Record, takesLast: boolean, out: ReplyWriter): void {
  const { indexed } = ctx.sortedSets;
  const member = indexed.takeEnd(ctx.keyspace.records.valueHandle(record), takesLast);
  indexed.locate(member);
  out.bulk(indexed.view, indexed.start, indexed.start + indexed.length);
  out.double(indexed.tree.score(member));
  ctx.keyspace.arena.free(member);
}
