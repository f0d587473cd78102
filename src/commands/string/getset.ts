import { DEADLINE_NONE } from "../../keyspace/strings.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { replyStringOrNil } from "./reply-string.js";
import { storeString } from "./store-string.js";

export const getset = defineCommand({
  name: "getset",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a key to a string, and answers what it held.",
  deprecatedSince: "6.2.0",
  replacedBy: "`SET` with the `!GET` argument",
  docFlags: ["deprecated"],
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.string("value")],
  run(ctx, args, out) {
    if (!replyStringOrNil(ctx, args, out)) return;
    storeString(ctx, args, 1, 2, DEADLINE_NONE);
    if (ctx.effects.propagates) ctx.effects.propagateAs(ctx.db, ["SET", args.copy(1), args.copy(2)]);
  },
});
