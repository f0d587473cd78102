/** ZPOPMIN and ZPOPMAX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_MUST_BE_POSITIVE, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { popMembers } from "./pop-members.js";

export const zpopmin = definePop("zpopmin", "Removes and returns the members with the lowest scores.", false);
export const zpopmax = definePop("zpopmax", "Removes and returns the members with the highest scores.", true);

function definePop(name: string, summary: string, takesLast: boolean): CommandSpec {
  return defineCommand({
    name,
    group: "sorted-set",
    since: "5.0.0",
    complexity: "O(log(N)+M) with N members in the set and M popped",
    summary,
    arity: -2,
    flags: ["write", "fast"],
    acl: ["sortedset"],
    keys: [keyAt(1, "RW", "access", "delete")],
    args: [arg.key("key"), arg.optional(arg.integer("count"))],
    run: (ctx, args, out) => pop(ctx, args, takesLast, out),
  });
}

function pop(ctx: CommandContext, args: Args, takesLast: boolean, out: ReplyWriter): void {
  if (args.count > 3) return out.error(ERR_SYNTAX);
  const hasCount = args.count === 3;
  const asked = hasCount ? args.readInteger(2) : 1;
  if (!(asked >= 0)) return out.error(ERR_MUST_BE_POSITIVE);
  const { sortedSets } = ctx;
  const record = ctx.db.findForWrite(args, 1);
  if (record === NO_ENTRY) return out.array(0);
  if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
  if (asked === 0) return out.array(0);
  const count = Math.min(asked, sortedSets.count(record));
  // RESP3 has pairs where several members can come.
  const nested = hasCount && out.resp === 3;
  out.array(nested ? count : 2 * count);
  popMembers(ctx, args, 1, record, count, takesLast, nested, out);
}
