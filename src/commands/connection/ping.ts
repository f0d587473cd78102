import { arg, defineCommand } from "../define.js";

export const ping = defineCommand({
  name: "ping",
  group: "connection",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Answers PONG, or the message.",
  arity: -1,
  flags: ["fast"],
  acl: ["connection"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  args: [arg.optional(arg.string("message"))],
  run(ctx, args, out) {
    if (args.count > 2) return out.errorText("ERR wrong number of arguments for 'ping' command");
    if (ctx.session.isConfinedToPubSub) {
      // Everything that comes to such a client is an array that begins with its kind.
      out.array(2);
      out.bulkText("pong");
      if (args.count === 1) out.bulkText("");
      else out.bulk(args.view, args.start(1), args.end(1));
      return;
    }
    if (args.count === 1) out.simple("PONG");
    else out.bulk(args.view, args.start(1), args.end(1));
  },
});
