import { defineCommand } from "../define.js";

export const lastsave = defineCommand({
  name: "lastsave",
  group: "server",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Tells when the data was last saved.",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  acl: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  run: (ctx, _args, out) => out.integer(ctx.server.lastSaveSeconds),
});
