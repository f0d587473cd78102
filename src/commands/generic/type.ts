import { NO_ENTRY } from "../../keyspace/database.js";
import { TYPE_NAMES } from "../../keyspace/record.js";
import { arg, defineCommand, keyAt } from "../define.js";

export const type = defineCommand({
  name: "type",
  group: "generic",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Names the type of a key's value, or none.",
  arity: 2,
  flags: ["readonly", "fast"],
  acl: ["keyspace"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.findNoTouch(args, 1, true);
    out.simple((record !== NO_ENTRY && TYPE_NAMES[ctx.keyspace.records.type(record)]) || "none");
  },
});
