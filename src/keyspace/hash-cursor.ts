/**
 * Reading hash values in all encodings: see hash-encoding.ts for which there are. hashes.ts, which changes them, builds
 * on it.
 *
 * peek(), first() and next() make a field the present one; locateField, locateValue and deadline are about it. It is
 * forgotten with the next change of any hash.
 */
import { readInt64, readInteger } from "../resp/numbers.js";
import { type Handle, NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import type { KeyHash } from "../storage/hash.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";
import { EXPIRE_IGNORE } from "./expiry-mode.js";
import { DEADLINE_NONE, type FieldRecord } from "./field-records.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "./hash-encoding.js";
import { HashHeads } from "./hash-head.js";
import { HashPairs, PAIR, TRIPLE } from "./hash-pairs.js";
import { HashTable } from "./hash-table.js";
import type { Keyspace } from "./keyspace.js";
import { type Record, TYPE_HASH } from "./record.js";

const DIGITS_MAX = 20;

export class HashCursor {
  /** Set by locateField and locateValue; valid until the next change or locate of the same kind. */
  fieldView: DataView;
  fieldStart = 0;
  fieldLength = 0;
  view: DataView;
  start = 0;
  length = 0;
  readonly heads: HashHeads;
  readonly pairs: HashPairs;
  readonly table: HashTable;
  protected readonly keyspace: Keyspace;
  /** The hash under way, and its present field: a tuple of a listpack, or a record of a table. */
  protected encoding = ENCODING_LISTPACK;
  protected contents: Handle = NONE;
  protected width = PAIR;
  protected tuple = NO_POSITION;
  protected field: FieldRecord = NONE;
  /** An integer as text: what readInteger has read, or is about to be written. */
  protected readonly digits = new Uint8Array(DIGITS_MAX + 4);
  protected readonly digitsView = new DataView(this.digits.buffer);
  /** Walking a table: where the next segment is (0: there is none), and the next record of the present one. */
  #segment = 0;
  #slot = 0;
  #includesExpired = false;
  /** What list() found. */
  #tuples = new Int32Array(0);

  constructor(keyspace: Keyspace, keyHash: KeyHash, listpacks: Listpack) {
    const { arena } = keyspace;
    this.keyspace = keyspace;
    this.heads = new HashHeads(arena);
    this.pairs = new HashPairs(listpacks);
    this.table = new HashTable(arena, keyHash, this.heads);
    this.view = this.pairs.values.view;
    this.fieldView = this.view;
  }

  isHash(record: Record): boolean {
    return this.keyspace.records.type(record) === TYPE_HASH;
  }

  /** How many fields there are, those included that have expired and were not met yet. */
  count(record: Record): number {
    this.open(record);
    if (this.encoding === ENCODING_HASHTABLE) return this.table.count(this.contents);
    return this.pairs.fields.count(this.contents) / this.width;
  }

  /** How many fields first() and next() will show. */
  countLive(record: Record): number {
    const count = this.count(record);
    const { nowMs, expiryMode } = this.keyspace;
    if (this.encoding === ENCODING_LISTPACK || expiryMode === EXPIRE_IGNORE) return count;
    if (this.encoding === ENCODING_HASHTABLE) return count - this.table.countBefore(this.contents, nowMs);
    return count - this.pairs.countBefore(this.contents, nowMs);
  }

  /** Whether the hash has this field, expired or not; it is the present one then. */
  peek(record: Record, field: DataView, start: number, length: number): boolean {
    this.open(record);
    return this.present(field, start, length);
  }

  /**
   * Walks the fields that have not expired, or all: makes the first the present one. The hash must not change
   * meanwhile.
   */
  first(record: Record, includesExpired = false): boolean {
    this.open(record);
    this.#includesExpired = includesExpired;
    if (this.encoding === ENCODING_HASHTABLE) {
      this.#segment = this.table.scan.readSegment(this.heads.contents(this.contents), 0);
      this.#slot = 0;
      return this.next();
    }
    this.tuple = this.pairs.fields.first(this.contents);
    return this.tuple !== NO_POSITION && (includesExpired || !this.isExpired() || this.next());
  }

  /** The next field, if there is one. */
  next(): boolean {
    do {
      if (!this.#step()) return false;
    } while (!this.#includesExpired && this.isExpired());
    return true;
  }

  isTable(record: Record): boolean {
    return this.keyspace.records.encoding(record) === ENCODING_HASHTABLE;
  }

  /** SCAN's step in a table: finds `table.scan.count` fields, for presentScanned; returns the next cursor. */
  scanBucket(record: Record, cursor: number): number {
    this.open(record);
    return this.table.scan.scanBucket(this.heads.contents(this.contents), cursor);
  }

  /** Makes field i of those that scanBucket found the present one; false when it has expired. */
  presentScanned(i: number): boolean {
    return this.presentRecord(this.table.scan.records[i] ?? NONE) && !this.isExpired();
  }

  /** Makes a field of a table, drawn uniformly, the present one. Returns what tells it from others. */
  presentRandom(record: Record): FieldRecord {
    this.open(record);
    this.presentRecord(this.table.scan.pickRandom(this.heads.contents(this.contents), this.keyspace.random));
    return this.field;
  }

  /** Lists the fields of a hash that is no table, for presentListed; how many there are. */
  list(record: Record): number {
    const count = this.count(record);
    if (this.#tuples.length < count) this.#tuples = new Int32Array(Math.max(count, 2 * this.#tuples.length));
    let tuple = this.pairs.fields.first(this.contents);
    for (let i = 0; i < count; i++) {
      this.#tuples[i] = tuple;
      tuple = this.pairs.next(this.contents, tuple, this.width);
    }
    return count;
  }

  presentListed(i: number): void {
    this.tuple = this.#tuples[i] ?? NO_POSITION;
  }

  /** The present field's deadline, or DEADLINE_NONE. */
  deadline(): number {
    if (this.encoding === ENCODING_LISTPACK) return DEADLINE_NONE;
    if (this.encoding === ENCODING_LISTPACK_EX) return this.pairs.deadline(this.contents, this.tuple);
    return this.table.records.locatedDeadline();
  }

  /** Whether the present field is absent to clients. */
  isExpired(): boolean {
    const deadline = this.deadline();
    const { nowMs, expiryMode } = this.keyspace;
    return deadline !== DEADLINE_NONE && deadline < nowMs && expiryMode !== EXPIRE_IGNORE;
  }

  locateField(): void {
    if (this.encoding === ENCODING_HASHTABLE) {
      const { records } = this.table;
      this.fieldView = records.view;
      this.fieldStart = records.fieldStart;
      this.fieldLength = records.fieldLength;
      return;
    }
    const { fields } = this.pairs;
    fields.locate(this.contents, this.tuple);
    this.fieldView = fields.view;
    this.fieldStart = fields.start;
    this.fieldLength = fields.length;
  }

  locateValue(): void {
    if (this.encoding === ENCODING_HASHTABLE) {
      const { records } = this.table;
      this.view = records.view;
      this.start = records.valueStart;
      this.length = records.valueLength;
      return;
    }
    this.pairs.locateValue(this.contents, this.tuple);
    const { values } = this.pairs;
    this.view = values.view;
    this.start = values.start;
    this.length = values.length;
  }

  /** The present field's value as an integer: NaN when it is none, the nearest double past 2^53. */
  readInteger(): number {
    this.locateValue();
    if (this.length > DIGITS_MAX) return Number.NaN;
    copyBytes(this.view, this.start, this.digitsView, 0, this.length);
    return readInteger(this.digits, 0, this.length);
  }

  /** The exact value that readInteger has just read. */
  readInt64(): bigint {
    return readInt64(this.digits, 0, this.length);
  }

  /** Makes this the hash under way. */
  protected open(record: Record): void {
    const { records } = this.keyspace;
    this.encoding = records.encoding(record);
    const value = records.valueHandle(record);
    this.contents = this.encoding === ENCODING_LISTPACK_EX ? this.heads.contents(value) : value;
    this.width = this.encoding === ENCODING_LISTPACK_EX ? TRIPLE : PAIR;
  }

  /** Looks for a field of the hash under way, expired or not. */
  protected present(field: DataView, start: number, length: number): boolean {
    if (this.encoding === ENCODING_HASHTABLE) {
      return this.presentRecord(this.table.find(this.contents, field, start, length));
    }
    this.tuple = this.pairs.find(this.contents, this.width, field, start, length);
    return this.tuple !== NO_POSITION;
  }

  /** Makes a record of a table the present field; false when it is NONE. */
  protected presentRecord(record: FieldRecord): boolean {
    this.field = record;
    if (record === NONE) return false;
    this.table.records.locate(record);
    return true;
  }

  /** Makes the field with the earliest deadline the present one; with none, any field of a listpack. */
  protected presentFirstToExpire(): boolean {
    if (this.encoding === ENCODING_HASHTABLE) {
      return this.presentRecord(this.table.firstToExpire(this.contents));
    }
    this.tuple = this.pairs.fields.first(this.contents);
    return this.tuple !== NO_POSITION;
  }

  #step(): boolean {
    if (this.encoding !== ENCODING_HASHTABLE) {
      this.tuple = this.pairs.next(this.contents, this.tuple, this.width);
      return this.tuple !== NO_POSITION;
    }
    const { scan } = this.table;
    while (this.#slot === scan.segmentCount) {
      if (this.#segment === 0) return false;
      this.#segment = scan.readSegment(this.heads.contents(this.contents), this.#segment);
      this.#slot = 0;
    }
    return this.presentRecord(scan.segmentRecords[this.#slot++] ?? NONE);
  }
}
