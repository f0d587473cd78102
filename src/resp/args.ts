/**
 * Args: one request as offsets into the buffer that holds it. The parser fills it, commands read it.
 *
 * Lifetime: offsets are valid until the command returns. The buffer is the socket's reused read buffer: nothing may
 * keep `bytes`, `view` or an offset past that (poison mode overwrites the request after each command to prove it).
 * What must live longer is copied: into the arena by the keyspace, or with copy() by slow paths.
 */
import { readDouble, readInt64, readInteger } from "./numbers.js";

const INITIAL_CAPACITY = 64;
/** What errors and log lines show of an argument. */
const SHOWN_MAX_BYTES = 4096;

/** A case-insensitive keyword such as EX or WITHSCORES, kept as lower-case bytes. */
export interface Keyword {
  readonly text: string;
  readonly lower: Uint8Array;
}

export function keyword(text: string): Keyword {
  return { text, lower: Uint8Array.from(text.toLowerCase(), (char) => char.charCodeAt(0)) };
}

export class Args {
  /** The buffer the offsets point into; `view` is a DataView of the very same bytes. */
  bytes: Uint8Array;
  view: DataView;
  count = 0;
  /** start of argument i at 2i, its end (exclusive) at 2i + 1 */
  offsets: Int32Array;

  /** `capacity`: how many arguments it has room for before it grows. */
  constructor(bytes: Uint8Array, capacity: number = INITIAL_CAPACITY) {
    this.offsets = new Int32Array(2 * capacity);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Builds a request of its own, outside of any socket: scripts, tests, configuration. */
  static from(words: readonly (string | Uint8Array)[]): Args {
    const parts = words.map((word) => (typeof word === "string" ? Buffer.from(word) : word));
    const args = new Args(new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0)));
    let at = 0;
    for (const part of parts) {
      args.bytes.set(part, at);
      args.push(at, at + part.length);
      at += part.length;
    }
    return args;
  }

  setBuffer(bytes: Uint8Array, view: DataView): void {
    this.bytes = bytes;
    this.view = view;
  }

  push(start: number, end: number): void {
    const at = this.count << 1;
    if (at === this.offsets.length) {
      const grown = new Int32Array(this.offsets.length * 2);
      grown.set(this.offsets);
      this.offsets = grown;
    }
    this.offsets[at] = start;
    this.offsets[at + 1] = end;
    this.count++;
  }

  /** Empties the list, and gives back the memory of a request with very many arguments. */
  clear(): void {
    this.count = 0;
    if (this.offsets.length > 65536) this.offsets = new Int32Array(2 * INITIAL_CAPACITY);
  }

  /** All arguments lie `bytes` further to the front. */
  moveBack(bytes: number): void {
    for (let at = 0; at < 2 * this.count; at++) this.offsets[at]! -= bytes;
  }

  start(i: number): number {
    return this.offsets[i << 1]!;
  }

  end(i: number): number {
    return this.offsets[(i << 1) + 1]!;
  }

  byteLength(i: number): number {
    return this.offsets[(i << 1) + 1]! - this.offsets[i << 1]!;
  }

  /** The bytes of all arguments together: what a request weighs. */
  totalByteLength(): number {
    let total = 0;
    for (let i = 0; i < this.count; i++) total += this.byteLength(i);
    return total;
  }

  byteAt(i: number, index: number): number {
    return this.bytes[this.offsets[i << 1]! + index]!;
  }

  /** Whether argument i is the keyword, in any case. As for Redis, whose words are C's, a NUL ends it: `EX\0…` is EX. */
  is(i: number, word: Keyword): boolean {
    const start = this.offsets[i << 1]!;
    const lower = word.lower;
    const length = lower.length;
    const rest = this.offsets[(i << 1) + 1]! - start - length;
    if (rest !== 0 && (rest < 0 || this.bytes[start + length] !== 0)) return false;
    for (let k = 0; k < length; k++) {
      const byte = this.bytes[start + k]!;
      if (byte !== lower[k] && (byte < 65 || byte > 90 || byte + 32 !== lower[k])) return false;
    }
    return true;
  }

  /** Whether arguments i and k hold the same bytes. */
  areEqual(i: number, k: number): boolean {
    const length = this.byteLength(i);
    if (length !== this.byteLength(k)) return false;
    const a = this.start(i);
    const b = this.start(k);
    for (let at = 0; at < length; at++) if (this.bytes[a + at] !== this.bytes[b + at]) return false;
    return true;
  }

  /** A signed 64-bit integer, or NaN: see readInteger for what is lost past 2^53. */
  readInteger(i: number): number {
    return readInteger(this.bytes, this.offsets[i << 1]!, this.offsets[(i << 1) + 1]!);
  }

  /** The exact value of an argument that readInteger accepted. */
  readInt64(i: number): bigint {
    return readInt64(this.bytes, this.start(i), this.end(i));
  }

  readDouble(i: number): number {
    return readDouble(this.bytes, this.start(i), this.end(i));
  }

  /** The argument as C's string functions see it: up to its first NUL, and no more than `maxBytes`. Allocates. */
  cText(i: number, maxBytes = SHOWN_MAX_BYTES): string {
    const start = this.start(i);
    const limit = Math.min(this.end(i), start + maxBytes);
    const nul = this.bytes.subarray(start, limit).indexOf(0);
    const length = nul < 0 ? limit - start : nul;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString("latin1");
  }

  lowerCText(i: number, maxBytes = SHOWN_MAX_BYTES): string {
    return this.cText(i, maxBytes).toLowerCase();
  }

  /**
   * The whole argument as a byte string (latin1: one char a byte), or null when it is longer than that: an argument may
   * have 512 MB, which no JavaScript heap is made for. Allocates: not for the common path.
   */
  text(i: number, maxBytes: number): string | null {
    const length = this.byteLength(i);
    if (length > maxBytes) return null;
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start(i), length).toString("latin1");
  }

  /** A copy of the argument that outlives the command. */
  copy(i: number): Buffer {
    return Buffer.from(this.bytes.subarray(this.start(i), this.end(i)));
  }

  /** A copy of the whole request that outlives the command: one that waits for keys, or goes to the AOF. */
  clone(): Args {
    const copy = new Args(new Uint8Array(this.totalByteLength()), Math.max(1, this.count));
    let at = 0;
    for (let i = 0; i < this.count; i++) {
      copy.bytes.set(this.bytes.subarray(this.start(i), this.end(i)), at);
      copy.push(at, at + this.byteLength(i));
      at += this.byteLength(i);
    }
    return copy;
  }
}
