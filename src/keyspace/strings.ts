/**
 * String values: reading them in any encoding, and writing them in the encoding that Redis would choose. One per
 * keyspace; the string commands, SORT, COPY and DUMP use it.
 */
import { readInteger, writeInteger } from "../resp/numbers.js";
import { copyBytes } from "../storage/bytes.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import {
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
const INTEGER_TEXT_MAX_BYTES = 20;
const TWO_32 = 2 ** 32;
/** Appends get this much again in advance, up to the maximum: as many copies as doublings. */
const GROWTH_MAX_BYTES = 2 ** 20;

/** What setString does with the deadline of the key. */
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

  /** A copy of the bytes. Allocates. */
  copyOut(record: Record): Buffer {
    this.locate(record);
    return Buffer.from(new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, this.length));
  }

  /**
   * Sets key to the string source[from, from + length), whatever was there before. `deadline` is Unix ms,
   * DEADLINE_NONE, or DEADLINE_KEEP. Neither range may lie in the arena.
   */
  set(
    db: Database,
    key: DataView,
    keyStart: number,
    keyLength: number,
    source: DataView,
    from: number,
    length: number,
    deadline: number,
  ): Record {
    const { records } = this.#keyspace;
    const encoding = this.#chooseEncoding(source, from, length);
    const bytes = encoding === ENCODING_INT || encoding === ENCODING_LARGE ? INTEGER_BYTES : length;
    let record = db.findKey(key, keyStart, keyLength);
    if (record === 0) {
      record = db.add(
        key,
        keyStart,
        keyLength,
        TYPE_STRING,
        encoding,
        bytes,
        deadline === DEADLINE_KEEP ? DEADLINE_NONE : deadline,
      );
      records.setInlineLength(record, 0);
    } else {
      const kept = deadline === DEADLINE_KEEP ? records.deadline(record) : deadline;
      db.freeValue(record);
      records.setEncoding(record, TYPE_STRING, ENCODING_RAW);
      records.setInlineLength(record, 0);
      if (kept >= 0 !== records.hasDeadline(record)) record = db.setDeadline(record, kept);
      else if (kept >= 0) records.setDeadline(record, kept);
      record = db.resize(record, 0, bytes);
      records.setEncoding(record, TYPE_STRING, encoding);
      db.touch(record);
    }
    this.#write(record, encoding, source, from, length);
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
    const view = records.view(target);
    const at = records.valueStart(target);
    if (typeof value === "bigint") {
      view.setBigInt64(at, value, true);
    } else {
      view.setInt32(at + 4, Math.floor(value / TWO_32), true);
      view.setUint32(at, value >>> 0, true);
    }
    return target;
  }

  /**
   * Makes the value raw with room for `length` bytes, and sets its length to that: what was there stays, bytes beyond
   * it are zero. Points view and start at it. Returns the record. For APPEND, SETRANGE and SETBIT, which then write.
   */
  makeWritable(db: Database, record: Record, length: number): Record {
    const { records } = this.#keyspace;
    this.locate(record);
    const oldLength = this.length;
    const newLength = Math.max(oldLength, length);
    let target = record;
    if (records.encoding(record) !== ENCODING_LARGE && newLength > IN_RECORD_MAX_BYTES) {
      target = this.#moveOut(db, record, newLength);
    } else if (records.encoding(record) === ENCODING_LARGE) {
      this.#growBlock(record, oldLength, newLength);
    } else {
      target = this.#growInRecord(db, record, newLength);
    }
    this.locate(target);
    if (newLength > oldLength) {
      new Uint8Array(this.view.buffer, this.view.byteOffset + this.start + oldLength, newLength - oldLength).fill(0);
    }
    return target;
  }

  #chooseEncoding(source: DataView, from: number, length: number): number {
    if (length <= INTEGER_TEXT_MAX_BYTES && length > 0) {
      const first = source.getUint8(from);
      if (first === 45 || (first >= 48 && first <= 57)) {
        for (let i = 0; i < length; i++) this.#scratch[i] = source.getUint8(from + i);
        if (!Number.isNaN(readInteger(this.#scratch, 0, length))) return ENCODING_INT;
      }
    }
    if (length <= EMBSTR_MAX_BYTES) return ENCODING_EMBSTR;
    return length <= IN_RECORD_MAX_BYTES ? ENCODING_RAW : ENCODING_LARGE;
  }

  #write(record: Record, encoding: number, source: DataView, from: number, length: number): void {
    const { records, arena } = this.#keyspace;
    const view = records.view(record);
    const at = records.valueStart(record);
    if (encoding === ENCODING_INT) {
      const value = readInteger(this.#scratch, 0, length);
      if (Number.isSafeInteger(value)) {
        view.setInt32(at + 4, Math.floor(value / TWO_32), true);
        view.setUint32(at, value >>> 0, true);
      } else {
        view.setBigInt64(at, BigInt(Buffer.from(this.#scratch.buffer, 0, length).toString("latin1")), true);
      }
    } else if (encoding === ENCODING_LARGE) {
      const block = arena.alloc(length);
      copyBytes(source, from, arena.window(block).view, arena.offset(block), length);
      records.setValueHandle(record, block);
      records.setValueWord(record, length);
    } else {
      copyBytes(source, from, view, at, length);
      records.setInlineLength(record, length);
    }
  }

  /** Copies the value of `record` (already located) into a block of its own. */
  #moveOut(db: Database, record: Record, length: number): Record {
    const { records, arena } = this.#keyspace;
    const block = arena.alloc(withGrowth(length));
    copyBytes(this.view, this.start, arena.window(block).view, arena.offset(block), this.length);
    const target = db.resize(record, 0, INTEGER_BYTES);
    records.setEncoding(target, TYPE_STRING, ENCODING_LARGE);
    records.setValueHandle(target, block);
    records.setValueWord(target, length);
    return target;
  }

  #growBlock(record: Record, oldLength: number, length: number): void {
    const { records, arena } = this.#keyspace;
    const block = records.valueHandle(record);
    if (length > arena.sizeOf(block)) {
      records.setValueHandle(record, arena.realloc(block, oldLength, withGrowth(length)));
    }
    records.setValueWord(record, length);
  }

  #growInRecord(db: Database, record: Record, length: number): Record {
    const { records } = this.#keyspace;
    const wasInteger = records.encoding(record) === ENCODING_INT;
    const oldLength = this.length;
    const target = db.resize(record, wasInteger ? INTEGER_BYTES : oldLength, length);
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

function withGrowth(bytes: number): number {
  return bytes + Math.min(bytes, GROWTH_MAX_BYTES);
}
