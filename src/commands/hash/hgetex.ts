import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/field-records.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ERR_FIELD_COUNT, FIELDS_ARG, NO_FIELDS, readFieldsOrReply } from "./field-arguments.js";
import {
  applyDeadline,
  CONDITION_NONE,
  DEADLINE_SET,
  FIELD_DELETED,
  readFieldDeadlineOrReply,
} from "./field-deadlines.js";
import { replyField, replyNulls } from "./reply-field.js";
import { findTimeOption, TIME_OPTION_ARGS } from "./time-options.js";

const PERSIST = keyword("PERSIST");
/** What is done to the fields besides reading them, where it is no deadline. */
const KEEP = -2;

export const hgetex = defineCommand({
  name: "hgetex",
  group: "hash",
  since: "8.0.0",
  complexity: "O(N) for N fields",
  summary: "Reads fields of a hash, and changes when they expire.",
  arity: -5,
  flags: ["write", "fast"],
  acl: ["hash"],
  keys: [{ ...keyAt(1, "RW", "access", "update"), notes: "RW and UPDATE because it changes the TTL" }],
  args: [
    arg.key("key"),
    arg.optional(arg.oneOf("expiration", [...TIME_OPTION_ARGS, arg.token("PERSIST")])),
    FIELDS_ARG,
  ],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const option = findTimeOption(args, 2);
    let deadline = args.is(2, PERSIST) ? DEADLINE_NONE : KEEP;
    if (option !== null) {
      deadline = readFieldDeadlineOrReply(ctx, args, 3, option.unit, option.isRelative ? ctx.nowMs : 0, out);
      if (Number.isNaN(deadline)) return;
    }
    const fieldsAt = option !== null ? 4 : deadline === KEEP ? 2 : 3;
    if (fieldsAt + 2 >= args.count) {
      return out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
    }
    const first = readFieldsOrReply(args, fieldsAt, ERR_FIELD_COUNT, out);
    if (first === NO_FIELDS) return;
    if (record === NO_ENTRY) return replyNulls(args.count - first, out);
    if (option !== null) hashes.allowDeadlines(record);
    getFields(ctx, args, record, first, deadline, out);
  },
});

function getFields(
  ctx: CommandContext,
  args: Args,
  record: Record,
  first: number,
  deadline: number,
  out: ReplyWriter,
): void {
  const { db, hashes, effects } = ctx;
  let updated = 0;
  let deleted = 0;
  out.array(args.count - first);
  for (let i = first; i < args.count; i++) {
    if (!replyField(ctx, record, args, i, out) || deadline === KEEP) continue;
    if (deadline === DEADLINE_NONE) {
      if (hashes.deadline() === DEADLINE_NONE) continue;
      hashes.setDeadline(record, DEADLINE_NONE);
      updated++;
      continue;
    }
    const outcome = applyDeadline(ctx, record, deadline, CONDITION_NONE);
    if (outcome === DEADLINE_SET) updated++;
    if (outcome === FIELD_DELETED) deleted++;
  }
  if (updated + deleted + hashes.expired === 0) return;
  hashes.announceExpired(db, record);
  if (updated + deleted > 0) {
    effects.dirty += updated + deleted - 1;
    const event = updated === 0 ? "hdel" : deadline === DEADLINE_NONE ? "hpersist" : "hexpire";
    effects.keyChanged(db, args, 1, EVENT_HASH, event);
    propagate(ctx, args, first, updated > 0, deadline);
  }
  if (hashes.settle(db, record)) {
    effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
  }
}

/** HGETEX itself never goes out: reading changes nothing, and the HDELs of deleted fields went before. */
function propagate(ctx: CommandContext, args: Args, first: number, updated: boolean, deadline: number): void {
  const { db, effects } = ctx;
  if (!effects.propagates) return;
  if (!updated) return effects.propagateNothing();
  const fields = Array.from({ length: args.count - first }, (_, i) => args.copy(first + i));
  const tail = ["FIELDS", String(fields.length), ...fields];
  if (deadline === DEADLINE_NONE) effects.propagateAs(db, ["HPERSIST", args.copy(1), ...tail]);
  else effects.propagateAs(db, ["HPEXPIREAT", args.copy(1), String(deadline), ...tail]);
}
