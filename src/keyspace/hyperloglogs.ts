/**
 * HyperLogLog values: strings in Redis's own format, so that GET, DUMP and replicas have the same bytes everywhere. One
 * per keyspace; the PF… commands use it.
 *
 *    0   "HYLL"
 *    4   u8    encoding: 0 dense, 1 sparse
 *    5   3 bytes, unused
 *    8   u64   the cardinality last computed; its highest bit is set when it is out of date
 *   16   registers: packed (hll-registers.ts), or by opcode (hll-sparse.ts)
 *
 * check, create and openWritable point this object at one value, to which the other methods then refer: until the next
 * of them, or any other write. After a write `length` may differ, and the record may have moved.
 */
import { HllElement } from "../storage/hll-element.js";
import { estimateCardinality } from "../storage/hll-estimate.js";
import {
  addHistogram,
  addPackedHistogram,
  HISTOGRAM_LENGTH,
  mergePacked,
  PACKED_BYTES,
  packRegisters,
  REGISTER_COUNT,
  raiseRegister,
  readRegister,
} from "../storage/hll-registers.js";
import {
  addSparseHistogram,
  describeSparse,
  mergeSparse,
  RAISE_CHANGES,
  RAISE_CORRUPT,
  SPARSE_MAX_VALUE,
  SparseEditor,
  writeEmptySparse,
} from "../storage/hll-sparse.js";
import type { Database } from "./database.js";
import type { EncodingLimits } from "./encoding-limits.js";
import type { Record } from "./record.js";
import type { Strings } from "./strings.js";

const MAGIC = 0x4c4c5948;
const ENCODING_AT = 4;
const CARDINALITY_AT = 8;
const HEADER_BYTES = 16;
const EMPTY_BYTES = HEADER_BYTES + 2;
const DENSE_BYTES = HEADER_BYTES + PACKED_BYTES;

const HLL_DENSE = 0;
const HLL_SPARSE = 1;

/** What add and raise come to. */
export const HLL_CORRUPT = -1;
export const HLL_SAME = 0;
export const HLL_CHANGED = 1;

const TWO_32 = 2 ** 32;
/** From here on a cardinality is no int64, and becomes -2^63, which reads as out of date: as Redis converts it. */
const TOO_MANY = 2 ** 63;
/** Of the cardinality's last byte. */
const OUT_OF_DATE_BIT = 128;

export class HyperLogLogs {
  /** The cardinality that readCached, compute or computeUnion found: high * 2^32 + low, an int64. */
  high = 0;
  low = 0;
  readonly #strings: Strings;
  readonly #limits: EncodingLimits;
  readonly #element = new HllElement();
  readonly #editor = new SparseEditor();
  readonly #histogram = new Int32Array(HISTOGRAM_LENGTH);
  /** Unpacked registers: of a union, and of a value that becomes dense. */
  readonly #union = new Uint8Array(REGISTER_COUNT);
  readonly #expanded = new Uint8Array(REGISTER_COUNT);
  #record: Record = 0;

  constructor(strings: Strings, limits: EncodingLimits) {
    this.#strings = strings;
    this.#limits = limits;
  }

  /** Whether the string is a HyperLogLog to look at, and opens it for reading. Its opcodes may still be corrupt. */
  check(record: Record): boolean {
    const strings = this.#strings;
    strings.locate(record);
    const { view, start, length } = strings;
    if (length < HEADER_BYTES || view.getUint32(start, true) !== MAGIC) return false;
    const encoding = view.getUint8(start + ENCODING_AT);
    return encoding === HLL_SPARSE || (encoding === HLL_DENSE && length === DENSE_BYTES);
  }

  /** Opens the value that has just passed check for writing: its string becomes raw. */
  openWritable(db: Database, record: Record): void {
    this.#record = this.#strings.isRaw(record) ? record : this.#strings.makeWritable(db, record, 0);
  }

  /** Adds a key, which must be absent, with an empty value; opens it for writing. */
  create(db: Database, key: DataView, keyStart: number, keyLength: number): void {
    const strings = this.#strings;
    this.#record = strings.addZeroed(db, key, keyStart, keyLength, EMPTY_BYTES);
    strings.view.setUint32(strings.start, MAGIC, true);
    strings.view.setUint8(strings.start + ENCODING_AT, HLL_SPARSE);
    writeEmptySparse(strings.view, strings.start + HEADER_BYTES);
  }

  get isDense(): boolean {
    return this.#strings.view.getUint8(this.#strings.start + ENCODING_AT) === HLL_DENSE;
  }

  /** Adds an element to the value open for writing. */
  add(db: Database, element: DataView, start: number, length: number): number {
    this.#element.compute(element, start, length);
    return this.raise(db, this.#element.index, this.#element.value);
  }

  /** Raises a register of the value open for writing. */
  raise(db: Database, index: number, value: number): number {
    const strings = this.#strings;
    if (this.isDense) {
      return raiseRegister(strings.view, strings.start + HEADER_BYTES, index, value) ? HLL_CHANGED : HLL_SAME;
    }
    if (value > SPARSE_MAX_VALUE) return this.#promote(db, index, value);
    const editor = this.#editor;
    const { length } = strings;
    const from = strings.start + HEADER_BYTES;
    const found = editor.prepareRaise(strings.view, from, strings.start + length, index, value);
    if (found === RAISE_CORRUPT) return HLL_CORRUPT;
    if (found !== RAISE_CHANGES) return HLL_SAME;
    const grown = length + editor.growth;
    if (editor.growth > 0) {
      if (grown > this.#limits.hllSparseMaxBytes) return this.#promote(db, index, value);
      this.#record = strings.makeWritable(db, this.#record, grown, grown);
    }
    const end = editor.apply(strings.view, strings.start + HEADER_BYTES, strings.start + length);
    const newLength = end - strings.start;
    if (newLength !== strings.length) this.#record = strings.truncate(db, this.#record, newLength);
    this.invalidate();
    return HLL_CHANGED;
  }

  /** Marks the cardinality as out of date. */
  invalidate(): void {
    const { view, start } = this.#strings;
    const at = start + HEADER_BYTES - 1;
    view.setUint8(at, view.getUint8(at) | OUT_OF_DATE_BIT);
  }

  /** Makes the value open for writing dense. False when it is corrupt. */
  makeDense(db: Database): boolean {
    if (this.isDense) return true;
    const strings = this.#strings;
    const expanded = this.#expanded.fill(0);
    const { length } = strings;
    if (!mergeSparse(expanded, strings.view, strings.start + HEADER_BYTES, strings.start + length)) return false;
    this.#record = strings.makeWritable(db, this.#record, DENSE_BYTES, DENSE_BYTES);
    if (strings.length !== DENSE_BYTES) this.#record = strings.truncate(db, this.#record, DENSE_BYTES);
    strings.view.setUint8(strings.start + ENCODING_AT, HLL_DENSE);
    packRegisters(expanded, strings.view, strings.start + HEADER_BYTES);
    return true;
  }

  /** Register `index` of the open value, which is dense. */
  readRegister(index: number): number {
    return readRegister(this.#strings.view, this.#strings.start + HEADER_BYTES, index);
  }

  /** The opcodes of the open value, which is sparse, as text. */
  describe(): string {
    const { view, start, length } = this.#strings;
    return describeSparse(view, start + HEADER_BYTES, start + length);
  }

  /** Whether the cardinality in the open value is up to date: then it is taken. */
  readCached(): boolean {
    const { view, start } = this.#strings;
    this.low = view.getUint32(start + CARDINALITY_AT, true);
    this.high = view.getInt32(start + CARDINALITY_AT + 4, true);
    return this.high >= 0;
  }

  /** Computes the cardinality of the value open for writing, and keeps it there. False when it is corrupt. */
  compute(): boolean {
    const { view, start, length } = this.#strings;
    const histogram = this.#histogram.fill(0);
    const from = start + HEADER_BYTES;
    if (this.isDense) addPackedHistogram(view, from, histogram);
    else if (!addSparseHistogram(view, from, start + length, histogram)) return false;
    this.#setCardinality(estimateCardinality(histogram));
    view.setUint32(start + CARDINALITY_AT, this.low, true);
    view.setInt32(start + CARDINALITY_AT + 4, this.high, true);
    return true;
  }

  /** Begins a union of nothing. */
  beginUnion(): void {
    this.#union.fill(0);
  }

  /** Adds the open value. False when it is corrupt. */
  addToUnion(): boolean {
    const { view, start, length } = this.#strings;
    const from = start + HEADER_BYTES;
    if (!this.isDense) return mergeSparse(this.#union, view, from, start + length);
    mergePacked(this.#union, view, from);
    return true;
  }

  computeUnion(): void {
    const histogram = this.#histogram.fill(0);
    addHistogram(this.#union, histogram);
    this.#setCardinality(estimateCardinality(histogram));
  }

  /** Raises the value open for writing, which the union covers, to the union. */
  raiseToUnion(db: Database): void {
    const union = this.#union;
    for (let index = 0; index < REGISTER_COUNT && !this.isDense; index++) {
      const value = union[index] ?? 0;
      if (value > 0) this.raise(db, index, value);
    }
    // A dense one holds the same bytes however it came to be.
    if (this.isDense) packRegisters(union, this.#strings.view, this.#strings.start + HEADER_BYTES);
    this.invalidate();
  }

  #promote(db: Database, index: number, value: number): number {
    if (!this.makeDense(db)) return HLL_CORRUPT;
    return this.raise(db, index, value);
  }

  #setCardinality(value: number): void {
    if (value < TOO_MANY) {
      this.high = Math.floor(value / TWO_32);
      this.low = value % TWO_32;
    } else {
      this.high = -(2 ** 31);
      this.low = 0;
    }
  }
}
