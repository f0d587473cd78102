/**
 * Reads the RDB format from bytes that may be anything: what is malformed throws CorruptDumpError, and never reads
 * past the end or takes more memory than the input accounts for. RESTORE makes one a call; the types' loaders read
 * through it.
 */
import { writeInteger } from "../resp/numbers.js";
import type { Id } from "../storage/id.js";
import { decompressLzf, maxExpansion } from "../storage/lzf.js";
import {
  ENCODED,
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_14_BITS,
  LENGTH_32_BITS,
  LENGTH_64_BITS,
} from "./rdb-format.js";

/** Redis's bound of a string. Only compression can ask for more. */
const STRING_MAX_BYTES = 512 * 1024 ** 2;
const INTEGER_TEXT_BYTES = 20;
const TWO_32 = 2 ** 32;

export class CorruptDumpError extends Error {
  constructor(what: string) {
    super(`corrupt dump: ${what}`);
    this.name = "CorruptDumpError";
  }
}

export class RdbReader {
  at: number;
  readonly end: number;
  /** Where readString found the string: stringBytes[stringStart, stringEnd). Valid until the next readString. */
  stringBytes: Uint8Array;
  stringStart = 0;
  stringEnd = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #integerText = new Uint8Array(INTEGER_TEXT_BYTES);

  constructor(bytes: Uint8Array, view: DataView, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.at = start;
    this.end = end;
    this.stringBytes = bytes;
  }

  readByte(): number {
    return this.#view.getUint8(this.#take(1));
  }

  /** A double in its eight bytes, little-endian. */
  readDouble(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  readLength(): number {
    const first = this.readByte();
    if (first >= ENCODED) throw new CorruptDumpError("a string where a length was expected");
    return this.#readLength(first);
  }

  /** The same, exactly: a BigInt only past 2^53. */
  readLengthExact(): number | bigint {
    const near = this.readLength();
    return near <= Number.MAX_SAFE_INTEGER ? near : this.#view.getBigUint64(this.at - 8);
  }

  /** A stream's ID as two lengths. */
  readId(id: Id): void {
    id.setMsExact(BigInt(this.readLengthExact()));
    id.setSeqExact(BigInt(this.readLengthExact()));
  }

  /** A stream's ID in its 16 bytes. */
  readRawId(id: Id): void {
    id.readBigEndian(this.#view, this.#take(16));
  }

  /** Unix ms: a signed 64-bit integer, the nearest double past 2^53. */
  readMilliseconds(): number {
    return Number(this.#view.getBigInt64(this.#take(8), true));
  }

  /** The same, exactly: a BigInt past 2^53. */
  readMillisecondsExact(): number | bigint {
    const at = this.#take(8);
    const near = this.#view.getInt32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true);
    return Number.isSafeInteger(near) ? near : this.#view.getBigInt64(at, true);
  }

  readString(): void {
    const first = this.readByte();
    if (first < ENCODED) {
      const length = this.#readLength(first);
      this.stringStart = this.#take(length);
      this.stringEnd = this.at;
      this.stringBytes = this.#bytes;
    } else if (first === (ENCODED | ENCODED_LZF)) {
      this.#readCompressed();
    } else {
      this.stringBytes = this.#integerText;
      this.stringStart = 0;
      this.stringEnd = writeInteger(this.#integerText, 0, this.#readInteger(first & ~ENCODED));
    }
  }

  #readLength(first: number): number {
    if (first < LENGTH_14_BITS) return first;
    if (first < LENGTH_32_BITS) return ((first & ~LENGTH_14_BITS) << 8) | this.readByte();
    if (first === LENGTH_32_BITS) return this.#view.getUint32(this.#take(4));
    if (first !== LENGTH_64_BITS) throw new CorruptDumpError(`unknown length encoding ${first}`);
    // Past 2^53 the double is not exact, and far more than any input has.
    return Number(this.#view.getBigUint64(this.#take(8)));
  }

  #readInteger(encoding: number): number {
    if (encoding === ENCODED_INT8) return this.#view.getInt8(this.#take(1));
    if (encoding === ENCODED_INT16) return this.#view.getInt16(this.#take(2), true);
    if (encoding === ENCODED_INT32) return this.#view.getInt32(this.#take(4), true);
    throw new CorruptDumpError(`unknown string encoding ${encoding}`);
  }

  #readCompressed(): void {
    const compressed = this.readLength();
    const length = this.readLength();
    const start = this.#take(compressed);
    if (length > maxExpansion(compressed) || length > STRING_MAX_BYTES) throw new CorruptDumpError("LZF length");
    const text = new Uint8Array(length);
    if (!decompressLzf(this.#bytes, start, this.at, text)) throw new CorruptDumpError("LZF data");
    this.stringBytes = text;
    this.stringStart = 0;
    this.stringEnd = length;
  }

  /** Steps over so many bytes; returns where they begin. */
  #take(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw new CorruptDumpError("it ends early");
    this.at = start + count;
    return start;
  }
}
