/** What ZUNION and its relatives read: sorted sets, and sets, whose members all have the score 1. */
import type { Record } from "../../keyspace/record.js";
import type { SetCursor } from "../../keyspace/set-cursor.js";
import type { Sets } from "../../keyspace/sets.js";
import type { SortedSetCursor } from "../../keyspace/sorted-set-cursor.js";
import type { SortedSets } from "../../keyspace/sorted-sets.js";
import type { CommandContext } from "../context.js";

export interface MemberSource {
  readonly count: number;
  /** The member at hand: view[start, start + length) and its score. */
  readonly view: DataView;
  readonly start: number;
  readonly length: number;
  readonly score: number;
  /** Goes to the first member; false when there is none. */
  first(): boolean;
  /** Goes on; false at the end. */
  next(): boolean;
  /** The score of a member, wherever the walk is; NaN when it is not there. */
  scoreOf(view: DataView, start: number, length: number): number;
}

/** No key: an empty set. */
export const NO_MEMBERS: MemberSource = {
  count: 0,
  view: new DataView(new ArrayBuffer(0)),
  start: 0,
  length: 0,
  score: 0,
  first: () => false,
  next: () => false,
  scoreOf: () => Number.NaN,
};

/** The members of a record; null when it is of a type that has none. */
export function openSource(ctx: CommandContext, record: Record): MemberSource | null {
  if (ctx.sortedSets.isSortedSet(record)) return new SortedSetSource(ctx.sortedSets, record);
  if (ctx.sets.isSet(record)) return new SetSource(ctx.sets, record);
  return null;
}

class SortedSetSource implements MemberSource {
  readonly count: number;
  readonly #sets: SortedSets;
  readonly #record: Record;
  readonly #cursor: SortedSetCursor;

  constructor(sets: SortedSets, record: Record) {
    this.#sets = sets;
    this.#record = record;
    this.#cursor = sets.makeCursor();
    this.count = sets.count(record);
  }

  get view(): DataView {
    return this.#cursor.view;
  }

  get start(): number {
    return this.#cursor.start;
  }

  get length(): number {
    return this.#cursor.length;
  }

  get score(): number {
    return this.#cursor.score;
  }

  first(): boolean {
    return this.#cursor.seek(this.#record, 0, false);
  }

  next(): boolean {
    return this.#cursor.next();
  }

  scoreOf(view: DataView, start: number, length: number): number {
    return this.#sets.find(this.#record, view, start, length) ? this.#sets.score : Number.NaN;
  }
}

class SetSource implements MemberSource {
  readonly count: number;
  readonly score = 1;
  readonly #sets: Sets;
  readonly #record: Record;
  readonly #cursor: SetCursor;

  constructor(sets: Sets, record: Record) {
    this.#sets = sets;
    this.#record = record;
    this.#cursor = sets.createCursor();
    this.count = sets.size(sets.open(record));
  }

  get view(): DataView {
    return this.#cursor.member.view;
  }

  get start(): number {
    return this.#cursor.member.start;
  }

  get length(): number {
    return this.#cursor.member.length;
  }

  first(): boolean {
    this.#cursor.begin(this.#sets.open(this.#record));
    return this.next();
  }

  next(): boolean {
    if (!this.#cursor.next()) return false;
    this.#cursor.member.locate();
    return true;
  }

  scoreOf(view: DataView, start: number, length: number): number {
    return this.#sets.has(this.#sets.open(this.#record), view, start, length) ? this.score : Number.NaN;
  }
}
