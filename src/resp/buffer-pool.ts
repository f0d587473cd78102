/**
 * Output buffers, lent to the sessions that have something to send: thousands of idle clients hold none. The server
 * owns one pool; reply writers take from it and give back what the kernel has taken whole. Last in, first out: the
 * buffer that is in the cache is used again.
 */

/** What most turns of the loop need for one client. */
export const OUTPUT_BUFFER_BYTES = 65536;
const KEEP_MAX = 64;

export class OutputBuffer {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(byteLength: number) {
    this.bytes = Buffer.allocUnsafeSlow(byteLength);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, byteLength);
  }
}

export class BufferPool {
  readonly #free: OutputBuffer[] = [];

  /** A buffer with room for at least `bytes`. */
  take(bytes: number): OutputBuffer {
    if (bytes > OUTPUT_BUFFER_BYTES) return new OutputBuffer(bytes);
    return this.#free.pop() ?? new OutputBuffer(OUTPUT_BUFFER_BYTES);
  }

  give(buffer: OutputBuffer): void {
    if (buffer.bytes.length === OUTPUT_BUFFER_BYTES && this.#free.length < KEEP_MAX) this.#free.push(buffer);
  }
}
