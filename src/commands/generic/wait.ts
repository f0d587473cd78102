/** WAIT and WAITAOF: until the client's writes are elsewhere. There are no replicas yet, and no AOF: nobody confirms. */
import type { Args } from "../../resp/args.js";
import { INT64_MAX } from "../../resp/numbers.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand } from "../define.js";
import { ERR_NOT_INTEGER } from "../errors.js";
import { WAIT_FOREVER } from "../timeout-argument.js";

const ERR_TIMEOUT_NUMBER = encodeReply("-ERR timeout is not an integer or out of range\r\n");
const ERR_TIMEOUT_NEGATIVE = encodeReply("-ERR timeout is negative\r\n");
const ERR_TIMEOUT_RANGE = encodeReply("-ERR timeout is out of range\r\n");
const ERR_ZERO_OR_ONE = encodeReply("-ERR value is out of range, value must between 0 and 1\r\n");
const ERR_POSITIVE = encodeReply("-ERR value is out of range, must be positive\r\n");
const ERR_NO_AOF = encodeReply("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n");

const SHARED = {
  group: "generic",
  complexity: "O(1)",
  flags: ["blocking"],
  acl: ["connection"],
  tips: ["request_policy:all_shards", "response_policy:agg_min"],
} as const satisfies Partial<CommandSpec>;

const replyNone = (out: ReplyWriter): void => out.integer(0);

function replyNoneAnywhere(out: ReplyWriter): void {
  out.array(2);
  out.integer(0);
  out.integer(0);
}

export const wait = defineCommand({
  ...SHARED,
  name: "wait",
  since: "3.0.0",
  summary: "Waits until so many replicas have the client's writes.",
  arity: 3,
  args: [arg.integer("numreplicas"), arg.integer("timeout")],
  run(ctx, args, out) {
    const wanted = args.readInteger(1);
    if (Number.isNaN(wanted)) return out.error(ERR_NOT_INTEGER);
    const deadline = readDeadlineOrReply(ctx, args, 2, out);
    if (Number.isNaN(deadline)) return;
    if (wanted <= 0 || ctx.session.denyBlocking) replyNone(out);
    else waitInVain(ctx, args, deadline, replyNone);
  },
});

export const waitaof = defineCommand({
  ...SHARED,
  name: "waitaof",
  since: "7.2.0",
  summary: "Waits until the client's writes are in the append-only files, here and on so many replicas.",
  arity: 4,
  args: [arg.integer("numlocal"), arg.integer("numreplicas"), arg.integer("timeout")],
  run(ctx, args, out) {
    const local = args.readInteger(1);
    if (Number.isNaN(local)) return out.error(ERR_NOT_INTEGER);
    if (local < 0 || local > 1) return out.error(ERR_ZERO_OR_ONE);
    const replicas = args.readInteger(2);
    if (!(replicas >= 0)) return out.error(ERR_POSITIVE);
    const deadline = readDeadlineOrReply(ctx, args, 3, out);
    if (Number.isNaN(deadline)) return;
    if (local === 1) return out.error(ERR_NO_AOF);
    if (replicas === 0 || ctx.session.denyBlocking) replyNoneAnywhere(out);
    else waitInVain(ctx, args, deadline, replyNoneAnywhere);
  },
});

/** Nothing but the deadline, or CLIENT UNBLOCK, ends this wait. */
function waitInVain(ctx: CommandContext, args: Args, deadline: number, replyInTime: (out: ReplyWriter) => void): void {
  ctx.session.block({ args, firstKey: 0, keyCount: 0, type: 0, deadline, onTimeout: replyInTime });
}

/** When argument i, in milliseconds, is over; NaN when the client has got an error. */
function readDeadlineOrReply(ctx: CommandContext, args: Args, i: number, out: ReplyWriter): number {
  const ms = args.readInteger(i);
  if (ms === 0) return WAIT_FOREVER;
  if (ms > 0 && (ms <= Number.MAX_SAFE_INTEGER || args.readInt64(i) <= INT64_MAX - BigInt(ctx.nowMs))) {
    return ctx.nowMs + ms;
  }
  out.error(Number.isNaN(ms) ? ERR_TIMEOUT_NUMBER : ms < 0 ? ERR_TIMEOUT_NEGATIVE : ERR_TIMEOUT_RANGE);
  return Number.NaN;
}
