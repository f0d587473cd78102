/**
 * LZF, the compression of strings in RDB files and DUMP payloads. The format, after its author's (Marc Lehmann's)
 * description:
 *
 *   000lllll                      l + 1 bytes follow as they are (1 to 32)
 *   lllooooo oooooooo             l + 2 bytes (3 to 8) from o + 1 bytes back
 *   111ooooo llllllll oooooooo    l + 9 bytes (9 to 264) from o + 1 bytes back
 *
 * Pure functions over byte ranges; the same input always gives the same output.
 */

const LITERALS_MAX = 32;
const MATCH_MAX = 264;
const MATCH_MIN = 3;
const DISTANCE_MAX = 8192;
const TABLE_BITS_MIN = 6;
const TABLE_BITS_MAX = 14;

/** The most bytes that `compressed` ones can stand for. */
export function maxExpansion(compressed: number): number {
  return Math.ceil(compressed / 3) * MATCH_MAX;
}

/** Where three bytes were seen last, by their hash: an offset from the start of the input, plus one. */
const table = new Int32Array(1 << TABLE_BITS_MAX);

function hashAt(bytes: Uint8Array, at: number, shift: number): number {
  const three = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return Math.imul(three, 0x9e3779b1) >>> shift;
}

/**
 * Compresses source[start, start + length) into target from 0 on; returns the bytes written, or 0 when they would be
 * more than `limit` (which `target` must have room for, and 4 bytes besides).
 */
export function compressLzf(
  source: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  limit: number,
): number {
  const bits = Math.max(TABLE_BITS_MIN, Math.min(TABLE_BITS_MAX, 32 - Math.clz32(length)));
  const shift = 32 - bits;
  table.fill(0, 0, 1 << bits);
  const end = start + length;
  const lastHash = end - MATCH_MIN;
  let from = start;
  // The control byte of the literals under way is at `to - literals - 1`.
  let to = 1;
  let literals = 0;
  while (from < end) {
    let match = 0;
    let distance = 0;
    if (from <= lastHash) {
      const slot = hashAt(source, from, shift);
      const candidate = start + table[slot]! - 1;
      table[slot] = from - start + 1;
      distance = from - candidate;
      if (candidate >= start && distance <= DISTANCE_MAX) match = countEqual(source, candidate, from, end);
    }
    if (match < MATCH_MIN) {
      if (to >= limit) return 0;
      target[to++] = source[from++]!;
      if (++literals === LITERALS_MAX) {
        target[to - literals - 1] = literals - 1;
        literals = 0;
        to++;
      }
      continue;
    }
    if (literals > 0) target[to - literals - 1] = literals - 1;
    else to--;
    if (to + 3 > limit) return 0;
    to = writeMatch(target, to, match - 2, distance - 1) + 1;
    literals = 0;
    for (const past = from + match; ++from < past; ) {
      if (from <= lastHash) table[hashAt(source, from, shift)] = from - start + 1;
    }
  }
  if (literals > 0) target[to - literals - 1] = literals - 1;
  else to--;
  return to <= limit ? to : 0;
}

function countEqual(bytes: Uint8Array, a: number, b: number, end: number): number {
  const most = Math.min(MATCH_MAX, end - b);
  let count = 0;
  while (count < most && bytes[a + count] === bytes[b + count]) count++;
  return count;
}

function writeMatch(target: Uint8Array, at: number, length: number, offset: number): number {
  if (length < 7) {
    target[at++] = (length << 5) | (offset >>> 8);
  } else {
    target[at++] = (7 << 5) | (offset >>> 8);
    target[at++] = length - 7;
  }
  target[at++] = offset & 255;
  return at;
}

/** Fills `target` from source[start, end); false when the input is malformed or gives another length. */
export function decompressLzf(source: Uint8Array, start: number, end: number, target: Uint8Array): boolean {
  const size = target.length;
  let from = start;
  let to = 0;
  while (from < end) {
    const control = source[from++]!;
    if (control < LITERALS_MAX) {
      const count = control + 1;
      if (to + count > size || from + count > end) return false;
      for (let i = 0; i < count; i++) target[to++] = source[from++]!;
      continue;
    }
    let count = control >>> 5;
    if (count === 7) {
      if (from >= end) return false;
      count += source[from++]!;
    }
    if (from >= end) return false;
    let back = to - (((control & 31) << 8) | source[from++]!) - 1;
    count += 2;
    if (back < 0 || to + count > size) return false;
    // Byte by byte: the ranges may overlap, and then the bytes repeat.
    while (count-- > 0) target[to++] = target[back++]!;
  }
  return to === size;
}
