import { defineCommand } from "../define.js";

export const quit = defineCommand({
  name: "quit",
  group: "connection",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Closes the connection.",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  acl: ["connection"],
  deprecatedSince: "7.2.0",
  replacedBy: "just closing the connection",
  docFlags: ["deprecated"],
  run(ctx, _args, out) {
    out.ok();
    ctx.session.closeAfterReply();
  },
});
