/**
 * How distances and coordinates are printed: digit by digit, without strings. A distance has four digits behind the
 * point, as a bulk string under both protocols; a coordinate has up to seventeen, and is a double.
 */
import { writeInteger } from "../../resp/numbers.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { Position } from "./position-code.js";

const POINT = 46;
const ZERO = 48;
const MINUS = 45;

/** Adding and subtracting it leaves the nearest whole number, and of two the even one. */
const ROUNDER = 2 ** 52;
const DISTANCE_SCALE = 10000;
const EIGHT_DIGITS = 1e8;
/** A coordinate that a score names is a multiple of 2^-48: two halves of 25 bits hold what is behind its point. */
const FRACTION_HALF = 2 ** 25;

const text = new Uint8Array(64);
const view = new DataView(text.buffer);

/** Distances on earth: far below what the rounding holds. */
export function replyDistance(out: ReplyWriter, distance: number): void {
  const scaled = distance * DISTANCE_SCALE + ROUNDER - ROUNDER;
  const whole = Math.floor(scaled / DISTANCE_SCALE);
  const at = writeInteger(text, 0, whole);
  text[at] = POINT;
  writeDigits(at + 1, scaled - whole * DISTANCE_SCALE, 4);
  out.bulk(view, 0, at + 5);
}

export function replyPosition(out: ReplyWriter, { longitude, latitude }: Position): void {
  out.array(2);
  out.doubleText(view, 0, writeCoordinate(longitude));
  out.doubleText(view, 0, writeCoordinate(latitude));
}

/** Writes a multiple of 2^-48 with seventeen digits behind the point, but for zeros at the end; the end's offset. */
function writeCoordinate(coordinate: number): number {
  const size = Math.abs(coordinate);
  let whole = Math.floor(size);
  // In base 2^25, times 10^17 in three steps: each product stays below 2^53.
  const fraction = (size - whole) * FRACTION_HALF;
  let high = Math.floor(fraction);
  let low = (fraction - high) * FRACTION_HALF;
  low *= EIGHT_DIGITS;
  high = high * EIGHT_DIGITS + Math.floor(low / FRACTION_HALF);
  low %= FRACTION_HALF;
  let first = Math.floor(high / FRACTION_HALF);
  high %= FRACTION_HALF;
  low *= EIGHT_DIGITS;
  high = high * EIGHT_DIGITS + Math.floor(low / FRACTION_HALF);
  low %= FRACTION_HALF;
  let second = Math.floor(high / FRACTION_HALF);
  high %= FRACTION_HALF;
  let third = Math.round((10 * (high + low / FRACTION_HALF)) / FRACTION_HALF);
  if (third === 10) {
    third = 0;
    second++;
  }
  if (second === EIGHT_DIGITS) {
    second = 0;
    first++;
  }
  if (first === EIGHT_DIGITS) {
    first = 0;
    whole++;
  }
  let at = 0;
  if (coordinate < 0) text[at++] = MINUS;
  at = writeInteger(text, at, whole);
  text[at] = POINT;
  writeDigits(at + 1, first, 8);
  writeDigits(at + 9, second, 8);
  text[at + 17] = ZERO + third;
  let end = at + 18;
  while (text[end - 1] === ZERO) end--;
  return text[end - 1] === POINT ? end - 1 : end;
}

/** Writes so many digits of a whole number, zeros in front. */
function writeDigits(at: number, value: number, digits: number): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const quotient = Math.floor(rest / 10);
    text[i] = ZERO + (rest - 10 * quotient);
    rest = quotient;
  }
}
