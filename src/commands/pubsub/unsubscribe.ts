/** UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE: a push for each name; without names, one for each that the client had. */
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { SubscriptionsView } from "../context.js";
import { arg, type CommandSpec, defineCommand } from "../define.js";
import { CHANNELS, type ChannelKind, PATTERNS, SHARD_CHANNELS, SUBSCRIBE_FLAGS } from "./channel-kind.js";

function defineUnsubscribe(kind: ChannelKind, summary: string): CommandSpec {
  return defineCommand({
    name: `${kind.prefix}unsubscribe`,
    group: "pubsub",
    since: kind.since,
    complexity: `O(N) where N is the number of ${kind.plural} to unsubscribe.`,
    summary,
    arity: -1,
    flags: SUBSCRIBE_FLAGS,
    ...(kind.keys === undefined ? {} : { keys: kind.keys }),
    args: [arg.optional(arg.multiple(kind.arg))],
    run(ctx, args) {
      const { session } = ctx;
      const { subscriptions } = session;
      const pushes = session.openOwnPushes();
      if (args.count === 1) return unsubscribeAll(kind, subscriptions, pushes);
      const set = kind.set(subscriptions);
      for (let i = 1; i < args.count; i++) {
        set.remove(args, i);
        pushes.push(3);
        pushes.raw(kind.unsubscribed);
        pushes.bulk(args.view, args.start(i), args.end(i));
        pushes.integer(kind.count(subscriptions));
      }
    },
  });
}

function unsubscribeAll(kind: ChannelKind, subscriptions: SubscriptionsView, pushes: ReplyWriter): void {
  const set = kind.set(subscriptions);
  // Who listens to nothing hears so: a client may wait for a confirmation.
  if (set.count === 0) {
    pushes.push(3);
    pushes.raw(kind.unsubscribed);
    pushes.nil();
    pushes.integer(kind.count(subscriptions));
    return;
  }
  set.removeAll((name) => {
    pushes.push(3);
    pushes.raw(kind.unsubscribed);
    pushes.bulkText(name);
    pushes.integer(kind.count(subscriptions));
  });
}

export const unsubscribe = defineUnsubscribe(CHANNELS, "Stops listening to channels, or to all of them.");
export const punsubscribe = defineUnsubscribe(PATTERNS, "Stops listening to patterns, or to all of them.");
export const sunsubscribe = defineUnsubscribe(SHARD_CHANNELS, "Stops listening to shard channels, or to all of them.");
