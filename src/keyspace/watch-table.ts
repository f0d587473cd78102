/**
 * WATCH: which transactions fail when a key changes. One per server; effects.ts touches it at every change, the
 * transactions of sessions enter and leave. Costs nothing while nobody watches.
 */
import type { Database } from "./database.js";
import type { Record } from "./record.js";

/** A transaction that watches keys. */
export interface Watcher {
  /** A watched key has changed: EXEC will fail. May remove watches. */
  spoil(): void;
}

/** One key watched by one transaction. */
export interface Watch {
  readonly watcher: Watcher;
  readonly db: Database;
  readonly key: Buffer;
  /** The key was there with a deadline that had passed: to the client it is absent, so its deletion is no change. */
  expired: boolean;
}

export class WatchTable {
  /** How many keys are watched by anyone. */
  get size(): number {
    return this.#watches.size;
  }

  /** Called when the table becomes empty or stops being so. */
  onUse: () => void = () => {};

  readonly #watches = new Map<string, Set<Watch>>();

  add(watch: Watch): void {
    const name = nameOf(watch.db.id, watch.key);
    let watches = this.#watches.get(name);
    if (watches === undefined) {
      watches = new Set();
      this.#watches.set(name, watches);
      if (this.#watches.size === 1) this.onUse();
    }
    watches.add(watch);
  }

  remove(watch: Watch): void {
    const name = nameOf(watch.db.id, watch.key);
    const watches = this.#watches.get(name);
    if (watches === undefined || !watches.delete(watch) || watches.size > 0) return;
    this.#watches.delete(name);
    if (this.#watches.size === 0) this.onUse();
  }

  /** The key view[start, start + length) has changed. */
  touch(dbId: number, view: DataView, start: number, length: number): void {
    const watches = this.#find(dbId, view, start, length);
    if (watches !== undefined) for (const watch of watches) watch.watcher.spoil();
  }

  /** The key is deleted because its deadline has passed. */
  touchExpired(dbId: number, view: DataView, start: number, length: number): void {
    const watches = this.#find(dbId, view, start, length);
    if (watches === undefined) return;
    for (const watch of watches) {
      if (watch.expired) watch.expired = false;
      else watch.watcher.spoil();
    }
  }

  /** All of `db` is about to be replaced by what `by` holds, or by nothing: SWAPDB, FLUSHDB. */
  touchDatabase(db: Database, by: Database | null): void {
    for (const watches of this.#watches.values()) {
      for (const watch of watches) if (watch.db === db) replace(watch, by);
    }
  }

  #find(dbId: number, view: DataView, start: number, length: number): Set<Watch> | undefined {
    if (this.#watches.size === 0) return undefined;
    return this.#watches.get(nameOf(dbId, new Uint8Array(view.buffer, view.byteOffset + start, length)));
  }
}

/** What the client saw of the key (a live one, or none) against what it will see. */
function replace(watch: Watch, by: Database | null): void {
  const before = findRaw(watch.db, watch.key);
  const after = by === null ? 0 : findRaw(by, watch.key);
  if (before === 0 && after === 0) return;
  const afterIsExpired = by !== null && after !== 0 && by.isExpired(after);
  if (watch.expired) {
    if (after === 0) watch.expired = false;
    else if (!afterIsExpired) watch.watcher.spoil();
  } else if (before === 0 && afterIsExpired) {
    watch.expired = true;
  } else {
    watch.watcher.spoil();
  }
}

function findRaw(db: Database, key: Buffer): Record {
  return db.findRaw(new DataView(key.buffer, key.byteOffset, key.byteLength), 0, key.length);
}

function nameOf(dbId: number, key: Uint8Array): string {
  return `${dbId}:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
}
