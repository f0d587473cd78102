import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const hget = defineCommand({
  name: "hget",
  group: "hash",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Reads a field of a hash.",
  arity: 3,
  flags: ["readonly", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.string("field")],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    const record = db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    if (hashes.find(db, record, args.view, args.start(2), args.byteLength(2))) {
      hashes.locateValue();
      return out.bulk(hashes.view, hashes.start, hashes.start + hashes.length);
    }
    if (hashes.expired > 0) hashes.settle(db, record);
    out.nil();
  },
});
