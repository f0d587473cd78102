/**
 * One database: finding, adding, moving and deleting records, and their deadlines. Typed values (strings.ts) build on
 * it; commands use both. No command knows the layout of a record.
 *
 * Invariant: a record is in `expires` exactly when it has a deadline. Both dicts hold the same handle.
 */
import type { Args } from "../resp/args.js";
import { type Handle, NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import { EXPIRE_DELETE, EXPIRE_IGNORE } from "./expiry-mode.js";
import type { Keyspace } from "./keyspace.js";
import { type Deadline, ENCODING_INT, ENCODING_LARGE, type Record, TYPE_STRING, valueOffset } from "./record.js";

export const NO_ENTRY: Record = NONE;

export class Database {
  readonly keyspace: Keyspace;
  readonly id: number;
  /** Roots of the dicts. SWAPDB and lazy flushes exchange them. */
  keys: Handle;
  expires: Handle;
  /** Average time to live in ms, as active expiry sees it: INFO shows it. */
  averageTtl = 0;
  /** Where active expiry goes on. */
  expiryCursor = 0;

  constructor(keyspace: Keyspace, id: number) {
    this.keyspace = keyspace;
    this.id = id;
    this.keys = keyspace.dict.create();
    this.expires = keyspace.dict.create();
  }

  get size(): number {
    return this.keyspace.dict.count(this.keys);
  }

  get expiresSize(): number {
    return this.keyspace.dict.count(this.expires);
  }

  /** The record of argument i for a command that reads it: counts the hit or miss, and touches the access clock. */
  find(args: Args, i: number): Record {
    const start = args.start(i);
    const length = args.byteLength(i);
    const record = this.findKey(args.view, start, length);
    if (record !== NO_ENTRY) {
      this.keyspace.hits++;
      this.touch(record);
    } else {
      this.keyspace.misses++;
      this.keyspace.events.onMiss(this, args.view, start, length);
    }
    return record;
  }

  /** The record of argument i for a command that changes it: touches the access clock, counts nothing. */
  findForWrite(args: Args, i: number): Record {
    const record = this.findKey(args.view, args.start(i), args.byteLength(i));
    if (record !== NO_ENTRY) this.touch(record);
    return record;
  }

  /** The record of argument i with nothing counted and nothing touched: TTL, TYPE, OBJECT. */
  peek(args: Args, i: number): Record {
    return this.findKey(args.view, args.start(i), args.byteLength(i));
  }

  /** The record with this key. An expired one is deleted (or hidden) and counts as absent. */
  findKey(view: DataView, start: number, length: number): Record {
    const dict = this.keyspace.dict;
    const record = dict.find(this.keys, dict.hash(view, start, length), view, start, length);
    if (record === NO_ENTRY || !this.keyspace.records.hasDeadline(record)) return record;
    return this.#dropExpired(record);
  }

  /** Whether the record's deadline has passed (and expiry counts just now). */
  isExpired(record: Record): boolean {
    const deadline = this.keyspace.records.deadline(record);
    return deadline >= 0 && deadline < this.keyspace.nowMs && this.keyspace.expiryMode !== EXPIRE_IGNORE;
  }

  touch(record: Record): void {
    const keyspace = this.keyspace;
    if (keyspace.noTouch) return;
    const access = keyspace.records.access(record);
    const touched = keyspace.access.touch(access);
    if (touched !== access) keyspace.records.setAccess(record, touched);
  }

  /** Tells the events and deletes: for a record whose deadline has passed. */
  expire(record: Record): void {
    this.keyspace.expiredKeys++;
    this.keyspace.events.onExpired(this, record);
    this.remove(record);
  }

  /**
   * Adds a record with room for `valueBytes`; the value itself is the caller's to write. The key must be absent, and
   * must not lie in the arena window of a record that this may free (it frees none). `deadline` -1 is none.
   */
  add(
    key: DataView,
    start: number,
    length: number,
    type: number,
    encoding: number,
    valueBytes: number,
    deadline: Deadline,
  ): Record {
    const { arena, records, dict } = this.keyspace;
    const record = arena.alloc(valueOffset(length, deadline >= 0) + valueBytes);
    records.init(record, key, start, length, type, encoding, deadline, this.keyspace.access.fresh());
    const hash = dict.hash(key, start, length);
    dict.insert(this.keys, hash, record);
    if (deadline >= 0) dict.insert(this.expires, hash, record);
    this.keyspace.events.onAdded(this, key, start, length);
    return record;
  }

  /** Takes the record out and frees it with its value. */
  remove(record: Record): void {
    this.unlink(record);
    this.freeRecord(record);
  }

  /** Takes the record out of the dicts; it, and its value, are the caller's from here on. */
  unlink(record: Record): void {
    const { dict, records } = this.keyspace;
    const hash = dict.hashOfRecord(record);
    dict.remove(this.keys, hash, record);
    if (records.hasDeadline(record)) dict.remove(this.expires, hash, record);
  }

  freeRecord(record: Record): void {
    this.freeValue(record);
    this.keyspace.arena.free(record);
  }

  /** Frees what the value has outside of the record. */
  freeValue(record: Record): void {
    const { records } = this.keyspace;
    const type = records.type(record);
    if (type === TYPE_STRING && records.encoding(record) !== ENCODING_LARGE) return;
    this.keyspace.typeOperations(type).free(records.valueHandle(record));
  }

  /**
   * Gives the record's block room for a value of `bytes`, of which the first `keep` stay. Returns the record, which
   * may have moved.
   */
  resize(record: Record, keep: number, bytes: number): Record {
    const { arena, records, dict } = this.keyspace;
    const front = valueOffset(records.keyLength(record), records.hasDeadline(record));
    const resized = arena.realloc(record, front + keep, front + bytes);
    if (resized !== record) {
      const hash = dict.hashOfRecord(resized);
      dict.replace(this.keys, hash, record, resized);
      if (records.hasDeadline(resized)) dict.replace(this.expires, hash, record, resized);
    }
    return resized;
  }

  /** Sets, moves or (with -1) removes the deadline. Returns the record, which may have moved. */
  setDeadline(record: Record, deadline: Deadline): Record {
    const { arena, records, dict } = this.keyspace;
    const had = records.hasDeadline(record);
    if (had && deadline >= 0) {
      records.setDeadline(record, deadline);
      return record;
    }
    if (!had && deadline < 0) return record;
    const view = records.view(record);
    const keyLength = records.keyLength(record);
    const valueBytes = this.valueBytes(record);
    const moved = arena.alloc(valueOffset(keyLength, deadline >= 0) + valueBytes);
    const type = records.type(record);
    records.init(
      moved,
      view,
      records.keyStart(record),
      keyLength,
      type,
      records.encoding(record),
      deadline,
      records.access(record),
    );
    records.setInlineLength(moved, records.inlineLength(record));
    copyBytes(view, records.valueStart(record), records.view(moved), records.valueStart(moved), valueBytes);
    const hash = dict.hashOfRecord(moved);
    dict.replace(this.keys, hash, record, moved);
    if (deadline >= 0) dict.insert(this.expires, hash, moved);
    else dict.remove(this.expires, hash, record);
    arena.free(record);
    return moved;
  }

  /** Bytes of the value inside the record: string bytes, an integer, or a handle and its word. */
  valueBytes(record: Record): number {
    const { records } = this.keyspace;
    if (records.type(record) !== TYPE_STRING) return 8;
    const encoding = records.encoding(record);
    return encoding === ENCODING_LARGE || encoding === ENCODING_INT ? 8 : records.inlineLength(record);
  }

  /** Frees all records and starts anew. Time grows with the number of keys: see LazyFree for the other way. */
  clear(): void {
    const { scan, dict } = this.keyspace;
    const { keys, expires } = this.detach();
    scan.forEach(keys, (record) => this.freeRecord(record));
    dict.destroy(keys);
    dict.destroy(expires);
  }

  /** Puts empty dicts in place of the present ones, which are the caller's from here on. */
  detach(): { keys: Handle; expires: Handle } {
    const detached = { keys: this.keys, expires: this.expires };
    this.keys = this.keyspace.dict.create();
    this.expires = this.keyspace.dict.create();
    this.expiryCursor = 0;
    this.averageTtl = 0;
    return detached;
  }

  destroy(): void {
    const { scan, dict } = this.keyspace;
    scan.forEach(this.keys, (record) => this.freeRecord(record));
    dict.destroy(this.keys);
    dict.destroy(this.expires);
  }

  #dropExpired(record: Record): Record {
    if (!this.isExpired(record)) return record;
    if (this.keyspace.expiryMode === EXPIRE_DELETE) this.expire(record);
    return NO_ENTRY;
  }
}
