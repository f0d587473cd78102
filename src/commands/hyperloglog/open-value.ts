/** Opening a HyperLogLog, and its errors: what the PF… commands share. */
import type { Record } from "../../keyspace/record.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const ERR_CORRUPTED = encodeReply("-INVALIDOBJ Corrupted HLL object detected\r\n");
const ERR_NO_HYPERLOGLOG = encodeReply("-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n");

/** Opens the value of a key that is there for reading. False after an error. */
export function openOrReply(ctx: CommandContext, record: Record, out: ReplyWriter): boolean {
  if (!ctx.strings.isString(record)) {
    out.error(ERR_WRONG_TYPE);
    return false;
  }
  if (ctx.hyperLogLogs.check(record)) return true;
  out.error(ERR_NO_HYPERLOGLOG);
  return false;
}
