/**
 * All channels of one kind that anybody listens to, found by the bytes of their names: a publish makes no string.
 *
 * Linear hashing: the table grows and shrinks by one bucket at a time, so that no number of channels ever costs a pause.
 * With `level` buckets at the start of a round (a power of two), buckets 0 to split - 1 have been split already:
 *
 *   0 ........ split ........ level ........ level + split
 *   [ by 2 x level ][ by level ][ by 2 x level: the upper halves of the split ones ]
 */
import { Channel } from "./channel.js";

/** The keyed hash of the server: chosen names must not crowd a bucket. */
export type HashBytes = (view: DataView, start: number, length: number) => number;

const BUCKETS_MIN = 16;
/** What a channel takes beside its name: objects and links, as measured. */
const CHANNEL_BYTES = 96;
/** What the bytes of a pattern take more: a typed array is a large object. */
const PATTERN_BYTES = 184;

export class ChannelTable {
  count = 0;
  /** What a channel takes beside its name, about. */
  readonly bytesPerChannel: number;
  readonly #hash: HashBytes;
  readonly #holdsPatterns: boolean;
  #buckets: (Channel | null)[] = new Array(BUCKETS_MIN).fill(null);
  #level = BUCKETS_MIN;

  constructor(hash: HashBytes, holdsPatterns: boolean) {
    this.#hash = hash;
    this.#holdsPatterns = holdsPatterns;
    this.bytesPerChannel = holdsPatterns ? CHANNEL_BYTES + PATTERN_BYTES : CHANNEL_BYTES;
  }

  /** The channel named by view[start, end), or null when nobody listens to it. */
  find(view: DataView, start: number, end: number): Channel | null {
    return this.count === 0 ? null : this.#findHashed(this.#hash(view, start, end - start), view, start, end);
  }

  findOrAdd(view: DataView, start: number, end: number): Channel {
    const hash = this.#hash(view, start, end - start);
    const found = this.#findHashed(hash, view, start, end);
    if (found !== null) return found;
    const bytes = Buffer.from(view.buffer, view.byteOffset + start, end - start);
    const pattern = this.#holdsPatterns ? new Uint8Array(bytes) : null;
    const channel = new Channel(bytes.toString("latin1"), hash, pattern);
    this.#put(channel);
    if (++this.count > this.#buckets.length) this.#split();
    return channel;
  }

  remove(channel: Channel): void {
    const at = this.#bucketOf(channel.hash);
    let previous: Channel | null = null;
    for (let other = this.#bucket(at); other !== channel; other = other.nextInBucket) {
      if (other === null) throw new Error("pubsub: the channel is not in its table");
      previous = other;
    }
    if (previous === null) this.#buckets[at] = channel.nextInBucket;
    else previous.nextInBucket = channel.nextInBucket;
    this.count--;
    // Twice, to keep up: from half full on, two buckets are to go for each channel.
    for (let i = 0; i < 2 && 2 * this.count < this.#buckets.length && this.#buckets.length > BUCKETS_MIN; i++) {
      this.#merge();
    }
  }

  countSubscribers(view: DataView, start: number, end: number): number {
    return this.find(view, start, end)?.subscribers ?? 0;
  }

  /** For publish: buckets 0 to bucketCount - 1 hold all channels, chained by nextInBucket. */
  get bucketCount(): number {
    return this.#buckets.length;
  }

  firstIn(bucket: number): Channel | null {
    return this.#bucket(bucket);
  }

  /** All names, as byte strings, in no order. The table must not change meanwhile. */
  *listNames(): Generator<string> {
    for (let channel of this.#buckets) for (; channel !== null; channel = channel.nextInBucket) yield channel.name;
  }

  #bucket(at: number): Channel | null {
    return this.#buckets[at] ?? null;
  }

  #bucketOf(hash: number): number {
    const at = hash & (this.#level - 1);
    return at < this.#buckets.length - this.#level ? hash & (2 * this.#level - 1) : at;
  }

  #findHashed(hash: number, view: DataView, start: number, end: number): Channel | null {
    let channel = this.#bucket(this.#bucketOf(hash));
    while (channel !== null && (channel.hash !== hash || !channel.isNamed(view, start, end))) {
      channel = channel.nextInBucket;
    }
    return channel;
  }

  #put(channel: Channel): void {
    const at = this.#bucketOf(channel.hash);
    channel.nextInBucket = this.#bucket(at);
    this.#buckets[at] = channel;
  }

  /** Puts a chain into the buckets where its channels belong now. */
  #putAll(first: Channel | null): void {
    for (let channel = first; channel !== null; ) {
      const next = channel.nextInBucket;
      this.#put(channel);
      channel = next;
    }
  }

  #split(): void {
    const from = this.#buckets.length - this.#level;
    const chain = this.#bucket(from);
    this.#buckets[from] = null;
    this.#buckets.push(null);
    if (this.#buckets.length === 2 * this.#level) this.#level *= 2;
    this.#putAll(chain);
  }

  #merge(): void {
    if (this.#buckets.length === this.#level) this.#level /= 2;
    this.#putAll(this.#buckets.pop() ?? null);
  }
}
