/**
 * The keyspace: the arena, the dict that serves all databases, and what every access needs to know: the time, the
 * access clock, how expiry works just now. One per server; databases and typed values share it.
 */
import type { Arena, Handle } from "../storage/arena.js";
import { Dict } from "../storage/dict.js";
import { DictScan } from "../storage/dict-scan.js";
import type { KeyHash } from "../storage/hash.js";
import { Listpack } from "../storage/listpack.js";
import { AccessClock } from "./access-clock.js";
import { Database } from "./database.js";
import { defaultEncodingLimits, type EncodingLimits } from "./encoding-limits.js";
import { EXPIRE_DELETE } from "./expiry-mode.js";
import { addHashLoaders } from "./hash-loader.js";
import { HashOperations } from "./hash-operations.js";
import { Hashes } from "./hashes.js";
import { HyperLogLogs } from "./hyperloglogs.js";
import { LAZY_FREE_EFFORT, LazyFree } from "./lazy-free.js";
import { ListOperations, registerListLoaders } from "./list-operations.js";
import { Lists } from "./lists.js";
import { RDB_STRING } from "./rdb-format.js";
import {
  ENCODING_LARGE,
  HEADER_BYTES,
  type Record,
  Records,
  TYPE_HASH,
  TYPE_LIST,
  TYPE_SET,
  TYPE_SORTED_SET,
  TYPE_STREAM,
  TYPE_STRING,
} from "./record.js";
import { registerSetLoaders } from "./set-loader.js";
import { SetOperations } from "./set-operations.js";
import { Sets } from "./sets.js";
import { registerSortedSetLoaders } from "./sorted-set-loader.js";
import { SortedSetOperations } from "./sorted-set-operations.js";
import { SortedSets } from "./sorted-sets.js";
import { registerStreamLoaders } from "./stream-loader.js";
import { StreamOperations } from "./stream-operations.js";
import { Streams } from "./streams.js";
import { StringOperations, stringLoader } from "./string-operations.js";
import { Strings } from "./strings.js";
import type { TypeOperations, ValueLoader } from "./type-operations.js";

/** What the keyspace tells the server about. All are called with the record still intact. */
export interface KeyspaceEvents {
  /** An expired record is about to be deleted: count it, notify, propagate a DEL. */
  onExpired(db: Database, record: Record): void;
  /** A record is about to be deleted because memory is short: count it, notify, propagate a DEL. */
  onEvicted(db: Database, record: Record): void;
  /** A read met no key: the keymiss event. The key is view[start, start + length). */
  onMiss(db: Database, view: DataView, start: number, length: number): void;
  /** A key has come into being: the new event. Its value is not written yet. */
  onAdded(db: Database, view: DataView, start: number, length: number): void;
  /** A field of a hash is about to be deleted because its deadline has passed: propagate that. */
  onFieldExpired(db: Database, record: Record, field: DataView, start: number, length: number): void;
  /** That has happened to a field of this hash, or more; where none is left the key is about to be deleted. */
  onFieldsExpired(db: Database, record: Record, isEmpty: boolean): void;
}

/** The lazyfree-lazy-… directives: what is freed in slices though the command could wait. */
export interface LazyModes {
  expire: boolean;
  eviction: boolean;
  serverDel: boolean;
  userDel: boolean;
  userFlush: boolean;
}

const NO_EVENTS: KeyspaceEvents = {
  onExpired() {},
  onEvicted() {},
  onMiss() {},
  onAdded() {},
  onFieldExpired() {},
  onFieldsExpired() {},
};

export interface KeyspaceOptions {
  arena: Arena;
  keyHash: KeyHash;
  databases: number;
  /** An integer in [0, limit): the only source of chance. */
  random: (limit: number) => number;
}

export class Keyspace {
  readonly arena: Arena;
  readonly records: Records;
  readonly dict: Dict;
  /** The scanner of commands and databases. Typed values, which are freed in the middle of a scan, have their own. */
  readonly scan: DictScan;
  readonly random: (limit: number) => number;
  readonly access: AccessClock;
  readonly databases: Database[] = [];
  /** By type. */
  readonly types: (TypeOperations | undefined)[] = [];
  /** By RDB type byte. */
  readonly loaders: (ValueLoader | undefined)[] = [];
  readonly strings: Strings;
  readonly hyperLogLogs: HyperLogLogs;
  /** One for all types that keep listpacks. */
  readonly listpacks: Listpack;
  readonly lists: Lists;
  readonly hashes: Hashes;
  readonly sortedSets: SortedSets;
  readonly sets: Sets;
  readonly streams: Streams;
  readonly lazyFree: LazyFree;
  readonly lazy: LazyModes = {
    expire: false,
    eviction: false,
    serverDel: false,
    userDel: false,
    userFlush: false,
  };
  readonly encodingLimits: EncodingLimits = defaultEncodingLimits();
  events: KeyspaceEvents = NO_EVENTS;
  /** Unix ms, set by dispatch before each command: time stands still while a command runs. */
  nowMs = 0;
  expiryMode: number = EXPIRE_DELETE;
  /** Set by dispatch for clients with CLIENT NO-TOUCH. */
  noTouch = false;
  hits = 0;
  misses = 0;
  expiredKeys = 0;
  expiredFields = 0;

  constructor(options: KeyspaceOptions) {
    this.arena = options.arena;
    this.records = new Records(options.arena);
    this.dict = new Dict(options.arena, options.keyHash, HEADER_BYTES);
    this.scan = new DictScan(this.dict);
    this.random = options.random;
    this.access = new AccessClock(options.random);
    this.strings = new Strings(this);
    this.hyperLogLogs = new HyperLogLogs(this.strings, this.encodingLimits);
    this.listpacks = new Listpack(options.arena);
    this.lists = new Lists(this, this.listpacks);
    this.hashes = new Hashes(this, options.keyHash, this.listpacks);
    this.sortedSets = new SortedSets(this);
    this.sets = new Sets(this);
    this.streams = new Streams(this);
    this.lazyFree = new LazyFree(this);
    this.types[TYPE_STRING] = new StringOperations(this);
    this.types[TYPE_HASH] = new HashOperations(this);
    this.loaders[RDB_STRING] = stringLoader(this.strings);
    this.types[TYPE_LIST] = new ListOperations(this, this.lists);
    registerListLoaders(this.loaders, this, this.lists);
    addHashLoaders(this, this.loaders);
    this.types[TYPE_SORTED_SET] = new SortedSetOperations(this);
    registerSortedSetLoaders(this);
    this.types[TYPE_SET] = new SetOperations(this.sets);
    registerSetLoaders(this.sets, this.loaders);
    this.types[TYPE_STREAM] = new StreamOperations(this);
    registerStreamLoaders(this);
    for (let id = 0; id < options.databases; id++) this.databases.push(new Database(this, id));
  }

  database(id: number): Database {
    const db = this.databases[id];
    if (db === undefined) throw new RangeError(`no database ${id}`);
    return db;
  }

  typeOperations(type: number): TypeOperations {
    const operations = this.types[type];
    if (operations === undefined) throw new Error(`keyspace: no operations for type ${type}`);
    return operations;
  }

  /** Whether the value lies outside of the record. */
  hasOwnBlock(record: Record): boolean {
    return this.records.type(record) !== TYPE_STRING || this.records.encoding(record) === ENCODING_LARGE;
  }

  /** Frees a record, which is in no dict any more, with its value. */
  freeRecord(record: Record): void {
    this.freeValue(record);
    this.arena.free(record);
  }

  /** Tells the type of a value that it has come to another key: see TypeOperations.arrive. */
  announceArrival(db: Database, record: Record): void {
    this.typeOperations(this.records.type(record)).arrive?.(db, record);
  }

  /** Bytes of a record with its value. */
  sizeOf(record: Record): number {
    const { records } = this;
    const own = this.arena.sizeOf(record);
    if (!this.hasOwnBlock(record)) return own;
    const operations = this.typeOperations(records.type(record));
    return own + operations.sizeOf(records.valueHandle(record), records.encoding(record));
  }

  /** Frees what the value has outside of the record. */
  freeValue(record: Record): void {
    if (!this.hasOwnBlock(record)) return;
    const { records } = this;
    this.typeOperations(records.type(record)).free(records.valueHandle(record), records.encoding(record));
  }

  /** The same, but leaves a value of many blocks to lazy freeing. */
  freeValueLazily(record: Record): void {
    if (!this.hasOwnBlock(record)) return;
    const { records } = this;
    this.freeDetachedLazily(records.type(record), records.encoding(record), records.valueHandle(record));
  }

  /** The same for a value that no record holds. */
  freeDetachedLazily(type: number, encoding: number, value: Handle): void {
    const operations = this.typeOperations(type);
    if (operations.freeEffort(value, encoding) > LAZY_FREE_EFFORT) this.lazyFree.addValue(type, encoding, value);
    else operations.free(value, encoding);
  }

  /** The same as freeRecord, but leaves a value of many blocks to lazy freeing. */
  freeRecordLazily(record: Record): void {
    this.freeValueLazily(record);
    this.arena.free(record);
  }

  /** Exchanges the contents of two databases: SWAPDB. */
  swap(a: Database, b: Database): void {
    const { keys, expires, hasHadKeys, averageTtl, expiryCursor, fieldIndex } = a;
    a.keys = b.keys;
    a.expires = b.expires;
    a.hasHadKeys = b.hasHadKeys;
    a.averageTtl = b.averageTtl;
    a.expiryCursor = b.expiryCursor;
    a.fieldIndex = b.fieldIndex;
    b.keys = keys;
    b.expires = expires;
    b.hasHadKeys = hasHadKeys;
    b.averageTtl = averageTtl;
    b.expiryCursor = expiryCursor;
    b.fieldIndex = fieldIndex;
  }

  /** Gives all memory back. */
  destroy(): void {
    this.lazyFree.run(() => false);
    for (const db of this.databases) db.destroy();
  }
}
