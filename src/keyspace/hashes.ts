/**
 * Changing hash values in all encodings; reading them is hash-cursor.ts. One per keyspace; the hash commands use it.
 *
 * find(), like the cursor's methods, makes a field the present one; setDeadline and remove are about it. It is
 * forgotten with the next change of any hash.
 *
 * Fields expire: one whose deadline has passed is absent. find() deletes it as it meets it, and counts it in
 * `expired`; the command, once it is done with the hash, calls settle(), which tells the keyspace's events, deletes the
 * key of a hash that has become empty, and keeps the index of deadlines right.
 */
import { writeInteger } from "../resp/numbers.js";
import type { Handle } from "../storage/arena.js";
import type { KeyHash } from "../storage/hash.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";
import type { Database } from "./database.js";
import { EXPIRE_DELETE } from "./expiry-mode.js";
import { FieldIndex } from "./field-index.js";
import { DEADLINE_NONE } from "./field-records.js";
import { HashCursor } from "./hash-cursor.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "./hash-encoding.js";
import { NOT_INDEXED } from "./hash-head.js";
import { TRIPLE } from "./hash-pairs.js";
import type { Keyspace } from "./keyspace.js";
import { type Record, TYPE_HASH } from "./record.js";

const HANDLE_BYTES = 8;

export class Hashes extends HashCursor {
  /** Fields that find() has deleted since the last settle(). */
  expired = 0;
  readonly index: FieldIndex;
  /** A deadline may have changed since the index was told. */
  #indexIsStale = false;

  constructor(keyspace: Keyspace, keyHash: KeyHash, listpacks: Listpack) {
    super(keyspace, keyHash, listpacks);
    this.index = new FieldIndex(keyspace.arena, this.heads);
  }

  /** Adds a key, which must be absent, with an empty hash: the caller puts a field in, or calls settle(). */
  create(db: Database, key: DataView, start: number, length: number): Record {
    const { arena, records } = this.keyspace;
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

  /** Whether the hash has this field, which then is the present one. */
  find(db: Database, record: Record, field: DataView, start: number, length: number): boolean {
    if (!this.peek(record, field, start, length)) return false;
    if (this.encoding === ENCODING_LISTPACK || !this.isExpired()) return true;
    if (this.keyspace.expiryMode === EXPIRE_DELETE) this.#expire(db, record);
    return false;
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
    const { hashMaxListpackValue: longest } = this.keyspace.encodingLimits;
    this.open(record);
    if (this.encoding !== ENCODING_HASHTABLE) {
      const fits = this.pairs.fields.fits(this.contents, fieldLength + valueLength);
      if (!fits || fieldLength > longest || valueLength > longest) this.makeTable(record);
    }
    const found = this.present(field, fieldStart, fieldLength);
    if (found) {
      this.#setValue(record, value, valueStart, valueLength);
      if (!keepsDeadline && this.encoding !== ENCODING_LISTPACK && this.deadline() !== DEADLINE_NONE) {
        this.setDeadline(record, DEADLINE_NONE);
      }
    } else {
      this.#add(record, field, fieldStart, fieldLength, value, valueStart, valueLength);
    }
    return !found;
  }

  /** Like set, with an integer for the value; the deadline of a field that is there stays. */
  setInteger(record: Record, field: DataView, start: number, length: number, value: number | bigint): void {
    const digits = this.digits;
    let end = 0;
    if (typeof value === "number") end = writeInteger(digits, 0, value);
    else for (const digit of value.toString()) digits[end++] = digit.charCodeAt(0);
    this.set(record, field, start, length, this.digitsView, 0, end, true);
  }

  /** Sets or (with DEADLINE_NONE) removes the deadline of the present field, whose hash allowDeadlines() has readied. */
  setDeadline(record: Record, deadline: number): void {
    this.#indexIsStale = true;
    if (this.encoding === ENCODING_HASHTABLE) {
      this.presentRecord(this.table.setDeadline(this.contents, this.field, deadline));
    } else {
      this.#setListpack(record, this.pairs.setDeadline(this.contents, this.tuple, deadline));
    }
  }

  /** Deletes the present field. */
  remove(record: Record): void {
    this.#indexIsStale = true;
    if (this.encoding === ENCODING_HASHTABLE) this.table.delete(this.contents, this.field);
    else this.#setListpack(record, this.pairs.delete(this.contents, this.tuple, this.width, 1));
  }

  /** Deletes the present field, whose command gave it a deadline that has passed: it goes out as an HDEL. */
  removeAsExpired(db: Database, record: Record): void {
    this.locateField();
    this.keyspace.events.onFieldExpired(db, record, this.fieldView, this.fieldStart, this.fieldLength);
    this.remove(record);
    this.keyspace.expiredFields++;
  }

  /** Deletes up to `limit` fields that are due, as find() does; how many that were. */
  removeDue(db: Database, record: Record, limit: number): number {
    const before = this.expired;
    this.open(record);
    if (this.encoding === ENCODING_LISTPACK || this.keyspace.expiryMode !== EXPIRE_DELETE) return 0;
    while (this.expired - before < limit && this.presentFirstToExpire() && this.isExpired()) this.#expire(db, record);
    return this.expired - before;
  }

  /** Brings a hash that is a plain listpack into the form that can have deadlines. */
  allowDeadlines(record: Record): void {
    this.open(record);
    if (this.encoding !== ENCODING_LISTPACK) return;
    const { arena, records } = this.keyspace;
    const pairs = this.contents;
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
    this.open(record);
    if (this.encoding === ENCODING_HASHTABLE) return;
    const { arena, records } = this.keyspace;
    const head = this.tableOf(this.contents, this.width);
    const old = records.valueHandle(record);
    if (this.encoding === ENCODING_LISTPACK_EX) {
      this.index.transfer(old, head);
      arena.free(old);
    }
    arena.free(this.contents);
    records.setValueHandle(record, head);
    records.setEncoding(record, TYPE_HASH, ENCODING_HASHTABLE);
    this.open(record);
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
    this.keyspace.events.onFieldsExpired(db, record, false);
  }

  /** Ends a command's work on a hash: see the top. True when the hash was empty, and its key is gone. */
  settle(db: Database, record: Record): boolean {
    const isEmpty = this.count(record) === 0;
    if (this.expired > 0) {
      this.expired = 0;
      this.keyspace.events.onFieldsExpired(db, record, isEmpty);
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
    this.open(record);
    if (this.encoding === ENCODING_LISTPACK) return;
    const { records, dict } = this.keyspace;
    const head = records.valueHandle(record);
    const deadline = this.presentFirstToExpire() ? this.deadline() : DEADLINE_NONE;
    if (deadline === DEADLINE_NONE && this.heads.index(head) === NOT_INDEXED) return;
    this.index.set(head, db.fieldIndex, dict.hashOfRecord(record), deadline);
  }

  /** Deletes the present field because its deadline has passed. */
  #expire(db: Database, record: Record): void {
    this.removeAsExpired(db, record);
    this.expired++;
  }

  #setValue(record: Record, value: DataView, start: number, length: number): void {
    if (this.encoding === ENCODING_HASHTABLE) {
      const moved = this.table.setValue(this.contents, this.field, value, start, length);
      if (moved !== this.field) this.presentRecord(moved);
    } else {
      this.#setListpack(record, this.pairs.setValue(this.contents, this.tuple, value, start, length));
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
    if (this.encoding === ENCODING_HASHTABLE) {
      this.table.add(this.contents, field, fieldStart, fieldLength, value, valueStart, valueLength, DEADLINE_NONE);
      return;
    }
    const lp = this.pairs.add(
      this.contents,
      this.width,
      field,
      fieldStart,
      fieldLength,
      value,
      valueStart,
      valueLength,
      DEADLINE_NONE,
    );
    this.#setListpack(record, lp);
    if (this.pairs.fields.count(lp) / this.width > this.keyspace.encodingLimits.hashMaxListpackEntries)
      this.makeTable(record);
  }

  /** The listpack of the hash under way has moved (or not). */
  #setListpack(record: Record, lp: Handle): void {
    this.contents = lp;
    const { records } = this.keyspace;
    if (this.encoding === ENCODING_LISTPACK) records.setValueHandle(record, lp);
    else this.heads.setContents(records.valueHandle(record), lp);
  }
}
