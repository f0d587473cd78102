/** The bounds of score ranges and lexical ranges, as arguments say them. One object each serves all calls. */
import type { Record } from "../../keyspace/record.js";
import type { SortedSetCursor } from "../../keyspace/sorted-set-cursor.js";
import type { SortedSets } from "../../keyspace/sorted-sets.js";
import type { Args } from "../../resp/args.js";
import { readLooseDouble } from "../../resp/numbers.js";
import { encodeReply } from "../../resp/reply-writer.js";

export const ERR_NOT_SCORES = encodeReply("-ERR min or max is not a float\r\n");
export const ERR_NOT_LEXICAL = encodeReply("-ERR min or max not valid string range item\r\n");

const OPEN = 40; // (
const CLOSED = 91; // [
const LEAST = 45; // -
const GREATEST = 43; // +

/** `1`, `(1`, `-inf`: see read. */
export class ScoreBounds {
  /** Set by find: the rank of the first member in the range, and how many there are. */
  first = 0;
  count = 0;
  #min = 0;
  #max = 0;
  #minIsOpen = false;
  #maxIsOpen = false;

  /** Reads two arguments; false when one is no bound. */
  read(args: Args, min: number, max: number): boolean {
    this.#minIsOpen = isOpen(args, min);
    this.#maxIsOpen = isOpen(args, max);
    this.#min = readLooseDouble(args.bytes, args.start(min) + (this.#minIsOpen ? 1 : 0), args.end(min));
    this.#max = readLooseDouble(args.bytes, args.start(max) + (this.#maxIsOpen ? 1 : 0), args.end(max));
    return !Number.isNaN(this.#min) && !Number.isNaN(this.#max);
  }

  find(sets: SortedSets, record: Record): void {
    this.first = sets.countBeforeScore(record, this.#min, this.#minIsOpen);
    this.count = Math.max(0, sets.countBeforeScore(record, this.#max, !this.#maxIsOpen) - this.first);
  }

  /**
   * The same for a few members at one end of the range, without counting those before it: puts the cursor on the first
   * of them, and returns how many there are. Only in a set that is not packed.
   */
  walk(cursor: SortedSetCursor, record: Record, reverse: boolean, skipped: number, limit: number): number {
    const isThere = reverse
      ? cursor.seekScore(record, this.#max, !this.#maxIsOpen, true)
      : cursor.seekScore(record, this.#min, this.#minIsOpen, false);
    if (!isThere) return 0;
    for (let i = 0; i < skipped; i++) if (!cursor.next()) return 0;
    return reverse
      ? cursor.countAhead(limit, this.#min, !this.#minIsOpen)
      : cursor.countAhead(limit, this.#max, !this.#maxIsOpen);
  }
}

/** `[a`, `(a`, `-`, `+`: see read. */
export class LexicalBounds {
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

  find(sets: SortedSets, record: Record, args: Args): void {
    this.first = countBefore(sets, record, args, this.#min, OPEN);
    this.count = Math.max(0, countBefore(sets, record, args, this.#max, CLOSED) - this.first);
  }
}

function isOpen(args: Args, i: number): boolean {
  return args.byteLength(i) > 0 && args.byteAt(i, 0) === OPEN;
}

function isLexical(args: Args, i: number): boolean {
  const length = args.byteLength(i);
  if (length === 0) return false;
  const first = args.byteAt(i, 0);
  if (first === OPEN || first === CLOSED) return true;
  // As for C, a NUL ends the text.
  return (first === LEAST || first === GREATEST) && (length === 1 || args.byteAt(i, 1) === 0);
}

/** Members before a bound; one that is equal counts when the bound is of the kind `countsEqual`. */
function countBefore(sets: SortedSets, record: Record, args: Args, i: number, countsEqual: number): number {
  const kind = args.byteAt(i, 0);
  if (kind === LEAST) return 0;
  if (kind === GREATEST) return sets.count(record);
  const start = args.start(i) + 1;
  return sets.countBeforeMember(record, args.view, start, args.end(i) - start, kind === countsEqual);
}
