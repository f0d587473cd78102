import { defineCommand } from "../define.js";

export const dbsize = defineCommand({
  name: "dbsize",
  group: "server",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Counts the keys of the database, expired ones that are not deleted yet included.",
  arity: 1,
  flags: ["readonly", "fast"],
  acl: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:agg_sum"],
  run: (ctx, _args, out) => out.integer(ctx.db.size),
});
