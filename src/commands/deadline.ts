/**
 * Expiry arguments: seconds or milliseconds, relative or absolute, to the absolute deadline that the keyspace keeps.
 * SET and its relatives, GETEX, and the EXPIRE family read theirs here.
 *
 * A deadline is any int64, as in Redis: exact as a number up to 2^53, as a BigInt beyond.
 */
import { EXPIRE_DELETE } from "../keyspace/expiry-mode.js";
import type { Deadline, Record } from "../keyspace/record.js";
import type { Args } from "../resp/args.js";
import { INT64_MAX, INT64_MIN } from "../resp/numbers.js";
import type { ReplyWriter } from "../resp/reply-writer.js";
import type { CommandContext } from "./context.js";
import { EVENT_GENERIC } from "./effects.js";
import { ERR_NOT_INTEGER } from "./errors.js";

/** Milliseconds in the unit of an expiry argument. */
export const UNIT_SECONDS = 1000;
export const UNIT_MILLISECONDS = 1;

/** Added to the argument: absolute times have no base, relative ones count from ctx.nowMs. */
export const BASE_ABSOLUTE = 0;

/**
 * Argument i as a deadline, where only a positive time is one (SET, SETEX, GETEX …). NaN when it is none: the client
 * has its error then. `base` is BASE_ABSOLUTE or ctx.nowMs.
 */
export function readDeadlineOrReply(
  ctx: CommandContext,
  args: Args,
  i: number,
  unit: number,
  base: number,
  out: ReplyWriter,
): Deadline {
  if (args.readInteger(i) <= 0) {
    replyInvalidExpireTime(ctx, out);
    return Number.NaN;
  }
  return readAnyDeadlineOrReply(ctx, args, i, unit, base, out);
}

/** The same where times of the past count too: EXPIRE and its relatives. */
export function readAnyDeadlineOrReply(
  ctx: CommandContext,
  args: Args,
  i: number,
  unit: number,
  base: number,
  out: ReplyWriter,
): Deadline {
  const value = args.readInteger(i);
  if (Number.isNaN(value)) {
    out.error(ERR_NOT_INTEGER);
    return Number.NaN;
  }
  const product = value * unit;
  const sum = product + base;
  if (Number.isSafeInteger(product) && Number.isSafeInteger(sum)) return sum;
  const exactProduct = args.readInt64(i) * BigInt(unit);
  const exactSum = exactProduct + BigInt(base);
  if (exactProduct < INT64_MIN || exactSum > INT64_MAX) {
    replyInvalidExpireTime(ctx, out);
    return Number.NaN;
  }
  return exactSum;
}

/**
 * Whether a deadline that a command was given has passed already, so that the key is to be deleted at once. Never while
 * data is loaded or on a replica: the deletion comes as a command of its own.
 */
export function hasPassed(ctx: CommandContext, deadline: Deadline): boolean {
  return deadline <= ctx.nowMs && ctx.keyspace.expiryMode === EXPIRE_DELETE;
}

/** Deletes the key at argument 1, which was given a deadline that has passed. It goes out as a deletion. */
export function deletePassed(ctx: CommandContext, args: Args, record: Record): void {
  const { db, effects } = ctx;
  const isLazy = ctx.keyspace.lazy.expire;
  if (isLazy) db.removeLazily(record);
  else db.remove(record);
  if (effects.propagates) effects.propagateAs(db, [isLazy ? "UNLINK" : "DEL", args.copy(1)]);
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "del");
}

function replyInvalidExpireTime(ctx: CommandContext, out: ReplyWriter): void {
  out.errorText(`ERR invalid expire time in '${ctx.command.fullName}' command`);
}
