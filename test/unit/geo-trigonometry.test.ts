// Sine, cosine and arc sine of the geo commands against the same functions in fixed point with 200 bits.
import assert from "node:assert/strict";
import { test } from "node:test";
import { asin, cos, sin } from "#src/commands/geo/trigonometry.js";
import { Random } from "../support/random.js";

const BITS = 200n;
const ONE = 1n << BITS;

/** The exact value of a double: its multiples of 2^-200. */
function toFixed(value: number): bigint {
  const size = Math.abs(value);
  if (size === 0) return 0n;
  const exponent = Math.floor(Math.log2(size)) - 53;
  const mantissa = BigInt(size / 2 ** exponent);
  const shifted = exponent + Number(BITS) >= 0 ? mantissa << BigInt(exponent + Number(BITS)) : 0n;
  return value < 0 ? -shifted : shifted;
}

function makeSeries(x: bigint, first: bigint, n: bigint): bigint {
  const square = (x * x) >> BITS;
  let sum = 0n;
  for (let term = first, k = n; term !== 0n; k += 2n) {
    sum += term;
    term = -((term * square) >> BITS) / (k * (k + 1n));
    if (term === -1n) break;
  }
  return sum;
}

const exactSin = (x: bigint): bigint => makeSeries(x, x, 2n);
const exactCos = (x: bigint): bigint => makeSeries(x, ONE, 1n);

/** The arc sine, from a double near it, by Newton's method. */
function exactAsin(x: bigint, near: number): bigint {
  let angle = toFixed(near);
  for (let i = 0; i < 3; i++) angle += ((x - exactSin(angle)) << BITS) / exactCos(angle);
  return angle;
}

/** Whether no other double is nearer, but for a 2^-10 of the distance between two. */
function isNearest(value: number, exact: bigint): boolean {
  const gap = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 52);
  const off = toFixed(value) - exact;
  return (off < 0n ? -off : off) * 2n <= (toFixed(gap) * 1025n) / 1024n;
}

test("sine, cosine and arc sine are rounded as if they were exact", () => {
  const random = new Random(7);
  for (let i = 0; i < 4000; i++) {
    const small = random.oneIn(4) ? 2 ** -random.int(1, 30) : 1;
    const angle = (2 * random.float() - 1) * Math.PI * small;
    assert.ok(isNearest(sin(angle), exactSin(toFixed(angle))), `sin(${angle})`);
    const acute = angle / 2;
    assert.ok(isNearest(cos(acute), exactCos(toFixed(acute))), `cos(${acute})`);
    const sine = random.oneIn(3) ? 1 - random.float() * 2 ** -random.int(1, 40) : random.float() * small;
    if (sine < 1) assert.ok(isNearest(asin(sine), exactAsin(toFixed(sine), Math.asin(sine))), `asin(${sine})`);
  }
});

test("sine, cosine and arc sine are exact at the ends", () => {
  assert.deepEqual(
    [sin(0), sin(Math.PI), sin(-Math.PI), sin(Math.PI / 2), cos(0), asin(0), asin(1)],
    [0, 1.2246467991473532e-16, -1.2246467991473532e-16, 1, 1, 0, Math.PI / 2],
  );
});
