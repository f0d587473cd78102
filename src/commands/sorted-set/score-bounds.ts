/** The bounds of score ranges, as arguments say them. One object serves all calls. */
import type { Record } from "../../keyspace/record.js";
import type { SortedSetCursor } from "../../keyspace/sorted-set-cursor.js";
import type { SortedSets } from "../../keyspace/sorted-sets.js";
import type { Args } from "../../resp/args.js";
import { readLooseDouble } from "../../resp/numbers.js";
import { encodeReply } from "../../resp/reply-writer.js";

export const ERR_NOT_SCORES = encodeReply("-ERR min or max is not a float\r\n");

const OPEN = 40; // (

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

function isOpen(args: Args, i: number): boolean {
  return args.byteLength(i) > 0 && args.byteAt(i, 0) === OPEN;
}
