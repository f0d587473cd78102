/**
 * MurmurHash64A, with the seed that HyperLogLog values share with Redis. 64 bits are two words of 32: no BigInt. Where
 * the name says high and low, value = high * 2^32 + low.
 */

const SEED = 0xadc83b19;
/** The multiplier, 0xc6a4a7935bd1e995, and its lower word in halves. */
const M_HIGH = 0xc6a4a793 | 0;
const M_LOW = 0x5bd1e995;
const M_LOW_UPPER = 0x5bd1;
const M_LOW_LOWER = 0xe995;
/** Shifts by 47: by 15 from the upper word into the lower one. */
const SHIFT = 15;

/** The result of one hash; one object serves many. */
export class MurmurHash {
  high = 0;
  low = 0;

  compute(view: DataView, start: number, length: number): void {
    let high = Math.imul(length, M_HIGH) + carryOf(length);
    let low = Math.imul(length, M_LOW) ^ SEED;
    const end = start + (length & ~7);
    for (let at = start; at < end; at += 8) {
      let wordLow = view.getInt32(at, true);
      let wordHigh = (multiplyHigh(view.getInt32(at + 4, true), wordLow) + carryOf(wordLow)) | 0;
      wordLow = Math.imul(wordLow, M_LOW) ^ (wordHigh >>> SHIFT);
      wordHigh = (multiplyHigh(wordHigh, wordLow) + carryOf(wordLow)) | 0;
      high ^= wordHigh;
      low ^= Math.imul(wordLow, M_LOW);
      high = (multiplyHigh(high, low) + carryOf(low)) | 0;
      low = Math.imul(low, M_LOW);
    }
    const tail = length & 7;
    if (tail > 0) {
      for (let i = tail - 1; i >= 4; i--) high ^= view.getUint8(end + i) << ((i - 4) << 3);
      for (let i = Math.min(tail, 4) - 1; i >= 0; i--) low ^= view.getUint8(end + i) << (i << 3);
      high = (multiplyHigh(high, low) + carryOf(low)) | 0;
      low = Math.imul(low, M_LOW);
    }
    low ^= high >>> SHIFT;
    this.high = (multiplyHigh(high, low) + carryOf(low)) | 0;
    this.low = Math.imul(low, M_LOW) ^ (this.high >>> SHIFT);
  }
}

/** What the products with a word of 64 bits add to the upper word, but for the carry out of the lower one. */
function multiplyHigh(high: number, low: number): number {
  return (Math.imul(high, M_LOW) + Math.imul(low, M_HIGH)) | 0;
}

/** The upper word of the lower words' product, out of four products of 16 bits. */
function carryOf(low: number): number {
  const lower = low & 0xffff;
  const upper = low >>> 16;
  const middle = Math.imul(upper, M_LOW_LOWER) + (Math.imul(lower, M_LOW_LOWER) >>> 16);
  const cross = Math.imul(lower, M_LOW_UPPER) + (middle & 0xffff);
  return (Math.imul(upper, M_LOW_UPPER) + (middle >>> 16) + (cross >>> 16)) | 0;
}
