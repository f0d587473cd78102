/** A string whose bits are about to be written: what SETBIT and BITFIELD share. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const BITS_REFUSED = 0;
/** They were there. */
export const BITS_KEPT = 1;
/** The key is new, or its string has grown. */
export const BITS_GROWN = 2;

/**
 * Points ctx.strings at the raw string of argument 1, with room for the bits up to `lastBit`: the key comes into being,
 * and zeros fill a gap. Answers an error where it is no string.
 */
export function openWritableBits(ctx: CommandContext, args: Args, lastBit: number, out: ReplyWriter): number {
  const { db, strings } = ctx;
  const bytes = Math.floor(lastBit / 8) + 1;
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) {
    strings.addZeroed(db, args.view, args.start(1), args.byteLength(1), bytes);
    return BITS_GROWN;
  }
  if (!strings.isString(record)) {
    out.error(ERR_WRONG_TYPE);
    return BITS_REFUSED;
  }
  const grows = bytes > strings.byteLength(record);
  strings.makeWritable(db, record, bytes);
  return grows ? BITS_GROWN : BITS_KEPT;
}
