/**
 * Signed 64-bit integers as two words, without BigInt: to and from decimal text, and compared. The words are a signed
 * high one and an unsigned low one: value = high * 2^32 + low. Used by the intset and by what iterates one.
 */
import { writeDecimal } from "./listpack-entry.js";

/** Room that writeText needs. */
export const INT64_TEXT_BYTES = 20;
const TWO_32 = 2 ** 32;
const BILLION = 1e9;
/** Sums of so many digits stay exact in a double. */
const EXACT_DIGITS = 15;

/** One object serves many reads: nothing is allocated up to 2^53. */
export class Int64 {
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.high = high;
    this.low = low;
  }

  setNumber(value: number): void {
    this.high = Math.floor(value / TWO_32) | 0;
    this.low = value >>> 0;
  }

  /** Exact where isSafe. */
  get number(): number {
    return this.high * TWO_32 + this.low;
  }

  /** Whether `number` is exact. */
  get isSafe(): boolean {
    return Number.isSafeInteger(this.number);
  }

  /**
   * Takes the value of view[start, start + length) when it is an int64 in its one canonical form: no blank, no plus, no
   * leading zero, no `-0`. False, and nothing has changed, when it is not.
   */
  tryReadText(view: DataView, start: number, length: number): boolean {
    if (length === 0 || length > INT64_TEXT_BYTES) return false;
    const negative = view.getUint8(start) === 45;
    const end = start + length;
    const first = negative ? start + 1 : start;
    const digits = end - first;
    if (digits === 0 || digits > 19) return false;
    if (view.getUint8(first) === 48) {
      if (length !== 1) return false;
      this.set(0, 0);
      return true;
    }
    const lowFrom = digits > EXACT_DIGITS ? end - 9 : end;
    let upper = 0;
    for (let i = first; i < lowFrom; i++) {
      const digit = view.getUint8(i) - 48;
      if (digit < 0 || digit > 9) return false;
      upper = upper * 10 + digit;
    }
    if (lowFrom === end) {
      this.setNumber(negative ? -upper : upper);
      return true;
    }
    let lower = 0;
    for (let i = lowFrom; i < end; i++) {
      const digit = view.getUint8(i) - 48;
      if (digit < 0 || digit > 9) return false;
      lower = lower * 10 + digit;
    }
    return this.#tryCombine(negative, upper, lower);
  }

  /** upper * 10^9 + lower, in 16-bit steps that stay exact in a double. */
  #tryCombine(negative: boolean, upper: number, lower: number): boolean {
    const a = Math.floor(upper / 65536) * BILLION;
    const b = (upper % 65536) * BILLION + lower;
    const low = (a % 65536) * 65536 + b;
    const high = Math.floor(a / 65536) + Math.floor(low / TWO_32);
    const lowWord = low % TWO_32;
    if (!negative) {
      if (high >= 2 ** 31) return false;
      this.set(high, lowWord);
      return true;
    }
    if (high > 2 ** 31 || (high === 2 ** 31 && lowWord > 0)) return false;
    this.set(lowWord === 0 ? -high | 0 : ~high, -lowWord >>> 0);
    return true;
  }

  /** Writes the decimal text at `at` (room for INT64_TEXT_BYTES); returns its length. */
  writeText(bytes: Uint8Array, at: number): number {
    const near = this.number;
    if (Number.isSafeInteger(near)) return writeDecimal(bytes, at, near);
    const text = ((BigInt(this.high) << 32n) | BigInt(this.low)).toString();
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
    return text.length;
  }
}
