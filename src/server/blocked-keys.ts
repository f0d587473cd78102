/**
 * The keys that blocked sessions wait for, each with its queue in order of arrival. Used by blocking.ts, which decides
 * who is served; a look-up costs one hash of the key and no string.
 */
import type { BlockRequest } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import type { Args } from "../resp/args.js";
import { areEqualBytes } from "../storage/bytes.js";
import type { Session } from "./session.js";
import type { Timed } from "./timeout-heap.js";

/** A session that waits, and for what. */
export interface Waiter extends Timed {
  readonly session: Session;
  readonly request: BlockRequest;
  /** The command to run again, in memory of its own. */
  readonly args: Args;
  /** One for each of its keys. */
  readonly queues: Set<KeyQueue>;
}

/** Who waits for one key. */
export interface KeyQueue {
  readonly db: Database;
  readonly key: DataView;
  readonly hash: number;
  /** In order of arrival. */
  readonly waiters: Set<Waiter>;
  /** How many of them are also served when the key is not there. */
  withoutKey: number;
  /** It is in the list of keys to look at after the present command. */
  listed: boolean;
  /** It concerns all who wait for its type, not only those who are also served when the key goes. */
  ready: boolean;
  /** The next queue of the same hash. */
  next: KeyQueue | null;
}

export class BlockedKeys {
  /** How many keys are waited for. */
  size = 0;
  /** How many of them by somebody who is served when the key goes, too. */
  sizeWithoutKey = 0;
  readonly #queues = new Map<number, KeyQueue>();

  find(db: Database, view: DataView, start: number, length: number): KeyQueue | null {
    return this.#findHashed(db, hashOf(db, view, start, length), view, start, length);
  }

  /** Puts a waiter at the end of the queue of one of its keys. */
  add(waiter: Waiter, db: Database, args: Args, i: number): void {
    const start = args.start(i);
    const length = args.byteLength(i);
    const hash = hashOf(db, args.view, start, length);
    let queue = this.#findHashed(db, hash, args.view, start, length);
    if (queue === null) {
      const copy = args.copy(i);
      const key = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
      const next = this.#queues.get(hash) ?? null;
      queue = { db, key, hash, waiters: new Set(), withoutKey: 0, listed: false, ready: false, next };
      this.#queues.set(hash, queue);
      this.size++;
    }
    if (queue.waiters.has(waiter)) return;
    queue.waiters.add(waiter);
    waiter.queues.add(queue);
    if (waiter.request.withoutKey && ++queue.withoutKey === 1) this.sizeWithoutKey++;
  }

  /** Takes a waiter out of all of its queues. */
  remove(waiter: Waiter): void {
    for (const queue of waiter.queues) {
      queue.waiters.delete(waiter);
      if (waiter.request.withoutKey && --queue.withoutKey === 0) this.sizeWithoutKey--;
      if (queue.waiters.size === 0) this.#drop(queue);
    }
    waiter.queues.clear();
  }

  /** Calls `visit` for each key of a database that somebody waits for. */
  forEachOf(db: Database, visit: (queue: KeyQueue) => void): void {
    for (const first of this.#queues.values()) {
      for (let queue: KeyQueue | null = first; queue !== null; queue = queue.next) if (queue.db === db) visit(queue);
    }
  }

  #findHashed(db: Database, hash: number, view: DataView, start: number, length: number): KeyQueue | null {
    let queue = this.#queues.get(hash) ?? null;
    while (queue !== null && (queue.db !== db || !isKey(queue.key, view, start, length))) queue = queue.next;
    return queue;
  }

  #drop(dropped: KeyQueue): void {
    this.size--;
    const first = this.#queues.get(dropped.hash) ?? null;
    if (first === dropped) {
      if (dropped.next === null) this.#queues.delete(dropped.hash);
      else this.#queues.set(dropped.hash, dropped.next);
      return;
    }
    let before = first;
    while (before !== null && before.next !== dropped) before = before.next;
    if (before !== null) before.next = dropped.next;
  }
}

function isKey(key: DataView, view: DataView, start: number, length: number): boolean {
  return key.byteLength === length && areEqualBytes(key, 0, view, start, length);
}

function hashOf(db: Database, view: DataView, start: number, length: number): number {
  return db.keyspace.dict.hash(view, start, length) ^ Math.imul(db.id, 0x9e3779b1);
}
