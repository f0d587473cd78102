/**
 * The text of stream IDs: `ms-seq`, `ms` alone, and `ms-*`, where the sequence is still to be chosen. Used by the stream
 * commands; what `-`, `+`, `$`, `>` and `(` mean is theirs.
 */
import { writeInteger } from "../resp/numbers.js";
import type { Id } from "../storage/id.js";

/** What parseId found. */
export const ID_INVALID = 0;
export const ID_COMPLETE = 1;
/** No sequence: it is set to 0. */
export const ID_WITHOUT_SEQ = 2;
/** `ms-*`: the sequence is set to 0. */
export const ID_AUTO_SEQ = 3;

/** Two numbers of 20 digits and a dash. */
const ID_TEXT_MAX_BYTES = 41;

const DASH = 45;
const STAR = 42;
/** Redis takes no longer texts, however many zeros they begin with. */
const TEXT_MAX_BYTES = 127;
/** Numbers of so many digits are exact doubles. */
const EXACT_DIGITS = 15;
/** Milliseconds in this range are written as two halves, the lower one of so many digits. */
const SPLIT = 1e6;
const SPLIT_DIGITS = 6;
const SPLIT_MIN = 1e9;
const SPLIT_MAX = 2e15;
const UINT64_MAX = 2n ** 64n - 1n;
/** What C's strtoull takes: blanks, a sign, digits. */
const LOOSE_NUMBER = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/;

/** Reads bytes[start, end) into `id`; one of the four constants above. */
export function parseId(bytes: Uint8Array, start: number, end: number, id: Id): number {
  let at = start;
  let ms = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    ms = ms * 10 + digit;
  }
  if (!isPlainNumber(bytes, start, at)) return parseLoosely(bytes, start, end, id);
  if (at === end) {
    id.setNumbers(ms, 0);
    return ID_WITHOUT_SEQ;
  }
  if (bytes[at] !== DASH) return parseLoosely(bytes, start, end, id);
  const seqStart = ++at;
  let seq = 0;
  for (; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    seq = seq * 10 + digit;
  }
  if (at !== end || !isPlainNumber(bytes, seqStart, end)) return parseLoosely(bytes, start, end, id);
  id.setNumbers(ms, seq);
  return ID_COMPLETE;
}

/** The ID's text. Allocates. */
export function formatId(id: Id): string {
  return `${id.msExact()}-${id.seqExact()}`;
}

/** Whether these digits are few enough to be exact, and begin as numbers do. */
function isPlainNumber(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  return length > 0 && length <= EXACT_DIGITS && (length === 1 || bytes[start] !== 48);
}

/** Everything that is not two plain numbers, by the letter of Redis. */
function parseLoosely(bytes: Uint8Array, start: number, end: number, id: Id): number {
  if (end - start > TEXT_MAX_BYTES) return ID_INVALID;
  const whole = String.fromCharCode(...bytes.subarray(start, end));
  const nul = whole.indexOf("\0");
  const text = nul < 0 ? whole : whole.slice(0, nul);
  const dash = text.indexOf("-");
  const ms = parseUint64(dash < 0 ? text : text.slice(0, dash));
  if (ms === null) return ID_INVALID;
  if (dash < 0) {
    id.setMsExact(ms);
    id.setSeq(0);
    return ID_WITHOUT_SEQ;
  }
  const seqText = text.slice(dash + 1);
  const isAuto = seqText.length === 1 && seqText.charCodeAt(0) === STAR;
  const seq = isAuto ? 0n : parseUint64(seqText);
  if (seq === null) return ID_INVALID;
  id.setMsExact(ms);
  id.setSeqExact(seq);
  return isAuto ? ID_AUTO_SEQ : ID_COMPLETE;
}

/** A negative number is none, unless its form is so odd that only strtoull takes it: then it wraps around. */
function parseUint64(text: string): bigint | null {
  const match = LOOSE_NUMBER.exec(text);
  if (match === null) return null;
  const [, sign = "", digits = ""] = match;
  const value = BigInt(digits);
  if (value > UINT64_MAX) return null;
  if (sign !== "-" || value === 0n) return value;
  const isCanonical = text === `-${value}` && value <= 2n ** 63n;
  return isCanonical ? null : UINT64_MAX + 1n - value;
}

/**
 * The text of one ID after the other, in the same place: what they have in common, which is often the millisecond, is
 * not written again.
 */
export class IdText {
  readonly bytes = new Uint8Array(ID_TEXT_MAX_BYTES);
  readonly view = new DataView(this.bytes.buffer);
  #msHigh = 0;
  #msLow = 0;
  /** Where the text of the milliseconds ends; 0 when there is none yet. */
  #msEnd = 0;

  /** Writes the ID; returns the length of its text, which is bytes[0, length). */
  write(id: Id): number {
    if (id.msLow !== this.#msLow || id.msHigh !== this.#msHigh || this.#msEnd === 0) {
      this.#msLow = id.msLow;
      this.#msHigh = id.msHigh;
      this.#msEnd = writeMs(this.bytes, 0, id);
    }
    return writeSeq(this.bytes, this.#msEnd, id);
  }
}

function writeMs(bytes: Uint8Array, at: number, id: Id): number {
  const { ms } = id;
  // A time of today is cheapest as two numbers of 32 bits.
  if (ms >= SPLIT_MIN && ms < SPLIT_MAX) {
    const upper = Math.floor(ms / SPLIT);
    const past = writeInteger(bytes, at, upper) + SPLIT_DIGITS;
    let rest = (ms - upper * SPLIT) | 0;
    for (let i = 1; i <= SPLIT_DIGITS; i++) {
      const quotient = (rest / 10) | 0;
      bytes[past - i] = 48 + (rest - quotient * 10);
      rest = quotient;
    }
    return past;
  }
  return Number.isSafeInteger(ms) ? writeInteger(bytes, at, ms) : writeText(bytes, at, id.msExact().toString());
}

/** The dash, and what follows it. */
function writeSeq(bytes: Uint8Array, at: number, id: Id): number {
  bytes[at] = DASH;
  const { seqHigh, seqLow } = id;
  if (seqHigh === 0 && seqLow >= 0) {
    if (seqLow >= 10) return writeInteger(bytes, at + 1, seqLow);
    bytes[at + 1] = 48 + seqLow;
    return at + 2;
  }
  const { seq } = id;
  if (Number.isSafeInteger(seq)) return writeInteger(bytes, at + 1, seq);
  return writeText(bytes, at + 1, id.seqExact().toString());
}

function writeText(bytes: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}
