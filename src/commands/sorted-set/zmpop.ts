import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyCount } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { MultiPop } from "./multi-pop.js";
import { popMembers } from "./pop-members.js";

const request = new MultiPop();

export const zmpop = defineCommand({
  name: "zmpop",
  group: "sorted-set",
  since: "7.0.0",
  complexity: "O(K)+O(log(N)+M) with K keys, N members in the set and M popped",
  summary: "Removes and returns members from the first of several sorted sets that has any.",
  arity: -4,
  flags: ["write"],
  acl: ["sortedset"],
  keys: [keyCount(1, "RW", "access", "delete")],
  args: [
    arg.integer("numkeys"),
    arg.multiple(arg.key("key")),
    arg.oneOf("where", [arg.token("MIN"), arg.token("MAX")]),
    arg.optional(arg.integer("count", { token: "COUNT" })),
  ],
  run(ctx, args, out) {
    if (!request.readOrReply(args, 1, out)) return;
    const { firstKey, keys } = request;
    for (let i = firstKey; i < firstKey + keys; i++) {
      const record = ctx.db.findForWrite(args, i);
      if (record === NO_ENTRY) continue;
      if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
      return replyMultiPop(ctx, args, i, record, request.count, request.takesLast, out);
    }
    out.nilArray();
  },
});

/** Pops from the set at argument i: its name, and pairs of member and score. BZMPOP answers alike. */
export function replyMultiPop(
  ctx: CommandContext,
  args: Args,
  i: number,
  record: Record,
  asked: number,
  takesLast: boolean,
  out: ReplyWriter,
): void {
  const { db, effects } = ctx;
  const count = Math.min(asked, ctx.sortedSets.count(record));
  if (effects.propagates) {
    effects.propagateAs(db, [takesLast ? "ZPOPMAX" : "ZPOPMIN", args.copy(i), String(count)]);
  }
  out.array(2);
  out.bulk(args.view, args.start(i), args.end(i));
  out.array(count);
  popMembers(ctx, args, i, record, count, takesLast, true, out);
}
