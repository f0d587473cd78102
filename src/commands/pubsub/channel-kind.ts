/** Channels, patterns and shard channels: what the commands that subscribe and unsubscribe do alike for each of them. */
import { type Encoded, encodeReply } from "../../resp/reply-writer.js";
import type { SubscriptionSetView, SubscriptionsView } from "../context.js";
import { type ArgSpec, arg, type CommandFlag, type KeySpec, keyRange } from "../define.js";

export interface ChannelKind {
  /** Before the names of the commands: `p` of PSUBSCRIBE. */
  readonly prefix: "" | "p" | "s";
  readonly subscribed: Encoded;
  readonly unsubscribed: Encoded;
  /** What COMMAND DOCS says of the names. */
  readonly arg: ArgSpec;
  readonly plural: string;
  readonly since: string;
  readonly keys?: readonly KeySpec[];
  set(subscriptions: SubscriptionsView): SubscriptionSetView;
  /** The number that confirmations show. */
  count(subscriptions: SubscriptionsView): number;
}

export const SUBSCRIBE_FLAGS: readonly CommandFlag[] = ["pubsub", "noscript", "loading", "stale"];

/** Channels and patterns are counted together. */
function countBoth({ channels, patterns }: SubscriptionsView): number {
  return channels.count + patterns.count;
}

export const CHANNELS: ChannelKind = {
  prefix: "",
  subscribed: encodeReply("$9\r\nsubscribe\r\n"),
  unsubscribed: encodeReply("$11\r\nunsubscribe\r\n"),
  arg: arg.string("channel"),
  plural: "channels",
  since: "2.0.0",
  set: ({ channels }) => channels,
  count: countBoth,
};

export const PATTERNS: ChannelKind = {
  prefix: "p",
  subscribed: encodeReply("$10\r\npsubscribe\r\n"),
  unsubscribed: encodeReply("$12\r\npunsubscribe\r\n"),
  arg: arg.pattern("pattern"),
  plural: "patterns",
  since: "2.0.0",
  set: ({ patterns }) => patterns,
  count: countBoth,
};

export const SHARD_CHANNELS: ChannelKind = {
  prefix: "s",
  subscribed: encodeReply("$10\r\nssubscribe\r\n"),
  unsubscribed: encodeReply("$12\r\nsunsubscribe\r\n"),
  arg: arg.string("shardchannel"),
  plural: "shard channels",
  since: "7.0.0",
  // No keys, but a cluster routes by them as if they were.
  keys: [keyRange(1, -1, 1, "not_key")],
  set: ({ shardChannels }) => shardChannels,
  count: ({ shardChannels }) => shardChannels.count,
};
