/** GETRANGE, and SUBSTR, its old name. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";
import { isAfter } from "../integer-order.js";

const EMPTY = encodeReply("$0\r\n\r\n");

export const getrange = defineCommand({
  name: "getrange",
  group: "string",
  since: "2.4.0",
  complexity: "O(N) where N is the length of the answer.",
  summary: "Reads a part of a string value.",
  arity: 4,
  flags: ["readonly"],
  acl: ["string"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.integer("start"), arg.integer("end")],
  run: replyRange,
});

export const substr = defineCommand({
  name: "substr",
  group: "string",
  since: "1.0.0",
  complexity: "O(N) where N is the length of the answer.",
  summary: "Reads a part of a string value.",
  deprecatedSince: "2.0.0",
  replacedBy: "`GETRANGE`",
  docFlags: ["deprecated"],
  arity: 4,
  flags: ["readonly"],
  acl: ["string"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.integer("start"), arg.integer("end")],
  run: replyRange,
});

function replyRange(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { strings } = ctx;
  const first = args.readInteger(2);
  const last = args.readInteger(3);
  if (Number.isNaN(first) || Number.isNaN(last)) return out.error(ERR_NOT_INTEGER);
  const record = ctx.db.find(args, 1);
  if (record === NO_ENTRY) return out.raw(EMPTY);
  if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
  // Before clamping: bounds that are both negative and the wrong way round are an empty range, not the first byte.
  if (first < 0 && last < 0 && isAfter(args, 2, 3)) return out.raw(EMPTY);
  strings.locate(record);
  const { length } = strings;
  const from = Math.max(first < 0 ? length + first : first, 0);
  const to = Math.min(Math.max(last < 0 ? length + last : last, 0), length - 1);
  if (from > to) return out.raw(EMPTY);
  out.bulk(strings.view, strings.start + from, strings.start + to + 1);
}
