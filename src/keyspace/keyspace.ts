/**
 * The keyspace: the arena, the dict that serves all databases, and what every access needs to know: the time, the
 * access clock, how expiry works just now. One per server; databases and typed values share it.
 */
import type { Arena, Handle } from "../storage/arena.js";
import { Dict } from "../storage/dict.js";
import { DictScan } from "../storage/dict-scan.js";
import type { KeyHash } from "../storage/hash.js";
import { AccessClock } from "./access-clock.js";
import { Database } from "./database.js";
import { EXPIRE_DELETE } from "./expiry-mode.js";
import { HEADER_BYTES, type Record, Records, TYPE_STRING } from "./record.js";

/** What the keyspace tells the server about. All are called with the record still intact. */
export interface KeyspaceEvents {
  /** An expired record is about to be deleted: count it, notify, propagate a DEL. */
  onExpired(db: Database, record: Record): void;
  /** A read met no key: the keymiss event. The key is view[start, start + length). */
  onMiss(db: Database, view: DataView, start: number, length: number): void;
  /** A key has come into being: the new event. Its value is not written yet. */
  onAdded(db: Database, view: DataView, start: number, length: number): void;
}

/** How values of a type with a block of their own are freed. */
export interface TypeOperations {
  free(value: Handle): void;
  /** Bytes of the value's own blocks. */
  sizeOf(value: Handle): number;
}

const NO_EVENTS: KeyspaceEvents = { onExpired() {}, onMiss() {}, onAdded() {} };

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
  readonly scan: DictScan;
  readonly random: (limit: number) => number;
  readonly access: AccessClock;
  readonly databases: Database[] = [];
  readonly types: (TypeOperations | undefined)[] = [];
  events: KeyspaceEvents = NO_EVENTS;
  /** Unix ms, set by dispatch before each command: time stands still while a command runs. */
  nowMs = 0;
  expiryMode: number = EXPIRE_DELETE;
  /** Set by dispatch for clients with CLIENT NO-TOUCH. */
  noTouch = false;
  hits = 0;
  misses = 0;
  expiredKeys = 0;

  constructor(options: KeyspaceOptions) {
    this.arena = options.arena;
    this.records = new Records(options.arena);
    this.dict = new Dict(options.arena, options.keyHash, HEADER_BYTES);
    this.scan = new DictScan(this.dict);
    this.random = options.random;
    this.access = new AccessClock(options.random);
    this.types[TYPE_STRING] = { free: (value) => this.arena.free(value), sizeOf: (value) => this.arena.sizeOf(value) };
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

  /** Gives all memory back. */
  destroy(): void {
    for (const db of this.databases) db.destroy();
  }
}
