/** Reading and setting the deadlines of fields: what HEXPIRE and its relatives, HGETEX and HSETEX share. */
import { DEADLINE_NONE } from "../../keyspace/field-records.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { ERR_NOT_INTEGER } from "../errors.js";

/** Two bits of the 48 that Redis has for them are reserved. */
export const FIELD_DEADLINE_MAX_MS = 2 ** 46 - 1;

const ERR_NEGATIVE = encodeReply("-ERR invalid expire time, must be >= 0\r\n");

/** What becomes of a field that is given a deadline, as HEXPIRE answers it. */
export const FIELD_MISSING = -2;
export const CONDITION_NOT_MET = 0;
export const DEADLINE_SET = 1;
export const FIELD_DELETED = 2;

/** When a deadline is set only if … */
export const CONDITION_NONE = 0;
export const CONDITION_NX = 1;
export const CONDITION_XX = 2;
export const CONDITION_GT = 3;
export const CONDITION_LT = 4;

/**
 * Argument i, in units of `unit` ms from `base` on, as a deadline; NaN when it is none, and then the client has its
 * error.
 */
export function readFieldDeadlineOrReply(
  ctx: CommandContext,
  args: Args,
  i: number,
  unit: number,
  base: number,
  out: ReplyWriter,
): number {
  const value = args.readInteger(i);
  if (Number.isNaN(value) || value < 0) {
    out.error(value < 0 ? ERR_NEGATIVE : ERR_NOT_INTEGER);
    return Number.NaN;
  }
  if (value <= Math.floor(FIELD_DEADLINE_MAX_MS / unit) && value * unit <= FIELD_DEADLINE_MAX_MS - base) {
    return value * unit + base;
  }
  out.errorText(`ERR invalid expire time in '${ctx.command.fullName}' command`);
  return Number.NaN;
}

/**
 * Gives the hash's present field this deadline, where the condition holds; one that has passed deletes the field. The
 * hash must allow deadlines.
 */
export function applyDeadline(ctx: CommandContext, record: Record, deadline: number, condition: number): number {
  const { hashes } = ctx;
  const previous = hashes.deadline();
  if (previous === DEADLINE_NONE) {
    // No deadline is later than any: LT holds.
    if (condition === CONDITION_XX || condition === CONDITION_GT) return CONDITION_NOT_MET;
  } else if (
    condition === CONDITION_NX ||
    (condition === CONDITION_GT && previous >= deadline) ||
    (condition === CONDITION_LT && previous <= deadline)
  ) {
    return CONDITION_NOT_MET;
  }
  if (deadline <= ctx.nowMs) {
    hashes.removeAsExpired(ctx.db, record);
    return FIELD_DELETED;
  }
  hashes.setDeadline(record, deadline);
  return DEADLINE_SET;
}
