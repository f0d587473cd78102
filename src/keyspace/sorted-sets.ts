/**
 * Sorted sets: typed values over records. Chooses between the two ways they are kept (sorted-set-encoding.ts) and
 * converts, so that commands never see which it is. One per keyspace; the sorted set commands, SORT, GEO… use it.
 *
 * find() looks a member up; setScore(), remove() and rank() then mean that member, insert() the one that was not
 * found. A record stays where it is through all of them; its value may move.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { NO_POSITION } from "../storage/listpack.js";
import type { Database } from "./database.js";
import type { EncodingLimits } from "./encoding-limits.js";
import { IndexedScores } from "./indexed-scores.js";
import type { Keyspace } from "./keyspace.js";
import { PackedScores } from "./packed-scores.js";
import { type Deadline, type Record, TYPE_SORTED_SET } from "./record.js";
import { SortedSetCursor } from "./sorted-set-cursor.js";
import { SORTED_SET_LISTPACK, SORTED_SET_SKIPLIST } from "./sorted-set-encoding.js";

/** A handle and its word. */
const VALUE_BYTES = 8;
const NO_DEADLINE = -1;

export class SortedSets {
  readonly packed: PackedScores;
  readonly indexed: IndexedScores;
  /** For whoever reads one set at a time. */
  readonly cursor: SortedSetCursor;
  /** The score of the member that find() found. */
  score = 0;
  readonly #keyspace: Keyspace;
  readonly #limits: EncodingLimits;
  /** What find() looked for, and where it is: a record, or a position in the listpack. */
  #view: DataView;
  #start = 0;
  #length = 0;
  #hash = 0;
  #place = NONE;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#limits = keyspace.encodingLimits;
    this.packed = new PackedScores(keyspace.listpacks);
    this.indexed = new IndexedScores(keyspace.arena, keyspace.dict.keyHash);
    this.cursor = this.makeCursor();
    this.#view = this.cursor.view;
  }

  makeCursor(): SortedSetCursor {
    return new SortedSetCursor(this.#keyspace, this.packed, this.indexed);
  }

  isSortedSet(record: Record): boolean {
    return this.#keyspace.records.type(record) === TYPE_SORTED_SET;
  }

  isPacked(record: Record): boolean {
    return this.#keyspace.records.encoding(record) === SORTED_SET_LISTPACK;
  }

  count(record: Record): number {
    const value = this.#keyspace.records.valueHandle(record);
    return this.isPacked(record) ? this.packed.count(value) : this.indexed.count(value);
  }

  /** Adds a key, which must be absent, with an empty set: the caller fills it. It will have about so many members. */
  add(db: Database, key: DataView, start: number, length: number, members: number, memberBytes: number): Record {
    const isPacked =
      members <= this.#limits.sortedSetMaxListpackEntries && memberBytes <= this.#limits.sortedSetMaxListpackValue;
    const encoding = isPacked ? SORTED_SET_LISTPACK : SORTED_SET_SKIPLIST;
    const value = isPacked ? this.packed.create() : this.indexed.create();
    return this.attach(db, key, start, length, encoding, value, NO_DEADLINE);
  }

  /** Makes a value that no key has yet the one of this key, which must be absent. Frees it where there is no room. */
  attach(
    db: Database,
    key: DataView,
    start: number,
    length: number,
    encoding: number,
    value: Handle,
    deadline: Deadline,
  ): Record {
    let record: Record;
    try {
      record = db.add(key, start, length, TYPE_SORTED_SET, encoding, VALUE_BYTES, deadline);
    } catch (error) {
      this.free(value, encoding);
      throw error;
    }
    this.#keyspace.records.setValueHandle(record, value);
    this.#keyspace.records.setValueWord(record, 0);
    return record;
  }

  free(value: Handle, encoding: number): void {
    if (encoding === SORTED_SET_LISTPACK) this.#keyspace.arena.free(value);
    else this.indexed.destroy(value);
  }

  /** Whether view[start, start + length) is a member; then `score` is its score. The bytes must not lie in the set. */
  find(record: Record, view: DataView, start: number, length: number): boolean {
    const value = this.#keyspace.records.valueHandle(record);
    this.#view = view;
    this.#start = start;
    this.#length = length;
    if (this.isPacked(record)) {
      this.#place = this.packed.find(value, view, start, length);
      if (this.#place === NO_POSITION) return false;
      this.score = this.packed.scoreAt(value, this.#place);
    } else {
      this.#hash = this.indexed.hash(view, start, length);
      this.#place = this.indexed.find(value, this.#hash, view, start, length);
      if (this.#place === NONE) return false;
      this.score = this.indexed.tree.score(this.#place);
    }
    return true;
  }

  /** Adds the member that find() did not find. */
  insert(record: Record, score: number): void {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (this.isPacked(record)) {
      const count = this.packed.count(value);
      if (count < this.#limits.sortedSetMaxListpackEntries && this.#length <= this.#limits.sortedSetMaxListpackValue) {
        records.setValueHandle(record, this.packed.insert(value, this.#view, this.#start, this.#length, score));
        return;
      }
      this.makeIndexed(record);
      this.#hash = this.indexed.hash(this.#view, this.#start, this.#length);
      return this.insert(record, score);
    }
    this.indexed.insert(value, this.#hash, this.#view, this.#start, this.#length, score);
  }

  /** Gives the member that find() found another score. */
  setScore(record: Record, score: number): void {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (this.isPacked(record)) {
      const left = this.packed.remove(value, this.#place, 1);
      records.setValueHandle(record, this.packed.insert(left, this.#view, this.#start, this.#length, score));
    } else {
      this.indexed.tree.setScore(value, this.#place, score);
    }
  }

  /** Takes out the member that find() found. An empty set is the caller's to delete. */
  remove(record: Record): void {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (this.isPacked(record)) records.setValueHandle(record, this.packed.remove(value, this.#place, 1));
    else this.indexed.remove(value, this.#hash, this.#place);
  }

  /** How many members come before the one that find() found. */
  rank(record: Record): number {
    const value = this.#keyspace.records.valueHandle(record);
    return this.isPacked(record)
      ? this.packed.rankAt(value, this.#place)
      : this.indexed.tree.rankOf(value, this.#place);
  }

  /** Takes out `count` members from this rank on. */
  removeRange(record: Record, rank: number, count: number): void {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (!this.isPacked(record)) return this.indexed.removeRange(value, rank, count);
    records.setValueHandle(record, this.packed.remove(value, this.packed.seek(value, rank), count));
  }

  /** How many members have a score below this one, or (`orEqual`) not above it: the rank where a range begins. */
  countBeforeScore(record: Record, score: number, orEqual: boolean): number {
    if (score === Number.POSITIVE_INFINITY && orEqual) return this.count(record);
    const value = this.#keyspace.records.valueHandle(record);
    return this.isPacked(record)
      ? this.packed.countBeforeScore(value, score, orEqual)
      : this.indexed.tree.countBeforeScore(value, score, orEqual);
  }

  /** The same for member bytes, in a set whose scores are all equal. */
  countBeforeMember(record: Record, view: DataView, start: number, length: number, orEqual: boolean): number {
    const value = this.#keyspace.records.valueHandle(record);
    return this.isPacked(record)
      ? this.packed.countBeforeMember(value, view, start, length, orEqual)
      : this.indexed.tree.countBeforeMember(value, view, start, length, orEqual);
  }

  /** Whether all members have the same score: their order is that of their bytes then. */
  haveOneScore(record: Record): boolean {
    const { cursor } = this;
    cursor.seek(record, 0, false);
    const { score } = cursor;
    cursor.seek(record, this.count(record) - 1, true);
    return cursor.score === score;
  }

  /** Converts a set that is about to get more members than a listpack may have. */
  expect(record: Record, members: number): void {
    if (members > this.#limits.sortedSetMaxListpackEntries && this.isPacked(record)) this.makeIndexed(record);
  }

  /** Keeps a packed set in a dict and a tree from now on. */
  makeIndexed(record: Record): void {
    const { records, arena } = this.#keyspace;
    const lp = records.valueHandle(record);
    records.setValueHandle(record, this.unpack(lp));
    records.setEncoding(record, TYPE_SORTED_SET, SORTED_SET_SKIPLIST);
    arena.free(lp);
  }

  /** The members of a listpack in a dict and a tree. The listpack stays. */
  unpack(lp: Handle): Handle {
    const value = this.indexed.create();
    const { cursor } = this;
    try {
      for (let more = cursor.seekValue(lp, SORTED_SET_LISTPACK, 0, false); more; more = cursor.next()) {
        this.indexed.append(value, cursor.view, cursor.start, cursor.length, cursor.score);
      }
    } catch (error) {
      this.indexed.destroy(value);
      throw error;
    }
    return value;
  }

  /**
   * The members of an indexed value in a listpack, when they are few and short enough; the value is freed then. NONE
   * when they are not.
   */
  tryPack(value: Handle): Handle {
    if (this.indexed.count(value) > this.#limits.sortedSetMaxListpackEntries) return NONE;
    const { cursor } = this;
    for (let more = cursor.seekValue(value, SORTED_SET_SKIPLIST, 0, false); more; more = cursor.next()) {
      if (cursor.length > this.#limits.sortedSetMaxListpackValue) return NONE;
    }
    let lp = this.packed.create();
    for (let more = cursor.seekValue(value, SORTED_SET_SKIPLIST, 0, false); more; more = cursor.next()) {
      lp = this.packed.append(lp, cursor.view, cursor.start, cursor.length, cursor.score);
    }
    this.indexed.destroy(value);
    return lp;
  }
}
