/**
 * Active expiry of hash fields: deletes those whose deadline has passed though nobody asks for them. Cron calls it in
 * slices.
 *
 * The index of each database gives the hash that is due first, and the hash the field, so that nothing is looked at
 * that is not due. A hash with many such fields is left in between, and its database as well when there are others.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import type { Database } from "./database.js";
import { ENCODING_LISTPACK } from "./hash-encoding.js";
import type { HashHead } from "./hash-head.js";
import type { Keyspace } from "./keyspace.js";
import { type Record, TYPE_HASH } from "./record.js";

/** Fields deleted before the clock is read again. */
const FIELDS_PER_STEP = 64;
/** Steps in one database before the next has its turn. */
const STEPS_PER_TURN = 16;

export class FieldExpiry {
  readonly #keyspace: Keyspace;
  readonly #scan: DictScan;
  #nextDatabase = 0;
  #timeWasShort = false;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#scan = new DictScan(keyspace.dict);
  }

  /** Whether there is more to do than the slices of cron's ticks get done. */
  get wantsFastSlices(): boolean {
    return this.#timeWasShort;
  }

  /** One slice: works until nothing is due or `isOver` says so, which it is asked after each step. */
  run(isOver: () => boolean): void {
    const { databases } = this.#keyspace;
    this.#timeWasShort = false;
    // Ends once each database in turn had nothing to do.
    for (let idle = 0; idle < databases.length; ) {
      const db = databases[this.#nextDatabase++ % databases.length];
      if (db === undefined || !this.#step(db)) {
        idle++;
        continue;
      }
      idle = 0;
      let steps = 1;
      do {
        if (isOver()) {
          this.#timeWasShort = true;
          return;
        }
      } while (++steps < STEPS_PER_TURN && this.#step(db));
    }
  }

  /** Deletes some fields of the hash that is due first; false when none is. */
  #step(db: Database): boolean {
    const { hashes, nowMs } = this.#keyspace;
    const head = hashes.index.first(db.fieldIndex);
    if (head === NONE || hashes.heads.deadline(head) >= nowMs) return false;
    const record = this.#findOwner(db, head);
    if (record === NONE) {
      // Its key is gone, and the value waits to be freed in slices.
      hashes.index.remove(head);
      return true;
    }
    hashes.removeDue(db, record, FIELDS_PER_STEP);
    if (!hashes.settle(db, record)) hashes.enterIndex(db, record);
    return true;
  }

  /** The record that has the hash, or NONE. */
  #findOwner(db: Database, head: HashHead): Record {
    const { records, hashes } = this.#keyspace;
    this.#scan.scanBucket(db.keys, hashes.heads.keyHash(head) >>> 0);
    for (let i = 0; i < this.#scan.count; i++) {
      const record: Handle = this.#scan.records[i] ?? NONE;
      const isHash = records.type(record) === TYPE_HASH && records.encoding(record) !== ENCODING_LISTPACK;
      if (isHash && records.valueHandle(record) === head) return record;
    }
    return NONE;
  }
}
