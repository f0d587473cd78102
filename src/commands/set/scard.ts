import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const scard = defineCommand({
  name: "scard",
  group: "set",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the members of a set.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["set"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const { sets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(sets.size(sets.open(record)));
  },
});
