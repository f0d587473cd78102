import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { replyString } from "./reply-string.js";

export const get = defineCommand({
  name: "get",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Reads the string value of a key.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!ctx.strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    replyString(ctx, record, out);
  },
});
