import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyRange } from "../define.js";

export const touch = defineCommand({
  name: "touch",
  group: "generic",
  since: "3.2.1",
  complexity: "O(N) for N keys",
  summary: "Marks the keys as just accessed, and counts those that exist.",
  arity: -2,
  flags: ["readonly", "fast"],
  acl: ["keyspace"],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  keys: [keyRange(1, -1, 1, "RO")],
  args: [arg.multiple(arg.key("key"))],
  run(ctx, args, out) {
    // The one command that touches for clients with CLIENT NO-TOUCH too.
    ctx.keyspace.noTouch = false;
    let count = 0;
    for (let i = 1; i < args.count; i++) if (ctx.db.find(args, i) !== NO_ENTRY) count++;
    out.integer(count);
  },
});
