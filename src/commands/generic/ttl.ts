/** TTL, PTTL, EXPIRETIME and PEXPIRETIME. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { BASE_ABSOLUTE, UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";

const NO_KEY = -2;
const NO_DEADLINE = -1;

const SHARED = {
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["keyspace"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key")],
} as const satisfies Partial<CommandSpec>;

const RELATIVE = {
  tips: ["nondeterministic_output"],
  history: [["2.8.0", "Added the -2 reply."]],
} as const satisfies Partial<CommandSpec>;

export const ttl = defineCommand({
  ...SHARED,
  ...RELATIVE,
  name: "ttl",
  since: "1.0.0",
  summary: "How many seconds a key has left.",
  run: (ctx, args, out) => replyDeadline(ctx, args, out, UNIT_SECONDS, ctx.nowMs),
});

export const pttl = defineCommand({
  ...SHARED,
  ...RELATIVE,
  name: "pttl",
  since: "2.6.0",
  summary: "How many milliseconds a key has left.",
  run: (ctx, args, out) => replyDeadline(ctx, args, out, UNIT_MILLISECONDS, ctx.nowMs),
});

export const expiretime = defineCommand({
  ...SHARED,
  name: "expiretime",
  since: "7.0.0",
  summary: "The Unix time, in seconds, at which a key expires.",
  run: (ctx, args, out) => replyDeadline(ctx, args, out, UNIT_SECONDS, BASE_ABSOLUTE),
});

export const pexpiretime = defineCommand({
  ...SHARED,
  name: "pexpiretime",
  since: "7.0.0",
  summary: "The Unix time, in milliseconds, at which a key expires.",
  run: (ctx, args, out) => replyDeadline(ctx, args, out, UNIT_MILLISECONDS, BASE_ABSOLUTE),
});

function replyDeadline(ctx: CommandContext, args: Args, out: ReplyWriter, unit: number, base: number): void {
  const { records } = ctx.keyspace;
  const record = ctx.db.findNoTouch(args, 1, true);
  if (record === NO_ENTRY) return out.integer(NO_KEY);
  if (!records.hasDeadline(record)) return out.integer(NO_DEADLINE);
  const deadline = records.deadline(record);
  if (!Number.isSafeInteger(deadline)) {
    const left = records.exactDeadline(record) - BigInt(base);
    return out.bigint(unit === UNIT_MILLISECONDS ? left : (left + 500n) / 1000n);
  }
  const left = Math.max(0, deadline - base);
  out.integer(unit === UNIT_MILLISECONDS ? left : Math.floor((left + 500) / 1000));
}
