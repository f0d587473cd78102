import { defineCommand } from "../define.js";

export const time = defineCommand({
  name: "time",
  group: "server",
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Tells the server's clock: Unix seconds, and microseconds.",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  tips: ["nondeterministic_output"],
  run(ctx, _args, out) {
    // Whole milliseconds: the time that stands still during a call, which EXPIRE and TTL measure by.
    const ms = ctx.nowMs;
    out.array(2);
    out.bulkText(String(Math.floor(ms / 1000)));
    out.bulkText(String((ms % 1000) * 1000));
  },
});
