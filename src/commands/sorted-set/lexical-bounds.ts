/**
 * The bounds of lexical ranges, as arguments say them: `[a`, `(a`, `-`, `+`. One object serves all calls.
 *
 * Such a range has a meaning where all scores are equal. Where they differ the members are in no order, and the answer
 * is what Redis's search comes to: it looks for one place where a member in front is below the range and the next one
 * is not, and walks on from there until a member is out of it.
 */
import type { Record } from "../../keyspace/record.js";
import type { SortedSets } from "../../keyspace/sorted-sets.js";
import type { Args } from "../../resp/args.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { compareBytes } from "../../storage/bytes.js";

export const ERR_NOT_LEXICAL = encodeReply("-ERR min or max not valid string range item\r\n");

const OPEN = 40; // (
const CLOSED = 91; // [
const LEAST = 45; // -
const GREATEST = 43; // +

const NOWHERE = -1;

export class LexicalBounds {
  /** Set by find: the rank of the first member in the range, and how many there are. */
  first = 0;
  count = 0;
  #min = 0;
  #max = 0;

  /** Looks at two arguments; false when one is no bound. They must stay until find. */
  read(args: Args, min: number, max: number): boolean {
    this.#min = min;
    this.#max = max;
    return isLexical(args, min) && isLexical(args, max);
  }

  /** In a set of equal scores. */
  find(sets: SortedSets, record: Record, args: Args): void {
    this.first = this.#countBelow(sets, record, args);
    this.count = Math.max(0, this.#countUpTo(sets, record, args) - this.first);
  }

  /**
   * In a set of any scores: `first` is the rank of the first member of the answer, which lies `skipped` members into
   * the range, seen from its end when `reverse`.
   */
  walk(sets: SortedSets, record: Record, args: Args, reverse: boolean, skipped: number, limit: number): void {
    this.count = 0;
    if (!this.#overlaps(sets, record, args)) return;
    this.first = sets.isPacked(record)
      ? this.#findPacked(sets, record, args, reverse, skipped)
      : this.#findNth(sets, record, args, reverse ? -skipped - 1 : skipped);
    this.#countFrom(sets, record, args, reverse, limit);
  }

  /** What ZREMRANGEBYLEX takes out of a set of any scores. A large one it searches without a look at its ends. */
  walkRemoved(sets: SortedSets, record: Record, args: Args): void {
    if (sets.isPacked(record)) return this.walk(sets, record, args, false, 0, Number.POSITIVE_INFINITY);
    this.first = this.#countBelow(sets, record, args);
    this.#countFrom(sets, record, args, false, Number.POSITIVE_INFINITY);
  }

  /** ZLEXCOUNT of a set of any scores: the distance of the range's ends in a large one, a walk in a small one. */
  countAny(sets: SortedSets, record: Record, args: Args): number {
    if (sets.isPacked(record)) {
      this.walk(sets, record, args, false, 0, Number.POSITIVE_INFINITY);
      return this.count;
    }
    if (!this.#overlaps(sets, record, args)) return 0;
    const first = this.#findNth(sets, record, args, 0);
    if (first === NOWHERE) return 0;
    const last = this.#findNth(sets, record, args, -1);
    return (last === NOWHERE ? sets.count(record) : last + 1) - first;
  }

  /** The first member of a listpack that is not below the range, if it is in it; in reverse, the last not above. */
  #findPacked(sets: SortedSets, record: Record, args: Args, reverse: boolean, skipped: number): number {
    const { cursor } = sets;
    if (skipped < 0) return NOWHERE;
    let rank = reverse ? sets.count(record) - 1 : 0;
    const step = reverse ? -1 : 1;
    for (let more = cursor.seek(record, rank, reverse); more; more = cursor.next(), rank += step) {
      if (reverse ? this.#isAbove(sets, args) : this.#isBelow(sets, args)) continue;
      const isIn = reverse ? !this.#isBelow(sets, args) : !this.#isAbove(sets, args);
      return isIn ? rank + step * skipped : NOWHERE;
    }
    return NOWHERE;
  }

  /** The nth member of the range in a large set, from 0 on; from its end, which is -1, when negative. */
  #findNth(sets: SortedSets, record: Record, args: Args, n: number): number {
    const rank = n + (n < 0 ? this.#countUpTo(sets, record, args) : this.#countBelow(sets, record, args));
    if (rank < 0 || rank >= sets.count(record)) return NOWHERE;
    sets.cursor.seek(record, rank, false);
    const isOut = n < 0 ? this.#isBelow(sets, args) : this.#isAbove(sets, args);
    return isOut ? NOWHERE : rank;
  }

  /** Sets `count` to how many members follow `first`, itself included, until one is past the range. */
  #countFrom(sets: SortedSets, record: Record, args: Args, reverse: boolean, limit: number): void {
    const { cursor } = sets;
    this.count = 0;
    if (this.first < 0 || this.first >= sets.count(record)) return;
    for (let more = cursor.seek(record, this.first, reverse); more && this.count < limit; more = cursor.next()) {
      if (reverse ? this.#isBelow(sets, args) : this.#isAbove(sets, args)) return;
      this.count++;
    }
  }

  /** Whether the range can have members, and the set's last is not below it and its first not above. */
  #overlaps(sets: SortedSets, record: Record, args: Args): boolean {
    if (this.#isNever(args)) return false;
    const { cursor } = sets;
    if (!cursor.seek(record, sets.count(record) - 1, true) || this.#isBelow(sets, args)) return false;
    return cursor.seek(record, 0, false) && !this.#isAbove(sets, args);
  }

  #isNever(args: Args): boolean {
    const least = args.byteAt(this.#min, 0);
    const greatest = args.byteAt(this.#max, 0);
    if (least === GREATEST || greatest === LEAST) return true;
    if (least === LEAST || greatest === GREATEST) return false;
    const order = -compareWith(args, this.#min, args.view, args.start(this.#max) + 1, args.byteLength(this.#max) - 1);
    return order > 0 || (order === 0 && (least === OPEN || greatest === OPEN));
  }

  /** Whether the member at the cursor is below the range. */
  #isBelow(sets: SortedSets, args: Args): boolean {
    const kind = args.byteAt(this.#min, 0);
    if (kind === LEAST || kind === GREATEST) return kind === GREATEST;
    const { view, start, length } = sets.cursor;
    const order = compareWith(args, this.#min, view, start, length);
    return order < 0 || (order === 0 && kind === OPEN);
  }

  #isAbove(sets: SortedSets, args: Args): boolean {
    const kind = args.byteAt(this.#max, 0);
    if (kind === LEAST || kind === GREATEST) return kind === LEAST;
    const { view, start, length } = sets.cursor;
    const order = compareWith(args, this.#max, view, start, length);
    return order > 0 || (order === 0 && kind === OPEN);
  }

  #countBelow(sets: SortedSets, record: Record, args: Args): number {
    return countBefore(sets, record, args, this.#min, OPEN);
  }

  #countUpTo(sets: SortedSets, record: Record, args: Args): number {
    return countBefore(sets, record, args, this.#max, CLOSED);
  }
}

function isLexical(args: Args, i: number): boolean {
  const length = args.byteLength(i);
  if (length === 0) return false;
  const first = args.byteAt(i, 0);
  if (first === OPEN || first === CLOSED) return true;
  // As for C, a NUL ends the text.
  return (first === LEAST || first === GREATEST) && (length === 1 || args.byteAt(i, 1) === 0);
}

/** The order of view[start, start + length) and the text of a bound, which begins behind its first byte. */
function compareWith(args: Args, i: number, view: DataView, start: number, length: number): number {
  return compareBytes(view, start, length, args.view, args.start(i) + 1, args.byteLength(i) - 1);
}

/** Members before a bound; one that is equal counts when the bound is of the kind `countsEqual`. */
function countBefore(sets: SortedSets, record: Record, args: Args, i: number, countsEqual: number): number {
  const kind = args.byteAt(i, 0);
  if (kind === LEAST) return 0;
  if (kind === GREATEST) return sets.count(record);
  return sets.countBeforeMember(record, args.view, args.start(i) + 1, args.byteLength(i) - 1, kind === countsEqual);
}
