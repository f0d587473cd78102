import { defineCommand } from "../define.js";

export const reset = defineCommand({
  name: "reset",
  group: "connection",
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Brings the connection back to the state of a new one.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  acl: ["connection"],
  run(ctx, _args, out) {
    ctx.session.reset();
    out.simple("RESET");
  },
});
