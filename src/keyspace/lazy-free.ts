/**
 * Lazy freeing: values and whole databases that no key leads to any more are given back in slices, so that UNLINK and
 * FLUSHALL ASYNC take no longer than a DEL of a short string. Databases and FLUSH… put work in, cron drains it.
 */
import type { Handle } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import type { Keyspace } from "./keyspace.js";
import type { TypeOperations } from "./type-operations.js";

/** A value of this many blocks is freed at once: queueing it would cost as much. */
export const LAZY_FREE_EFFORT = 64;
/** Blocks of one value that are freed before the clock is read again. */
const BLOCKS_PER_STEP = 512;

/** Work in the queue. A step is bounded: one segment of a table, or some blocks of a value. */
interface Job {
  /** True when the job is done. */
  step(): boolean;
}

export class LazyFree {
  /** Objects in the queue, and those freed from it: INFO shows both. */
  pendingObjects = 0;
  freedObjects = 0;
  /** Called when the queue was empty and is not any more: somebody should call run() soon. */
  onWork: () => void = () => {};
  readonly #keyspace: Keyspace;
  readonly #scan: DictScan;
  /** Jobs from #next on wait; those in front are done. */
  #jobs: Job[] = [];
  #next = 0;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#scan = new DictScan(keyspace.dict);
  }

  get hasWork(): boolean {
    return this.#next < this.#jobs.length;
  }

  /** A value of that type and encoding which no record holds any more. */
  addValue(type: number, encoding: number, value: Handle): void {
    this.pendingObjects++;
    this.#add(new ValueJob(this, this.#keyspace.typeOperations(type), encoding, value));
  }

  /** The dicts of a database that Database.detach() has put away, with all of their records. */
  addTables(keys: Handle, expires: Handle): void {
    this.pendingObjects += this.#keyspace.dict.count(keys);
    this.#add(new TablesJob(this, this.#keyspace, this.#scan, keys, expires));
  }

  /** Tells when all that is in the queue now has been freed. */
  afterPresent(whenFreed: () => void): void {
    this.#add({
      step() {
        whenFreed();
        return true;
      },
    });
  }

  /** Works until nothing is left or `isOver` says so, which it is asked after each step; true when work is left. */
  run(isOver: () => boolean): boolean {
    while (this.hasWork) {
      const job = this.#jobs[this.#next];
      if (job === undefined || job.step()) this.#next++;
      if (isOver()) break;
    }
    if (this.#next * 2 >= this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#next);
      this.#next = 0;
    }
    return this.hasWork;
  }

  count(objects: number): void {
    this.pendingObjects -= objects;
    this.freedObjects += objects;
  }

  #add(job: Job): void {
    const idle = !this.hasWork;
    this.#jobs.push(job);
    if (idle) this.onWork();
  }
}

class ValueJob implements Job {
  readonly #queue: LazyFree;
  readonly #operations: TypeOperations;
  readonly #encoding: number;
  readonly #value: Handle;

  constructor(queue: LazyFree, operations: TypeOperations, encoding: number, value: Handle) {
    this.#queue = queue;
    this.#operations = operations;
    this.#encoding = encoding;
    this.#value = value;
  }

  step(): boolean {
    if (!this.#operations.freeSlice(this.#value, this.#encoding, BLOCKS_PER_STEP)) return false;
    this.#queue.count(1);
    return true;
  }
}

class TablesJob implements Job {
  readonly #queue: LazyFree;
  readonly #keyspace: Keyspace;
  readonly #scan: DictScan;
  readonly #keys: Handle;
  readonly #expires: Handle;
  #index = 0;
  #keysAreGone = false;

  constructor(queue: LazyFree, keyspace: Keyspace, scan: DictScan, keys: Handle, expires: Handle) {
    this.#queue = queue;
    this.#keyspace = keyspace;
    this.#scan = scan;
    this.#keys = keys;
    this.#expires = expires;
  }

  step(): boolean {
    const { dict } = this.#keyspace;
    if (this.#keysAreGone) {
      this.#index = dict.destroySegment(this.#expires, this.#index);
      return this.#index === 0;
    }
    this.#scan.readSegment(this.#keys, this.#index);
    const { segmentRecords, segmentCount } = this.#scan;
    for (let i = 0; i < segmentCount; i++) this.#keyspace.freeRecordLazily(segmentRecords[i] ?? 0);
    this.#queue.count(segmentCount);
    this.#index = dict.destroySegment(this.#keys, this.#index);
    this.#keysAreGone = this.#index === 0;
    return false;
  }
}
