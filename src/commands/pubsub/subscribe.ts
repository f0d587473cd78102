/**
 * SUBSCRIBE, PSUBSCRIBE, SSUBSCRIBE. Instead of a reply each name gets a push that confirms it, whatever CLIENT REPLY
 * says.
 */
import { encodeReply } from "../../resp/reply-writer.js";
import { arg, type CommandSpec, defineCommand } from "../define.js";
import { CHANNELS, type ChannelKind, PATTERNS, SHARD_CHANNELS, SUBSCRIBE_FLAGS } from "./channel-kind.js";

const ERR_NO_MEMORY = encodeReply("-OOM subscriptions take all the memory that the server has for them.\r\n");
const ERR_IN_TRANSACTION = encodeReply("-ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client\r\n");

function defineSubscribe(kind: ChannelKind, summary: string): CommandSpec {
  return defineCommand({
    name: `${kind.prefix}subscribe`,
    group: "pubsub",
    since: kind.since,
    complexity: `O(N) where N is the number of ${kind.plural} to subscribe to.`,
    summary,
    arity: -2,
    flags: SUBSCRIBE_FLAGS,
    ...(kind.keys === undefined ? {} : { keys: kind.keys }),
    args: [arg.multiple(kind.arg)],
    run(ctx, args, out) {
      const { session } = ctx;
      const { subscriptions } = session;
      // The others may stand in MULTI, for the sake of clients that always did so.
      if (kind === SHARD_CHANNELS && session.denyBlocking) return out.error(ERR_IN_TRANSACTION);
      const set = kind.set(subscriptions);
      const pushes = session.openOwnPushes();
      for (let i = 1; i < args.count; i++) {
        if (!set.add(args, i)) {
          out.error(ERR_NO_MEMORY);
          continue;
        }
        pushes.push(3);
        pushes.raw(kind.subscribed);
        pushes.bulk(args.view, args.start(i), args.end(i));
        pushes.integer(kind.count(subscriptions));
      }
    },
  });
}

export const subscribe = defineSubscribe(CHANNELS, "Listens to channels.");
export const psubscribe = defineSubscribe(PATTERNS, "Listens to all channels whose names match the patterns.");
export const ssubscribe = defineSubscribe(SHARD_CHANNELS, "Listens to shard channels.");
