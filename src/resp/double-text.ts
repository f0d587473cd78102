/**
 * Doubles as text, as Redis 7.4 prints scores: `3`, `0.1`, `1e+20`, `inf`. Called by the reply writer, by small sorted
 * sets, which keep such texts, and by digests. The digits are Grisu2's; whole numbers up to 2^62 are printed in full.
 */
import { Grisu2 } from "./grisu.js";
import { countDigits, writeInteger } from "./numbers.js";

/** The longest text of a double. */
export const DOUBLE_TEXT_BYTES = 32;

/** Whole doubles up to here are printed as integers. */
const WHOLE_MAX = 2 ** 62;
const BILLION = 1e9;
const TWO_16 = 2 ** 16;
const TWO_32 = 2 ** 32;

const MINUS = 45;
const PLUS = 43;
const POINT = 46;
const ZERO = 48;
const EXPONENT = 101;

const grisu = new Grisu2();
const scratch = new Uint8Array(DOUBLE_TEXT_BYTES);

/** Writes a double at `at`, where DOUBLE_TEXT_BYTES of room must be; returns the offset past it. */
export function writeDouble(bytes: Uint8Array, at: number, value: number): number {
  if (value === 0 || !Number.isInteger(value)) return writeShortDouble(bytes, at, value);
  if (Number.isSafeInteger(value)) return writeInteger(bytes, at, value);
  if (Math.abs(value) <= WHOLE_MAX) return writeWhole(bytes, at, value);
  return writeShortDouble(bytes, at, value);
}

/** The same with the digits of Grisu2 for whole numbers too: what DEBUG DIGEST takes. */
export function writeShortDouble(bytes: Uint8Array, at: number, value: number): number {
  if (Number.isNaN(value)) return writeWord(bytes, at, "nan");
  if (value < 0 || Object.is(value, -0)) bytes[at++] = MINUS;
  if (value === 0) {
    bytes[at] = ZERO;
    return at + 1;
  }
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) return writeWord(bytes, at, "inf");
  grisu.generate(value);
  const { count, exponent } = grisu;
  // The exponent of the first digit.
  const first = exponent + count - 1;
  if (exponent >= 0 && first < count + 7) {
    const end = writeDigits(bytes, at, 0, count);
    return writeZeros(bytes, end, exponent);
  }
  if (exponent < 0 && (exponent > -7 || Math.abs(first) < 4)) {
    if (first >= 0) return writeWithPoint(bytes, at, first + 1, count);
    bytes[at++] = ZERO;
    bytes[at++] = POINT;
    return writeDigits(bytes, writeZeros(bytes, at, -first - 1), 0, count);
  }
  at = count === 1 ? writeDigits(bytes, at, 0, 1) : writeWithPoint(bytes, at, 1, count);
  bytes[at++] = EXPONENT;
  bytes[at++] = first < 0 ? MINUS : PLUS;
  return writeInteger(bytes, at, Math.abs(first));
}

/** writeDouble as a string: for what is rare. */
export function formatDouble(value: number): string {
  const end = writeDouble(scratch, 0, value);
  return String.fromCharCode(...scratch.subarray(0, end));
}

/** A double with 17 significant digits, as C's `%.17g` prints it: ZSCAN's form of the scores of large sets. */
export function formatFullDouble(value: number): string {
  if (!Number.isFinite(value)) return formatDouble(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponentText = ""] = roundTo17Digits(value).split("e");
  const sign = value < 0 ? "-" : "";
  const exponent = Number(exponentText);
  const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "");
  if (exponent < -4 || exponent >= 17) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  const fraction = digits.slice(exponent + 1);
  return sign + whole + (fraction === "" ? "" : `.${fraction}`);
}

/** In exponential form. ECMA-262 rounds the middle of two up, C to the even digit. */
function roundTo17Digits(value: number): string {
  const text = value.toExponential(16);
  const exact = value.toExponential(100);
  const point = exact.indexOf(".");
  if (!/^50*$/.test(exact.slice(point + 17, exact.indexOf("e")))) return text;
  const lastEven = exact.slice(0, point + 17);
  return Number(lastEven.at(-1)) % 2 === 0 ? lastEven + exact.slice(exact.indexOf("e")) : text;
}

/** A whole number beyond 2^53, up to 2^62: nine digits, and those in front of them. */
function writeWhole(bytes: Uint8Array, at: number, value: number): number {
  const size = Math.abs(value);
  if (value < 0) bytes[at++] = MINUS;
  // Divided by 10^9 in base 2^16: every step is exact.
  const high = Math.floor(size / TWO_32);
  const low = size - high * TWO_32;
  const first = Math.floor(high / BILLION);
  let rest = (high - first * BILLION) * TWO_16 + Math.floor(low / TWO_16);
  const second = Math.floor(rest / BILLION);
  rest = (rest - second * BILLION) * TWO_16 + (low % TWO_16);
  const third = Math.floor(rest / BILLION);
  rest -= third * BILLION;
  at = writeInteger(bytes, at, first * TWO_32 + second * TWO_16 + third);
  return writeInteger(bytes, writeZeros(bytes, at, 9 - countDigits(rest)), rest);
}

function writeWithPoint(bytes: Uint8Array, at: number, whole: number, count: number): number {
  at = writeDigits(bytes, at, 0, whole);
  bytes[at] = POINT;
  return writeDigits(bytes, at + 1, whole, count);
}

/** Writes the digits [from, to) that grisu holds. */
function writeDigits(bytes: Uint8Array, at: number, from: number, to: number): number {
  const { digits } = grisu;
  for (let i = from; i < to; i++) bytes[at++] = digits[i]!;
  return at;
}

/** A loop: a call of fill costs more than the few bytes do. */
function writeZeros(bytes: Uint8Array, at: number, count: number): number {
  for (let i = 0; i < count; i++) bytes[at++] = ZERO;
  return at;
}

function writeWord(bytes: Uint8Array, at: number, word: string): number {
  for (let i = 0; i < word.length; i++) bytes[at++] = word.charCodeAt(i);
  return at;
}
