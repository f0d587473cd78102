/** HEXPIRE, HPEXPIRE, HEXPIREAT and HPEXPIREAT. They go out as HPEXPIREAT with the fields that it concerned. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { BASE_ABSOLUTE, UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { FIELDS_ARG, NO_FIELDS, readFieldsOrReply, replyForEach } from "./field-arguments.js";
import {
  applyDeadline,
  CONDITION_GT,
  CONDITION_LT,
  CONDITION_NONE,
  CONDITION_NX,
  CONDITION_XX,
  DEADLINE_SET,
  FIELD_DELETED,
  FIELD_MISSING,
  readFieldDeadlineOrReply,
} from "./field-deadlines.js";

const ERR_FIELD_COUNT = encodeReply("-ERR Parameter `numFields` should be greater than 0\r\n");

const CONDITIONS = [
  { word: keyword("NX"), condition: CONDITION_NX },
  { word: keyword("XX"), condition: CONDITION_XX },
  { word: keyword("GT"), condition: CONDITION_GT },
  { word: keyword("LT"), condition: CONDITION_LT },
] as const;

const SHARED = {
  group: "hash",
  since: "7.4.0",
  complexity: "O(N) for N fields",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "update")],
} as const satisfies Partial<CommandSpec>;

const TAIL_ARGS = [
  arg.optional(arg.oneOf("condition", [arg.token("NX"), arg.token("XX"), arg.token("GT"), arg.token("LT")])),
  FIELDS_ARG,
];

export const hexpire = defineCommand({
  ...SHARED,
  name: "hexpire",
  summary: "Lets fields of a hash expire after so many seconds.",
  args: [arg.key("key"), arg.integer("seconds"), ...TAIL_ARGS],
  run: (ctx, args, out) => expireFields(ctx, args, UNIT_SECONDS, ctx.nowMs, out),
});

export const hpexpire = defineCommand({
  ...SHARED,
  name: "hpexpire",
  summary: "Lets fields of a hash expire after so many milliseconds.",
  args: [arg.key("key"), arg.integer("milliseconds"), ...TAIL_ARGS],
  run: (ctx, args, out) => expireFields(ctx, args, UNIT_MILLISECONDS, ctx.nowMs, out),
});

export const hexpireat = defineCommand({
  ...SHARED,
  name: "hexpireat",
  summary: "Lets fields of a hash expire at a Unix time in seconds.",
  args: [arg.key("key"), arg.unixTime("unix-time-seconds"), ...TAIL_ARGS],
  run: (ctx, args, out) => expireFields(ctx, args, UNIT_SECONDS, BASE_ABSOLUTE, out),
});

export const hpexpireat = defineCommand({
  ...SHARED,
  name: "hpexpireat",
  summary: "Lets fields of a hash expire at a Unix time in milliseconds.",
  args: [arg.key("key"), arg.unixTime("unix-time-milliseconds"), ...TAIL_ARGS],
  run: (ctx, args, out) => expireFields(ctx, args, UNIT_MILLISECONDS, BASE_ABSOLUTE, out),
});

function expireFields(ctx: CommandContext, args: Args, unit: number, base: number, out: ReplyWriter): void {
  const { hashes } = ctx;
  const record = ctx.db.findForWrite(args, 1);
  if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
  const deadline = readFieldDeadlineOrReply(ctx, args, 2, unit, base, out);
  if (Number.isNaN(deadline)) return;
  const condition = readCondition(args);
  const first = readFieldsOrReply(args, condition === CONDITION_NONE ? 3 : 4, ERR_FIELD_COUNT, out);
  if (first === NO_FIELDS) return;
  if (record === NO_ENTRY) return replyForEach(args, first, FIELD_MISSING, out);
  hashes.allowDeadlines(record);
  const propagated = ctx.effects.propagates ? listPropagated(args, deadline, condition) : null;
  let updated = 0;
  let deleted = 0;
  out.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    // One that has expired, and was not met since, gets a new deadline like any other.
    const found = hashes.peek(record, args.view, args.start(i), args.byteLength(i));
    const outcome = found ? applyDeadline(ctx, record, deadline, condition) : FIELD_MISSING;
    out.integer(outcome);
    if (outcome === FIELD_DELETED) deleted++;
    if (outcome !== DEADLINE_SET) continue;
    updated++;
    propagated?.push(args.copy(i));
  }
  if (updated + deleted > 0) announce(ctx, args, record, updated, deleted);
  if (propagated === null) return;
  if (updated === 0) return ctx.effects.propagateNothing();
  propagated.splice(propagated.length - updated, 0, "FIELDS", String(updated));
  ctx.effects.propagateAs(ctx.db, propagated);
}

function readCondition(args: Args): number {
  for (const { word, condition } of CONDITIONS) if (args.is(3, word)) return condition;
  return CONDITION_NONE;
}

/** The command that goes out, up to its fields. The condition has been checked, and holds elsewhere as well. */
function listPropagated(args: Args, deadline: number, condition: number): (string | Uint8Array)[] {
  const words: (string | Uint8Array)[] = ["HPEXPIREAT", args.copy(1), String(deadline)];
  if (condition !== CONDITION_NONE) words.push(args.copy(3));
  return words;
}

function announce(ctx: CommandContext, args: Args, record: Record, updated: number, deleted: number): void {
  const { db, hashes, effects } = ctx;
  const isGone = hashes.settle(db, record);
  effects.dirty += updated + deleted - 1;
  effects.keyChanged(db, args, 1, EVENT_HASH, deleted > 0 ? "hdel" : "hexpire");
  if (isGone) effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
}
