import { readDatabaseOrReply } from "../database-argument.js";
import { arg, defineCommand } from "../define.js";

export const select = defineCommand({
  name: "select",
  group: "connection",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Chooses the database of the connection.",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  acl: ["connection"],
  args: [arg.integer("index")],
  run(ctx, args, out) {
    const db = readDatabaseOrReply(ctx, args, 1, out);
    if (db === null) return;
    ctx.session.db = db;
    out.ok();
  },
});
