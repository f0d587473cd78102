import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { replyField, replyNulls } from "./reply-field.js";

export const hmget = defineCommand({
  name: "hmget",
  group: "hash",
  since: "2.0.0",
  complexity: "O(N) for N fields",
  summary: "Reads several fields of a hash.",
  arity: -3,
  flags: ["readonly", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.multiple(arg.string("field"))],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const record = db.find(args, 1);
    if (record === NO_ENTRY) return replyNulls(args.count - 2, out);
    if (!hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) replyField(ctx, record, args, i, out);
    if (hashes.expired > 0) hashes.settle(db, record);
  },
});
