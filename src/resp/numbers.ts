/**
 * Numbers to and from bytes, by the rules of the protocol: used by the request parser, Args, the reply writer and the
 * typed values. Integers travel as doubles while they are exact (|n| <= 2^53 - 1) and as BigInt beyond.
 */

export const INT64_MAX = 0x7fffffffffffffffn;
export const INT64_MIN = -0x8000000000000000n;

/** Longer texts are no doubles: no one writes so many digits. */
const DOUBLE_TEXT_MAX_BYTES = 65536;
/** The exponent of the smallest denormal double. */
const DENORMAL_EXPONENT = -1074;

/** Numbers of so many digits lose at most in their last step: see readInteger. */
const EXACT_DIGITS = 16;
/** Decimals of so many digits are the quotient of two exact doubles: see readPlainDouble. */
const PLAIN_DIGITS = 15;
/** Decimals of so many digits are sums of two doubles, the first one of HIGH_DIGITS: see readLongDecimal. */
const LONG_DIGITS = 19;
const HIGH_DIGITS = 10;
const LONG_TEXT_MAX_BYTES = 40;
/** The powers of ten that are exact as doubles. */
const EXACT_POWER = 22;
const POWERS_OF_TEN = Float64Array.from({ length: EXACT_POWER + 1 }, (_, i) => Number(`1e${i}`));
/** More than a correction of the last place can be off, relative to itself. */
const DOUBT = 2 ** -40;
/** 2^27 + 1 cuts a double in two halves of 26 bits. */
const SPLITTER = 134217729;

const DIGITS_MAX = "9223372036854775807";
const DIGITS_MIN = "9223372036854775808";

/**
 * Reads a signed 64-bit decimal from bytes[start, end), in the only form that Redis accepts: no blank, no `+`, no
 * leading zero, no `-0`. Returns NaN when it is anything else. Past ±(2^53 - 1) the value returned is the nearest
 * double: Number.isSafeInteger() tells, and readInt64 has the exact one.
 */
export function readInteger(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > 20) return Number.NaN;
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  const digits = end - at;
  if (digits === 0 || digits > 19) return Number.NaN;
  const first = bytes[at]! - 48;
  if (first === 0) return length === 1 ? 0 : Number.NaN;
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  if (digits === 19 && !isWithinInt64(bytes, at, negative)) return Number.NaN;
  if (digits > EXACT_DIGITS) value = roundOnce(bytes, at, end);
  return negative ? -value : value;
}

/** The double nearest to 17 to 19 digits: digit by digit, each step past 2^53 would round. */
function roundOnce(bytes: Uint8Array, start: number, end: number): number {
  let high = 0;
  let low = 0;
  for (let i = start; i < end - 9; i++) high = high * 10 + (bytes[i]! - 48);
  for (let i = end - 9; i < end; i++) low = low * 10 + (bytes[i]! - 48);
  // high * 10^9 + low, with high in two halves: both terms are exact, so that their sum alone rounds.
  const upper = Math.floor(high / 65536);
  const lower = high - upper * 65536;
  return upper * 1e9 * 65536 + (lower * 1e9 + low);
}

function isWithinInt64(bytes: Uint8Array, start: number, negative: boolean): boolean {
  const limit = negative ? DIGITS_MIN : DIGITS_MAX;
  for (let i = 0; i < 19; i++) {
    const digit = bytes[start + i]!;
    const bound = limit.charCodeAt(i);
    if (digit !== bound) return digit < bound;
  }
  return true;
}

/** The exact value of bytes that readInteger accepted. Allocates a BigInt: for values past 2^53 only. */
export function readInt64(bytes: Uint8Array, start: number, end: number): bigint {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return BigInt(text);
}

/** How many decimal digits a safe, non-negative integer has. */
export function countDigits(value: number): number {
  if (value < 10) return 1;
  if (value < 100) return 2;
  if (value < 1000) return 3;
  if (value < 10000) return 4;
  let count = 4;
  let rest = Math.floor(value / 10000);
  while (rest > 0) {
    rest = Math.floor(rest / 10);
    count++;
  }
  return count;
}

/** Writes a safe integer in decimal at `at`; returns the offset past it. Room for 17 bytes must be there. */
export function writeInteger(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  if (rest < 0) {
    bytes[at++] = 45;
    rest = -rest;
  }
  const end = at + countDigits(rest);
  let i = end;
  if (rest > 0x7fffffff) {
    while (rest > 0x7fffffff) {
      const quotient = Math.floor(rest / 10);
      bytes[--i] = 48 + (rest - quotient * 10);
      rest = quotient;
    }
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    bytes[--i] = 48 + (small - quotient * 10);
    small = quotient;
  } while (i > at);
  return end;
}

/**
 * Reads a double as strtod and Redis do, with the whole text used: decimal, exponent, hexadecimal, `inf`, `infinity`.
 * Returns NaN when the text is not a number, when it overflows, and when it is not zero but too small for a double.
 */
export function readDouble(bytes: Uint8Array, start: number, end: number): number {
  const plain = readPlainDouble(bytes, start, end);
  if (!Number.isNaN(plain)) return plain;
  const other = readOtherDouble(bytes, start, end);
  if (!Number.isNaN(other)) return other;
  if (end - start === 0 || end - start > DOUBLE_TEXT_MAX_BYTES) return Number.NaN;
  const text = textOf(bytes, start, end);
  const value = parseDouble(text);
  // What strtod reports as out of range.
  if (value === 0 && isNonZero(text)) return Number.NaN;
  return Number.isFinite(value) || /inf/i.test(text) ? value : Number.NaN;
}

/**
 * Reads a double as plain strtod does: blanks may come in front, what is out of range becomes infinite or 0, nothing
 * at all is 0, and a NUL ends the text. NaN when anything is left over, and for `nan`. The bounds of score ranges.
 */
export function readLooseDouble(bytes: Uint8Array, start: number, end: number): number {
  const plain = readPlainDouble(bytes, start, end);
  if (!Number.isNaN(plain)) return plain;
  const other = readOtherDouble(bytes, start, end);
  if (!Number.isNaN(other)) return other;
  if (end - start > DOUBLE_TEXT_MAX_BYTES) return Number.NaN;
  const [text = ""] = textOf(bytes, start, end).split("\0", 1);
  return text === "" ? 0 : parseDouble(text.replace(/^[ \t-\r]+/, ""));
}

/** What else can be read without strings: `inf` with or without a sign, and longer decimals. NaN for anything else. */
function readOtherDouble(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start]!;
  const at = first === 45 || first === 43 ? start + 1 : start;
  // With the bit that sets lower case apart from upper case.
  const isInfinite =
    end - at === 3 && (bytes[at]! | 32) === 105 && (bytes[at + 1]! | 32) === 110 && (bytes[at + 2]! | 32) === 102;
  const value = isInfinite ? Number.POSITIVE_INFINITY : readLongDecimal(bytes, at, end);
  return first === 45 ? -value : value;
}

/**
 * Digits with a point among them, 19 of them at most behind leading zeros: `13.361389338970184`, as programs print
 * doubles. NaN for anything else, and for the few texts so near the middle of two doubles that it takes more care.
 */
function readLongDecimal(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > LONG_TEXT_MAX_BYTES) return Number.NaN;
  let high = 0;
  let low = 0;
  let digits = 0;
  let point = end - 1;
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      if (digits < HIGH_DIGITS) high = high * 10 + digit;
      else low = low * 10 + digit;
      if (high > 0) digits++;
    } else if (digit === -2 && point === end - 1) {
      point = at;
    } else {
      return Number.NaN;
    }
  }
  const scale = end - 1 - point;
  if (digits <= HIGH_DIGITS || digits > LONG_DIGITS || scale > EXACT_POWER) return Number.NaN;
  // high * 10^n + low as the sum of two doubles; high in two halves makes both terms exact.
  const power = POWERS_OF_TEN[digits - HIGH_DIGITS]!;
  const upper = Math.floor(high / 65536);
  const large = upper * power * 65536;
  const small = (high - upper * 65536) * power + low;
  const sum = large + small;
  if (scale === 0) return sum;
  const divisor = POWERS_OF_TEN[scale]!;
  const quotient = sum / divisor;
  const product = quotient * divisor;
  const rest = sum - product - errorOfProduct(quotient, divisor, product) + (large - sum + small);
  const correction = rest / divisor;
  const value = quotient + correction;
  const isSafe = quotient + correction * (1 + DOUBT) === value && quotient + correction * (1 - DOUBT) === value;
  return isSafe ? value : Number.NaN;
}

/** a * b - product, where product is a * b as a double has it: after Dekker. */
function errorOfProduct(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  return aHigh * bHigh - product + aHigh * (b - bHigh) + (a - aHigh) * bHigh + (a - aHigh) * (b - bHigh);
}

/** `-12.5` and the like, without strings: a sign, up to 15 digits, a point among them. NaN for anything else. */
function readPlainDouble(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  const length = end - at;
  if (length <= 0 || length > PLAIN_DIGITS + 1) return Number.NaN;
  let digits = 0;
  let value = 0;
  let scale = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      scale *= 10;
      digits++;
    } else if (digit === -2 && scale === 0) {
      scale = 1;
    } else {
      return Number.NaN;
    }
  }
  if (digits === 0 || digits > PLAIN_DIGITS) return Number.NaN;
  if (scale > 1) value /= scale;
  return negative ? -value : value;
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** The whole text as a double, of any size; NaN when it is none. */
function parseDouble(text: string): number {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (infinite) return infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return parseHexDouble(text);
}

/** Whether a digit of a number's text, its exponent aside, is not 0. */
function isNonZero(text: string): boolean {
  return /^[+-]?0x/i.test(text) ? /^[+-]?0x[0.]*[1-9a-f]/i.test(text) : /^[+-]?[0.]*[1-9]/.test(text);
}

/** `0x1.8p3` and the like: C99's hexadecimal floats, which strtod takes. */
function parseHexDouble(text: string): number {
  const parts = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i.exec(text);
  if (!parts) return Number.NaN;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = parts;
  if (whole === "" && fraction === "") return Number.NaN;
  const digits = BigInt(`0x${whole}${fraction}`);
  const value = digits === 0n ? 0 : scaleByPowerOfTwo(digits, Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

/** digits * 2^exponent, rounded once. */
function scaleByPowerOfTwo(digits: bigint, exponent: number): number {
  const bits = digits.toString(2).length;
  if (bits + exponent > 1100) return Number.POSITIVE_INFINITY;
  if (bits + exponent < -1100) return 0;
  if (exponent >= 0) return Number(digits << BigInt(exponent));
  // Cut to the bits that the result can hold, rounding half to even: what is left scales without a further rounding.
  const lowest = Math.max(bits + exponent - 53, DENORMAL_EXPONENT);
  const dropped = lowest - exponent;
  if (dropped <= 0) return Number(digits) * 2 ** exponent;
  const shift = BigInt(dropped);
  let quotient = digits >> shift;
  const rest = digits - (quotient << shift);
  const half = 1n << (shift - 1n);
  if (rest > half || (rest === half && (quotient & 1n) === 1n)) quotient++;
  return Number(quotient) * 2 ** lowest;
}
