/** Offsets and values of bits as arguments: what SETBIT, GETBIT and BITFIELD share. */
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";

const ERR_BIT_OFFSET = encodeReply("-ERR bit offset is not an integer or out of range\r\n");

/** The offset at argument i, or NaN after an error: its byte must be within the longest string. */
export function readBitOffsetOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): number {
  return checkBitOffsetOrReply(ctx, args.readInteger(i), out);
}

/** The same for an offset that is read; NaN is none. */
export function checkBitOffsetOrReply(ctx: CommandContext, offset: number, out: ReplyWriter): number {
  if (offset >= 0 && Math.floor(offset / 8) < ctx.server.maxBulkBytes) return offset;
  out.error(ERR_BIT_OFFSET);
  return Number.NaN;
}
