import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { type Args, keyword } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { applyDeadline, CONDITION_NONE, FIELD_DELETED, readFieldDeadlineOrReply } from "./field-deadlines.js";
import { makeRoom, setField } from "./set-fields.js";
import { findTimeOption, TIME_OPTION_ARGS } from "./time-options.js";

const FIELDS = keyword("FIELDS");
const KEEPTTL = keyword("KEEPTTL");
const FNX = keyword("FNX");
const FXX = keyword("FXX");

const ERR_FIELD_COUNT = encodeReply("-ERR invalid number of fields\r\n");
const ERR_NO_TIME = encodeReply("-ERR missing expire time\r\n");
const ERR_CONDITIONS = encodeReply("-ERR Only one of FXX or FNX arguments can be specified\r\n");
const ERR_EXPIRATIONS = encodeReply("-ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified\r\n");

/** What becomes of the deadlines, where no time is given. */
const DROP = -1;
const KEEP = -2;

interface Options {
  /** The first field. */
  first: number;
  deadline: number;
  /** Where the time stands, when it is not milliseconds of Unix time; else 0. */
  timeAt: number;
  condition: "none" | "FNX" | "FXX";
}

export const hsetex = defineCommand({
  name: "hsetex",
  group: "hash",
  since: "8.0.0",
  complexity: "O(N) for N fields",
  summary: "Sets fields of a hash, and when they expire.",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "update")],
  args: [
    arg.key("key"),
    arg.optional(arg.oneOf("condition", [arg.token("FNX"), arg.token("FXX")])),
    arg.optional(arg.oneOf("expiration", [...TIME_OPTION_ARGS, arg.token("KEEPTTL")])),
    arg.block(
      "fields",
      [arg.integer("numfields"), arg.multiple(arg.block("data", [arg.string("field"), arg.string("value")]))],
      { token: "FIELDS" },
    ),
  ],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const options = readOptionsOrReply(ctx, args, out);
    if (options === null) return;
    let record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const isMet = record === NO_ENTRY ? options.condition !== "FXX" : meets(ctx, args, record, options);
    if (hashes.expired > 0 && hashes.settle(db, record)) record = NO_ENTRY;
    if (!isMet) return out.integer(0);
    if (record === NO_ENTRY) record = hashes.create(db, args.view, args.start(1), args.byteLength(1));
    setFields(ctx, args, record, options);
    out.integer(1);
  },
});

function readOptionsOrReply(ctx: CommandContext, args: Args, out: ReplyWriter): Options | null {
  const options: Options = { first: 0, deadline: DROP, timeAt: 0, condition: "none" };
  for (let i = 2; i < args.count; i++) {
    const time = findTimeOption(args, i);
    if (args.is(i, FIELDS)) {
      options.first = readFieldsOrReply(ctx, args, i, out);
      return options.first === 0 ? null : options;
    }
    if (time !== null || args.is(i, KEEPTTL)) {
      if (options.deadline !== DROP) return refuse(out, ERR_EXPIRATIONS);
      options.deadline = KEEP;
      if (time === null) continue;
      if (++i === args.count) return refuse(out, ERR_NO_TIME);
      options.deadline = readFieldDeadlineOrReply(ctx, args, i, time.unit, time.isRelative ? ctx.nowMs : 0, out);
      if (Number.isNaN(options.deadline)) return null;
      if (time.isRelative || time.unit !== 1) options.timeAt = i;
    } else if (args.is(i, FNX) || args.is(i, FXX)) {
      if (options.condition !== "none") return refuse(out, ERR_CONDITIONS);
      options.condition = args.is(i, FNX) ? "FNX" : "FXX";
    } else {
      out.errorText(`ERR unknown argument: ${args.cText(i)}`);
      return null;
    }
  }
  // Six words without FIELDS cannot be options only: two of a kind, or a word that is none, ended the loop.
  return refuse(out, ERR_FIELD_COUNT);
}

/** The first field behind FIELDS at argument i; 0 when the client has its error. */
function readFieldsOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): number {
  const given = args.count - i - 2;
  if (given >= 2) {
    const count = args.readInteger(i + 1);
    if (!(count >= 1 && count < 2 ** 31)) {
      out.error(ERR_FIELD_COUNT);
      return 0;
    }
    if (count * 2 === given) return i + 2;
  }
  out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
  return 0;
}

function refuse(out: ReplyWriter, error: Uint8Array): null {
  out.error(error);
  return null;
}

/** Whether FNX finds none of the fields, or FXX all of them. */
function meets(ctx: CommandContext, args: Args, record: Record, options: Options): boolean {
  if (options.condition === "none") return true;
  const wanted = options.condition === "FXX";
  for (let i = options.first; i < args.count; i += 2) {
    if (ctx.hashes.find(ctx.db, record, args.view, args.start(i), args.byteLength(i)) !== wanted) return false;
  }
  return true;
}

function setFields(ctx: CommandContext, args: Args, record: Record, options: Options): void {
  const { db, hashes, effects } = ctx;
  const fields = (args.count - options.first) / 2;
  const expires = options.deadline >= 0;
  let deleted = 0;
  makeRoom(ctx, record, fields);
  if (expires) hashes.allowDeadlines(record);
  for (let i = options.first; i < args.count; i += 2) {
    setField(ctx, record, args, i, options.deadline !== DROP);
    if (!expires) continue;
    hashes.peek(record, args.view, args.start(i), args.byteLength(i));
    if (applyDeadline(ctx, record, options.deadline, CONDITION_NONE) === FIELD_DELETED) deleted++;
  }
  const isGone = hashes.settle(db, record);
  effects.dirty += fields - 1;
  effects.keyChanged(db, args, 1, EVENT_HASH, "hset");
  const { view } = args;
  const start = args.start(1);
  const length = args.byteLength(1);
  if (expires) effects.notify(db, view, start, length, EVENT_HASH, deleted > 0 ? "hdel" : "hexpire");
  if (isGone) effects.notify(db, view, start, length, EVENT_GENERIC, "del");
  // What has passed went out as HDELs; a time that is not absolute would be later elsewhere.
  if (deleted > 0) effects.propagateNothing();
  else if (options.timeAt !== 0 && effects.propagates) {
    const words: (string | Uint8Array)[] = Array.from({ length: args.count }, (_, i) => args.copy(i));
    words[options.timeAt - 1] = "PXAT";
    words[options.timeAt] = String(options.deadline);
    effects.propagateAs(db, words);
  }
}
