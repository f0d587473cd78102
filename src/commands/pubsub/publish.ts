/** PUBLISH and SPUBLISH. */
import { arg, type CommandFlag, defineCommand, keyAt } from "../define.js";

const FLAGS: readonly CommandFlag[] = ["pubsub", "loading", "stale", "fast", "may_replicate"];

export const publish = defineCommand({
  name: "publish",
  group: "pubsub",
  since: "2.0.0",
  complexity:
    "O(N+M) where N is the number of clients subscribed to the receiving channel and M is the total number of " +
    "subscribed patterns (by any client).",
  summary: "Sends a message to all who listen to the channel; answers how many deliveries that made.",
  arity: 3,
  flags: FLAGS,
  args: [arg.string("channel"), arg.string("message")],
  run: (ctx, args, out) => out.integer(ctx.server.pubsub.publish(args, 1, 2)),
});

export const spublish = defineCommand({
  name: "spublish",
  group: "pubsub",
  since: "7.0.0",
  complexity: "O(N) where N is the number of clients subscribed to the receiving shard channel.",
  summary: "Sends a message to all who listen to the shard channel; answers how many those are.",
  arity: 3,
  flags: FLAGS,
  keys: [keyAt(1, "not_key")],
  args: [arg.string("shardchannel"), arg.string("message")],
  run: (ctx, args, out) => out.integer(ctx.server.pubsub.publishToShard(args, 1, 2)),
});
