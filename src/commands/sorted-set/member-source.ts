/**
 * What ZUNION and its relatives read: sorted sets, and sets, whose members all have the score 1. Each type that can be
 * read has a maker in `makers`.
 */
import type { Record } from "../../keyspace/record.js";
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
