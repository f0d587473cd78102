/**
 * Eviction: which key goes when memory is short, by `maxmemory-policy`. server/memory-limit.ts decides when.
 *
 * LRU, LFU and TTL look at `maxmemory-samples` keys of each database, drawn at random, and keep the best 16 seen so far
 * in a pool, by key: what one round does not take is there for the next. So the victims come close to those that a
 * full order would name, at no cost per key. The random policies take a key of each database in turn.
 *
 * A key of the pool may have changed, or gone, since it was seen: it is looked up again before it goes.
 */
import { DictScan } from "../storage/dict-scan.js";
import { type Database, NO_ENTRY } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import type { Record } from "./record.js";

const POOL_SIZE = 16;
/** Room for a key in a place of the pool; a longer one makes it grow for as long as that key is there. */
const KEY_BYTES = 256;
const LFU_MAX = 255;

type Order = "lru" | "lfu" | "ttl" | "random";

/** A place of the pool. Its buffer is used again for the next key. */
class Candidate {
  /** How well the key may go; the highest goes first. */
  score = 0;
  db: Database;
  length = 0;
  bytes = new Uint8Array(new ArrayBuffer(KEY_BYTES));
  view = new DataView(this.bytes.buffer);

  constructor(db: Database) {
    this.db = db;
  }

  set(db: Database, score: number, view: DataView, start: number, length: number): void {
    if (length > KEY_BYTES || this.bytes.length > KEY_BYTES) this.#resize(Math.max(length, KEY_BYTES));
    this.bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
    this.length = length;
    this.db = db;
    this.score = score;
  }

  #resize(bytes: number): void {
    if (bytes === this.bytes.length) return;
    this.bytes = new Uint8Array(new ArrayBuffer(bytes));
    this.view = new DataView(this.bytes.buffer);
  }
}

export class Eviction {
  /** Keys that a look draws from each database. */
  samples = 5;
  readonly #keyspace: Keyspace;
  readonly #scan: DictScan;
  /** pool[0, count) in ascending order of score; those behind are free. */
  readonly #pool: Candidate[] = [];
  #count = 0;
  #order: Order | null = null;
  /** Only keys with a deadline may go. */
  #isVolatile = false;
  /** The database whose turn the next random key is. */
  #nextDatabase = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#scan = new DictScan(keyspace.dict);
    for (let i = 0; i < POOL_SIZE; i++) this.#pool.push(new Candidate(keyspace.database(0)));
  }

  /** `allkeys-lru`, `volatile-ttl` …, or `noeviction`. */
  setPolicy(policy: string): void {
    const [scope, order] = policy.split("-");
    const found = ORDERS.find((one) => one === order) ?? null;
    const isVolatile = scope === "volatile";
    if (found === this.#order && isVolatile === this.#isVolatile) return;
    this.#order = found;
    this.#isVolatile = isVolatile;
    // Scores of another order mean nothing in this one.
    this.#count = 0;
  }

  /** Whether the policy lets any key go. */
  get isOn(): boolean {
    return this.#order !== null;
  }

  /** Evicts one key; false when none may go. */
  evictOne(): boolean {
    const order = this.#order;
    if (order === null) return false;
    return order === "random" ? this.#evictRandom() : this.#evictBest(order);
  }

  #evictRandom(): boolean {
    const { databases, random } = this.#keyspace;
    for (let i = 0; i < databases.length; i++) {
      this.#nextDatabase = (this.#nextDatabase + 1) % databases.length;
      const db = databases[this.#nextDatabase];
      if (db === undefined) continue;
      const record = this.#scan.pickRandom(this.#tableOf(db), random);
      if (record === NO_ENTRY) continue;
      db.evict(record);
      return true;
    }
    return false;
  }

  #evictBest(order: Order): boolean {
    for (;;) {
      if (!this.#look(order)) return false;
      while (this.#count > 0) {
        const candidate = this.#pool[--this.#count];
        if (candidate === undefined) continue;
        const { db } = candidate;
        const record = db.findRaw(candidate.view, 0, candidate.length);
        if (record === NO_ENTRY || (this.#isVolatile && !this.#keyspace.records.hasDeadline(record))) continue;
        db.evict(record);
        return true;
      }
    }
  }

  /** Draws keys of all databases into the pool; false when there are none. */
  #look(order: Order): boolean {
    let hasKeys = false;
    for (const db of this.#keyspace.databases) {
      const table = this.#tableOf(db);
      if (this.#keyspace.dict.count(table) === 0) continue;
      hasKeys = true;
      const scan = this.#scan;
      scan.sample(table, this.samples, this.#keyspace.random);
      for (let i = 0; i < scan.segmentCount; i++) this.#offer(db, scan.segmentRecords[i] ?? NO_ENTRY, order);
    }
    return hasKeys;
  }

  #tableOf(db: Database): number {
    return this.#isVolatile ? db.expires : db.keys;
  }

  /** Puts the key into the pool at its place, or leaves it where 16 better ones are known. */
  #offer(db: Database, record: Record, order: Order): void {
    const { records } = this.#keyspace;
    const pool = this.#pool;
    const score = this.#score(record, order);
    let place = 0;
    while (place < this.#count && (pool[place]?.score ?? 0) < score) place++;
    const isFull = this.#count === POOL_SIZE;
    if (isFull && place === 0) return;
    // The free place behind the last moves to where the key belongs; in a full pool, the worst one's does.
    const from = isFull ? 0 : this.#count++;
    const to = isFull ? place - 1 : place;
    const [candidate] = pool.splice(from, 1);
    if (candidate === undefined) return;
    pool.splice(to, 0, candidate);
    candidate.set(db, score, records.view(record), records.keyStart(record), records.keyLength(record));
  }

  #score(record: Record, order: Order): number {
    const { records, access } = this.#keyspace;
    if (order === "ttl") return -records.deadline(record);
    if (order === "lfu") return LFU_MAX - access.frequency(records.access(record));
    return access.idleSeconds(records.access(record));
  }
}

const ORDERS: readonly Order[] = ["lru", "lfu", "ttl", "random"];
