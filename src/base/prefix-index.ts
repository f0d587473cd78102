/**
 * Byte strings in order, for the question "which of them does this key begin with?". Used by BCAST tracking, and
 * by CLIENT TRACKING to find prefixes that overlap. A question costs a bisection for each answer and a few more, an
 * addition or removal a bisection and a move of the array's tail.
 */
export interface Prefixed {
  /** One char a byte. */
  readonly prefix: string;
}

export class PrefixIndex<T extends Prefixed> {
  readonly #sorted: T[] = [];

  get size(): number {
    return this.#sorted.length;
  }

  /** In the order of their bytes. */
  get all(): readonly T[] {
    return this.#sorted;
  }

  find(prefix: string): T | undefined {
    const found = this.#sorted[this.#countUpTo(prefix) - 1];
    return found?.prefix === prefix ? found : undefined;
  }

  /** Adds an entry whose prefix is not there. */
  add(entry: T): void {
    this.#sorted.splice(this.#countUpTo(entry.prefix), 0, entry);
  }

  remove(entry: T): void {
    const at = this.#countUpTo(entry.prefix) - 1;
    if (this.#sorted[at] === entry) this.#sorted.splice(at, 1);
  }

  /** Calls `visit` with each entry that `key` begins with, the longest first. */
  forEachPrefixOf(key: string, visit: (entry: T) => void): void {
    // Of all that are not behind the key, the last one shares most with it: no entry that the key begins with is longer
    // than what they share.
    let rest = key;
    while (true) {
      const entry = this.#sorted[this.#countUpTo(rest) - 1];
      if (entry === undefined) return;
      const shared = countShared(entry.prefix, rest);
      const isPrefix = shared === entry.prefix.length;
      if (isPrefix) visit(entry);
      if (shared === 0) {
        if (!isPrefix) this.#visitEmpty(visit);
        return;
      }
      rest = rest.slice(0, isPrefix ? shared - 1 : shared);
    }
  }

  /** The first entry, in order, that begins with `key` or that `key` begins with: of entries none of which does so with another. */
  findOverlap(key: string): T | undefined {
    const after = this.#countUpTo(key);
    const before = this.#sorted[after - 1];
    if (before !== undefined && key.startsWith(before.prefix)) return before;
    const next = this.#sorted[after];
    return next?.prefix.startsWith(key) ? next : undefined;
  }

  #visitEmpty(visit: (entry: T) => void): void {
    const first = this.#sorted[0];
    if (first?.prefix === "") visit(first);
  }

  /** How many entries are not behind `key`. */
  #countUpTo(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle]?.prefix ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function countShared(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}
