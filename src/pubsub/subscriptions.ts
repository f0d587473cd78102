/**
 * What one session listens to: channels, patterns and shard channels, each in a set of its own. Owned by the session;
 * the commands of the pubsub family add and remove.
 */
import type { Args } from "../resp/args.js";
import type { Channel, Subscriber, Subscription } from "./channel.js";
import type { ChannelTable } from "./channel-table.js";
import type { PubSub } from "./pubsub.js";

/** What a subscription takes: itself and its map entry, as measured. */
const SUBSCRIPTION_BYTES = 104;
/** Names are strings on the JavaScript heap: a longer one is refused as if there were no memory for it. */
const NAME_MAX_BYTES = 1024 * 1024;

export class SubscriptionSet {
  /** How many. */
  count = 0;
  readonly #owner: Subscriptions;
  readonly #table: ChannelTable;
  /** Null while it is empty: most clients never subscribe. */
  #byChannel: Map<Channel, Subscription> | null = null;

  constructor(owner: Subscriptions, table: ChannelTable) {
    this.#owner = owner;
    this.#table = table;
  }

  /** Listens to the channel that argument i names. False, and nothing has changed, when there is no memory for it. */
  add(args: Args, i: number): boolean {
    const owner = this.#owner;
    const bytes = this.#weigh(args.byteLength(i));
    const known = this.#table.find(args.view, args.start(i), args.end(i));
    if (known !== null && this.#byChannel?.has(known)) return true;
    if (args.byteLength(i) > NAME_MAX_BYTES || !owner.pubsub.hasRoom(bytes)) return false;
    const channel = known ?? this.#table.findOrAdd(args.view, args.start(i), args.end(i));
    this.#byChannel ??= new Map();
    this.#byChannel.set(channel, channel.attach(owner.subscriber));
    this.count++;
    owner.grow(1, bytes);
    return true;
  }

  /** Listens no more to the channel that argument i names, if it did. */
  remove(args: Args, i: number): void {
    const channel = this.#table.find(args.view, args.start(i), args.end(i));
    const subscription = channel === null ? undefined : this.#byChannel?.get(channel);
    if (subscription === undefined) return;
    this.#byChannel?.delete(subscription.channel);
    this.#drop(subscription);
    if (this.count === 0) this.#byChannel = null;
  }

  /** Listens to none any more; the callback gets each name after it has left. */
  removeAll(onRemoved: (name: string) => void): void {
    const subscriptions = this.#byChannel;
    if (subscriptions === null) return;
    this.#byChannel = null;
    for (const subscription of subscriptions.values()) {
      this.#drop(subscription);
      onRemoved(subscription.channel.name);
    }
  }

  #drop(subscription: Subscription): void {
    const { channel } = subscription;
    channel.detach(subscription);
    if (channel.subscribers === 0) this.#table.remove(channel);
    this.count--;
    this.#owner.grow(-1, -this.#weigh(channel.name.length));
  }

  #weigh(nameBytes: number): number {
    return nameBytes + this.#table.bytesPerChannel + SUBSCRIPTION_BYTES;
  }
}

export class Subscriptions {
  readonly pubsub: PubSub;
  readonly subscriber: Subscriber;
  readonly channels: SubscriptionSet;
  readonly patterns: SubscriptionSet;
  readonly shardChannels: SubscriptionSet;
  #count = 0;
  #bytes = 0;

  constructor(pubsub: PubSub, subscriber: Subscriber) {
    this.pubsub = pubsub;
    this.subscriber = subscriber;
    this.channels = new SubscriptionSet(this, pubsub.channels);
    this.patterns = new SubscriptionSet(this, pubsub.patterns);
    this.shardChannels = new SubscriptionSet(this, pubsub.shardChannels);
  }

  /** What they take, about. A channel counts with each of its subscribers: the last one alone would have it all. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends them all without a word: the session closes, or begins anew. */
  release(): void {
    const ignore = (): void => {};
    this.channels.removeAll(ignore);
    this.patterns.removeAll(ignore);
    this.shardChannels.removeAll(ignore);
  }

  /** Called by the sets: `count` and `bytes` are changes. */
  grow(count: number, bytes: number): void {
    const before = this.#count;
    this.#count += count;
    this.#bytes += bytes;
    this.pubsub.bytes += bytes;
    if (before !== 0 && this.#count !== 0) return;
    this.pubsub.subscribers += count;
    this.subscriber.onSubscribed(this.#count > 0);
  }
}
