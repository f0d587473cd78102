/** Answers with a string value: what GET and its relatives share. */
import type { Record } from "../../keyspace/record.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";

export function replyString(ctx: CommandContext, record: Record, out: ReplyWriter): void {
  const { strings } = ctx;
  strings.locate(record);
  out.bulk(strings.view, strings.start, strings.start + strings.length);
}
