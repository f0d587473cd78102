/**
 * A walk over a sorted set, in order or against it. Made by SortedSets; valid until the set changes. The member at hand
 * is view[start, start + length): in the set itself, or (an integer entry) in the cursor.
 */
import { writeInteger } from "../resp/numbers.js";
import { type Handle, NONE } from "../storage/arena.js";
import { NO_POSITION } from "../storage/listpack.js";
import { TreeCursor } from "../storage/score-tree.js";
import { LONG_MEMBER, LONG_MEMBER_BYTES, MEMBER_HEADER_BYTES } from "../storage/score-tree-layout.js";
import type { IndexedScores } from "./indexed-scores.js";
import type { Keyspace } from "./keyspace.js";
import type { PackedScores } from "./packed-scores.js";
import type { Record } from "./record.js";
import { SORTED_SET_LISTPACK } from "./sorted-set-encoding.js";

const INTEGER_TEXT_BYTES = 24;

export class SortedSetCursor {
  view: DataView;
  start = 0;
  length = 0;
  readonly #keyspace: Keyspace;
  readonly #packed: PackedScores;
  readonly #indexed: IndexedScores;
  readonly #text = new Uint8Array(INTEGER_TEXT_BYTES);
  readonly #textView = new DataView(this.#text.buffer);
  readonly #place = new TreeCursor();
  readonly #ahead = new TreeCursor();
  #isPacked = false;
  #reverse = false;
  #value: Handle = NONE;
  #position = NO_POSITION;
  #record: Handle = NONE;

  constructor(keyspace: Keyspace, packed: PackedScores, indexed: IndexedScores) {
    this.#keyspace = keyspace;
    this.#packed = packed;
    this.#indexed = indexed;
    this.view = this.#textView;
  }

  /** The score of the member at hand. */
  get score(): number {
    return this.#isPacked ? this.#packed.scoreAt(this.#value, this.#position) : this.#indexed.tree.score(this.#record);
  }

  /** Names the member at hand until the set changes: see goTo. */
  get place(): number {
    return this.#isPacked ? this.#position : this.#record >>> 0;
  }

  /** Goes to a member that `place` has named. It cannot go on from there. */
  goTo(record: Record, place: number): void {
    const { records } = this.#keyspace;
    this.#value = records.valueHandle(record);
    this.#isPacked = records.encoding(record) === SORTED_SET_LISTPACK;
    if (this.#isPacked) {
      this.#position = place;
      this.#readPosition();
    } else {
      this.#readRecord(place | 0);
    }
  }

  /** Goes to the member with this rank, which next() then leaves in either direction; false when there is none. */
  seek(record: Record, rank: number, reverse: boolean): boolean {
    const { records } = this.#keyspace;
    return this.seekValue(records.valueHandle(record), records.encoding(record), rank, reverse);
  }

  /** The same in a value that no record holds. */
  seekValue(value: Handle, encoding: number, rank: number, reverse: boolean): boolean {
    this.#value = value;
    this.#reverse = reverse;
    this.#isPacked = encoding === SORTED_SET_LISTPACK;
    if (this.#isPacked) {
      this.#position = this.#packed.seek(value, rank);
      return this.#readPosition();
    }
    if (rank >= this.#indexed.count(value)) return false;
    return this.#readRecord(this.#indexed.tree.seek(value, rank, this.#place));
  }

  /**
   * Goes to the first member whose score is not below this one (`orEqual`: not below or equal); in reverse, to the last
   * one before that. False when there is none. Only in a set that is not packed.
   */
  seekScore(record: Record, score: number, orEqual: boolean, reverse: boolean): boolean {
    const { tree } = this.#indexed;
    this.#value = this.#keyspace.records.valueHandle(record);
    this.#isPacked = false;
    this.#reverse = reverse;
    const first = tree.seekScore(this.#value, score, orEqual, this.#place);
    return this.#readRecord(reverse ? tree.previous(this.#place) : first);
  }

  /**
   * Of the next members, the one at hand included and `limit` at most, how many have a score before this one, or
   * (`orEqual`) not behind it, in the walk's direction. Stays where it is; after seekScore only.
   */
  countAhead(limit: number, score: number, orEqual: boolean): number {
    const { tree } = this.#indexed;
    const ahead = this.#ahead;
    ahead.leaf = this.#place.leaf;
    ahead.index = this.#place.index;
    let count = 0;
    for (let record = this.#record; record !== NONE && count < limit; count++) {
      const own = tree.score(record);
      if (own === score ? !orEqual : own > score !== this.#reverse) break;
      record = this.#reverse ? tree.previous(ahead) : tree.next(ahead);
    }
    return count;
  }

  /** Goes on; false at the end. */
  next(): boolean {
    if (!this.#isPacked) {
      const { tree } = this.#indexed;
      return this.#readRecord(this.#reverse ? tree.previous(this.#place) : tree.next(this.#place));
    }
    const { listpacks } = this.#packed;
    const value = this.#value;
    if (this.#reverse) {
      const score = listpacks.previous(value, this.#position);
      this.#position = score === NO_POSITION ? NO_POSITION : listpacks.previous(value, score);
    } else {
      this.#position = listpacks.next(value, listpacks.next(value, this.#position));
    }
    return this.#readPosition();
  }

  #readRecord(record: Handle): boolean {
    this.#record = record;
    if (record === NONE) return false;
    const { arena } = this.#keyspace;
    const window = arena.window(record);
    const at = arena.offset(record);
    const length = window.bytes[at] ?? 0;
    this.view = window.view;
    if (length === LONG_MEMBER) {
      this.start = at + MEMBER_HEADER_BYTES + LONG_MEMBER_BYTES;
      this.length = window.view.getUint32(at + MEMBER_HEADER_BYTES, true);
    } else {
      this.start = at + MEMBER_HEADER_BYTES;
      this.length = length;
    }
    return true;
  }

  #readPosition(): boolean {
    if (this.#position === NO_POSITION) return false;
    const { listpacks } = this.#packed;
    listpacks.read(this.#value, this.#position);
    if (listpacks.isInteger) {
      this.view = this.#textView;
      this.start = 0;
      this.length = this.#writeInteger(listpacks.integer);
    } else {
      this.view = listpacks.view;
      this.start = listpacks.start;
      this.length = listpacks.length;
    }
    return true;
  }

  #writeInteger(value: number): number {
    if (Number.isSafeInteger(value)) return writeInteger(this.#text, 0, value);
    const text = this.#packed.listpacks.int64(this.#value, this.#position).toString();
    for (let i = 0; i < text.length; i++) this.#text[i] = text.charCodeAt(i);
    return text.length;
  }
}
