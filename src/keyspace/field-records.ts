/**
 * Field records: one field of a large hash, its value and its deadline in one arena block. Everything that knows the
 * layout is here; hash-table.ts keeps the records in a dict.
 *
 *   0    u8   field length; 255: longer than 254, see 2
 *   1    u8   bit 7: the field has a deadline; bits 0 to 6: value length; 127: longer than 126, see below
 *   2    u32  field length, only when byte 0 is 255
 *   2|6  field
 *   +    u32  value length, only when bits 0 to 6 of byte 1 are 127
 *   +    u48  deadline in Unix ms, only with bit 7 of byte 1
 *   +    u32  place in the heap of deadlines, only with bit 7 of byte 1
 *   +    value
 *
 * A field of 18 bytes with a value of 12 takes 32. The dict reads byte 0, 2 and the field only.
 */
import type { Arena, Handle } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import type { HeapItems } from "../storage/deadline-heap.js";

/** Where the dict finds the field. */
export const FIELD_HEADER_BYTES = 2;
export const DEADLINE_NONE = -1;

const LONG_FIELD = 255;
const LONG_VALUE = 127;
const LENGTH_BYTES = 4;
const HAS_DEADLINE = 0x80;
const DEADLINE_BYTES = 6;
/** Deadline and place. */
const EXPIRY_BYTES = DEADLINE_BYTES + 4;
const TWO_32 = 2 ** 32;

export type FieldRecord = Handle;

/** A u48 at any alignment. */
export function readU48(view: DataView, at: number): number {
  return view.getUint16(at + 4, true) * TWO_32 + view.getUint32(at, true);
}

export function writeU48(view: DataView, at: number, value: number): void {
  view.setUint32(at, value >>> 0, true);
  view.setUint16(at + 4, Math.floor(value / TWO_32), true);
}

export class FieldRecords implements HeapItems {
  readonly arena: Arena;
  /** Set by locate: where the parts of a record are in `view`. Valid until the record changes. */
  view: DataView;
  fieldStart = 0;
  fieldLength = 0;
  valueStart = 0;
  valueLength = 0;
  /** Where deadline and place are, when hasDeadline is set. */
  hasDeadline = false;
  #expiryStart = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    this.view = new DataView(new ArrayBuffer(0));
  }

  /** Finds all parts of a record at once. */
  locate(record: FieldRecord): void {
    const { view } = this.arena.window(record);
    let at = this.arena.offset(record);
    let fieldLength = view.getUint8(at);
    const head = view.getUint8(at + 1);
    at += FIELD_HEADER_BYTES;
    if (fieldLength === LONG_FIELD) {
      fieldLength = view.getUint32(at, true);
      at += LENGTH_BYTES;
    }
    this.view = view;
    this.fieldStart = at;
    this.fieldLength = fieldLength;
    at += fieldLength;
    let valueLength = head & LONG_VALUE;
    if (valueLength === LONG_VALUE) {
      valueLength = view.getUint32(at, true);
      at += LENGTH_BYTES;
    }
    this.hasDeadline = head > LONG_VALUE;
    this.#expiryStart = at;
    this.valueStart = this.hasDeadline ? at + EXPIRY_BYTES : at;
    this.valueLength = valueLength;
  }

  /** The deadline of the located record, or DEADLINE_NONE. */
  locatedDeadline(): number {
    return this.hasDeadline ? readU48(this.view, this.#expiryStart) : DEADLINE_NONE;
  }

  /** The deadline of a record that has one. */
  deadline(record: FieldRecord): number {
    return readU48(this.arena.window(record).view, this.#findExpiry(record));
  }

  /** Changes the deadline of a record that has one. */
  setDeadline(record: FieldRecord, deadline: number): void {
    writeU48(this.arena.window(record).view, this.#findExpiry(record), deadline);
  }

  place(record: FieldRecord): number {
    return this.arena.window(record).view.getUint32(this.#findExpiry(record) + DEADLINE_BYTES, true);
  }

  setPlace(record: FieldRecord, place: number): void {
    this.arena.window(record).view.setUint32(this.#findExpiry(record) + DEADLINE_BYTES, place, true);
  }

  /** A new record; `deadline` -1 is none. Its place is not set. The sources may lie in the arena. */
  create(
    field: DataView,
    fieldFrom: number,
    fieldLength: number,
    value: DataView,
    valueFrom: number,
    valueLength: number,
    deadline: number,
  ): FieldRecord {
    const isLongField = fieldLength >= LONG_FIELD;
    const isLongValue = valueLength >= LONG_VALUE;
    const hasDeadline = deadline !== DEADLINE_NONE;
    const fieldAt = FIELD_HEADER_BYTES + (isLongField ? LENGTH_BYTES : 0);
    const expiryAt = fieldAt + fieldLength + (isLongValue ? LENGTH_BYTES : 0);
    const valueAt = expiryAt + (hasDeadline ? EXPIRY_BYTES : 0);
    const record = this.arena.alloc(valueAt + valueLength);
    const { view } = this.arena.window(record);
    const at = this.arena.offset(record);
    view.setUint8(at, isLongField ? LONG_FIELD : fieldLength);
    view.setUint8(at + 1, (isLongValue ? LONG_VALUE : valueLength) | (hasDeadline ? HAS_DEADLINE : 0));
    if (isLongField) view.setUint32(at + FIELD_HEADER_BYTES, fieldLength, true);
    copyBytes(field, fieldFrom, view, at + fieldAt, fieldLength);
    if (isLongValue) view.setUint32(at + fieldAt + fieldLength, valueLength, true);
    if (hasDeadline) writeU48(view, at + expiryAt, deadline);
    copyBytes(value, valueFrom, view, at + valueAt, valueLength);
    return record;
  }

  /** Writes another value where it fits into the record's block without waste; false when it needs another block. */
  tryOverwrite(record: FieldRecord, value: DataView, from: number, length: number): boolean {
    const { arena } = this;
    const isLong = length >= LONG_VALUE;
    this.locate(record);
    const { view, valueStart } = this;
    if (length !== this.valueLength) {
      const at = arena.offset(record);
      if (this.valueLength >= LONG_VALUE !== isLong) return false;
      if (arena.roundUp(valueStart - at + length) !== arena.sizeOf(record)) return false;
      if (isLong) view.setUint32(this.fieldStart + this.fieldLength, length, true);
      else view.setUint8(at + 1, this.hasDeadline ? HAS_DEADLINE | length : length);
      this.valueLength = length;
    }
    copyBytes(value, from, view, valueStart, length);
    return true;
  }

  /** Where deadline and place are in a record that has them. */
  #findExpiry(record: FieldRecord): number {
    const { view } = this.arena.window(record);
    const at = this.arena.offset(record);
    const short = view.getUint8(at);
    const fieldEnd = short === LONG_FIELD ? LENGTH_BYTES + view.getUint32(at + FIELD_HEADER_BYTES, true) : short;
    const isLong = (view.getUint8(at + 1) & LONG_VALUE) === LONG_VALUE;
    return at + FIELD_HEADER_BYTES + fieldEnd + (isLong ? LENGTH_BYTES : 0);
  }
}
