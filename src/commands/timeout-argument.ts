/** The time-out of commands that block: seconds, whole or fractional, or (streams) milliseconds; 0 for ever. */
import type { Args } from "../resp/args.js";
import {
  isFiniteLongDouble,
  LONG_DOUBLE_TEXT_MAX_BYTES,
  type LongDouble,
  readLongDouble,
} from "../resp/long-double.js";
import { INT64_MAX } from "../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import type { CommandContext } from "./context.js";

const ERR_NOT_FLOAT = encodeReply("-ERR timeout is not a float or out of range\r\n");
const ERR_NOT_INTEGER = encodeReply("-ERR timeout is not an integer or out of range\r\n");
const ERR_RANGE = encodeReply("-ERR timeout is out of range\r\n");
const ERR_NEGATIVE = encodeReply("-ERR timeout is negative\r\n");

/** No time-out. */
export const WAIT_FOREVER = 0;
/** Whole numbers up to here need no long arithmetic. */
const PLAIN_MAX_SECONDS = 1e12;
const PLAIN_MAX_MS = 1e15;

/** When the time that argument i gives is over, in Unix ms, or WAIT_FOREVER; NaN when the client has got an error. */
export function readTimeoutOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): number {
  const seconds = args.readInteger(i);
  if (seconds === 0) return WAIT_FOREVER;
  if (seconds > 0 && seconds <= PLAIN_MAX_SECONDS) return ctx.nowMs + seconds * 1000;
  const text = args.text(i, LONG_DOUBLE_TEXT_MAX_BYTES);
  const exact = text === null ? null : readLongDouble(text);
  if (exact === null) return refuse(out, ERR_NOT_FLOAT);
  if (!isFiniteLongDouble(exact)) return refuse(out, exact.mantissa < 0n ? ERR_NEGATIVE : ERR_RANGE);
  const ms = ceilThousandfold(exact);
  if (ms < 0n) return refuse(out, ERR_NEGATIVE);
  if (ms > INT64_MAX - BigInt(ctx.nowMs)) return refuse(out, ERR_RANGE);
  return ms === 0n ? WAIT_FOREVER : ctx.nowMs + Number(ms);
}

/** The same for a whole number of milliseconds. */
export function readMillisecondsOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): number {
  const ms = args.readInteger(i);
  if (Number.isNaN(ms)) return refuse(out, ERR_NOT_INTEGER);
  if (ms < 0) return refuse(out, ERR_NEGATIVE);
  if (ms > PLAIN_MAX_MS && args.readInt64(i) > INT64_MAX - BigInt(ctx.nowMs)) return refuse(out, ERR_RANGE);
  return ms === 0 ? WAIT_FOREVER : ctx.nowMs + ms;
}

function refuse(out: ReplyWriter, error: Uint8Array): number {
  out.error(error);
  return Number.NaN;
}

/** A finite number of seconds as milliseconds, rounded up. */
function ceilThousandfold({ mantissa, exponent }: LongDouble): bigint {
  const thousandfold = mantissa * 1000n;
  if (exponent >= 0) return thousandfold << BigInt(exponent);
  const divisor = 1n << BigInt(-exponent);
  // BigInt division cuts towards zero, which is up where the number is negative.
  return thousandfold > 0n ? (thousandfold + divisor - 1n) / divisor : thousandfold / divisor;
}
