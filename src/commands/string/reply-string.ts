/** Answers with a string value: what GET and its relatives share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export function replyString(ctx: CommandContext, record: Record, out: ReplyWriter): void {
  const { strings } = ctx;
  if (strings.isInteger(record)) {
    const value = strings.integer(record);
    if (Number.isSafeInteger(value)) return out.bulkInteger(value);
  }
  strings.locate(record);
  out.bulk(strings.view, strings.start, strings.start + strings.length);
}

/** Answers with the string at argument 1, or null where there is no key. False when it is no string: an error. */
export function replyStringOrNil(ctx: CommandContext, args: Args, out: ReplyWriter): boolean {
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) {
    out.nil();
    return true;
  }
  if (!ctx.strings.isString(record)) {
    out.error(ERR_WRONG_TYPE);
    return false;
  }
  replyString(ctx, record, out);
  return true;
}
