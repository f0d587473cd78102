import { arg, defineCommand } from "../define.js";

export const echo = defineCommand({
  name: "echo",
  group: "connection",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Answers the message.",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  acl: ["connection"],
  args: [arg.string("message")],
  run(_ctx, args, out) {
    out.bulk(args.view, args.start(1), args.end(1));
  },
});
