import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const hlen = defineCommand({
  name: "hlen",
  group: "hash",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Counts the fields of a hash.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    // Fields that have expired, and were not met since, count: it stays O(1).
    out.integer(ctx.hashes.count(record));
  },
});
