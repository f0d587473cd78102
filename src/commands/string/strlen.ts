import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const strlen = defineCommand({
  name: "strlen",
  group: "string",
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Answers how many bytes a string value has.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(ctx.strings.byteLength(record));
  },
});
