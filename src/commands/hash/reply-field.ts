/** Answers with the value of a field: what HMGET, HGETDEL and HGETEX do once for each field that they are given. */
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";

/** Replies null when the hash does not have the field; true when it has. The field is the present one then. */
export function replyField(ctx: CommandContext, record: Record, args: Args, i: number, out: ReplyWriter): boolean {
  const { hashes } = ctx;
  if (!hashes.find(ctx.db, record, args.view, args.start(i), args.byteLength(i))) {
    out.nil();
    return false;
  }
  hashes.locateValue();
  out.bulk(hashes.view, hashes.start, hashes.start + hashes.length);
  return true;
}

/** The reply of a missing key: as many nulls as there are fields. */
export function replyNulls(count: number, out: ReplyWriter): void {
  out.array(count);
  for (let i = 0; i < count; i++) out.nil();
}
