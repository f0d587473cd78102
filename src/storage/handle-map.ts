/**
 * A map from handles to handles for one owner: open addressing in one Int32Array, no object an entry, 16 to 32 bytes
 * each. Entries are only added and dropped all together. Used by keyspace/interests.
 *
 * A slot is two words, key and value; a key of NONE marks a free slot. At most half of the slots are taken.
 */
import { type Handle, NONE } from "./arena.js";

const FIRST_SLOTS = 8;
/** Spreads handles, whose low bits follow their size class (Knuth's multiplicative hashing). */
const MULTIPLIER = 0x9e3779b1;

export class HandleMap {
  size = 0;
  #words = new Int32Array(2 * FIRST_SLOTS);

  /** What the table itself takes. */
  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** The value of `key`, or NONE. */
  get(key: Handle): Handle {
    return this.#words[this.#find(key) + 1]!;
  }

  /** Adds `key`, which is not there. Neither key nor value is NONE. */
  add(key: Handle, value: Handle): void {
    if (4 * (this.size + 1) > this.#words.length) this.#grow();
    const at = this.#find(key);
    this.#words[at] = key;
    this.#words[at + 1] = value;
    this.size++;
  }

  /** Calls `visit` with each value. It must not change the map. */
  forEach(visit: (value: Handle) => void): void {
    for (let at = 0; at < this.#words.length; at += 2) {
      if (this.#words[at] !== NONE) visit(this.#words[at + 1]!);
    }
  }

  /** The slot of `key`, or the free one where it would go. */
  #find(key: Handle): number {
    const words = this.#words;
    const mask = words.length - 2;
    let at = (Math.imul(key, MULTIPLIER) >>> 7) & mask;
    while (words[at] !== NONE && words[at] !== key) at = (at + 2) & mask;
    return at;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === NONE) continue;
      const to = this.#find(old[at]!);
      this.#words[to] = old[at]!;
      this.#words[to + 1] = old[at + 1]!;
    }
  }
}
