import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyRange } from "../define.js";
import { replyString } from "./reply-string.js";

export const mget = defineCommand({
  name: "mget",
  group: "string",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys.",
  summary: "Reads the string values of several keys at once.",
  arity: -2,
  flags: ["readonly", "fast"],
  acl: ["string"],
  tips: ["request_policy:multi_shard"],
  keys: [keyRange(1, -1, 1, "RO", "access")],
  args: [arg.multiple(arg.key("key"))],
  run(ctx, args, out) {
    out.array(args.count - 1);
    for (let i = 1; i < args.count; i++) {
      const record = ctx.db.find(args, i);
      if (record === NO_ENTRY || !ctx.strings.isString(record)) out.nil();
      else replyString(ctx, record, out);
    }
  },
});
