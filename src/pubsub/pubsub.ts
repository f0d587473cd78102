/**
 * Pub/sub: who listens to what, and the way of a message to its receivers. One per server, which gives it the hash and
 * the output buffers; commands reach it through the interfaces in commands/context.ts.
 *
 * A publish to a channel costs one look-up, its receivers, and one match for each pattern that anybody listens to.
 */
import type { Args } from "../resp/args.js";
import type { BufferPool } from "../resp/buffer-pool.js";
import { matchGlob } from "../resp/glob.js";
import { encodeReply } from "../resp/reply-writer.js";
import type { Channel } from "./channel.js";
import { ChannelTable, type HashBytes } from "./channel-table.js";
import { Message } from "./message.js";

const MESSAGE = encodeReply("$7\r\nmessage\r\n");
const SMESSAGE = encodeReply("$8\r\nsmessage\r\n");

export interface PubSubOptions {
  readonly hash: HashBytes;
  readonly buffers: BufferPool;
  /** All subscriptions together may take this much: they live on the JS heap, which has an end. */
  readonly limitBytes: number;
}

export class PubSub {
  readonly channels: ChannelTable;
  readonly patterns: ChannelTable;
  readonly shardChannels: ChannelTable;
  /** Clients that listen to anything. Kept by their subscriptions, as `bytes` is. */
  subscribers = 0;
  /** What all subscriptions take, about. */
  bytes = 0;
  readonly #limitBytes: number;
  readonly #message: Message;

  constructor(options: PubSubOptions) {
    this.channels = new ChannelTable(options.hash, false);
    this.patterns = new ChannelTable(options.hash, true);
    this.shardChannels = new ChannelTable(options.hash, false);
    this.#limitBytes = options.limitBytes;
    this.#message = new Message(options.buffers);
  }

  /** Whether subscriptions may take so many bytes more. */
  hasRoom(bytes: number): boolean {
    return this.bytes + bytes <= this.#limitBytes;
  }

  /** Whether a publish could reach anyone. */
  get hasListeners(): boolean {
    return this.channels.count + this.patterns.count > 0;
  }

  /** Sends argument `text` to all who listen to the channel that argument `channel` names; how many messages that made. */
  publish(args: Args, channel: number, text: number): number {
    const found = this.channels.find(args.view, args.start(channel), args.end(channel));
    if (found === null && this.patterns.count === 0) return 0;
    const message = this.#message;
    message.begin(MESSAGE, args, channel, text);
    let receivers = found === null ? 0 : this.#send(found);
    if (this.patterns.count > 0) receivers += this.#sendToPatterns(args, channel);
    message.end();
    return receivers;
  }

  /** The same for a shard channel, which patterns have no part in. */
  publishToShard(args: Args, channel: number, text: number): number {
    const found = this.shardChannels.find(args.view, args.start(channel), args.end(channel));
    if (found === null) return 0;
    const message = this.#message;
    message.begin(SMESSAGE, args, channel, text);
    const receivers = this.#send(found);
    message.end();
    return receivers;
  }

  #sendToPatterns(args: Args, channel: number): number {
    const { patterns } = this;
    const { bytes } = args;
    const start = args.start(channel);
    const end = args.end(channel);
    let receivers = 0;
    for (let bucket = 0; bucket < patterns.bucketCount; bucket++) {
      for (let found = patterns.firstIn(bucket); found !== null; found = found.nextInBucket) {
        const { pattern } = found;
        if (pattern === null || !matchGlob(pattern, 0, pattern.length, bytes, start, end, false)) continue;
        this.#message.setPattern(pattern);
        receivers += this.#send(found);
      }
    }
    return receivers;
  }

  /** Sends the message to all subscribers of the channel. They can leave only after it: an output never closes at once. */
  #send(channel: Channel): number {
    const message = this.#message;
    const isShared = channel.subscribers > 1;
    for (let subscription = channel.first; subscription !== null; subscription = subscription.next) {
      const out = subscription.subscriber.openPush();
      if (out === null) continue;
      if (isShared) message.copyTo(out);
      else message.writeTo(out);
    }
    return channel.subscribers;
  }
}
