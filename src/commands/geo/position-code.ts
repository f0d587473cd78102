/**
 * Positions as scores: longitude and latitude, each cut into 2^26 equal parts, with the bits of the two numbers taking
 * turns, longitude first. Positions near each other mostly have scores near each other, and the first 2n bits name a
 * cell of 2^n by 2^n. All commands of the family use it.
 *
 * A score is up to 54 bits: the easternmost longitude is number 2^26 itself. Bits are handled in two halves of 32.
 */

export const LONGITUDE_MAX = 180;
/** Where the web's Mercator map ends. */
export const LATITUDE_MAX = 85.05112878;
export const STEPS_MAX = 26;

const LONGITUDE_SPAN = 2 * LONGITUDE_MAX;
const LATITUDE_SPAN = LATITUDE_MAX - -LATITUDE_MAX;
const PARTS = 2 ** STEPS_MAX;
const HALF = 2 ** 32;

const parts = new Uint32Array(2);

/** A position on earth in degrees. Written by decodeScore. */
export class Position {
  longitude = 0;
  latitude = 0;
}

/** Whether a pair of coordinates has a score. */
export function isOnMap(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= LONGITUDE_MAX && Math.abs(latitude) <= LATITUDE_MAX;
}

/** The score of a position on the map. */
export function encodePosition(longitude: number, latitude: number): number {
  return interleave(columnOf(longitude, STEPS_MAX), rowOf(latitude, STEPS_MAX), 0);
}

/** The number of the part, of 2^steps, that a longitude is in. */
export function columnOf(longitude: number, steps: number): number {
  return (((longitude - -LONGITUDE_MAX) / LONGITUDE_SPAN) * 2 ** steps) >>> 0;
}

export function rowOf(latitude: number, steps: number): number {
  return (((latitude - -LATITUDE_MAX) / LATITUDE_SPAN) * 2 ** steps) >>> 0;
}

/** The western edge of a column; that of the next column is its eastern one. */
export function longitudeOf(column: number, steps: number): number {
  return -LONGITUDE_MAX + (column / 2 ** steps) * LONGITUDE_SPAN;
}

export function latitudeOf(row: number, steps: number): number {
  return -LATITUDE_MAX + (row / 2 ** steps) * LATITUDE_SPAN;
}

/** The bits of both numbers in turn, plus `more`, rounded once. */
export function interleave(column: number, row: number, more: number): number {
  const low = (spread(row & 0xffff) | (spread(column & 0xffff) << 1)) >>> 0;
  const high = (spread(row >>> 16) | (spread(column >>> 16) << 1)) >>> 0;
  return high * HALF + (low + more);
}

/** Where in a pair that splitScore has filled a number is. */
export const COLUMN = 0;
export const ROW = 1;

/** Takes the two numbers of a score apart. Any score has them: ZADD may have given it. */
export function splitScore(score: number, parts: Uint32Array): void {
  let high: number;
  let low: number;
  if (score >= 0 && score < 2 ** 54) {
    high = (score / HALF) >>> 0;
    low = (score - high * HALF) >>> 0;
  } else {
    const bits = wholeBits(score);
    high = Number(bits >> 32n);
    low = Number(bits & 0xffffffffn);
  }
  parts[COLUMN] = gather(low >>> 1) | (gather(high >>> 1) << 16);
  parts[ROW] = gather(low) | (gather(high) << 16);
}

/** The middle of the smallest cells in this column, on the map. Edges are rounded: it is the middle of the rounded. */
export function middleLongitude(column: number): number {
  const west = -LONGITUDE_MAX + (column / PARTS) * LONGITUDE_SPAN;
  const east = -LONGITUDE_MAX + (((column + 1) >>> 0) / PARTS) * LONGITUDE_SPAN;
  const middle = (west + east) / 2;
  return middle > LONGITUDE_MAX ? LONGITUDE_MAX : middle;
}

export function middleLatitude(row: number): number {
  const south = -LATITUDE_MAX + (row / PARTS) * LATITUDE_SPAN;
  const north = -LATITUDE_MAX + (((row + 1) >>> 0) / PARTS) * LATITUDE_SPAN;
  const middle = (south + north) / 2;
  return middle > LATITUDE_MAX ? LATITUDE_MAX : middle;
}

/** The middle of the smallest cell that a score names. */
export function decodeScore(score: number, position: Position): void {
  splitScore(score, parts);
  position.longitude = middleLongitude(parts[COLUMN] ?? 0);
  position.latitude = middleLatitude(parts[ROW] ?? 0);
}

/** A score that no position has, as 64 bits: what the processors that Redis runs on make of such a double. */
function wholeBits(score: number): bigint {
  if (score >= HALF * HALF) return 0n;
  if (score <= -(2 ** 63)) return 1n << 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(score)));
}

/** 16 bits with a 0 in front of each. */
function spread(bits: number): number {
  let x = bits;
  x = (x | (x << 8)) & 0x00ff00ff;
  x = (x | (x << 4)) & 0x0f0f0f0f;
  x = (x | (x << 2)) & 0x33333333;
  return (x | (x << 1)) & 0x55555555;
}

/** Every second bit of 32, from the lowest on. */
function gather(bits: number): number {
  let x = bits & 0x55555555;
  x = (x | (x >>> 1)) & 0x33333333;
  x = (x | (x >>> 2)) & 0x0f0f0f0f;
  x = (x | (x >>> 4)) & 0x00ff00ff;
  return (x | (x >>> 8)) & 0xffff;
}
