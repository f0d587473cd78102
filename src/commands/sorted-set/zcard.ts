import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const zcard = defineCommand({
  name: "zcard",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Counts the members of a sorted set.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(ctx.sortedSets.count(record));
  },
});
