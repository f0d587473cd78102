/**
 * Which register of a HyperLogLog an element raises, and to what. Most elements are hashed by a WebAssembly kernel, in a
 * third of the time that products of 64 bits take in JavaScript; very long ones, and all where there is none, by
 * murmur-hash.ts.
 */
import { REGISTER_COUNT } from "./hll-registers.js";
import { MurmurHash } from "./murmur-hash.js";
import { ELEMENT_INDEX_BITS, findKernels, type Kernels } from "./wasm-kernels.js";

/** Of the upper word of what is left of the hash beyond the index, 50 bits: it ends all runs of zeros. */
const GUARD_BIT = 1 << (64 - ELEMENT_INDEX_BITS - 32);
/** Longer elements are not copied. */
const KERNEL_MAX_BYTES = 4096;

/** One object serves many elements. */
export class HllElement {
  index = 0;
  /** The length of the run of zeros behind the index, with the one that ends it. */
  value = 0;
  readonly #hash = new MurmurHash();

  compute(view: DataView, start: number, length: number): void {
    const kernels = length <= KERNEL_MAX_BYTES ? findKernels() : null;
    if (kernels === null) return this.computeAlone(view, start, length);
    copyIn(kernels, view, start, length);
    const result = kernels.hashElement(0, length);
    this.index = result & (REGISTER_COUNT - 1);
    this.value = result >>> ELEMENT_INDEX_BITS;
  }

  /** The same without the kernel. */
  computeAlone(view: DataView, start: number, length: number): void {
    const hash = this.#hash;
    hash.compute(view, start, length);
    const low = (hash.low >>> ELEMENT_INDEX_BITS) | (hash.high << (32 - ELEMENT_INDEX_BITS));
    const high = (hash.high >>> ELEMENT_INDEX_BITS) | GUARD_BIT;
    this.index = hash.low & (REGISTER_COUNT - 1);
    this.value = low !== 0 ? countTrailingZeros(low) + 1 : countTrailingZeros(high) + 33;
  }
}

function copyIn(kernels: Kernels, source: DataView, start: number, length: number): void {
  const { view } = kernels;
  const words = length & ~3;
  view.setInt32(words, 0, true);
  view.setInt32(words + 4, 0, true);
  let i = 0;
  for (; i < words; i += 4) view.setInt32(i, source.getInt32(start + i, true), true);
  for (; i < length; i++) view.setUint8(i, source.getUint8(start + i));
}

function countTrailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}
