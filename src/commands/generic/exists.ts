import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyRange } from "../define.js";

export const exists = defineCommand({
  name: "exists",
  group: "generic",
  since: "1.0.0",
  complexity: "O(N) for N keys",
  summary: "Counts how many of the keys exist; one that is named twice counts twice.",
  arity: -2,
  flags: ["readonly", "fast"],
  acl: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  history: [["3.0.3", "Accepts multiple `key` arguments."]],
  keys: [keyRange(1, -1, 1, "RO")],
  args: [arg.multiple(arg.key("key"))],
  run(ctx, args, out) {
    let count = 0;
    for (let i = 1; i < args.count; i++) if (ctx.db.findNoTouch(args, i, true) !== NO_ENTRY) count++;
    out.integer(count);
  },
});
