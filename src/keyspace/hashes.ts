/**
 * Hash values in all encodings: see hash-encoding.ts for which there are. One per keyspace; the hash commands use it.
 *
 * find(), peek(), first() and next() make a field the present one; locateField, locateValue, deadline, setDeadline and
 * remove are about it. It is forgotten with the next change of any hash.
 *
 * Fields expire: one whose deadline has passed is absent. find() deletes it as it meets it, and counts it in
 * `expired`; the command, once it is done with the hash, calls settle(), which tells the keyspace's events, deletes the
 * key of a hash that has become empty, and keeps the index of deadlines right.
 */
import { readInt64, readInteger, writeInteger } from "../resp/numbers.js";
import { type Handle, NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import type { KeyHash } from "../storage/hash.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";
import type { Database } from "./database.js";
import { EXPIRE_DELETE, EXPIRE_IGNORE } from "./expiry-mode.js";
import { FieldIndex } from "./field-index.js";
import { DEADLINE_NONE, type FieldRecord } from "./field-records.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "./hash-encoding.js";
import { HashHeads, NOT_INDEXED } from "./hash-head.js";
import { HashPairs, PAIR, TRIPLE } from "./hash-pairs.js";
import { HashTable } from "./hash-table.js";
import type { Keyspace } from "./keyspace.js";
import { type Record, TYPE_HASH } from "./record.js";

const HANDLE_BYTES = 8;
const DIGITS_MAX = 20;

export class Hashes {
  /** Set by locateField and locateValue; valid until the next change or locate of the same kind. */
  fieldView: DataView;
  fieldStart = 0;
  fieldLength = 0;
  view: DataView;
  start = 0;
  length = 0;
  /** Fields that find() has deleted since the last settle(). */
  expired = 0;
  readonly heads: HashHeads;
  readonly pairs: HashPairs;
  readonly table: HashTable;
  readonly index: FieldIndex;
  readonly #keyspace: Keyspace;
  /** The hash under way, and its present field: a tuple of a listpack, or a record of a table. */
  #encoding = ENCODING_LISTPACK;
  #contents: Handle = NONE;
  #width = PAIR;
  #tuple = NO_POSITION;
  #field: FieldRecord = NONE;
  /** Walking a table: where the next segment is (0: there is none), and the next record of the present one. */
  #segment = 0;
  #slot = 0;
  #includesExpired = false;
  /** A deadline may have changed since the index was told. */
  #indexIsStale = false;
  /** What listTuples found. */
  #tuples = new Int32Array(0);
  readonly #digits = new Uint8Array(DIGITS_MAX + 4);
  readonly #digitsView = new DataView(this.#digits.buffer);

  constructor(keyspace: Keyspace, keyHash: KeyHash, listpacks: Listpack) {
    const { arena } = keyspace;
    this.#keyspace = keyspace;
    this.heads = new HashHeads(arena);
    this.pairs = new HashPairs(listpacks);
    this.table = new HashTable(arena, keyHash, this.heads);
    this.index = new FieldIndex(arena, this.heads);
    this.view = this.pairs.values.view;
    this.fieldView = this.view;
  }

  isHash(record: Record): boolean {
    return this.#keyspace.records.type(record) === TYPE_HASH;
  }

  /** Adds a key, which must be absent, with an empty hash: the caller puts a field in, or calls settle(). */
  create(db: Database, key: DataView, start: number, length: number): Record {
    const { arena, records } = this.#keyspace;
    const lp = this.pairs.fields.create();
    try {
      const record = db.add(key, start, length, TYPE_HASH, ENCODING_LISTPACK, HANDLE_BYTES, DEADLINE_NONE);
      records.setValueHandle(record, lp);
      records.setValueWord(record, 0);
      return record;
    } catch (error) {
      arena.free(lp);
      throw error;
    }
  }

  /** How many fields there are, those included that have expired and were not met yet. */
  count(record: Record): number {
    this.#open(record);
    if (this.#encoding === ENCODING_HASHTABLE) return this.table.count(this.#contents);
    return this.pairs.fields.count(this.#contents) / this.#width;
  }

  /** How many fields first() and next() will show. */
  countLive(record: Record): number {
    const count = this.count(record);
    const { nowMs, expiryMode } = this.#keyspace;
    if (this.#encoding === ENCODING_LISTPACK || expiryMode === EXPIRE_IGNORE) return count;
    if (this.#encoding === ENCODING_HASHTABLE) return count - this.table.countBefore(this.#contents, nowMs);
    return count - this.pairs.countBefore(this.#contents, nowMs);
  }

  /** Whether the hash has this field, which then is the present one. */
  find(db: Database, record: Record, field: DataView, start: number, length: number): boolean {
    if (!this.peek(record, field, start, length)) return false;
    if (this.#encoding === ENCODING_LISTPACK || !this.isExpired()) return true;
    if (this.#keyspace.expiryMode === EXPIRE_DELETE) this.#expire(db, record);
    return false;
  }

  /** The same, but finds what has expired as well. */
  peek(record: Record, field: DataView, start: number, length: number): boolean {
    this.#open(record);
    return this.#present(field, start, length);
  }

  /**
   * Walks the fields that have not expired, or all: makes the first the present one. The hash must not change
   * meanwhile.
   */
  first(record: Record, includesExpired = false): boolean {
    this.#open(record);
    this.#includesExpired = includesExpired;
    if (this.#encoding === ENCODING_HASHTABLE) {
      this.#segment = this.table.scan.readSegment(this.heads.contents(this.#contents), 0);
      this.#slot = 0;
      return this.next();
    }
    this.#tuple = this.pairs.fields.first(this.#contents);
    return this.#tuple !== NO_POSITION && (includesExpired || !this.isExpired() || this.next());
  }

  /** The next field, if there is one. */
  next(): boolean {
    do {
      if (!this.#step()) return false;
    } while (!this.#includesExpired && this.isExpired());
    return true;
  }

  isTable(record: Record): boolean {
    return this.#keyspace.records.encoding(record) === ENCODING_HASHTABLE;
  }

  /** SCAN's step in a table: finds `table.scan.count` fields, for presentScanned; returns the next cursor. */
  scanBucket(record: Record, cursor: number): number {
    this.#open(record);
    return this.table.scan.scanBucket(this.heads.contents(this.#contents), cursor);
  }

  /** Makes field i of those that scanBucket found the present one; false when it has expired. */
  presentScanned(i: number): boolean {
    return this.#presentRecord(this.table.scan.records[i] ?? NONE) && !this.isExpired();
  }

  /** Makes a field of a table, drawn uniformly, the present one. Returns what tells it from others. */
  presentRandom(record: Record): FieldRecord {
    this.#open(record);
    this.#presentRecord(this.table.scan.pickRandom(this.heads.contents(this.#contents), this.#keyspace.random));
    return this.#field;
  }

  /** Lists the fields of a hash that is no table, for presentListed; how many there are. */
  list(record: Record): number {
    const count = this.count(record);
    if (this.#tuples.length < count) this.#tuples = new Int32Array(Math.max(count, 2 * this.#tuples.length));
    let tuple = this.pairs.fields.first(this.#contents);
    for (let i = 0; i < count; i++) {
      this.#tuples[i] = tuple;
      tuple = this.pairs.next(this.#contents, tuple, this.#width);
    }
    return count;
  }

  presentListed(i: number): void {
    this.#tuple = this.#tuples[i] ?? NO_POSITION;
  }

  /** The present field's deadline, or DEADLINE_NONE. */
  deadline(): number {
    if (this.#encoding === ENCODING_LISTPACK) return DEADLINE_NONE;
    if (this.#encoding === ENCODING_LISTPACK_EX) return this.pairs.deadline(this.#contents, this.#tuple);
    return this.table.records.locatedDeadline();
  }

  /** Whether the present field is absent to clients. */
  isExpired(): boolean {
    const deadline = this.deadline();
    const { nowMs, expiryMode } = this.#keyspace;
    return deadline !== DEADLINE_NONE && deadline < nowMs && expiryMode !== EXPIRE_IGNORE;
  }

  locateField(): void {
    if (this.#encoding === ENCODING_HASHTABLE) {
      const { records } = this.table;
      this.fieldView = records.view;
      this.fieldStart = records.fieldStart;
      this.fieldLength = records.fieldLength;
      return;
    }
    const { fields } = this.pairs;
    fields.locate(this.#contents, this.#tuple);
    this.fieldView = fields.view;
    this.fieldStart = fields.start;
    this.fieldLength = fields.length;
  }

  locateValue(): void {
    if (this.#encoding === ENCODING_HASHTABLE) {
      const { records } = this.table;
      this.view = records.view;
      this.start = records.valueStart;
      this.length = records.valueLength;
      return;
    }
    this.pairs.locateValue(this.#contents, this.#tuple);
    const { values } = this.pairs;
    this.view = values.view;
    this.start = values.start;
    this.length = values.length;
  }

  /**
   * Sets a field, whether it has expired or not. `keepsDeadline` leaves the deadline of one that is there; else it has
   * none then. The ranges must not lie in the arena. True when the field is new.
   */
  set(
    record: Record,
    field: DataView,
    fieldStart: number,
    fieldLength: number,
    value: DataView,
    valueStart: number,
    valueLength: number,
    keepsDeadline: boolean,
  ): boolean {
    const { hashMaxListpackValue: longest } = this.#keyspace.encodingLimits;
    this.#open(record);
    if (this.#encoding !== ENCODING_HASHTABLE) {
      const fits = this.pairs.fields.fits(this.#contents, fieldLength + valueLength);
      if (!fits || fieldLength > longest || valueLength > longest) this.makeTable(record);
    }
    const found = this.#present(field, fieldStart, fieldLength);
    if (found) {
      this.#setValue(record, value, valueStart, valueLength);
      if (!keepsDeadline && this.#encoding !== ENCODING_LISTPACK && this.deadline() !== DEADLINE_NONE) {
        this.setDeadline(record, DEADLINE_NONE);
      }
    } else {
      this.#add(record, field, fieldStart, fieldLength, value, valueStart, valueLength);
    }
    return !found;
  }

  /** Like set, with an integer for the value; the deadline of a field that is there stays. */
  setInteger(record: Record, field: DataView, start: number, length: number, value: number | bigint): void {
    const digits = this.#digits;
    let end = 0;
    if (typeof value === "number") end = writeInteger(digits, 0, value);
    else for (const digit of value.toString()) digits[end++] = digit.charCodeAt(0);
    this.set(record, field, start, length, this.#digitsView, 0, end, true);
  }

  /** The present field's value as an integer: NaN when it is none, the nearest double past 2^53. */
  readInteger(): number {
    this.locateValue();
    if (this.length > DIGITS_MAX) return Number.NaN;
    copyBytes(this.view, this.start, this.#digitsView, 0, this.length);
    return readInteger(this.#digits, 0, this.length);
  }

  /** The exact value that readInteger has just read. */
  readInt64(): bigint {
    return readInt64(this.#digits, 0, this.length);
  }

  /** Sets or (with DEADLINE_NONE) removes the deadline of the present field, whose hash allowDeadlines() has readied. */
  setDeadline(record: Record, deadline: number): void {
    this.#indexIsStale = true;
    if (this.#encoding === ENCODING_HASHTABLE) {
      this.#presentRecord(this.table.setDeadline(this.#contents, this.#field, deadline));
    } else {
      this.#setListpack(record, this.pairs.setDeadline(this.#contents, this.#tuple, deadline));
    }
  }

  /** Deletes the present field. */
  remove(record: Record): void {
    this.#indexIsStale = true;
    if (this.#encoding === ENCODING_HASHTABLE) this.table.delete(this.#contents, this.#field);
    else this.#setListpack(record, this.pairs.delete(this.#contents, this.#tuple, this.#width, 1));
  }

  /** Deletes the present field, whose command gave it a deadline that has passed: it goes out as an HDEL. */
  removeAsExpired(db: Database, record: Record): void {
    this.locateField();
    this.#keyspace.events.onFieldExpired(db, record, this.fieldView, this.fieldStart, this.fieldLength);
    this.remove(record);
    this.#keyspace.expiredFields++;
  }

  /** Deletes up to `limit` fields that are due, as find() does; how many that were. */
  removeDue(db: Database, record: Record, limit: number): number {
    const before = this.expired;
    this.#open(record);
    if (this.#encoding === ENCODING_LISTPACK || this.#keyspace.expiryMode !== EXPIRE_DELETE) return 0;
    while (this.expired - before < limit && this.#presentFirstToExpire() && this.isExpired()) this.#expire(db, record);
    return this.expired - before;
  }

  /** Brings a hash that is a plain listpack into the form that can have deadlines. */
  allowDeadlines(record: Record): void {
    this.#open(record);
    if (this.#encoding !== ENCODING_LISTPACK) return;
    const { arena, records } = this.#keyspace;
    const pairs = this.#contents;
    const triples = this.pairs.widen(pairs);
    try {
      records.setValueHandle(record, this.heads.create(triples));
    } catch (error) {
      arena.free(triples);
      throw error;
    }
    records.setEncoding(record, TYPE_HASH, ENCODING_LISTPACK_EX);
    arena.free(pairs);
  }

  /** Makes the hash a table, whatever it was. */
  makeTable(record: Record): void {
    this.#open(record);
    if (this.#encoding === ENCODING_HASHTABLE) return;
    const { arena, records } = this.#keyspace;
    const head = this.tableOf(this.#contents, this.#width);
    const old = records.valueHandle(record);
    if (this.#encoding === ENCODING_LISTPACK_EX) {
      this.index.transfer(old, head);
      arena.free(old);
    }
    arena.free(this.#contents);
    records.setValueHandle(record, head);
    records.setEncoding(record, TYPE_HASH, ENCODING_HASHTABLE);
    this.#open(record);
  }

  /** The head of a table with the fields of a listpack, which stays. */
  tableOf(lp: Handle, width: number): Handle {
    const { pairs, table } = this;
    const { fields, values } = pairs;
    const head = table.create();
    try {
      for (let tuple = fields.first(lp); tuple !== NO_POSITION; tuple = pairs.next(lp, tuple, width)) {
        const deadline = width === TRIPLE ? pairs.deadline(lp, tuple) : DEADLINE_NONE;
        fields.locate(lp, tuple);
        pairs.locateValue(lp, tuple);
        table.add(head, fields.view, fields.start, fields.length, values.view, values.start, values.length, deadline);
      }
    } catch (error) {
      table.free(head);
      throw error;
    }
    return head;
  }

  /** For commands with events of their own, which come after this one. */
  announceExpired(db: Database, record: Record): void {
    if (this.expired === 0) return;
    this.expired = 0;
    this.#keyspace.events.onFieldsExpired(db, record, false);
  }

  /** Ends a command's work on a hash: see the top. True when the hash was empty, and its key is gone. */
  settle(db: Database, record: Record): boolean {
    const isEmpty = this.count(record) === 0;
    if (this.expired > 0) {
      this.expired = 0;
      this.#keyspace.events.onFieldsExpired(db, record, isEmpty);
    }
    if (isEmpty) db.remove(record);
    else this.updateIndex(db, record);
    return isEmpty;
  }

  /** Tells the index the next deadline of the hash that has been changed. */
  updateIndex(db: Database, record: Record): void {
    if (this.#indexIsStale) this.enterIndex(db, record);
  }

  /** The same for a hash that is new to its key: loaded, copied, renamed. */
  enterIndex(db: Database, record: Record): void {
    this.#indexIsStale = false;
    this.#open(record);
    if (this.#encoding === ENCODING_LISTPACK) return;
    const { records, dict } = this.#keyspace;
    const head = records.valueHandle(record);
    const deadline = this.#presentFirstToExpire() ? this.deadline() : DEADLINE_NONE;
    if (deadline === DEADLINE_NONE && this.heads.index(head) === NOT_INDEXED) return;
    this.index.set(head, db.fieldIndex, dict.hashOfRecord(record), deadline);
  }

  /** Makes this the hash under way. */
  #open(record: Record): void {
    const { records } = this.#keyspace;
    this.#encoding = records.encoding(record);
    const value = records.valueHandle(record);
    this.#contents = this.#encoding === ENCODING_LISTPACK_EX ? this.heads.contents(value) : value;
    this.#width = this.#encoding === ENCODING_LISTPACK_EX ? TRIPLE : PAIR;
  }

  /** Looks for a field of the hash under way, expired or not. */
  #present(field: DataView, start: number, length: number): boolean {
    if (this.#encoding === ENCODING_HASHTABLE) {
      return this.#presentRecord(this.table.find(this.#contents, field, start, length));
    }
    this.#tuple = this.pairs.find(this.#contents, this.#width, field, start, length);
    return this.#tuple !== NO_POSITION;
  }

  /** Makes a record of a table the present field; false when it is NONE. */
  #presentRecord(record: FieldRecord): boolean {
    this.#field = record;
    if (record === NONE) return false;
    this.table.records.locate(record);
    return true;
  }

  /** Makes the field with the earliest deadline the present one; with none, any field of a listpack. */
  #presentFirstToExpire(): boolean {
    if (this.#encoding === ENCODING_HASHTABLE) {
      return this.#presentRecord(this.table.firstToExpire(this.#contents));
    }
    this.#tuple = this.pairs.fields.first(this.#contents);
    return this.#tuple !== NO_POSITION;
  }

  #step(): boolean {
    if (this.#encoding !== ENCODING_HASHTABLE) {
      this.#tuple = this.pairs.next(this.#contents, this.#tuple, this.#width);
      return this.#tuple !== NO_POSITION;
    }
    const { scan } = this.table;
    while (this.#slot === scan.segmentCount) {
      if (this.#segment === 0) return false;
      this.#segment = scan.readSegment(this.heads.contents(this.#contents), this.#segment);
      this.#slot = 0;
    }
    return this.#presentRecord(scan.segmentRecords[this.#slot++] ?? NONE);
  }

  /** Deletes the present field because its deadline has passed. */
  #expire(db: Database, record: Record): void {
    this.removeAsExpired(db, record);
    this.expired++;
  }

  #setValue(record: Record, value: DataView, start: number, length: number): void {
    if (this.#encoding === ENCODING_HASHTABLE) {
      const moved = this.table.setValue(this.#contents, this.#field, value, start, length);
      if (moved !== this.#field) this.#presentRecord(moved);
    } else {
      this.#setListpack(record, this.pairs.setValue(this.#contents, this.#tuple, value, start, length));
    }
  }

  #add(
    record: Record,
    field: DataView,
    fieldStart: number,
    fieldLength: number,
    value: DataView,
    valueStart: number,
    valueLength: number,
  ): void {
    if (this.#encoding === ENCODING_HASHTABLE) {
      this.table.add(this.#contents, field, fieldStart, fieldLength, value, valueStart, valueLength, DEADLINE_NONE);
      return;
    }
    const lp = this.pairs.add(
      this.#contents,
      this.#width,
      field,
      fieldStart,
      fieldLength,
      value,
      valueStart,
      valueLength,
      DEADLINE_NONE,
    );
    this.#setListpack(record, lp);
    if (this.pairs.fields.count(lp) / this.#width > this.#keyspace.encodingLimits.hashMaxListpackEntries)
      this.makeTable(record);
  }

  /** The listpack of the hash under way has moved (or not). */
  #setListpack(record: Record, lp: Handle): void {
    this.#contents = lp;
    const { records } = this.#keyspace;
    if (this.#encoding === ENCODING_LISTPACK) records.setValueHandle(record, lp);
    else this.heads.setContents(records.valueHandle(record), lp);
  }
}
