import { arg, defineCommand, keyAt } from "../define.js";
import { replyStringOrNil } from "./reply-string.js";

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
    replyStringOrNil(ctx, args, out);
  },
});
