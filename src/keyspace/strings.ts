/**
 * String values: reading them in any encoding, and writing them in the encoding that Redis would choose. One per
 * keyspace; the string commands, SORT, COPY and DUMP use it.
 */
import { readInt64, readInteger, writeInteger } from "../resp/numbers.js";
import { type Handle, NONE } from "../storage/arena.js";
import { copyBytes, zeroBytes } from "../storage/bytes.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import {
  type Deadline,
  EMBSTR_MAX_BYTES,
  ENCODING_EMBSTR,
  ENCODING_INT,
  ENCODING_LARGE,
  ENCODING_RAW,
  IN_RECORD_MAX_BYTES,
  type Record,
  TYPE_STRING,
} from "./record.js";

const INTEGER_BYTES = 8;
/** A block's handle and its word take as much room in the record as an integer. */
const HANDLE_BYTES = 8;
const INTEGER_TEXT_MAX_BYTES = 20;
const TWO_32 = 2 ** 32;
/** Appends get this much again in advance, up to the maximum: as many copies as doublings. */
const GROWTH_MAX_BYTES = 2 ** 20;

/** What set does with the deadline of the key. */
export const DEADLINE_KEEP = -2;
export const DEADLINE_NONE = -1;

export class Strings {
  /** Set by locate: the value is view[start, start + length). Valid until the next write or locate. */
  view: DataView;
  start = 0;
  length = 0;
  readonly #keyspace: Keyspace;
  readonly #scratch = new Uint8Array(32);
  readonly #scratchView = new DataView(this.#scratch.buffer);

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.view = this.#scratchView;
  }

  isString(record: Record): boolean {
    return this.#keyspace.records.type(record) === TYPE_STRING;
  }

  byteLength(record: Record): number {
    const { records } = this.#keyspace;
    const encoding = records.encoding(record);
    if (encoding === ENCODING_LARGE) return records.valueWord(record);
    if (encoding !== ENCODING_INT) return records.inlineLength(record);
    this.locate(record);
    return this.length;
  }

  /** Points view, start and length at the bytes; an integer is written out into a scratch buffer. */
  locate(record: Record): void {
    const { records, arena } = this.#keyspace;
    const encoding = records.encoding(record);
    if (encoding === ENCODING_LARGE) {
      const block = records.valueHandle(record);
      this.view = arena.window(block).view;
      this.start = arena.offset(block);
      this.length = records.valueWord(record);
    } else if (encoding === ENCODING_INT) {
      this.view = this.#scratchView;
      this.start = 0;
      const value = this.integer(record);
      if (Number.isSafeInteger(value)) this.length = writeInteger(this.#scratch, 0, value);
      else this.length = this.#writeText(this.bigint(record).toString());
    } else {
      this.view = records.view(record);
      this.start = records.valueStart(record);
      this.length = records.inlineLength(record);
    }
  }

  /** Whether the value is one of those that makeWritable makes: it can be written where it is. */
  isRaw(record: Record): boolean {
    const encoding = this.#keyspace.records.encoding(record);
    return encoding === ENCODING_LARGE || encoding === ENCODING_RAW;
  }

  isInteger(record: Record): boolean {
    return this.#keyspace.records.encoding(record) === ENCODING_INT;
  }

  /** The value of an int record; the nearest double past 2^53. */
  integer(record: Record): number {
    const { records } = this.#keyspace;
    const view = records.view(record);
    const at = records.valueStart(record);
    return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
  }

  bigint(record: Record): bigint {
    const { records } = this.#keyspace;
    return records.view(record).getBigInt64(records.valueStart(record), true);
  }

  /** The value as an int64, however it is kept; NaN when it is none, the nearest double past 2^53. */
  readInteger(record: Record): number {
    if (this.isInteger(record)) return this.integer(record);
    if (this.byteLength(record) > INTEGER_TEXT_MAX_BYTES) return Number.NaN;
    const bytes = this.#view(record);
    return readInteger(bytes, 0, bytes.length);
  }

  /** The exact value where readInteger has found one. */
  readInt64(record: Record): bigint {
    if (this.isInteger(record)) return this.bigint(record);
    const bytes = this.#view(record);
    return readInt64(bytes, 0, bytes.length);
  }

  /** A copy of the bytes. Allocates. */
  copyOut(record: Record): Buffer {
    return Buffer.from(this.#view(record));
  }

  /**
   * Sets key to the string source[from, from + length), whatever was there before. `deadline` is Unix ms,
   * DEADLINE_NONE, or DEADLINE_KEEP. Neither range may lie in the arena, but for a request that was received into it.
   */
  set(
    db: Database,
    key: DataView,
    keyStart: number,
    keyLength: number,
    source: DataView,
    from: number,
    length: number,
    deadline: Deadline,
  ): Record {
    const encoding = this.#readsAsInteger(source, from, length) ? ENCODING_INT : chooseTextEncoding(length);
    return this.#store(db, key, keyStart, keyLength, encoding, source, from, length, deadline);
  }

  /** Like set, but digits stay text: results of INCRBYFLOAT are never kept as integers. */
  setText(
    db: Database,
    key: DataView,
    keyStart: number,
    keyLength: number,
    source: DataView,
    from: number,
    length: number,
    deadline: Deadline,
  ): Record {
    return this.#store(db, key, keyStart, keyLength, chooseTextEncoding(length), source, from, length, deadline);
  }

  /** Adds a key, which must be absent, with this integer. */
  addInteger(db: Database, key: DataView, keyStart: number, keyLength: number, value: number | bigint): Record {
    const record = db.add(key, keyStart, keyLength, TYPE_STRING, ENCODING_INT, INTEGER_BYTES, DEADLINE_NONE);
    this.#writeInteger(record, value);
    return record;
  }

  /** Adds a key, which must be absent, with so many zero bytes. Points view and start at them. */
  addZeroed(db: Database, key: DataView, keyStart: number, keyLength: number, length: number): Record {
    const { records, arena } = this.#keyspace;
    const large = length > IN_RECORD_MAX_BYTES;
    const block = large ? arena.alloc(length) : NONE;
    const encoding = large ? ENCODING_LARGE : ENCODING_RAW;
    const bytes = large ? HANDLE_BYTES : length;
    const record = db.add(key, keyStart, keyLength, TYPE_STRING, encoding, bytes, DEADLINE_NONE);
    if (large) {
      records.setValueHandle(record, block);
      records.setValueWord(record, length);
    } else {
      records.setInlineLength(record, length);
    }
    this.locate(record);
    zeroBytes(this.view, this.start, length);
    return record;
  }

  /** Makes an existing string record this integer, in place where it was one. Returns the record. */
  setInteger(db: Database, record: Record, value: number | bigint): Record {
    const { records } = this.#keyspace;
    let target = record;
    if (records.encoding(record) !== ENCODING_INT) {
      db.freeValue(record);
      records.setEncoding(record, TYPE_STRING, ENCODING_RAW);
      records.setInlineLength(record, 0);
      target = db.resize(record, 0, INTEGER_BYTES);
      records.setEncoding(target, TYPE_STRING, ENCODING_INT);
    }
    this.#writeInteger(target, value);
    return target;
  }

  /** Puts source[from, from + length), which may not lie in the arena, behind the value. Returns the record. */
  append(db: Database, record: Record, source: DataView, from: number, length: number): Record {
    const oldLength = this.byteLength(record);
    const target = this.#makeRoom(db, record, oldLength + length, withGrowth(oldLength + length));
    copyBytes(source, from, this.view, this.start + oldLength, length);
    return target;
  }

  /**
   * Makes the value raw with room for `length` bytes, and sets its length to that: what was there stays, bytes beyond
   * it are zero. Points view, start and length at it. Returns the record. For SETRANGE and SETBIT, which then write. A
   * value that leaves the record gets room for `capacity` bytes.
   */
  makeWritable(db: Database, record: Record, length: number, capacity: number = withGrowth(length)): Record {
    if (this.isRaw(record)) {
      this.locate(record);
      if (length <= this.length) return record;
    }
    const oldLength = this.byteLength(record);
    const target = this.#makeRoom(db, record, Math.max(oldLength, length), capacity);
    if (length > oldLength) zeroBytes(this.view, this.start + oldLength, length - oldLength);
    return target;
  }

  /** Cuts a raw value, of which the first `length` bytes stay. Points view, start and length at it. Returns the record. */
  truncate(db: Database, record: Record, length: number): Record {
    const { records } = this.#keyspace;
    let target = record;
    if (records.encoding(record) === ENCODING_LARGE) {
      records.setValueWord(record, length);
    } else {
      records.setInlineLength(record, length);
      target = db.resize(record, length, length);
    }
    this.locate(target);
    return target;
  }

  /**
   * Sets key to the raw string that is in `block`, a block of the arena that nothing else holds: it is the key's from
   * here on. Whatever was there before goes, its deadline too. For results that are made of other values.
   */
  setBlock(db: Database, key: DataView, keyStart: number, keyLength: number, block: Handle, length: number): Record {
    const { arena, records } = this.#keyspace;
    const { view } = arena.window(block);
    const at = arena.offset(block);
    if (length <= IN_RECORD_MAX_BYTES) {
      try {
        return this.#store(db, key, keyStart, keyLength, ENCODING_RAW, view, at, length, DEADLINE_NONE);
      } finally {
        arena.free(block);
      }
    }
    try {
      const record = db.store(key, keyStart, keyLength, TYPE_STRING, ENCODING_LARGE, block);
      records.setValueWord(record, length);
      return record;
    } catch (error) {
      arena.free(block);
      throw error;
    }
  }

  #view(record: Record): Uint8Array {
    this.locate(record);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.length);
  }

  /** makeWritable for a value that does not shrink, with new bytes left as they are. */
  #makeRoom(db: Database, record: Record, length: number, capacity: number): Record {
    const encoding = this.#keyspace.records.encoding(record);
    this.locate(record);
    let target = record;
    if (encoding === ENCODING_LARGE) this.#growBlock(record, this.length, length, capacity);
    else if (length > IN_RECORD_MAX_BYTES) target = this.#moveOut(db, record, length, capacity);
    else target = this.#growInRecord(db, record, length);
    this.locate(target);
    return target;
  }

  #store(
    db: Database,
    key: DataView,
    keyStart: number,
    keyLength: number,
    encoding: number,
    source: DataView,
    from: number,
    length: number,
    deadline: Deadline,
  ): Record {
    const { records } = this.#keyspace;
    // A large value gets its block first: when there is no room, nothing has changed.
    const block = encoding === ENCODING_LARGE ? this.#keyspace.arena.allocCopy(source, from, length) : NONE;
    const bytes = encoding === ENCODING_INT || encoding === ENCODING_LARGE ? HANDLE_BYTES : length;
    let record = db.findKey(key, keyStart, keyLength);
    if (record === NONE) {
      const own = deadline === DEADLINE_KEEP ? DEADLINE_NONE : deadline;
      record = db.add(key, keyStart, keyLength, TYPE_STRING, encoding, bytes, own);
    } else {
      if (this.#keyspace.lazy.serverDel) this.#keyspace.freeValueLazily(record);
      else db.freeValue(record);
      records.setEncoding(record, TYPE_STRING, ENCODING_RAW);
      records.setInlineLength(record, 0);
      if (deadline !== DEADLINE_KEEP) record = db.setDeadline(record, deadline);
      record = db.resize(record, 0, bytes);
      records.setEncoding(record, TYPE_STRING, encoding);
      db.touch(record);
    }
    if (encoding === ENCODING_INT) {
      this.#writeParsedInteger(record, length);
    } else if (encoding === ENCODING_LARGE) {
      records.setValueHandle(record, block);
      records.setValueWord(record, length);
    } else {
      copyBytes(source, from, records.view(record), records.valueStart(record), length);
      records.setInlineLength(record, length);
    }
    return record;
  }

  /** Whether the bytes are an int64 in its one canonical form; then the scratch buffer holds them. */
  #readsAsInteger(source: DataView, from: number, length: number): boolean {
    if (length === 0 || length > INTEGER_TEXT_MAX_BYTES) return false;
    const first = source.getUint8(from);
    if (first !== 45 && (first < 48 || first > 57)) return false;
    for (let i = 0; i < length; i++) this.#scratch[i] = source.getUint8(from + i);
    return !Number.isNaN(readInteger(this.#scratch, 0, length));
  }

  /** Writes what #readsAsInteger has read. */
  #writeParsedInteger(record: Record, length: number): void {
    const value = readInteger(this.#scratch, 0, length);
    this.#writeInteger(record, Number.isSafeInteger(value) ? value : readInt64(this.#scratch, 0, length));
  }

  #writeInteger(record: Record, value: number | bigint): void {
    const { records } = this.#keyspace;
    const view = records.view(record);
    const at = records.valueStart(record);
    if (typeof value === "bigint") {
      view.setBigInt64(at, value, true);
    } else {
      view.setInt32(at + 4, Math.floor(value / TWO_32), true);
      view.setUint32(at, value >>> 0, true);
    }
  }

  /** Copies the value of `record` (already located) into a block of its own. */
  #moveOut(db: Database, record: Record, length: number, capacity: number): Record {
    const { records, arena } = this.#keyspace;
    const block = arena.alloc(capacity);
    copyBytes(this.view, this.start, arena.window(block).view, arena.offset(block), this.length);
    const target = db.resize(record, 0, HANDLE_BYTES);
    records.setEncoding(target, TYPE_STRING, ENCODING_LARGE);
    records.setValueHandle(target, block);
    records.setValueWord(target, length);
    return target;
  }

  #growBlock(record: Record, oldLength: number, length: number, capacity: number): void {
    const { records, arena } = this.#keyspace;
    const block = records.valueHandle(record);
    if (length > arena.sizeOf(block)) {
      records.setValueHandle(record, arena.realloc(block, oldLength, capacity));
    }
    records.setValueWord(record, length);
  }

  #growInRecord(db: Database, record: Record, length: number): Record {
    const { records } = this.#keyspace;
    const wasInteger = records.encoding(record) === ENCODING_INT;
    const oldLength = this.length;
    // An integer's text is in the scratch buffer, and may be shorter than the integer.
    const target = db.resize(record, wasInteger ? 0 : oldLength, length);
    if (wasInteger) copyBytes(this.#scratchView, 0, records.view(target), records.valueStart(target), oldLength);
    records.setEncoding(target, TYPE_STRING, ENCODING_RAW);
    records.setInlineLength(target, length);
    return target;
  }

  #writeText(text: string): number {
    for (let i = 0; i < text.length; i++) this.#scratch[i] = text.charCodeAt(i);
    return text.length;
  }
}

function chooseTextEncoding(length: number): number {
  if (length <= EMBSTR_MAX_BYTES) return ENCODING_EMBSTR;
  return length <= IN_RECORD_MAX_BYTES ? ENCODING_RAW : ENCODING_LARGE;
}

function withGrowth(bytes: number): number {
  return bytes + Math.min(bytes, GROWTH_MAX_BYTES);
}
