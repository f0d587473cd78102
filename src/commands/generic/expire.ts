/** EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT. */
import { type Database, NO_ENTRY } from "../../keyspace/database.js";
import type { Deadline, Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import {
  BASE_ABSOLUTE,
  deletePassed,
  hasPassed,
  readAnyDeadlineOrReply,
  UNIT_MILLISECONDS,
  UNIT_SECONDS,
} from "../deadline.js";
import { type ArgSpec, arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";

const NX = keyword("NX");
const XX = keyword("XX");
const GT = keyword("GT");
const LT = keyword("LT");

const BIT_NX = 1;
const BIT_XX = 2;
const BIT_GT = 4;
const BIT_LT = 8;
const INVALID = -1;

const ERR_NX_WITH_OTHERS = encodeReply("-ERR NX and XX, GT or LT options at the same time are not compatible\r\n");
const ERR_GT_WITH_LT = encodeReply("-ERR GT and LT options at the same time are not compatible\r\n");

function defineExpire(
  name: string,
  since: string,
  summary: string,
  time: ArgSpec,
  run: (ctx: CommandContext, args: Args, out: ReplyWriter) => void,
): CommandSpec {
  const conditions = [arg.token("NX"), arg.token("XX"), arg.token("GT"), arg.token("LT")];
  return defineCommand({
    name,
    group: "generic",
    since,
    complexity: "O(1)",
    summary,
    arity: -3,
    flags: ["write", "fast"],
    acl: ["keyspace"],
    history: [["7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."]],
    keys: [keyAt(1, "RW", "update")],
    args: [arg.key("key"), time, arg.oneOf("condition", conditions, { optional: true, since: "7.0.0" })],
    run,
  });
}

export const expire = defineExpire(
  "expire",
  "1.0.0",
  "Lets a key expire after so many seconds.",
  arg.integer("seconds"),
  (ctx, args, out) => setDeadline(ctx, args, out, UNIT_SECONDS, ctx.nowMs),
);

export const pexpire = defineExpire(
  "pexpire",
  "2.6.0",
  "Lets a key expire after so many milliseconds.",
  arg.integer("milliseconds"),
  (ctx, args, out) => setDeadline(ctx, args, out, UNIT_MILLISECONDS, ctx.nowMs),
);

export const expireat = defineExpire(
  "expireat",
  "1.2.0",
  "Lets a key expire at a Unix time in seconds.",
  arg.unixTime("unix-time-seconds"),
  (ctx, args, out) => setDeadline(ctx, args, out, UNIT_SECONDS, BASE_ABSOLUTE),
);

export const pexpireat = defineExpire(
  "pexpireat",
  "2.6.0",
  "Lets a key expire at a Unix time in milliseconds.",
  arg.unixTime("unix-time-milliseconds"),
  (ctx, args, out) => setDeadline(ctx, args, out, UNIT_MILLISECONDS, BASE_ABSOLUTE),
);

function setDeadline(ctx: CommandContext, args: Args, out: ReplyWriter, unit: number, base: number): void {
  const { db, effects } = ctx;
  const conditions = args.count === 3 ? 0 : readConditionsOrReply(args, out);
  if (conditions === INVALID) return;
  const deadline = readAnyDeadlineOrReply(ctx, args, 2, unit, base, out);
  if (Number.isNaN(deadline)) return;
  const record = db.findForWrite(args, 1);
  if (record === NO_ENTRY || !areMet(db, record, conditions, deadline)) return out.integer(0);
  if (hasPassed(ctx, deadline)) {
    deletePassed(ctx, args, record);
  } else {
    // Where a passed deadline is kept, 0 stands for all before it: -1 would mean none.
    if (deadline < 0) db.setDeadline(record, 0);
    else db.setDeadline(record, deadline);
    if (effects.propagates && (unit !== UNIT_MILLISECONDS || base !== BASE_ABSOLUTE)) {
      const options = Array.from({ length: args.count - 3 }, (_, i) => args.copy(i + 3));
      effects.propagateAs(db, ["PEXPIREAT", args.copy(1), String(deadline), ...options]);
    }
    effects.keyChanged(db, args, 1, EVENT_GENERIC, "expire");
  }
  out.integer(1);
}

function readConditionsOrReply(args: Args, out: ReplyWriter): number {
  let bits = 0;
  for (let i = 3; i < args.count; i++) {
    if (args.is(i, NX)) bits |= BIT_NX;
    else if (args.is(i, XX)) bits |= BIT_XX;
    else if (args.is(i, GT)) bits |= BIT_GT;
    else if (args.is(i, LT)) bits |= BIT_LT;
    else {
      out.errorText(`ERR Unsupported option ${args.cText(i)}`);
      return INVALID;
    }
  }
  if (bits & BIT_NX && bits !== BIT_NX) {
    out.error(ERR_NX_WITH_OTHERS);
    return INVALID;
  }
  if (bits & BIT_GT && bits & BIT_LT) {
    out.error(ERR_GT_WITH_LT);
    return INVALID;
  }
  return bits;
}

/** No deadline counts as one in eternity: GT never replaces it, LT always. */
function areMet(db: Database, record: Record, bits: number, deadline: Deadline): boolean {
  if (bits === 0) return true;
  const { records } = db.keyspace;
  if (!records.hasDeadline(record)) return (bits & (BIT_XX | BIT_GT)) === 0;
  if (bits & BIT_NX) return false;
  const rounded = records.deadline(record);
  const present = Number.isSafeInteger(rounded) ? rounded : records.exactDeadline(record);
  if (bits & BIT_GT) return deadline > present;
  return (bits & BIT_LT) === 0 || deadline < present;
}
