/** First in, first out, each in constant time: an array's shift() moves all that is behind. */
export class Queue<T> {
  #entries: (T | undefined)[] = [];
  /** The place of the first one. */
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  push(entry: T): void {
    this.#entries.push(entry);
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const entry = this.#entries[this.#first];
    this.#entries[this.#first++] = undefined;
    // Half of it is empty: what is moved now was paid for by as many that have left.
    if (2 * this.#first > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return entry;
  }

  /** The i-th, counted from the first one. */
  at(i: number): T | undefined {
    return this.#entries[this.#first + i];
  }

  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }
}
