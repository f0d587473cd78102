/** BZPOPMIN and BZPOPMAX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_SORTED_SET } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyRange } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readTimeoutOrReply } from "../timeout-argument.js";
import { popMembers } from "./pop-members.js";

export const bzpopmin = defineBlockingPop(
  "bzpopmin",
  "Takes the member with the lowest score from the first sorted set that has one; waits for it if need be.",
  false,
);
export const bzpopmax = defineBlockingPop(
  "bzpopmax",
  "Takes the member with the highest score from the first sorted set that has one; waits for it if need be.",
  true,
);

function defineBlockingPop(name: string, summary: string, takesLast: boolean): CommandSpec {
  return defineCommand({
    name,
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(K)+O(log(N)) with K keys and N members in the set",
    summary,
    arity: -3,
    flags: ["write", "fast", "blocking"],
    acl: ["sortedset"],
    keys: [keyRange(1, -2, 1, "RW", "access", "delete")],
    args: [arg.multiple(arg.key("key")), arg.double("timeout")],
    history: [["6.0.0", "`timeout` is interpreted as a double instead of an integer."]],
    run: (ctx, args, out) => popOrBlock(ctx, args, takesLast, out),
  });
}

function popOrBlock(ctx: CommandContext, args: Args, takesLast: boolean, out: ReplyWriter): void {
  const { db, effects, session } = ctx;
  const last = args.count - 1;
  const deadline = readTimeoutOrReply(ctx, args, last, out);
  if (Number.isNaN(deadline)) return;
  for (let i = 1; i < last; i++) {
    const record = db.findForWrite(args, i);
    if (record === NO_ENTRY) continue;
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    out.array(3);
    out.bulk(args.view, args.start(i), args.end(i));
    popMembers(ctx, args, i, record, 1, takesLast, false, out);
    if (effects.propagates) effects.propagateAs(db, [takesLast ? "ZPOPMAX" : "ZPOPMIN", args.copy(i)]);
    return;
  }
  if (session.denyBlocking) return out.nilArray();
  session.block({ args, firstKey: 1, keyCount: last - 1, type: TYPE_SORTED_SET, deadline });
}
