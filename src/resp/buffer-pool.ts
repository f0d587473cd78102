/**
 * Output buffers, lent to the sessions that have something to send: thousands of idle clients hold none. The server
 * owns one pool; reply writers take from it and give back what the kernel has taken whole.
 */

/** What most turns of the loop need for one client. */
const BUFFER_BYTES = 65536;
const KEEP_MAX = 64;

export class BufferPool {
  readonly #free: Uint8Array[] = [];

  /** A buffer with room for at least `bytes`. */
  take(bytes: number): Uint8Array {
    if (bytes > BUFFER_BYTES) return new Uint8Array(bytes);
    return this.#free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(BUFFER_BYTES).buffer);
  }

  give(buffer: Uint8Array): void {
    if (buffer.length === BUFFER_BYTES && this.#free.length < KEEP_MAX) this.#free.push(buffer);
  }
}
