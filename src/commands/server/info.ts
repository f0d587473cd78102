import { arg, defineCommand } from "../define.js";

export const info = defineCommand({
  name: "info",
  group: "server",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Tells about the server: versions, clients, memory, counters, keys.",
  arity: -1,
  flags: ["loading", "stale"],
  acl: ["dangerous"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  history: [["7.0.0", "Added support for taking multiple section arguments."]],
  args: [arg.optional(arg.multiple(arg.string("section")))],
  run(ctx, args, out) {
    const sections = Array.from({ length: args.count - 1 }, (_, i) => args.lowerCText(i + 1, 64));
    out.verbatim("txt", ctx.server.info(sections));
  },
});
