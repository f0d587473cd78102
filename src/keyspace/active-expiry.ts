/**
 * Active expiry: deletes keys whose deadline has passed though nobody asks for them. Cron calls it in slices.
 *
 * Goal: few expired keys left in memory, at a bounded cost. Each database is walked in hash order through its dict of
 * deadlines; a slice stays with a database as long as more than `repeatAbove` of what it looked at had expired, and
 * stops when its time is used up. The next slice goes on where this one stopped.
 */
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";

/** Keys looked at before the clock is read again. */
const KEYS_PER_LOOK = 20;
const REPEAT_ABOVE = 0.1;
/** Buckets passed without an entry before a look gives up on a sparse table. */
const BUCKETS_PER_LOOK = 400;

export class ActiveExpiry {
  readonly #keyspace: Keyspace;
  #nextDatabase = 0;
  /** Of the keys looked at lately, how many had expired, in percent: INFO's expired_stale_perc. */
  stalePercent = 0;
  /** How often a slice ended for want of time. */
  timeCapReached = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  /** Runs until nothing is left to do or `isOver` says so; true when time was short. */
  run(isOver: () => boolean): boolean {
    const { databases } = this.#keyspace;
    let seen = 0;
    let expired = 0;
    for (let i = 0; i < databases.length; i++) {
      const db = databases[this.#nextDatabase % databases.length];
      this.#nextDatabase++;
      if (db === undefined || db.expiresSize === 0) continue;
      while (db.expiresSize > 0) {
        const look = this.#look(db);
        seen += look.seen;
        expired += look.expired;
        if (isOver()) {
          this.timeCapReached++;
          this.#report(seen, expired);
          return true;
        }
        if (look.expired <= look.seen * REPEAT_ABOVE) break;
      }
    }
    this.#report(seen, expired);
    return false;
  }

  /** Looks at some keys with a deadline, and deletes those that are due. */
  #look(db: Database): { seen: number; expired: number } {
    const { records, scan, nowMs } = this.#keyspace;
    let seen = 0;
    let expired = 0;
    let ttlSum = 0;
    let ttlCount = 0;
    for (let buckets = 0; buckets < BUCKETS_PER_LOOK && seen < KEYS_PER_LOOK; buckets++) {
      db.expiryCursor = scan.scanBucket(db.expires, db.expiryCursor);
      const found = scan.count === 0 ? [] : scan.records.slice(0, scan.count);
      for (const record of found) {
        seen++;
        const ttl = records.deadline(record) - nowMs;
        if (ttl < 0) {
          db.expire(record);
          expired++;
        } else {
          ttlSum += ttl;
          ttlCount++;
        }
      }
      if (db.expiryCursor === 0) break;
    }
    if (ttlCount > 0) {
      const average = ttlSum / ttlCount;
      db.averageTtl = db.averageTtl === 0 ? average : db.averageTtl * 0.98 + average * 0.02;
    }
    return { seen, expired };
  }

  #report(seen: number, expired: number): void {
    if (seen > 0) this.stalePercent = this.stalePercent * 0.95 + ((expired * 100) / seen) * 0.05;
  }
}
