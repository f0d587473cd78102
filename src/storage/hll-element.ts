/** Which register of a HyperLogLog an element raises, and to what. */
import { REGISTER_COUNT } from "./hll-registers.js";
import { MurmurHash } from "./murmur-hash.js";

const INDEX_BITS = 14;
/** Of the upper word of what is left of the hash beyond the index, 50 bits: it ends all runs of zeros. */
const GUARD_BIT = 1 << (64 - INDEX_BITS - 32);

/** One object serves many elements. */
export class HllElement {
  index = 0;
  /** The length of the run of zeros behind the index, with the one that ends it. */
  value = 0;
  readonly #hash = new MurmurHash();

  compute(view: DataView, start: number, length: number): void {
    const hash = this.#hash;
    hash.compute(view, start, length);
    const low = (hash.low >>> INDEX_BITS) | (hash.high << (32 - INDEX_BITS));
    const high = (hash.high >>> INDEX_BITS) | GUARD_BIT;
    this.index = hash.low & (REGISTER_COUNT - 1);
    this.value = low !== 0 ? countTrailingZeros(low) + 1 : countTrailingZeros(high) + 33;
  }
}

function countTrailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
