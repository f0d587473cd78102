/**
 * Output buffers, lent to the sessions that have something to send: thousands of idle clients hold none. The server
 * owns one pool; reply writers take from it and give back what the kernel has taken whole. Last in, first out: the
 * buffer that is in the cache is used again.
 */

/** The first buffer of a reply: what most turns of the loop need for one client. */
export const FIRST_BUFFER_BYTES = 16384;
/** Those that a longer reply goes on in. */
export const NEXT_BUFFER_BYTES = 65536;
const KEEP_FIRST_MAX = 256;
const KEEP_NEXT_MAX = 32;

export class OutputBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(byteLength: number) {
    this.bytes = Buffer.allocUnsafeSlow(byteLength);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, byteLength);
  }
}

export class BufferPool {
  readonly #first: OutputBuffer[] = [];
  readonly #next: OutputBuffer[] = [];

  /** A buffer with room for at least `bytes`; a small one where `isFirst`. */
  take(bytes: number, isFirst: boolean): OutputBuffer {
    if (isFirst && bytes <= FIRST_BUFFER_BYTES) return this.#first.pop() ?? new OutputBuffer(FIRST_BUFFER_BYTES);
    if (bytes <= NEXT_BUFFER_BYTES) return this.#next.pop() ?? new OutputBuffer(NEXT_BUFFER_BYTES);
    return new OutputBuffer(bytes);
  }

  give(buffer: OutputBuffer): void {
    const { length } = buffer.bytes;
    if (length === FIRST_BUFFER_BYTES && this.#first.length < KEEP_FIRST_MAX) this.#first.push(buffer);
    else if (length === NEXT_BUFFER_BYTES && this.#next.length < KEEP_NEXT_MAX) this.#next.push(buffer);
  }
}
