/** LPUSH, RPUSH, LPUSHX, RPUSHX. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, type CommandSpec, defineCommand, keyAt } from "../define.js";
import { EVENT_LIST } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";

function definePush(name: string, summary: string, atHead: boolean, mustExist: boolean): CommandSpec {
  return defineCommand({
    name,
    group: "list",
    since: mustExist ? "2.2.0" : "1.0.0",
    complexity: "O(N) where N is the number of elements.",
    summary,
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    acl: ["list"],
    keys: [keyAt(1, "RW", "insert")],
    args: [arg.key("key"), arg.multiple(arg.string("element"))],
    history: [[mustExist ? "4.0.0" : "2.4.0", "Accepts multiple `element` arguments."]],
    run: (ctx, args, out) => pushElements(ctx, args, out, atHead, mustExist),
  });
}

export const lpush = definePush("lpush", "Puts elements in front of a list, which it makes if need be.", true, false);
export const rpush = definePush(
  "rpush",
  "Puts elements at the end of a list, which it makes if need be.",
  false,
  false,
);
export const lpushx = definePush("lpushx", "Puts elements in front of a list that exists.", true, true);
export const rpushx = definePush("rpushx", "Puts elements at the end of a list that exists.", false, true);

function pushElements(ctx: CommandContext, args: Args, out: ReplyWriter, atHead: boolean, mustExist: boolean): void {
  const { db, lists, effects } = ctx;
  let record = db.findForWrite(args, 1);
  if (record === NO_ENTRY) {
    if (mustExist) return out.integer(0);
    record = lists.create(db, args.view, args.start(1), args.byteLength(1));
  } else if (!lists.isList(record)) {
    return out.error(ERR_WRONG_TYPE);
  }
  const count = lists.pushArguments(record, args, 2, atHead);
  effects.keyChanged(db, args, 1, EVENT_LIST, atHead ? "lpush" : "rpush");
  effects.dirty += args.count - 3;
  out.integer(count);
}
