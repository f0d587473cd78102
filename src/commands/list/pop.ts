/** LPOP and RPOP. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { ERR_MUST_BE_POSITIVE, ERR_WRONG_TYPE } from "../errors.js";
import type { Side } from "./list-side.js";
import { popElement, popElements } from "./pop-elements.js";

function definePop(name: string, summary: string, side: Side): CommandSpec {
  return defineCommand({
    name,
    group: "list",
    since: "1.0.0",
    complexity: "O(N) where N is the number of elements popped.",
    summary,
    arity: -2,
    flags: ["write", "fast"],
    acl: ["list"],
    keys: [keyAt(1, "RW", "access", "delete")],
    args: [arg.key("key"), arg.optional(arg.integer("count", { since: "6.2.0" }))],
    history: [["6.2.0", "Added the `count` argument."]],
    run: (ctx, args, out) => pop(ctx, args, out, side),
  });
}

export const lpop = definePop("lpop", "Takes elements from the front of a list and answers with them.", "head");
export const rpop = definePop("rpop", "Takes elements from the end of a list and answers with them.", "tail");

function pop(ctx: CommandContext, args: Args, out: ReplyWriter, side: Side): void {
  if (args.count > 3) {
    return out.errorText(`ERR wrong number of arguments for '${ctx.command.fullName}' command`);
  }
  const hasCount = args.count === 3;
  const count = hasCount ? args.readInteger(2) : 1;
  if (!(count >= 0)) return out.error(ERR_MUST_BE_POSITIVE);
  const record = ctx.db.findForWrite(args, 1);
  if (record === NO_ENTRY) return hasCount ? out.nilArray() : out.nil();
  if (!ctx.lists.isList(record)) return out.error(ERR_WRONG_TYPE);
  if (!hasCount) return popElement(ctx, args, 1, record, side, out);
  if (count === 0) return out.array(0);
  popElements(ctx, args, 1, record, side, count, out);
}
