/**
 * sin, cos and asin, rounded as if they were exact, but for about one value in 2^12 that lies next to the middle of two
 * doubles. Math.sin and its relatives may be off by a unit in the last place, which shows in distances stored as scores,
 * and near the antipodes in metres. Caller: distance.ts. No slower than theirs.
 *
 * An angle is the nearest multiple of 1/64, whose sine and cosine are in a table with 106 bits, and a rest, for which
 * few terms of the series are enough. Sums carry the part that a double loses in a second one.
 */

const STEPS = 64;
/** Multiples of 1/64 up to the one next to a right angle. */
const ENTRIES = 102;
/** Of an entry: its sine, what that lacks, its cosine, what that lacks. */
const ENTRY_DOUBLES = 4;
const FIXED_POINT_BITS = 160n;

/** Pi and what the double lacks. */
const PI_LOW = 1.2246467991473532e-16;
/** 2^27 + 1 cuts a double in two halves of 26 bits. */
const SPLITTER = 134217729;

const table = makeTable();

/** What the last call of sumSine found beyond the double that it returned. In an array: a variable would be boxed. */
const remainder = new Float64Array(1);

/** For |x| <= pi. */
export function sin(x: number): number {
  const size = Math.abs(x);
  const value = size > Math.PI / 2 ? sumSine(Math.PI - size, PI_LOW) : sumSine(size, 0);
  return x < 0 ? -value : value;
}

/** For |x| <= pi / 2. */
export function cos(x: number): number {
  const size = Math.abs(x);
  const k = (size * STEPS + 0.5) | 0;
  const at = k * ENTRY_DOUBLES;
  const sine = table[at] ?? 0;
  const cosine = table[at + 2] ?? 0;
  const rest = size - k / STEPS;
  const square = rest * rest;
  const sineTail = tailOfSine(rest, square);
  const high = cosine - sine * rest;
  const lost = cosine - high - sine * rest - errorOfProduct(sine, rest, sine * rest);
  return (
    high +
    (lost + ((table[at + 3] ?? 0) - (table[at + 1] ?? 0) * rest - sine * sineTail - cosine * oneMinusCosine(square)))
  );
}

/** For 0 <= x <= 1; NaN above. */
export function asin(x: number): number {
  if (x < 0.5) {
    const angle = Math.asin(x);
    const sine = sumSine(angle, 0);
    return angle + (x - sine - (remainder[0] ?? 0)) / Math.cos(angle);
  }
  // Near 1 the sine hardly changes with the angle: a right angle less twice that of half the versed sine.
  const half = (1 - x) / 2;
  const root = Math.sqrt(half);
  if (root === 0) return Math.PI / 2;
  const rootTail = (half - root * root - errorOfProduct(root, root, root * root)) / (2 * root);
  const angle = Math.asin(root);
  const sine = sumSine(angle, 0);
  const angleTail = (root - sine - (remainder[0] ?? 0) + rootTail) / Math.cos(angle);
  const high = Math.PI / 2 - 2 * angle;
  const lost = Math.PI / 2 - high - 2 * angle;
  return high + (lost + (PI_LOW / 2 - 2 * angleTail));
}

/** The sine of angle + tail, for 0 <= angle <= pi / 2 and a tail below its last place. Sets `remainder`. */
function sumSine(angle: number, tail: number): number {
  const k = (angle * STEPS + 0.5) | 0;
  const at = k * ENTRY_DOUBLES;
  const sine = table[at] ?? 0;
  const cosine = table[at + 2] ?? 0;
  const rest = angle - k / STEPS;
  const square = rest * rest;
  const product = cosine * rest;
  const sum = sine + product;
  // Of two summands of any sizes: what their sum has lost.
  const kept = sum - sine;
  const lost = sine - (sum - kept) + (product - kept);
  const low =
    lost +
    (errorOfProduct(cosine, rest, product) +
      ((table[at + 1] ?? 0) +
        (table[at + 3] ?? 0) * rest +
        cosine * (tailOfSine(rest, square) + tail) -
        sine * (oneMinusCosine(square) + rest * tail)));
  const value = sum + low;
  remainder[0] = low - (value - sum);
  return value;
}

/** sin(rest) - rest, for |rest| <= 1/128. */
function tailOfSine(rest: number, square: number): number {
  return -rest * square * (1 / 6 - square * (1 / 120 - square * (1 / 5040)));
}

/** 1 - cos(rest), for |rest| <= 1/128. */
function oneMinusCosine(square: number): number {
  return square * (0.5 - square * (1 / 24 - square * (1 / 720 - square * (1 / 40320))));
}

/** a * b - product, where product is a * b as a double has it. */
function errorOfProduct(a: number, b: number, product: number): number {
  const aScaled = a * SPLITTER;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = b * SPLITTER;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}

/** Sines and cosines of all multiples of 1/64, each turned from the one before in fixed point. */
function makeTable(): Float64Array {
  const one = 1n << FIXED_POINT_BITS;
  let [stepSine, stepCosine] = [0n, 0n];
  for (let term = one, n = 1n; term !== 0n; n += 2n) {
    stepCosine += term;
    term /= n * BigInt(STEPS);
    stepSine += term;
    term = -term / ((n + 1n) * BigInt(STEPS));
  }
  const entries = new Float64Array(ENTRIES * ENTRY_DOUBLES);
  let [sine, cosine] = [0n, one];
  for (let k = 0; k < ENTRIES; k++) {
    for (const [place, exact] of [sine, cosine].entries()) {
      const scale = 2 ** Number(FIXED_POINT_BITS);
      const high = Number(exact);
      entries[k * ENTRY_DOUBLES + 2 * place] = high / scale;
      entries[k * ENTRY_DOUBLES + 2 * place + 1] = Number(exact - BigInt(high)) / scale;
    }
    [sine, cosine] = [
      (sine * stepCosine + cosine * stepSine) >> FIXED_POINT_BITS,
      (cosine * stepCosine - sine * stepSine) >> FIXED_POINT_BITS,
    ];
  }
  return entries;
}
