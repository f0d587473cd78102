/** SETEX and PSETEX. */
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { readDeadlineOrReply, UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { storeExpiring } from "./store-expiring.js";

export const setex = defineCommand({
  name: "setex",
  group: "string",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Sets a key to a string that expires after some seconds.",
  deprecatedSince: "2.6.12",
  replacedBy: "`SET` with the `EX` argument",
  docFlags: ["deprecated"],
  arity: 4,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [keyAt(1, "OW", "update")],
  args: [arg.key("key"), arg.integer("seconds"), arg.string("value")],
  run(ctx, args, out) {
    setFor(ctx, args, UNIT_SECONDS, out);
  },
});

export const psetex = defineCommand({
  name: "psetex",
  group: "string",
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Sets a key to a string that expires after some milliseconds.",
  deprecatedSince: "2.6.12",
  replacedBy: "`SET` with the `PX` argument",
  docFlags: ["deprecated"],
  arity: 4,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [keyAt(1, "OW", "update")],
  args: [arg.key("key"), arg.integer("milliseconds"), arg.string("value")],
  run(ctx, args, out) {
    setFor(ctx, args, UNIT_MILLISECONDS, out);
  },
});

function setFor(ctx: CommandContext, args: Args, unit: number, out: ReplyWriter): void {
  const deadline = readDeadlineOrReply(ctx, args, 2, unit, ctx.nowMs, out);
  if (Number.isNaN(deadline)) return;
  storeExpiring(ctx, args, 1, 3, deadline, false);
  out.ok();
}
