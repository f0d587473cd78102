/**
 * Writes values in the RDB format into a buffer that grows. DUMP makes one a call; the types' dump() write through it.
 */
import { readInteger } from "../resp/numbers.js";
import type { Id } from "../storage/id.js";
import { compressLzf } from "../storage/lzf.js";
import {
  ENCODED,
  ENCODED_INT8,
  ENCODED_INT16,
  ENCODED_INT32,
  ENCODED_LZF,
  LENGTH_14_BITS,
  LENGTH_32_BITS,
  LENGTH_64_BITS,
  RDB_VERSION_MIN,
} from "./rdb-format.js";

const INITIAL_BYTES = 256;
/** Longer texts are no 32-bit integers. */
const INTEGER_TEXT_MAX_BYTES = 11;
/** Shorter strings are never worth compressing, nor is what saves less than LZF_SAVES_MIN_BYTES. */
const LZF_MIN_BYTES = 21;
const LZF_SAVES_MIN_BYTES = 4;
/** What compressLzf may write past its limit. */
const LZF_SLACK_BYTES = 4;

export class RdbWriter {
  /** What is written: bytes[0, length). */
  bytes = new Uint8Array(INITIAL_BYTES);
  view = new DataView(this.bytes.buffer);
  length = 0;
  /** The oldest RDB version that has everything written so far. */
  version = RDB_VERSION_MIN;
  readonly #compresses: boolean;

  constructor(compresses: boolean) {
    this.#compresses = compresses;
  }

  /** What is written next exists from this version on. */
  requireVersion(version: number): void {
    this.version = Math.max(this.version, version);
  }

  writeByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  /** Unix ms: a safe integer, or a BigInt of 64 bits with its sign. */
  writeMilliseconds(value: number | bigint): void {
    this.reserve(8);
    this.view.setBigInt64(this.length, BigInt(value), true);
    this.length += 8;
  }

  /** A double in its eight bytes, little-endian. */
  writeDouble(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  writeBytes(source: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.bytes.set(source.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** A safe integer, or a BigInt of 64 bits; not negative. */
  writeLength(value: number | bigint): void {
    this.reserve(9);
    const { view, length } = this;
    if (value < 2 ** 6) {
      view.setUint8(length, Number(value));
      this.length += 1;
    } else if (value < 2 ** 14) {
      view.setUint16(length, (LENGTH_14_BITS << 8) | Number(value));
      this.length += 2;
    } else if (value < 2 ** 32) {
      view.setUint8(length, LENGTH_32_BITS);
      view.setUint32(length + 1, Number(value));
      this.length += 5;
    } else {
      view.setUint8(length, LENGTH_64_BITS);
      view.setBigUint64(length + 1, BigInt(value));
      this.length += 9;
    }
  }

  /** A stream's ID as two lengths. */
  writeId(id: Id): void {
    this.writeLength(Number.isSafeInteger(id.ms) ? id.ms : id.msExact());
    this.writeLength(Number.isSafeInteger(id.seq) ? id.seq : id.seqExact());
  }

  /** A stream's ID in its 16 bytes. */
  writeRawId(id: Id): void {
    this.reserve(16);
    id.writeBigEndian(this.view, this.length);
    this.length += 16;
  }

  /** A string: as an integer where it is the text of one, compressed where that saves, else as it is. */
  writeString(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length <= INTEGER_TEXT_MAX_BYTES && this.#writeInteger(readInteger(source, start, end))) return;
    if (this.#compresses && length >= LZF_MIN_BYTES && this.#writeCompressed(source, start, length)) return;
    this.writeLength(length);
    this.writeBytes(source, start, end);
  }

  /** A string of `length` bytes that is LZF already. */
  writeLzf(source: Uint8Array, start: number, end: number, length: number): void {
    this.writeByte(ENCODED | ENCODED_LZF);
    this.writeLength(end - start);
    this.writeLength(length);
    this.writeBytes(source, start, end);
  }

  /** Room for so many more bytes. */
  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  #writeInteger(value: number): boolean {
    if (!(value >= -(2 ** 31) && value < 2 ** 31)) return false;
    this.reserve(5);
    const { view, length } = this;
    if (value >= -128 && value < 128) {
      view.setUint8(length, ENCODED | ENCODED_INT8);
      view.setInt8(length + 1, value);
      this.length += 2;
    } else if (value >= -32768 && value < 32768) {
      view.setUint8(length, ENCODED | ENCODED_INT16);
      view.setInt16(length + 1, value, true);
      this.length += 3;
    } else {
      view.setUint8(length, ENCODED | ENCODED_INT32);
      view.setInt32(length + 1, value, true);
      this.length += 5;
    }
    return true;
  }

  #writeCompressed(source: Uint8Array, start: number, length: number): boolean {
    const limit = length - LZF_SAVES_MIN_BYTES;
    const compressed = new Uint8Array(limit + LZF_SLACK_BYTES);
    const size = compressLzf(source, start, length, compressed, limit);
    if (size === 0) return false;
    this.writeLzf(compressed, 0, size, length);
    return true;
  }
}
