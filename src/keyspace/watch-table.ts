/**
 * WATCH: which transactions fail when a key changes. One per server; effects.ts touches it at every change, the
 * transactions of sessions enter and leave. Costs nothing while nobody watches.
 */

/** A transaction that watches keys. */
export interface Watcher {
  /** A watched key has changed: EXEC will fail. */
  spoiled: boolean;
}

export class WatchTable {
  /** How many keys are watched by anyone. */
  get size(): number {
    return this.#watchers.size;
  }

  /** Called when the table becomes empty or stops being so. */
  onUse: () => void = () => {};

  readonly #watchers = new Map<string, Set<Watcher>>();

  add(dbId: number, key: Uint8Array, watcher: Watcher): void {
    const name = nameOf(dbId, key);
    let watchers = this.#watchers.get(name);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(name, watchers);
      if (this.#watchers.size === 1) this.onUse();
    }
    watchers.add(watcher);
  }

  remove(dbId: number, key: Uint8Array, watcher: Watcher): void {
    const name = nameOf(dbId, key);
    const watchers = this.#watchers.get(name);
    if (watchers === undefined || !watchers.delete(watcher) || watchers.size > 0) return;
    this.#watchers.delete(name);
    if (this.#watchers.size === 0) this.onUse();
  }

  /** The key view[start, start + length) has changed. */
  touch(dbId: number, view: DataView, start: number, length: number): void {
    if (this.#watchers.size === 0) return;
    const key = new Uint8Array(view.buffer, view.byteOffset + start, length);
    const watchers = this.#watchers.get(nameOf(dbId, key));
    if (watchers !== undefined) for (const watcher of watchers) watcher.spoiled = true;
  }

  /** Keys of a database for which `changed` is true have changed: FLUSHDB, SWAPDB. */
  touchDatabase(dbId: number, changed: (key: Buffer) => boolean): void {
    const prefix = `${dbId}:`;
    for (const [name, watchers] of this.#watchers) {
      if (!name.startsWith(prefix) || !changed(Buffer.from(name.slice(prefix.length), "latin1"))) continue;
      for (const watcher of watchers) watcher.spoiled = true;
    }
  }
}

function nameOf(dbId: number, key: Uint8Array): string {
  return `${dbId}:${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1")}`;
}
