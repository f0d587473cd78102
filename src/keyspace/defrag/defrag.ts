/**
 * Defragmentation: empties the sparsest slabs of the arena, so that their pages are free. One round plans which slabs
 * (storage/slab-evacuation.ts), walks the whole dataset in hash order, and moves what lies in one of them; each move
 * corrects the one reference to the block, so nothing is ever seen half moved. server/active-defrag.ts says when, and
 * how long at a time.
 *
 * It works in steps, between commands: no command holds a handle from one turn to the next, and what does (the dicts'
 * and the quicklists' notes of what was used last, the heaps of deadlines, the index of hashes) is corrected or told to
 * forget. Values that lazy freeing holds are out of every table, and stay where they are until they are freed.
 *
 * A value of many blocks is left for later steps, by its key: commands may change it, or delete it, in between.
 */
import { type Handle, NONE } from "../../storage/arena.js";
import { BlockMover } from "../../storage/block-mover.js";
import { DictMover } from "../../storage/dict-mover.js";
import type { Database } from "../database.js";
import type { Keyspace } from "../keyspace.js";
import { type Record, TYPE_HASH, TYPE_LIST, TYPE_SET, TYPE_SORTED_SET, TYPE_STREAM, TYPE_STRING } from "../record.js";
import { HashMover } from "./hash-mover.js";
import { ListMover } from "./list-mover.js";
import { SetMover } from "./set-mover.js";
import { SortedSetMover } from "./sorted-set-mover.js";
import { StreamMover } from "./stream-mover.js";
import { StringMover } from "./string-mover.js";
import { MoveCursor, type ValueMover } from "./value-mover.js";

/** A value that the walk left for later. */
interface LargeValue {
  readonly db: Database;
  readonly key: DataView;
}

/** Blocks of the dataset that no key leads to: the table of what clients may have cached. A step each; true when through. */
export type FurtherBlocks = (mover: BlockMover) => boolean;

const PLAN = 0;
const KEYS = 1;
const EXPIRES = 2;
const OTHERS = 3;

export class Defrag {
  /** A value with more blocks than this is left for later steps: `active-defrag-max-scan-fields`. */
  blocksAtOnce = 1000;
  /** Keys of which something moved, and keys of which nothing did. */
  keyHits = 0;
  keyMisses = 0;
  isRunning = false;
  readonly mover: BlockMover;
  readonly #keyspace: Keyspace;
  readonly #tables: DictMover;
  readonly #values: (ValueMover | undefined)[] = [];
  readonly #others: readonly FurtherBlocks[];
  readonly #cursor = new MoveCursor();
  readonly #largeCursor = new MoveCursor();
  #large: LargeValue[] = [];
  #stage = PLAN;
  #database = 0;
  #position = 0;
  #other = 0;
  /** Blocks looked at when the present step began. */
  #stepBegan = 0;
  readonly #moveRecord = (record: Handle): Handle => this.#moveKey(record);

  constructor(keyspace: Keyspace, others: readonly FurtherBlocks[] = []) {
    this.#keyspace = keyspace;
    this.#others = others;
    const mover = new BlockMover(keyspace.arena);
    this.mover = mover;
    this.#tables = new DictMover(keyspace.dict, mover);
    this.#values[TYPE_STRING] = new StringMover(keyspace, mover);
    this.#values[TYPE_LIST] = new ListMover(keyspace, mover);
    this.#values[TYPE_SET] = new SetMover(keyspace, mover);
    this.#values[TYPE_HASH] = new HashMover(keyspace, mover);
    this.#values[TYPE_SORTED_SET] = new SortedSetMover(keyspace, mover);
    this.#values[TYPE_STREAM] = new StreamMover(keyspace, mover);
  }

  /** Begins a round. */
  begin(): void {
    this.#keyspace.arena.evacuation.begin();
    this.isRunning = true;
    this.#stage = PLAN;
    this.#database = 0;
    this.#position = 0;
    this.#other = 0;
    this.#large = [];
  }

  /** Works until the round is over or `isOver` says so, which it is asked after each step; true when it is over. */
  run(isOver: () => boolean): boolean {
    while (this.isRunning) {
      this.#stepBegan = this.#seen;
      if (this.#step()) this.stop();
      if (isOver()) break;
    }
    return !this.isRunning;
  }

  /** Ends the round, wherever it is. */
  stop(): void {
    this.isRunning = false;
    this.#large = [];
    this.#keyspace.arena.evacuation.end();
  }

  resetStats(): void {
    this.mover.hits = 0;
    this.mover.misses = 0;
    this.keyHits = 0;
    this.keyMisses = 0;
    this.#stepBegan = 0;
  }

  get #seen(): number {
    return this.mover.hits + this.mover.misses;
  }

  /** A step; true when the round is over. */
  #step(): boolean {
    const { arena } = this.#keyspace;
    if (this.#stage === PLAN) {
      if (!arena.evacuation.plan()) return false;
      this.#stage = KEYS;
      return arena.evacuation.marked === 0 && !arena.relocatesAll;
    }
    // Nothing is left to be moved.
    if (arena.evacuation.pending === 0 && !arena.relocatesAll) return true;
    if (this.#large.length > 0) this.#stepLarge();
    else if (this.#stage === OTHERS) return this.#stepOthers();
    else this.#stepTable();
    return false;
  }

  /** A bucket of a database's keys, or a segment of its deadlines. */
  #stepTable(): void {
    const db = this.#keyspace.databases[this.#database];
    if (db === undefined) {
      this.#stage = OTHERS;
      return;
    }
    if (this.#stage === KEYS) {
      if (this.#position === 0) db.keys = this.#tables.moveRoot(db.keys);
      this.#position = this.#tables.moveBucket(db.keys, this.#position, this.#moveRecord);
      if (this.#position === 0) this.#stage = EXPIRES;
      return;
    }
    if (this.#position === 0) db.expires = this.#tables.moveRoot(db.expires);
    this.#position = this.#tables.moveBucket(db.expires, this.#position, null);
    if (this.#position > 0) return;
    this.#stage = KEYS;
    this.#database++;
  }

  #stepOthers(): boolean {
    if (this.#other === 0) {
      this.#keyspace.hashes.index.moveBlocks(this.mover);
    } else {
      const others = this.#others[this.#other - 1];
      if (others === undefined) return true;
      if (!others(this.mover)) return false;
    }
    this.#other++;
    return false;
  }

  /** Moves a record, and what its value has outside of it. Returns the record's handle from now on. */
  #moveKey(record: Record): Record {
    const { mover } = this;
    const { records, dict } = this.#keyspace;
    const hitsBefore = mover.hits;
    const db = this.#keyspace.databases[this.#database] as Database;
    const moved = mover.move(record);
    if (moved !== record && records.hasDeadline(moved)) {
      dict.replace(db.expires, dict.hashOfRecord(moved), record, moved);
    }
    if (this.#keyspace.hasOwnBlock(moved)) this.#moveValue(db, moved);
    if (mover.hits > hitsBefore) this.keyHits++;
    else this.keyMisses++;
    return moved;
  }

  #moveValue(db: Database, record: Record): void {
    const { records } = this.#keyspace;
    const values = this.#values[records.type(record)];
    if (values === undefined) throw new Error(`defrag: nothing moves values of type ${records.type(record)}`);
    const cursor = this.#cursor;
    cursor.reset();
    while (!values.step(record, cursor)) {
      if (this.#seen - this.#stepBegan <= this.blocksAtOnce) continue;
      this.#large.push({ db, key: copyKey(records.view(record), records.keyStart(record), records.keyLength(record)) });
      if (this.#large.length === 1) this.#largeCursor.reset();
      return;
    }
  }

  /** A step of the value that was left first. */
  #stepLarge(): void {
    const { records } = this.#keyspace;
    const large = this.#large[0] as LargeValue;
    const record = large.db.findRaw(large.key, 0, large.key.byteLength);
    const values = record === NONE ? undefined : this.#values[records.type(record)];
    if (values !== undefined && this.#keyspace.hasOwnBlock(record) && !values.step(record, this.#largeCursor)) return;
    this.#large.shift();
    this.#largeCursor.reset();
  }
}

function copyKey(view: DataView, start: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  bytes.set(new Uint8Array(view.buffer, view.byteOffset + start, length));
  return new DataView(bytes.buffer);
}
