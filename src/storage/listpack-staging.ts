/**
 * The staging area of a listpack: entries are encoded here one after another, and then spliced in together, with one
 * shift of what follows. Since the bytes are copied first, an element may come from anywhere: the input buffer, the
 * arena, the very listpack that is about to change.
 */
import { copyBytes } from "./bytes.js";
import {
  tryWriteTextAsInteger,
  writeBackLength,
  writeEntryInt64,
  writeEntryInteger,
  writeStringHeader,
} from "./listpack-entry.js";

const INITIAL_BYTES = 1024;
/** A larger area is given back when it is cleared. */
const KEEP_MAX_BYTES = 65536;
/** Encoding and back length of the longest integer; header and back length of the longest string. */
const OVERHEAD_BYTES = 10;

export class StagedEntries {
  bytes = new Uint8Array(INITIAL_BYTES);
  view = new DataView(this.bytes.buffer);
  /** Staged so far: bytes and entries. */
  length = 0;
  count = 0;

  clear(): void {
    this.length = 0;
    this.count = 0;
    if (this.bytes.length > KEEP_MAX_BYTES) this.#resize(INITIAL_BYTES);
  }

  /** An element; digits that are a canonical int64 become an integer. */
  add(source: DataView, start: number, length: number): void {
    this.#reserve(length + OVERHEAD_BYTES);
    const at = this.length;
    let size = tryWriteTextAsInteger(this.view, at, source, start, length);
    if (size === 0) {
      size = writeStringHeader(this.view, at, length);
      copyBytes(source, start, this.view, at + size, length);
      size += length;
    }
    this.#close(at, size);
  }

  /** A safe integer. */
  addInteger(value: number): void {
    this.#reserve(OVERHEAD_BYTES);
    this.#close(this.length, writeEntryInteger(this.view, this.length, value));
  }

  addInt64(value: bigint): void {
    this.#reserve(OVERHEAD_BYTES);
    this.#close(this.length, writeEntryInt64(this.view, this.length, value));
  }

  /** Bytes that are `count` whole entries already. */
  addEncoded(source: DataView, start: number, length: number, count: number): void {
    this.#reserve(length);
    copyBytes(source, start, this.view, this.length, length);
    this.length += length;
    this.count += count;
  }

  #close(at: number, encodedSize: number): void {
    this.length = writeBackLength(this.bytes, at + encodedSize, encodedSize);
    this.count++;
  }

  #reserve(bytes: number): void {
    if (this.length + bytes > this.bytes.length) this.#resize(Math.max(this.length + bytes, 2 * this.bytes.length));
  }

  #resize(bytes: number): void {
    const old = this.bytes;
    this.bytes = new Uint8Array(bytes);
    this.bytes.set(old.subarray(0, this.length));
    this.view = new DataView(this.bytes.buffer);
  }
}
