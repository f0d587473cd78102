/**
 * What has a deadline, soonest first: a binary heap whose entries know their place, so that one can be taken out in
 * O(log n). The time-outs of blocked sessions.
 */

export interface Timed {
  /** Unix ms. */
  readonly deadline: number;
  /** Its place in the heap; NOT_TIMED when it is in none. Only the heap writes it. */
  place: number;
}

export const NOT_TIMED = -1;

export class TimeoutHeap<T extends Timed> {
  readonly #entries: T[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The entry with the earliest deadline. */
  get soonest(): T | null {
    return this.#entries[0] ?? null;
  }

  add(entry: T): void {
    this.#rise(entry, this.#entries.length);
  }

  /** Takes the entry out, if it is in. */
  remove(entry: T): void {
    const { place } = entry;
    if (place === NOT_TIMED) return;
    entry.place = NOT_TIMED;
    const last = this.#entries.pop();
    if (last === undefined || last === entry) return;
    // The last entry fills the gap; which way it has to go from there depends on where it came from.
    this.#sink(last, place);
    this.#rise(last, last.place);
  }

  /** Puts the entry at `from`, or further up while its deadline is before that of the one above. */
  #rise(entry: T, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const other = this.#entries[above];
      if (other === undefined || other.deadline <= entry.deadline) break;
      this.#put(other, place);
      place = above;
    }
    this.#put(entry, place);
  }

  #sink(entry: T, from: number): void {
    let place = from;
    while (true) {
      let below = 2 * place + 1;
      let other = this.#entries[below];
      const right = this.#entries[below + 1];
      if (other === undefined) break;
      if (right !== undefined && right.deadline < other.deadline) {
        other = right;
        below++;
      }
      if (other.deadline >= entry.deadline) break;
      this.#put(other, place);
      place = below;
    }
    this.#put(entry, place);
  }

  #put(entry: T, place: number): void {
    this.#entries[place] = entry;
    entry.place = place;
  }
}
