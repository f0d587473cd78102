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
    this.high = 0;
    this.low = length;
    this.#multiply();
    let high = this.high;
    let low = this.low ^ SEED;
    const end = start + (length & ~7);
    for (let at = start; at < end; at += 8) {
      this.low = view.getInt32(at, true);
      this.high = view.getInt32(at + 4, true);
      this.#multiply();
      this.low ^= this.high >>> SHIFT;
      this.#multiply();
      this.low ^= low;
      this.high ^= high;
      this.#multiply();
      low = this.low;
      high = this.high;
    }
    const tail = length & 7;
    if (tail > 0) {
      for (let i = tail - 1; i >= 4; i--) high ^= view.getUint8(end + i) << ((i - 4) << 3);
      for (let i = Math.min(tail, 4) - 1; i >= 0; i--) low ^= view.getUint8(end + i) << (i << 3);
      this.low = low;
      this.high = high;
      this.#multiply();
      low = this.low;
      high = this.high;
    }
    this.low = low ^ (high >>> SHIFT);
    this.high = high;
    this.#multiply();
    this.low ^= this.high >>> SHIFT;
  }

  /** Times the multiplier, modulo 2^64. The lower product's upper word comes from four products of 16 bits. */
  #multiply(): void {
    const { low } = this;
    const lower = low & 0xffff;
    const upper = low >>> 16;
    const middle = Math.imul(upper, M_LOW_LOWER) + (Math.imul(lower, M_LOW_LOWER) >>> 16);
    const cross = Math.imul(lower, M_LOW_UPPER) + (middle & 0xffff);
    const carry = (Math.imul(upper, M_LOW_UPPER) + (middle >>> 16) + (cross >>> 16)) | 0;
    this.high = (Math.imul(this.high, M_LOW) + Math.imul(low, M_HIGH) + carry) | 0;
    this.low = Math.imul(low, M_LOW);
  }
}
