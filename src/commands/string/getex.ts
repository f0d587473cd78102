import { NO_ENTRY } from "../../keyspace/database.js";
import type { Deadline, Record } from "../../keyspace/record.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";
import { deletePassed, hasPassed } from "../deadline.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { replyString } from "./reply-string.js";
import {
  OPTION_EXAT,
  OPTION_PERSIST,
  OPTION_PXAT,
  OPTION_TIMED,
  readOptionDeadlineOrReply,
  SYNTAX_ERROR,
  scanGetexOptions,
} from "./string-options.js";

export const getex = defineCommand({
  name: "getex",
  group: "string",
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Reads the string value of a key, and changes when it expires.",
  arity: -2,
  flags: ["write", "fast"],
  acl: ["string"],
  keys: [{ ...keyAt(1, "RW", "access", "update"), notes: "RW and UPDATE because it changes the TTL" }],
  args: [
    arg.key("key"),
    arg.optional(
      arg.oneOf("expiration", [
        arg.integer("seconds", { token: "EX" }),
        arg.integer("milliseconds", { token: "PX" }),
        arg.unixTime("unix-time-seconds", { token: "EXAT" }),
        arg.unixTime("unix-time-milliseconds", { token: "PXAT" }),
        arg.token("PERSIST"),
      ]),
    ),
  ],
  run(ctx, args, out) {
    const options = scanGetexOptions(args);
    if (options === SYNTAX_ERROR) return out.error(ERR_SYNTAX);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!ctx.strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    let deadline: Deadline = DEADLINE_NONE;
    if (options & OPTION_TIMED) {
      deadline = readOptionDeadlineOrReply(ctx, args, options, out);
      if (Number.isNaN(deadline)) return;
    }
    replyString(ctx, record, out);
    if (options & (OPTION_EXAT | OPTION_PXAT) && hasPassed(ctx, deadline)) deletePassed(ctx, args, record);
    else if (options & OPTION_TIMED) expireAt(ctx, args, record, deadline);
    else if (options & OPTION_PERSIST) persist(ctx, args, record);
  },
});

function expireAt(ctx: CommandContext, args: Args, record: Record, deadline: Deadline): void {
  const { db, effects } = ctx;
  db.setDeadline(record, deadline);
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "expire");
  if (effects.propagates) effects.propagateAs(db, ["PEXPIREAT", args.copy(1), String(deadline)]);
}

function persist(ctx: CommandContext, args: Args, record: Record): void {
  const { db, effects } = ctx;
  if (!ctx.keyspace.records.hasDeadline(record)) return;
  db.setDeadline(record, DEADLINE_NONE);
  effects.keyChanged(db, args, 1, EVENT_GENERIC, "persist");
  if (effects.propagates) effects.propagateAs(db, ["PERSIST", args.copy(1)]);
}
