/** BLPOP and BRPOP. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_LIST } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyRange } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readTimeoutOrReply } from "../timeout-argument.js";
import { popName, type Side } from "./list-side.js";
import { popElement } from "./pop-elements.js";

function defineBlockingPop(name: string, summary: string, side: Side): CommandSpec {
  return defineCommand({
    name,
    group: "list",
    since: "2.0.0",
    complexity: "O(N) where N is the number of keys.",
    summary,
    arity: -3,
    flags: ["write", "blocking"],
    acl: ["list"],
    keys: [keyRange(1, -2, 1, "RW", "access", "delete")],
    args: [arg.multiple(arg.key("key")), arg.double("timeout")],
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    run: (ctx, args, out) => popOrBlock(ctx, args, out, side),
  });
}

export const blpop = defineBlockingPop(
  "blpop",
  "Takes the first element of the first list that has one; waits for it if need be.",
  "head",
);
export const brpop = defineBlockingPop(
  "brpop",
  "Takes the last element of the first list that has one; waits for it if need be.",
  "tail",
);

function popOrBlock(ctx: CommandContext, args: Args, out: ReplyWriter, side: Side): void {
  const { db, effects, session } = ctx;
  const last = args.count - 1;
  const deadline = readTimeoutOrReply(ctx, args, last, out);
  if (Number.isNaN(deadline)) return;
  for (let key = 1; key < last; key++) {
    const record = db.findForWrite(args, key);
    if (record === NO_ENTRY) continue;
    if (!ctx.lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    out.array(2);
    out.bulk(args.view, args.start(key), args.end(key));
    popElement(ctx, args, key, record, side, out);
    if (effects.propagates) effects.propagateAs(db, [popName(side), args.copy(key)]);
    return;
  }
  if (session.denyBlocking) return out.nilArray();
  session.block({ args, firstKey: 1, keyCount: last - 1, type: TYPE_LIST, deadline });
}
