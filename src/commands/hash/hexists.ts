import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const hexists = defineCommand({
  name: "hexists",
  group: "hash",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Tells whether a hash has a field.",
  arity: 3,
  flags: ["readonly", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key"), arg.string("field")],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const record = db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const found = hashes.find(db, record, args.view, args.start(2), args.byteLength(2));
    if (hashes.expired > 0) hashes.settle(db, record);
    out.integer(found ? 1 : 0);
  },
});
