/**
 * WATCH: which transactions fail when a key changes. One per server; effects.ts touches it at every change, the
 * transactions of sessions enter and leave. Costs nothing while nobody watches.
 *
 * A marked link is a key that was there with a deadline that had passed when it was watched: to the client it is
 * absent, so its deletion is no change.
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import type { Database } from "./database.js";
import type { InterestSet } from "./interests/interest-set.js";
import { KeyInterests } from "./interests/key-interests.js";
import type { Keyspace } from "./keyspace.js";

/** A transaction that watches keys. */
export interface Watcher {
  /** A watched key has changed: EXEC will fail. Removes the watcher's keys from the table, and nobody else's. */
  spoil(): void;
}

/** The keys of one watcher. */
export type WatchedKeys = InterestSet<Watcher>;

export class WatchTable {
  /** Called when the table becomes empty or stops being so. */
  onUse: () => void = () => {};
  readonly #keys: KeyInterests<Watcher>;
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace, arena: Arena) {
    this.#keyspace = keyspace;
    this.#keys = new KeyInterests(arena, keyspace.dict.keyHash);
  }

  /** How many keys are watched by anyone. */
  get size(): number {
    return this.#keys.size;
  }

  /** Watches a key; false when the watcher does so already. Throws ArenaFullError with everything as it was. */
  add(watched: WatchedKeys, db: Database, view: DataView, start: number, length: number): boolean {
    const before = this.#keys.size;
    const record = db.findRaw(view, start, length);
    const isExpired = record !== NONE && db.isExpired(record);
    const isNew = this.#keys.add(watched, db.id, view, start, length, isExpired);
    if (before === 0 && this.#keys.size > 0) this.onUse();
    return isNew;
  }

  /** Watches none of its keys any more. */
  release(watched: WatchedKeys): void {
    if (watched.size === 0) return;
    this.#keys.release(watched);
    if (this.#keys.size === 0) this.onUse();
  }

  /** The key view[start, start + length) has changed. */
  touch(dbId: number, view: DataView, start: number, length: number): void {
    const key = this.#find(dbId, view, start, length);
    if (key !== NONE) this.#spoilAll(key);
  }

  /** The key is deleted because its deadline has passed. */
  touchExpired(dbId: number, view: DataView, start: number, length: number): void {
    const key = this.#find(dbId, view, start, length);
    if (key === NONE) return;
    this.#keys.beginWalk(key);
    for (let link = this.#keys.nextLink(); link !== NONE; link = this.#keys.nextLink()) {
      if (this.#keys.isMarked(link)) this.#keys.setMark(link, false);
      else this.#keys.ownerOf(link).spoil();
    }
  }

  /** All of `db` is about to be replaced by what `by` holds, or by nothing: SWAPDB, FLUSHDB. */
  touchDatabase(db: Database, by: Database | null): void {
    // Spoiling takes keys out of the table, which a walk over its keys does not bear.
    const spoiled = new Set<Watcher>();
    this.#keys.forEachKey(db.id, (key) => {
      this.#keys.beginWalk(key);
      for (let link = this.#keys.nextLink(); link !== NONE; link = this.#keys.nextLink()) {
        if (this.#isReplaced(key, link, db, by)) spoiled.add(this.#keys.ownerOf(link));
      }
    });
    for (const watcher of spoiled) watcher.spoil();
  }

  /** Whether a watched key has expired since it was watched, though nobody met it. */
  hasExpired(watched: WatchedKeys): boolean {
    let isAny = false;
    watched.forEachLink((link) => {
      if (isAny || this.#keys.isMarked(link)) return;
      const key = this.#keys.keyOf(link);
      const db = this.#keyspace.databases[this.#keys.dbIdOf(key)];
      if (db === undefined) return;
      const record = this.#findIn(db, key);
      isAny = record !== NONE && db.isExpired(record);
    });
    return isAny;
  }

  #find(dbId: number, view: DataView, start: number, length: number): Handle {
    return this.#keys.size === 0 ? NONE : this.#keys.find(dbId, view, start, length);
  }

  #findIn(db: Database, key: Handle): Handle {
    return db.findRaw(this.#keys.viewOf(key), this.#keys.keyStart(key), this.#keys.keyLength(key));
  }

  #spoilAll(key: Handle): void {
    this.#keys.beginWalk(key);
    for (let link = this.#keys.nextLink(); link !== NONE; link = this.#keys.nextLink()) {
      this.#keys.ownerOf(link).spoil();
    }
  }

  /** Whether what the watcher saw of the key (a live one, or none) differs from what it will see. */
  #isReplaced(key: Handle, link: Handle, db: Database, by: Database | null): boolean {
    const before = this.#findIn(db, key);
    const after = by === null ? NONE : this.#findIn(by, key);
    if (before === NONE && after === NONE) return false;
    const isExpiredAfter = by !== null && after !== NONE && by.isExpired(after);
    if (this.#keys.isMarked(link)) {
      if (after === NONE) this.#keys.setMark(link, false);
      return after !== NONE && !isExpiredAfter;
    }
    if (before !== NONE || !isExpiredAfter) return true;
    this.#keys.setMark(link, true);
    return false;
  }
}
