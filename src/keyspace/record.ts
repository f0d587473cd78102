/**
 * Records: a key, its deadline and (a way to) its value in one arena block. Everything that knows the layout is here.
 *
 *    0      u8   key length; 255: longer than 254, see 8
 *    1      u24  access clock: LRU seconds, or LFU minutes (16 bits) and counter (8 bits, the lowest byte)
 *    4      u8   type (low four bits) and encoding (high four)
 *    5      u8   flags: bit 0, the record has a deadline
 *    6      u16  value length, for strings kept in the record
 *    8      u32  key length, only when byte 0 is 255
 *    8|12   key
 *    +      i64  deadline in Unix ms, only with flag bit 0 (8 bytes, any alignment)
 *    +      value: by encoding, see below
 *
 *   string int      8 bytes, a signed 64-bit integer
 *   string embstr   the bytes, at most 44
 *   string raw      the bytes, at most IN_RECORD_MAX_BYTES
 *   string large    u32 handle of a block with the bytes, u32 byte length
 *   other types     u32 handle of the value, u32 for the type's own use
 *
 * The dict reads bytes 0 and 8 only. A record moves whenever its size class changes; no one keeps a record across a
 * write to the same key.
 */
import type { Arena, Handle } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";

export type Record = Handle;

/** Unix ms, any int64; -1 is none. A BigInt beyond 2^53 only, where a double would not be exact. */
export type Deadline = number | bigint;

export const HEADER_BYTES = 8;
export const LONG_KEY = 255;
export const LONG_KEY_BYTES = 4;
export const DEADLINE_BYTES = 8;
export const IN_RECORD_MAX_BYTES = 2048;
export const EMBSTR_MAX_BYTES = 44;

export const TYPE_STRING = 0;
export const TYPE_LIST = 1;
export const TYPE_SET = 2;
export const TYPE_SORTED_SET = 3;
export const TYPE_HASH = 4;
export const TYPE_STREAM = 6;

/** As TYPE and SCAN TYPE name them, by type. */
export const TYPE_NAMES: readonly (string | undefined)[] = [
  "string",
  "list",
  "set",
  "zset",
  "hash",
  undefined,
  "stream",
];

export const ENCODING_INT = 0;
export const ENCODING_EMBSTR = 1;
export const ENCODING_RAW = 2;
export const ENCODING_LARGE = 3;

const FLAG_DEADLINE = 1;
const TWO_32 = 2 ** 32;

/** Bytes in front of the value: header, key and deadline. */
export function valueOffset(keyLength: number, hasDeadline: boolean): number {
  return HEADER_BYTES + (keyLength >= LONG_KEY ? LONG_KEY_BYTES : 0) + keyLength + (hasDeadline ? DEADLINE_BYTES : 0);
}

/** Reads and writes the fields of records of one arena. Stateless: all methods take the record. */
export class Records {
  readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  view(record: Record): DataView {
    return this.arena.window(record).view;
  }

  keyLength(record: Record): number {
    const view = this.view(record);
    const at = this.arena.offset(record);
    const short = view.getUint8(at);
    return short === LONG_KEY ? view.getUint32(at + HEADER_BYTES, true) : short;
  }

  /** The offset of the key in the record's window. */
  keyStart(record: Record): number {
    const at = this.arena.offset(record);
    return at + HEADER_BYTES + (this.view(record).getUint8(at) === LONG_KEY ? LONG_KEY_BYTES : 0);
  }

  /** The key as a byte string, however long: for tests and their walks over the dataset. */
  keyText(record: Record): string {
    const view = this.view(record);
    return Buffer.from(view.buffer, this.keyStart(record), this.keyLength(record)).toString("latin1");
  }

  type(record: Record): number {
    return this.view(record).getUint8(this.arena.offset(record) + 4) & 15;
  }

  encoding(record: Record): number {
    return this.view(record).getUint8(this.arena.offset(record) + 4) >>> 4;
  }

  setEncoding(record: Record, type: number, encoding: number): void {
    this.view(record).setUint8(this.arena.offset(record) + 4, type | (encoding << 4));
  }

  hasDeadline(record: Record): boolean {
    return (this.view(record).getUint8(this.arena.offset(record) + 5) & FLAG_DEADLINE) !== 0;
  }

  /** The deadline in Unix ms; -1 without one. Past 2^53 the nearest double: see exactDeadline. */
  deadline(record: Record): number {
    if (!this.hasDeadline(record)) return -1;
    const view = this.view(record);
    const at = this.keyStart(record) + this.keyLength(record);
    return view.getInt32(at + 4, true) * TWO_32 + view.getUint32(at, true);
  }

  /** The deadline of a record that has one and whose deadline() is no safe integer. */
  exactDeadline(record: Record): bigint {
    return this.view(record).getBigInt64(this.keyStart(record) + this.keyLength(record), true);
  }

  setDeadline(record: Record, deadline: Deadline): void {
    const view = this.view(record);
    const at = this.keyStart(record) + this.keyLength(record);
    if (typeof deadline === "bigint") return view.setBigInt64(at, deadline, true);
    view.setInt32(at + 4, Math.floor(deadline / TWO_32), true);
    view.setUint32(at, deadline >>> 0, true);
  }

  /** The 24-bit access clock. */
  access(record: Record): number {
    return this.view(record).getUint32(this.arena.offset(record), true) >>> 8;
  }

  setAccess(record: Record, access: number): void {
    const view = this.view(record);
    const at = this.arena.offset(record);
    view.setUint32(at, (access << 8) | view.getUint8(at), true);
  }

  /** The offset of the value in the record's window. */
  valueStart(record: Record): number {
    const view = this.view(record);
    const at = this.arena.offset(record);
    const short = view.getUint8(at);
    const deadline = (view.getUint8(at + 5) & FLAG_DEADLINE) !== 0 ? DEADLINE_BYTES : 0;
    if (short !== LONG_KEY) return at + HEADER_BYTES + short + deadline;
    return at + HEADER_BYTES + LONG_KEY_BYTES + view.getUint32(at + HEADER_BYTES, true) + deadline;
  }

  /** Bytes of the value inside the record: string bytes, an integer, or a handle and its word. */
  valueBytes(record: Record): number {
    if (this.type(record) !== TYPE_STRING) return 8;
    const encoding = this.encoding(record);
    return encoding === ENCODING_LARGE || encoding === ENCODING_INT ? 8 : this.inlineLength(record);
  }

  inlineLength(record: Record): number {
    return this.view(record).getUint16(this.arena.offset(record) + 6, true);
  }

  setInlineLength(record: Record, length: number): void {
    this.view(record).setUint16(this.arena.offset(record) + 6, length, true);
  }

  /** The handle of a value that has a block of its own. */
  valueHandle(record: Record): Handle {
    return this.view(record).getInt32(this.valueStart(record), true);
  }

  setValueHandle(record: Record, handle: Handle): void {
    this.view(record).setInt32(this.valueStart(record), handle, true);
  }

  /** The word behind the handle: the byte length of a large string, or what the type wants. */
  valueWord(record: Record): number {
    return this.view(record).getUint32(this.valueStart(record) + 4, true);
  }

  setValueWord(record: Record, word: number): void {
    this.view(record).setUint32(this.valueStart(record) + 4, word, true);
  }

  /** Writes the header and the key of a fresh block; the value and its length are the caller's. */
  init(
    record: Record,
    key: DataView,
    keyAt: number,
    keyLength: number,
    type: number,
    encoding: number,
    deadline: Deadline,
    access: number,
  ): void {
    const view = this.view(record);
    const at = this.arena.offset(record);
    const long = keyLength >= LONG_KEY;
    view.setUint32(at, (access << 8) | (long ? LONG_KEY : keyLength), true);
    view.setUint32(at + 4, type | (encoding << 4) | (deadline >= 0 ? FLAG_DEADLINE << 8 : 0), true);
    if (long) view.setUint32(at + HEADER_BYTES, keyLength, true);
    copyBytes(key, keyAt, view, at + HEADER_BYTES + (long ? LONG_KEY_BYTES : 0), keyLength);
    if (deadline >= 0) this.setDeadline(record, deadline);
  }
}
