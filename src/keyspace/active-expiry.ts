/**
 * Active expiry: deletes keys whose deadline has passed though nobody asks for them. Cron calls it in slices.
 *
 * Goal: few expired keys left in memory, at a bounded cost. Each database is walked in hash order through its dict of
 * deadlines; a slice stays with a database while more than `acceptableStale` percent of what it looked at had
 * expired, and ends when its time is used up. The next slice goes on where this one stopped. A slice that ran out of
 * time makes cron add fast ones between its ticks, until they catch up.
 *
 * `active-expire-effort` (1 to 10) scales the four numbers; the defaults are Redis's.
 */
import { DictScan } from "../storage/dict-scan.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";

/** Keys looked at before the clock is read again. */
const KEYS_PER_LOOK = 20;
/** Buckets passed for each of those keys before a look gives up on a sparse table. */
const BUCKETS_PER_KEY = 20;
const ACCEPTABLE_STALE_PERCENT = 10;
const SLOW_SHARE_PERCENT = 25;
const SLICE_US = 1000;
/** Databases a slice visits, unless the one before had not enough time for them. */
const DATABASES_PER_SLICE = 16;
/** How much one look, or one slice, counts in the running averages. */
const TTL_WEIGHT = 0.02;
const STALE_WEIGHT = 0.05;

export class ActiveExpiry {
  /** Of the keys looked at lately, how many had expired, in percent: INFO's expired_stale_perc. */
  stalePercent = 0;
  /** How often a slice ended for want of time. */
  timeCapReached = 0;
  /** How long a slice may take: of a tick in percent, and in µs at the most. */
  slowSharePercent = SLOW_SHARE_PERCENT;
  sliceUs = SLICE_US;
  readonly #keyspace: Keyspace;
  readonly #scan: DictScan;
  #keysPerLook = KEYS_PER_LOOK;
  #acceptableStale = ACCEPTABLE_STALE_PERCENT;
  #nextDatabase = 0;
  #timeWasShort = false;
  /** What the look under way has found. */
  #seen = 0;
  #expired = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#scan = new DictScan(keyspace.dict);
  }

  setEffort(effort: number): void {
    const more = effort - 1;
    this.#keysPerLook = KEYS_PER_LOOK + (KEYS_PER_LOOK / 4) * more;
    this.sliceUs = SLICE_US + (SLICE_US / 4) * more;
    this.slowSharePercent = SLOW_SHARE_PERCENT + 2 * more;
    this.#acceptableStale = ACCEPTABLE_STALE_PERCENT - more;
  }

  /** Whether there is more to do than the slices of cron's ticks get done. */
  get wantsFastSlices(): boolean {
    return this.#timeWasShort;
  }

  /**
   * One slice: works until little is left to do or `isOver` says so, which it is asked after each look; true when
   * time was short.
   */
  run(isOver: () => boolean): boolean {
    const { databases } = this.#keyspace;
    let left = this.#timeWasShort ? databases.length : DATABASES_PER_SLICE;
    let seen = 0;
    let expired = 0;
    this.#timeWasShort = false;
    for (let i = 0; i < databases.length && left > 0 && !this.#timeWasShort; i++) {
      // The next slice begins with another database even when this one gets no further: each has its turn.
      const db = databases[this.#nextDatabase++ % databases.length];
      if (db === undefined) continue;
      if (db.expiresSize > 0) left--;
      let again = true;
      while (again) {
        if (db.expiresSize === 0) {
          db.averageTtl = 0;
          break;
        }
        const wrapped = this.#look(db);
        seen += this.#seen;
        expired += this.#expired;
        again = !wrapped && (this.#seen === 0 || (this.#expired * 100) / this.#seen > this.#acceptableStale);
        if (isOver()) {
          this.#timeWasShort = true;
          this.timeCapReached++;
          break;
        }
      }
    }
    this.#nextDatabase %= databases.length;
    const percent = seen === 0 ? 0 : (expired * 100) / seen;
    this.stalePercent += (percent - this.stalePercent) * STALE_WEIGHT;
    return this.#timeWasShort;
  }

  resetStats(): void {
    this.stalePercent = 0;
    this.timeCapReached = 0;
  }

  /** Looks at some keys with a deadline, and deletes those that are due; true when it came to the table's end. */
  #look(db: Database): boolean {
    const { records, nowMs } = this.#keyspace;
    const scan = this.#scan;
    const wanted = Math.min(this.#keysPerLook, db.expiresSize);
    let ttlSum = 0;
    let buckets = wanted * BUCKETS_PER_KEY;
    this.#seen = 0;
    this.#expired = 0;
    do {
      db.expiryCursor = scan.scanBucket(db.expires, db.expiryCursor);
      for (let i = 0; i < scan.count; i++) {
        const record = scan.records[i] ?? 0;
        this.#seen++;
        const ttl = records.deadline(record) - nowMs;
        if (ttl < 0) {
          db.expire(record);
          this.#expired++;
        } else {
          ttlSum += ttl;
        }
      }
    } while (db.expiryCursor !== 0 && this.#seen < wanted && --buckets > 0);
    const alive = this.#seen - this.#expired;
    if (alive > 0) {
      const average = ttlSum / alive;
      db.averageTtl = db.averageTtl === 0 ? average : db.averageTtl + (average - db.averageTtl) * TTL_WEIGHT;
    }
    return db.expiryCursor === 0;
  }
}
