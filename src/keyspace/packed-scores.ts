/**
 * Small sorted sets: one listpack of members, each followed by its score, in the order (score, member). A score that
 * is a whole number is an integer entry, any other a text. Owned by sorted-sets.ts; every search walks the listpack.
 *
 * Methods that change the listpack return its handle, which may be a new one.
 */
import { DOUBLE_TEXT_BYTES, writeDouble } from "../resp/double-text.js";
import { readLooseDouble } from "../resp/numbers.js";
import type { Handle } from "../storage/arena.js";
import { compareBytes } from "../storage/bytes.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";

export class PackedScores {
  readonly listpacks: Listpack;
  readonly #text = new Uint8Array(DOUBLE_TEXT_BYTES);
  readonly #textView = new DataView(this.#text.buffer);

  constructor(listpacks: Listpack) {
    this.listpacks = listpacks;
  }

  create(): Handle {
    return this.listpacks.create();
  }

  count(lp: Handle): number {
    return this.listpacks.count(lp) >>> 1;
  }

  /** The position of a member, or NO_POSITION. */
  find(lp: Handle, view: DataView, start: number, length: number): number {
    return this.listpacks.find(lp, view, start, length, 1);
  }

  /** The score behind the member at `pos`. */
  scoreAt(lp: Handle, pos: number): number {
    return this.#readScore(lp, this.listpacks.next(lp, pos));
  }

  /** How many members are in front of the one at `pos`. */
  rankAt(lp: Handle, pos: number): number {
    const { listpacks } = this;
    let rank = 0;
    for (let at = listpacks.first(lp); at !== pos; at = this.#nextMember(lp, at)) rank++;
    return rank;
  }

  /** The position of the member with this rank, which must exist. */
  seek(lp: Handle, rank: number): number {
    return this.listpacks.seek(lp, 2 * rank);
  }

  /** Adds a member that is not there. */
  insert(lp: Handle, view: DataView, start: number, length: number, score: number): Handle {
    const { listpacks } = this;
    this.#stage(view, start, length, score);
    let pos = listpacks.first(lp);
    while (pos !== NO_POSITION && this.#isBefore(lp, pos, view, start, length, score)) pos = this.#nextMember(lp, pos);
    return pos === NO_POSITION ? listpacks.append(lp) : listpacks.insert(lp, pos);
  }

  /** Adds a member that comes behind all others. */
  append(lp: Handle, view: DataView, start: number, length: number, score: number): Handle {
    this.#stage(view, start, length, score);
    return this.listpacks.append(lp);
  }

  /** Takes out `count` members from the one at `pos` on. */
  remove(lp: Handle, pos: number, count: number): Handle {
    return this.listpacks.delete(lp, pos, 2 * count);
  }

  /** How many members have a score below this one, or (`orEqual`) not above it. */
  countBeforeScore(lp: Handle, score: number, orEqual: boolean): number {
    const { listpacks } = this;
    let count = 0;
    for (let pos = listpacks.first(lp); pos !== NO_POSITION; pos = this.#nextMember(lp, pos)) {
      const own = this.scoreAt(lp, pos);
      if (own > score || (own === score && !orEqual)) break;
      count++;
    }
    return count;
  }

  /** How many members come before these bytes, or (`orEqual`) not behind them: where all scores are equal. */
  countBeforeMember(lp: Handle, view: DataView, start: number, length: number, orEqual: boolean): number {
    const { listpacks } = this;
    let count = 0;
    for (let pos = listpacks.first(lp); pos !== NO_POSITION; pos = this.#nextMember(lp, pos)) {
      const order = this.#compareMember(lp, pos, view, start, length);
      if (order > 0 || (order === 0 && !orEqual)) break;
      count++;
    }
    return count;
  }

  #nextMember(lp: Handle, pos: number): number {
    const { listpacks } = this;
    return listpacks.next(lp, listpacks.next(lp, pos));
  }

  #isBefore(lp: Handle, pos: number, view: DataView, start: number, length: number, score: number): boolean {
    const own = this.scoreAt(lp, pos);
    if (own !== score) return own < score;
    return this.#compareMember(lp, pos, view, start, length) < 0;
  }

  #compareMember(lp: Handle, pos: number, view: DataView, start: number, length: number): number {
    const { listpacks } = this;
    listpacks.locate(lp, pos);
    return compareBytes(listpacks.view, listpacks.start, listpacks.length, view, start, length);
  }

  #readScore(lp: Handle, pos: number): number {
    const { listpacks } = this;
    listpacks.read(lp, pos);
    if (listpacks.isInteger) return listpacks.integer;
    return readLooseDouble(listpacks.arena.window(lp).bytes, listpacks.start, listpacks.start + listpacks.length);
  }

  #stage(view: DataView, start: number, length: number, score: number): void {
    const { staged } = this.listpacks;
    staged.clear();
    staged.add(view, start, length);
    if (Number.isSafeInteger(score)) staged.addInteger(score);
    else staged.add(this.#textView, 0, writeDouble(this.#text, 0, score));
  }
}
