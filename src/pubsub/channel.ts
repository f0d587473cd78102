/**
 * A channel that somebody listens to - or a pattern, or a shard channel - and its subscribers in the order in which they
 * came. channel-table.ts finds channels, subscriptions.ts makes and ends them.
 *
 *   Channel ─first─▶ Subscription ◀─▶ Subscription ◀─▶ Subscription ◀─last─ Channel
 *                        │ subscriber
 */
import type { ReplyWriter } from "../resp/reply-writer.js";

/** Who listens: a session. */
export interface Subscriber {
  /** Where to write a push for it, now; null when it takes no more output. */
  openPush(): ReplyWriter | null;
  /** It has its first subscription, or has lost its last. */
  onSubscribed(isSubscribed: boolean): void;
}

/** One subscriber of one channel. */
export class Subscription {
  readonly channel: Channel;
  readonly subscriber: Subscriber;
  previous: Subscription | null = null;
  next: Subscription | null = null;

  constructor(channel: Channel, subscriber: Subscriber) {
    this.channel = channel;
    this.subscriber = subscriber;
  }
}

export class Channel {
  /** A byte string: chars 0 to 255, one byte each. */
  readonly name: string;
  readonly hash: number;
  /** The bytes of a pattern; nothing for channels, whose name is never matched against text. */
  readonly pattern: Uint8Array | null;
  /** The next one in the bucket of its table. */
  nextInBucket: Channel | null = null;
  first: Subscription | null = null;
  last: Subscription | null = null;
  subscribers = 0;

  constructor(name: string, hash: number, pattern: Uint8Array | null) {
    this.name = name;
    this.hash = hash;
    this.pattern = pattern;
  }

  /** Whether bytes[start, end) of the view are its name. */
  isNamed(view: DataView, start: number, end: number): boolean {
    const { name } = this;
    if (name.length !== end - start) return false;
    for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== view.getUint8(start + i)) return false;
    return true;
  }

  attach(subscriber: Subscriber): Subscription {
    const subscription = new Subscription(this, subscriber);
    subscription.previous = this.last;
    if (this.last === null) this.first = subscription;
    else this.last.next = subscription;
    this.last = subscription;
    this.subscribers++;
    return subscription;
  }

  detach(subscription: Subscription): void {
    const { previous, next } = subscription;
    if (previous === null) this.first = next;
    else previous.next = next;
    if (next === null) this.last = previous;
    else next.previous = previous;
    this.subscribers--;
  }
}
