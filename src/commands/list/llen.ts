import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const llen = defineCommand({
  name: "llen",
  group: "list",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the elements of a list.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["list"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(ctx.lists.count(record));
  },
});
