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
import { type Deadline, ENCODING_EMBSTR, type Record, TYPE_STRING, valueOffset } from "./record.js";

export const NO_ENTRY: Record = NONE;

/** A value's handle and its word. */
const HANDLE_BYTES = 8;
const NO_DEADLINE = -1;

export class Database {
  readonly keyspace: Keyspace;
  readonly id: number;
  /** Roots of the dicts. SWAPDB and lazy flushes exchange them. */
  keys: Handle;
  expires: Handle;
  /** It has had keys since it was last flushed: MEMORY STATS shows it, even when it is empty. */
  hasHadKeys = false;
  /** Average time to live in ms, as active expiry sees it: INFO shows it. */
  averageTtl = 0;
  /** Where active expiry goes on. */
  expiryCursor = 0;
  /** The number of the index of hashes with fields that expire: SWAPDB exchanges those too. */
  fieldIndex: number;

  constructor(keyspace: Keyspace, id: number) {
    this.keyspace = keyspace;
    this.id = id;
    this.fieldIndex = id;
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
    return this.findRead(args.view, args.start(i), args.byteLength(i));
  }

  /** The same for a key that is no argument: SORT's BY and GET. */
  findRead(view: DataView, start: number, length: number): Record {
    const record = this.findKey(view, start, length);
    if (record !== NO_ENTRY) {
      this.keyspace.hits++;
      this.touch(record);
    } else {
      this.keyspace.misses++;
      this.keyspace.events.onMiss(this, view, start, length);
    }
    return record;
  }

  /** The same as find, but leaves the access clock: EXISTS, TTL, TYPE. `announces` false drops the keymiss event. */
  findNoTouch(args: Args, i: number, announces: boolean): Record {
    const record = this.findKey(args.view, args.start(i), args.byteLength(i));
    if (record !== NO_ENTRY) {
      this.keyspace.hits++;
      return record;
    }
    this.keyspace.misses++;
    if (announces) this.keyspace.events.onMiss(this, args.view, args.start(i), args.byteLength(i));
    return NO_ENTRY;
  }

  /** The record of argument i for a command that changes it: touches the access clock, counts nothing. */
  findForWrite(args: Args, i: number): Record {
    const record = this.findKey(args.view, args.start(i), args.byteLength(i));
    if (record !== NO_ENTRY) this.touch(record);
    return record;
  }

  /** The record of argument i with nothing counted and nothing touched. */
  peek(args: Args, i: number): Record {
    return this.findKey(args.view, args.start(i), args.byteLength(i));
  }

  /** The record with this key. An expired one is deleted (or hidden) and counts as absent. */
  findKey(view: DataView, start: number, length: number): Record {
    const record = this.keyspace.dict.lookUp(this.keys, view, start, length);
    if (record === NO_ENTRY || !this.keyspace.records.hasDeadline(record)) return record;
    return this.#dropExpired(record);
  }

  /** The record with this key, expired or not: DEL, WATCH, DEBUG. */
  findRaw(view: DataView, start: number, length: number): Record {
    const dict = this.keyspace.dict;
    return dict.find(this.keys, dict.hash(view, start, length), view, start, length);
  }

  /** Whether the record's deadline has passed (and expiry counts just now): at the deadline itself it has not. */
  isExpired(record: Record): boolean {
    const deadline = this.keyspace.records.deadline(record);
    return deadline >= 0 && deadline < this.keyspace.nowMs && this.keyspace.expiryMode !== EXPIRE_IGNORE;
  }

  /** Whether the record's deadline has passed: then it is absent to clients, and deleted unless the mode keeps it. */
  dropIfExpired(record: Record): boolean {
    if (!this.isExpired(record)) return false;
    if (this.keyspace.expiryMode === EXPIRE_DELETE) this.expire(record);
    return true;
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
    if (this.keyspace.lazy.expire) this.removeLazily(record);
    else this.remove(record);
  }

  /** The same for a record that goes because memory is short. */
  evict(record: Record): void {
    this.keyspace.events.onEvicted(this, record);
    if (this.keyspace.lazy.eviction) this.removeLazily(record);
    else this.remove(record);
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
    try {
      this.link(record, dict.hash(key, start, length));
    } catch (error) {
      arena.free(record);
      throw error;
    }
    this.keyspace.events.onAdded(this, key, start, length);
    return record;
  }

  /**
   * Makes a value that lies in a block of its own, and that no key has, the one of this key, whatever it held and how
   * long it was to live. Returns the record. For commands that store a result.
   */
  store(key: DataView, start: number, length: number, type: number, encoding: number, value: Handle): Record {
    const { records, lazy } = this.keyspace;
    let record = this.findKey(key, start, length);
    if (record === NO_ENTRY) {
      record = this.add(key, start, length, type, encoding, HANDLE_BYTES, NO_DEADLINE);
    } else {
      if (lazy.serverDel) this.keyspace.freeValueLazily(record);
      else this.freeValue(record);
      records.setEncoding(record, TYPE_STRING, ENCODING_EMBSTR);
      records.setInlineLength(record, 0);
      record = this.resize(this.setDeadline(record, NO_DEADLINE), 0, HANDLE_BYTES);
      records.setEncoding(record, type, encoding);
    }
    records.setValueHandle(record, value);
    records.setValueWord(record, 0);
    return record;
  }

  /** Takes the record out and frees it with its value. */
  remove(record: Record): void {
    this.unlink(record);
    this.keyspace.freeRecord(record);
  }

  /** The same, but a value of many blocks is left to lazy freeing. */
  removeLazily(record: Record): void {
    this.unlink(record);
    this.keyspace.freeRecordLazily(record);
  }

  /** Removes a key that a command replaces by another value: lazily where `lazyfree-lazy-server-del` says so. */
  removeReplaced(record: Record): void {
    if (this.keyspace.lazy.serverDel) this.removeLazily(record);
    else this.remove(record);
  }

  /** Takes the record out of the dicts; it, and its value, are the caller's from here on. */
  unlink(record: Record): void {
    const { dict, records } = this.keyspace;
    const hash = dict.hashOfRecord(record);
    dict.remove(this.keys, hash, record);
    if (records.hasDeadline(record)) dict.remove(this.expires, hash, record);
  }

  /** Frees what the value has outside of the record. */
  freeValue(record: Record): void {
    this.keyspace.freeValue(record);
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
    const valueBytes = records.valueBytes(record);
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
    if (deadline < 0) {
      dict.remove(this.expires, hash, record);
    } else {
      try {
        dict.insert(this.expires, hash, moved);
      } catch (error) {
        arena.free(moved);
        throw error;
      }
    }
    dict.replace(this.keys, hash, record, moved);
    arena.free(record);
    return moved;
  }

  /** Frees all records and starts anew, in time that grows with the number of keys. */
  clear(): void {
    const { scan, dict } = this.keyspace;
    const { keys, expires } = this.detach();
    scan.forEach(keys, (record) => this.keyspace.freeRecord(record));
    dict.destroy(keys);
    dict.destroy(expires);
  }

  /** Starts anew at once, and leaves the records to lazy freeing. */
  clearLazily(): void {
    if (!this.hasHadKeys) return;
    const { keys, expires } = this.detach();
    this.keyspace.lazyFree.addTables(keys, expires);
  }

  /** Puts empty dicts in place of the present ones, which are the caller's from here on. */
  detach(): { keys: Handle; expires: Handle } {
    const detached = { keys: this.keys, expires: this.expires };
    this.keys = this.keyspace.dict.create();
    this.expires = this.keyspace.dict.create();
    this.hasHadKeys = false;
    this.expiryCursor = 0;
    this.averageTtl = 0;
    return detached;
  }

  destroy(): void {
    const { scan, dict } = this.keyspace;
    scan.forEach(this.keys, (record) => this.keyspace.freeRecord(record));
    dict.destroy(this.keys);
    dict.destroy(this.expires);
  }

  /** Puts a record into the dicts. Where it throws, they are as they were, and the record is still the caller's. */
  link(record: Record, hash: number): void {
    const { dict, records } = this.keyspace;
    dict.insert(this.keys, hash, record);
    this.hasHadKeys = true;
    if (!records.hasDeadline(record)) return;
    try {
      dict.insert(this.expires, hash, record);
    } catch (error) {
      dict.remove(this.keys, hash, record);
      throw error;
    }
  }

  #dropExpired(record: Record): Record {
    return this.dropIfExpired(record) ? NO_ENTRY : record;
  }
}
