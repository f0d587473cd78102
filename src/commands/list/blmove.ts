/** BLMOVE and BRPOPLPUSH. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_LIST } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { readTimeoutOrReply } from "../timeout-argument.js";
import { readSide, type Side, sideArg } from "./list-side.js";
import { moveElement } from "./move-element.js";

export const blmove = defineCommand({
  name: "blmove",
  group: "list",
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Moves an element from an end of one list to an end of another; waits for it if need be.",
  arity: 6,
  flags: ["write", "denyoom", "blocking"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "RW", "insert")],
  args: [
    arg.key("source"),
    arg.key("destination", { keySpecIndex: 1 }),
    sideArg("wherefrom"),
    sideArg("whereto"),
    arg.double("timeout"),
  ],
  run(ctx, args, out) {
    const from = readSide(args, 3);
    const to = readSide(args, 4);
    if (from === null || to === null) return out.error(ERR_SYNTAX);
    const deadline = readTimeoutOrReply(ctx, args, 5, out);
    if (Number.isNaN(deadline)) return;
    const moved = moveOrBlock(ctx, args, from, to, deadline, out);
    if (!moved || !ctx.effects.propagates) return;
    ctx.effects.propagateAs(ctx.db, ["LMOVE", args.copy(1), args.copy(2), args.copy(3), args.copy(4)]);
  },
});

export const brpoplpush = defineCommand({
  name: "brpoplpush",
  group: "list",
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Moves the last element of a list in front of another; waits for it if need be.",
  deprecatedSince: "6.2.0",
  replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments",
  docFlags: ["deprecated"],
  arity: 4,
  flags: ["write", "denyoom", "blocking"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "access", "delete"), keyAt(2, "RW", "insert")],
  args: [arg.key("source"), arg.key("destination", { keySpecIndex: 1 }), arg.double("timeout")],
  history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
  run(ctx, args, out) {
    const deadline = readTimeoutOrReply(ctx, args, 3, out);
    if (Number.isNaN(deadline)) return;
    const moved = moveOrBlock(ctx, args, "tail", "head", deadline, out);
    if (moved && ctx.effects.propagates) {
      ctx.effects.propagateAs(ctx.db, ["RPOPLPUSH", args.copy(1), args.copy(2)]);
    }
  },
});

/** True when an element was moved. */
function moveOrBlock(
  ctx: CommandContext,
  args: Args,
  from: Side,
  to: Side,
  deadline: number,
  out: ReplyWriter,
): boolean {
  const { session } = ctx;
  if (ctx.db.findForWrite(args, 1) !== NO_ENTRY || session.denyBlocking) return moveElement(ctx, args, from, to, out);
  session.block({ args, firstKey: 1, keyCount: 1, type: TYPE_LIST, deadline });
  return false;
}
