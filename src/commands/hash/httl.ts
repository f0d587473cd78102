/** HTTL, HPTTL, HEXPIRETIME and HPEXPIRETIME. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/field-records.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { BASE_ABSOLUTE, UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ERR_FIELD_COUNT, FIELDS_ARG, NO_FIELDS, readFieldsOrReply, replyForEach } from "./field-arguments.js";

const NO_FIELD = -2;
const NO_DEADLINE = -1;

const SHARED = {
  group: "hash",
  since: "7.4.0",
  complexity: "O(N) for N fields",
  arity: -5,
  flags: ["readonly", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), FIELDS_ARG],
} as const satisfies Partial<CommandSpec>;

export const httl = defineCommand({
  ...SHARED,
  name: "httl",
  summary: "Tells after how many seconds fields of a hash expire.",
  run: (ctx, args, out) => replyDeadlines(ctx, args, UNIT_SECONDS, ctx.nowMs, out),
});

export const hpttl = defineCommand({
  ...SHARED,
  name: "hpttl",
  summary: "Tells after how many milliseconds fields of a hash expire.",
  run: (ctx, args, out) => replyDeadlines(ctx, args, UNIT_MILLISECONDS, ctx.nowMs, out),
});

export const hexpiretime = defineCommand({
  ...SHARED,
  name: "hexpiretime",
  summary: "Tells at which Unix time, in seconds, fields of a hash expire.",
  run: (ctx, args, out) => replyDeadlines(ctx, args, UNIT_SECONDS, BASE_ABSOLUTE, out),
});

export const hpexpiretime = defineCommand({
  ...SHARED,
  name: "hpexpiretime",
  summary: "Tells at which Unix time, in milliseconds, fields of a hash expire.",
  run: (ctx, args, out) => replyDeadlines(ctx, args, UNIT_MILLISECONDS, BASE_ABSOLUTE, out),
});

function replyDeadlines(ctx: CommandContext, args: Args, unit: number, base: number, out: ReplyWriter): void {
  const record = ctx.db.find(args, 1);
  if (record !== NO_ENTRY && !ctx.hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
  const first = readFieldsOrReply(args, 2, ERR_FIELD_COUNT, out);
  if (first === NO_FIELDS) return;
  if (record === NO_ENTRY) return replyForEach(args, first, NO_FIELD, out);
  out.array(args.count - first);
  for (let i = first; i < args.count; i++) out.integer(findTime(ctx, record, args, i, unit, base));
}

function findTime(ctx: CommandContext, record: Record, args: Args, i: number, unit: number, base: number): number {
  const { hashes } = ctx;
  if (!hashes.peek(record, args.view, args.start(i), args.byteLength(i)) || hashes.isExpired()) return NO_FIELD;
  const deadline = hashes.deadline();
  return deadline === DEADLINE_NONE ? NO_DEADLINE : Math.floor((deadline - base + unit - 1) / unit);
}
