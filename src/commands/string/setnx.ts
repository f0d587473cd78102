import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { storeString } from "./store-string.js";

export const setnx = defineCommand({
  name: "setnx",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a key to a string unless the key exists.",
  deprecatedSince: "2.6.12",
  replacedBy: "`SET` with the `NX` argument",
  docFlags: ["deprecated"],
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "OW", "insert")],
  args: [arg.key("key"), arg.string("value")],
  run(ctx, args, out) {
    if (ctx.db.findForWrite(args, 1) !== NO_ENTRY) return out.integer(0);
    storeString(ctx, args, 1, 2, DEADLINE_NONE);
    out.integer(1);
  },
});
