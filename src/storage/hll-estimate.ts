/**
 * The cardinality of a HyperLogLog from the histogram of its registers: Otmar Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches", arXiv:1702.01284. Every step is the double that Redis computes, so that the
 * results agree to the unit.
 */
import { REGISTER_COUNT, REGISTER_MAX } from "./hll-registers.js";

/** 1 / (2 ln 2) */
const ALPHA_INFINITY = 0.7213475204444817;

/** Infinite where every register is REGISTER_MAX or beyond. */
export function estimateCardinality(histogram: Int32Array): number {
  const m = REGISTER_COUNT;
  let z = m * tau((m - histogram[REGISTER_MAX]!) / m);
  for (let value = REGISTER_MAX - 1; value >= 1; value--) z = (z + histogram[value]!) * 0.5;
  z += m * sigma(histogram[0]! / m);
  return roundHalfUp((ALPHA_INFINITY * m * m) / z);
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let x = share;
  let y = 1;
  let z = x;
  for (;;) {
    x *= x;
    const before = z;
    z += x * y;
    y += y;
    if (z === before) return z;
  }
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let x = share;
  let y = 1;
  let z = 1 - x;
  for (;;) {
    x = Math.sqrt(x);
    const before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
    if (z === before) return z / 3;
  }
}

function roundHalfUp(value: number): number {
  const whole = Math.floor(value);
  return value - whole >= 0.5 ? whole + 1 : whole;
}
