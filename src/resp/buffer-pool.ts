/**
 * Output buffers, lent to the sessions that have something to send: thousands of idle clients hold none. The server
 * owns one pool; reply writers take from it and give back what the kernel has taken whole. Last in, first out: the
 * buffer that is in the cache is used again. Cron shrinks it: what is not asked for is gone after some time.
 */

/** The largest first buffer of a reply, and that of a new client: server/reply-buffer.ts fits it to what the client gets. */
export const FIRST_BUFFER_BYTES = 16384;
/** The smallest one. Between them there are the powers of two. */
export const FIRST_BUFFER_MIN_BYTES = 1024;
/** Those that a longer reply goes on in. */
export const NEXT_BUFFER_BYTES = 65536;
/** 2^10 is the smallest: the class of a first buffer is the logarithm of its size over that. */
const FIRST_SHIFT = 10;
const FIRST_CLASSES = 5;
/** Of each class: 256 of the largest, 4,096 of the smallest. */
const KEEP_FIRST_MAX_BYTES = 256 * FIRST_BUFFER_BYTES;
const KEEP_NEXT_MAX = 256;
/** Of the buffers that lie in the pool, one in so many goes each time that it shrinks. */
const SHRINK_PART = 8;

export class OutputBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(byteLength: number) {
    this.bytes = Buffer.allocUnsafeSlow(byteLength);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, byteLength);
  }
}

export class BufferPool {
  /** Very many sessions have something to send: a first buffer is as small as the reply allows. */
  isScarce = false;
  readonly #first: readonly OutputBuffer[][] = Array.from({ length: FIRST_CLASSES }, () => []);
  readonly #next: OutputBuffer[] = [];

  /** A buffer with room for at least `bytes`: a first one of this size where it is enough. */
  take(bytes: number, firstBytes: number): OutputBuffer {
    if (bytes <= firstBytes) {
      const size = this.isScarce ? fitFirstBuffer(bytes) : firstBytes;
      return this.#firstOf(size).pop() ?? new OutputBuffer(size);
    }
    if (bytes <= NEXT_BUFFER_BYTES) return this.#next.pop() ?? new OutputBuffer(NEXT_BUFFER_BYTES);
    return new OutputBuffer(bytes);
  }

  give(buffer: OutputBuffer): void {
    const { length } = buffer.bytes;
    if (length <= FIRST_BUFFER_BYTES) {
      const kept = this.#firstOf(length);
      if (kept.length * length < KEEP_FIRST_MAX_BYTES) kept.push(buffer);
    } else if (length === NEXT_BUFFER_BYTES && this.#next.length < KEEP_NEXT_MAX) {
      this.#next.push(buffer);
    }
  }

  /** Gives a part of what lies here up. */
  shrink(): void {
    for (const kept of this.#first) kept.length -= Math.ceil(kept.length / SHRINK_PART);
    this.#next.length -= Math.ceil(this.#next.length / SHRINK_PART);
  }

  /** Gives all of it up. */
  clear(): void {
    for (const kept of this.#first) kept.length = 0;
    this.#next.length = 0;
  }

  /** What lies here. */
  get byteLength(): number {
    let bytes = this.#next.length * NEXT_BUFFER_BYTES;
    for (const kept of this.#first) for (const buffer of kept) bytes += buffer.bytes.length;
    return bytes;
  }

  #firstOf(bytes: number): OutputBuffer[] {
    return this.#first[31 - Math.clz32(bytes) - FIRST_SHIFT]!;
  }
}

/** The smallest size of a first buffer with so much room. */
export function fitFirstBuffer(bytes: number): number {
  let size = FIRST_BUFFER_MIN_BYTES;
  while (size < bytes) size *= 2;
  return size;
}
