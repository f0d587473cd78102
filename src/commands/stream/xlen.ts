import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const xlen = defineCommand({
  name: "xlen",
  group: "stream",
  since: "5.0.0",
  complexity: "O(1)",
  summary: "Counts the entries of a stream.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["stream"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.streams.isStream(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(ctx.streams.heads.length(ctx.streams.head(record)));
  },
});
