/**
 * A byte string (one char a byte) that is kept for long: the name that a client gives itself. A long one lies outside of
 * the JavaScript heap, whose end would be the end of the process.
 */

/** Up to here a string on the heap takes less than a buffer beside it. */
const ON_HEAP_MAX_BYTES = 128;

export class KeptText {
  #text = "";
  #bytes: Buffer | null = null;

  get byteLength(): number {
    return this.#bytes?.length ?? this.#text.length;
  }

  /** Decodes a long one anew at each call. */
  get text(): string {
    return this.#bytes?.toString("latin1") ?? this.#text;
  }

  set text(text: string) {
    const isLong = text.length > ON_HEAP_MAX_BYTES;
    this.#text = isLong ? "" : text;
    this.#bytes = null;
    if (!isLong) return;
    // Of its own, not of the pool: a piece of the pool would keep all of it.
    this.#bytes = Buffer.allocUnsafeSlow(text.length);
    this.#bytes.write(text, "latin1");
  }
}
