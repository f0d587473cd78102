/**
 * The nodes of a stream: listpacks of entries in Redis's own format, so that they travel in RDB and DUMP as they are.
 * A stream keeps them in an ID tree by their master ID. Callers: stream-iterator.ts, keyspace/streams.ts.
 *
 *   master entry:  count | deleted | number of fields | fields … | 0
 *   entry:         flags | ms - master's ms | seq - master's seq | [number of fields] | [field] value … | lp-count
 *
 * `count` entries are there, and `deleted` more are marked so. An entry with the flag SAME_FIELDS has the master
 * entry's fields, and only values of its own. lp-count is the number of listpack elements of the entry before it:
 * what leads backwards; the master entry's is 0. Flags are below 128, so they take one byte and can change in place.
 *
 * A node grows by doubling: most entries are written into room that is there. seal() gives the rest back once the
 * stream goes on in another node.
 */
import type { Arena, Handle } from "./arena.js";
import { areEqualBytes, copyBytes } from "./bytes.js";
import type { Id } from "./id.js";
import { COUNT_UNKNOWN, EMPTY_BYTES, HEADER_BYTES } from "./listpack.js";
import {
  backLengthSize,
  END_BYTE,
  isStringEntry,
  readBackLength,
  readEncodedSize,
  readEntryInt64,
  readEntryInteger,
  stringHeaderSize,
  tryWriteTextAsInteger,
  writeBackLength,
  writeEntryInt64,
  writeEntryInteger,
  writeStringHeader,
} from "./listpack-entry.js";

export const FLAG_DELETED = 1;
export const FLAG_SAME_FIELDS = 2;
/** Elements of every entry that are neither fields nor values, without the lp-count. */
export const FIXED_ELEMENTS = 3;

/** Encoding and back length of an integer; header and back length of a string. */
const INTEGER_MAX_BYTES = 10;
const STRING_OVERHEAD_BYTES = 10;
/** Integers of a master entry and of an entry. */
const MASTER_INTEGERS = 4;
const ENTRY_INTEGERS = 5;
const TWO_32 = 2 ** 32;

/** Fields and values that lie in a request: pair i begins at offsets[2 * (first + 2i)]. See resp/args.ts. */
export interface PairSource {
  readonly view: DataView;
  readonly offsets: Int32Array;
}

export class StreamNodes {
  readonly arena: Arena;
  /** Where the next element is written, and the memory. */
  #at = 0;
  #view: DataView;
  #bytes: Uint8Array;
  readonly #scratch = new DataView(new ArrayBuffer(16));

  constructor(arena: Arena) {
    this.arena = arena;
    this.#view = this.#scratch;
    this.#bytes = new Uint8Array(this.#scratch.buffer);
  }

  byteLength(node: Handle): number {
    return this.arena.window(node).view.getUint32(this.arena.offset(node), true);
  }

  /** Entries that are there. */
  count(node: Handle): number {
    return readEntryInteger(this.arena.window(node).view, this.arena.offset(node) + HEADER_BYTES);
  }

  /** Entries that are marked as deleted. */
  deletedCount(node: Handle): number {
    const { bytes, view } = this.arena.window(node);
    return readEntryInteger(view, pastElement(bytes, this.arena.offset(node) + HEADER_BYTES));
  }

  /** The node may move. Throws ArenaFullError, with the node as it was. */
  setCounts(node: Handle, count: number, deleted: number): Handle {
    const at = this.arena.offset(node);
    const second = pastElement(this.arena.window(node).bytes, at + HEADER_BYTES) - at;
    // The one that grows comes first: the other one does not ask for memory.
    return this.#setCount(this.#setCount(node, second, deleted), HEADER_BYTES, count);
  }

  /** A node of one entry, whose ID will be the master ID. It gets a block of at least `room` bytes. */
  create(source: PairSource, first: number, pairs: number, room: number): Handle {
    const { offsets } = source;
    let bytes = EMPTY_BYTES + INTEGER_MAX_BYTES * (MASTER_INTEGERS + ENTRY_INTEGERS);
    for (let i = 0; i < pairs; i++) {
      const field = (first + 2 * i) << 1;
      const fieldBytes = offsets[field + 1]! - offsets[field]!;
      bytes += 2 * STRING_OVERHEAD_BYTES + fieldBytes + offsets[field + 3]! - offsets[field + 2]!;
    }
    const node = this.arena.alloc(Math.max(bytes, room));
    this.#open(node, HEADER_BYTES);
    this.#integer(1);
    this.#integer(0);
    this.#integer(pairs);
    for (let i = 0; i < pairs; i++) this.#text(source, first + 2 * i);
    this.#integer(0);
    this.#integer(FLAG_SAME_FIELDS);
    this.#integer(0);
    this.#integer(0);
    for (let i = 0; i < pairs; i++) this.#text(source, first + 2 * i + 1);
    this.#integer(FIXED_ELEMENTS + pairs);
    this.#close(node, 2 * MASTER_INTEGERS + 2 * pairs);
    return node;
  }

  /**
   * Adds an entry behind all others; the node may move. `textBytes` is the length of its fields and values together.
   * Throws ArenaFullError, with the node as it was.
   */
  append(
    node: Handle,
    master: Id,
    id: Id,
    source: PairSource,
    first: number,
    pairs: number,
    textBytes: number,
  ): Handle {
    const old = this.byteLength(node);
    // One more for the count, which may take a byte more.
    const bound = old + textBytes + 2 * pairs * STRING_OVERHEAD_BYTES + INTEGER_MAX_BYTES * ENTRY_INTEGERS + 1;
    let target = node;
    if (bound > this.arena.sizeOf(node)) target = this.arena.realloc(node, old, Math.max(bound, 2 * old));
    const at = this.arena.offset(target) + HEADER_BYTES;
    const { bytes } = this.arena.window(target);
    let end = old - 1;
    if (bytes[at]! < 127) {
      bytes[at]!++;
    } else {
      target = this.#setCount(target, HEADER_BYTES, this.count(target) + 1);
      end = this.byteLength(target) - 1;
    }
    const isSame = this.#hasFields(target, source, first, pairs);
    this.#open(target, end);
    const stored = this.#view.getUint16(at - 2, true);
    this.#integer(isSame ? FLAG_SAME_FIELDS : 0);
    this.#delta(id, master, true);
    this.#delta(id, master, false);
    let elements = FIXED_ELEMENTS + pairs;
    if (isSame) {
      for (let i = 0; i < pairs; i++) this.#text(source, first + 2 * i + 1);
    } else {
      this.#integer(pairs);
      for (let i = 0; i < 2 * pairs; i++) this.#text(source, first + i);
      elements += pairs + 1;
    }
    this.#integer(elements);
    this.#close(target, stored === COUNT_UNKNOWN ? COUNT_UNKNOWN : stored + elements + 1);
    return target;
  }

  /** Whether an entry of so many bytes may be added, by these limits; 0 entries is no limit. */
  accepts(node: Handle, textBytes: number, maxBytes: number, maxEntries: number): boolean {
    const { bytes, view } = this.arena.window(node);
    const start = this.arena.offset(node);
    if (view.getUint32(start, true) + textBytes >= maxBytes) return false;
    if (maxEntries === 0) return true;
    const at = start + HEADER_BYTES;
    const count = bytes[at]!;
    if (count < 128 && bytes[at + 2]! < 128) return count + bytes[at + 2]! < maxEntries;
    return readEntryInteger(view, at) + readEntryInteger(view, pastElement(bytes, at)) < maxEntries;
  }

  /** Gives back the room behind a node that nothing is added to any more; it may move. */
  seal(node: Handle): Handle {
    const bytes = this.byteLength(node);
    return this.arena.realloc(node, bytes, bytes);
  }

  /** The ID of the last entry, be it marked as deleted or not. */
  readLastId(node: Handle, master: Id, id: Id): void {
    const { bytes, view } = this.arena.window(node);
    let at = previousElement(bytes, this.arena.offset(node) + this.byteLength(node) - 1);
    for (let left = readEntryInteger(view, at); left > 0; left--) at = previousElement(bytes, at);
    readEntryId(view, bytes, pastElement(bytes, at), master, id);
  }

  /** Whether the entry's fields are those of the master entry. */
  #hasFields(node: Handle, source: PairSource, first: number, pairs: number): boolean {
    const { bytes, view } = this.arena.window(node);
    let at = pastElement(bytes, this.arena.offset(node) + HEADER_BYTES);
    at = pastElement(bytes, at);
    if (readEntryInteger(view, at) !== pairs) return false;
    const { offsets } = source;
    for (let i = 0; i < pairs; i++) {
      at = pastElement(bytes, at);
      const field = (first + 2 * i) << 1;
      if (!this.#isText(bytes, view, at, source.view, offsets[field]!, offsets[field + 1]!)) return false;
    }
    return true;
  }

  #isText(bytes: Uint8Array, view: DataView, at: number, source: DataView, start: number, end: number): boolean {
    const head = bytes[at]!;
    const size = readEncodedSize(bytes, at);
    if (isStringEntry(head)) {
      const header = stringHeaderSize(head);
      return size - header === end - start && areEqualBytes(view, at + header, source, start, end - start);
    }
    const scratch = this.#scratch;
    return (
      tryWriteTextAsInteger(scratch, 0, source, start, end - start) === size &&
      areEqualBytes(view, at, scratch, 0, size)
    );
  }

  /** Writes one of the two counts; the node moves where the number takes more or fewer bytes than before. */
  #setCount(node: Handle, position: number, value: number): Handle {
    const { view, bytes } = this.arena.window(node);
    const at = this.arena.offset(node) + position;
    if (value < 128 && bytes[at]! < 128) {
      bytes[at] = value;
      return node;
    }
    const scratch = this.#scratch;
    if (writeEntryInteger(scratch, 0, value) === readEncodedSize(bytes, at)) {
      writeEntryInteger(view, at, value);
      return node;
    }
    const oldPast = pastElement(bytes, at);
    const size = writeEntryInteger(scratch, 0, value);
    const difference = at + size + backLengthSize(size) - oldPast;
    const total = this.byteLength(node);
    const target =
      total + difference > this.arena.sizeOf(node) ? this.arena.realloc(node, total, total + difference) : node;
    this.#open(target, position);
    const start = this.arena.offset(target);
    const rest = start + oldPast - this.arena.offset(node);
    this.#bytes.copyWithin(rest + difference, rest, start + total);
    this.#integer(value);
    this.#view.setUint32(start, total + difference, true);
    return target;
  }

  #open(node: Handle, position: number): void {
    const window = this.arena.window(node);
    // There are few windows, and a store of an object costs more than this question.
    if (window.view !== this.#view) {
      this.#view = window.view;
      this.#bytes = window.bytes;
    }
    this.#at = this.arena.offset(node) + position;
  }

  #integer(value: number): void {
    const at = this.#at;
    if (value >= 0 && value < 128) {
      this.#bytes[at] = value;
      this.#bytes[at + 1] = 1;
      this.#at = at + 2;
      return;
    }
    const size = writeEntryInteger(this.#view, at, value);
    this.#at = writeBackLength(this.#bytes, at + size, size);
  }

  /** How far the ID is from the master ID, in 64 bits. */
  #delta(id: Id, master: Id, isMs: boolean): void {
    if (isMs ? id.msHigh === master.msHigh : id.seqHigh === master.seqHigh) {
      const low = isMs ? id.msLow : id.seqLow;
      const masterLow = isMs ? master.msLow : master.seqLow;
      return this.#integer((low >>> 0) - (masterLow >>> 0));
    }
    const value = isMs ? id.ms : id.seq;
    const base = isMs ? master.ms : master.seq;
    if (Number.isSafeInteger(value) && Number.isSafeInteger(base)) return this.#integer(value - base);
    const exact = isMs ? id.msExact() - master.msExact() : id.seqExact() - master.seqExact();
    const size = writeEntryInt64(this.#view, this.#at, BigInt.asIntN(64, exact));
    this.#at = writeBackLength(this.#bytes, this.#at + size, size);
  }

  /** Argument i as an element. */
  #text(source: PairSource, i: number): void {
    const start = source.offsets[i << 1]!;
    const length = source.offsets[(i << 1) + 1]! - start;
    const view = this.#view;
    const at = this.#at;
    let size = tryWriteTextAsInteger(view, at, source.view, start, length);
    if (size === 0) {
      size = writeStringHeader(view, at, length);
      copyBytes(source.view, start, view, at + size, length);
      size += length;
    }
    if (size < 128) {
      this.#bytes[at + size] = size;
      this.#at = at + size + 1;
    } else {
      this.#at = writeBackLength(this.#bytes, at + size, size);
    }
  }

  #close(node: Handle, elements: number): void {
    const start = this.arena.offset(node);
    this.#bytes[this.#at] = END_BYTE;
    this.#view.setUint32(start, this.#at + 1 - start, true);
    this.#view.setUint16(start + 4, Math.min(elements, COUNT_UNKNOWN), true);
  }
}

/** The offset past the element at `at`. */
export function pastElement(bytes: Uint8Array, at: number): number {
  const head = bytes[at]!;
  if (head < 0x80) return at + 2;
  const size = head < 0xc0 ? 1 + (head & 0x3f) : readEncodedSize(bytes, at);
  return at + size + backLengthSize(size);
}

/** The offset of the element in front of `at`, which must not be the first. */
export function previousElement(bytes: Uint8Array, at: number): number {
  const last = bytes[at - 1]!;
  if (last < 128) return at - 1 - last;
  const size = readBackLength(bytes, at - 1);
  return at - size - backLengthSize(size);
}

/** Reads the ID of the entry whose ms element is at `at`; returns the offset past its seq element. */
export function readEntryId(view: DataView, bytes: Uint8Array, at: number, master: Id, id: Id): number {
  const seqAt = pastElement(bytes, at);
  const ms = bytes[at]! < 0x80 ? bytes[at]! : readEntryInteger(view, at);
  const seq = bytes[seqAt]! < 0x80 ? bytes[seqAt]! : readEntryInteger(view, seqAt);
  id.copyFrom(master);
  if (ms > -TWO_32 && ms < TWO_32) {
    const sum = (id.msLow >>> 0) + ms;
    id.msLow = sum | 0;
    if (sum >= TWO_32) id.msHigh = (id.msHigh + 1) | 0;
    else if (sum < 0) id.msHigh = (id.msHigh - 1) | 0;
  } else {
    id.setMsExact(BigInt.asUintN(64, master.msExact() + exactAt(view, at, ms)));
  }
  if (seq > -TWO_32 && seq < TWO_32) {
    const sum = (id.seqLow >>> 0) + seq;
    id.seqLow = sum | 0;
    if (sum >= TWO_32) id.seqHigh = (id.seqHigh + 1) | 0;
    else if (sum < 0) id.seqHigh = (id.seqHigh - 1) | 0;
  } else {
    id.setSeqExact(BigInt.asUintN(64, master.seqExact() + exactAt(view, seqAt, seq)));
  }
  return pastElement(bytes, seqAt);
}

function exactAt(view: DataView, at: number, near: number): bigint {
  return Number.isSafeInteger(near) ? BigInt(near) : readEntryInt64(view, at);
}
