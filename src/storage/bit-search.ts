/** The first bit of a value in a range of bits: BITPOS. Bit 0 is the highest one of the first byte. */

export const NO_BIT = -1;

/** Below, the array that skipWords makes costs more than it saves. */
const SKIP_MIN_BYTES = 256;

/** Compared at once by skipBlocks: memcmp, with a call of about 150 ns around it. */
const BLOCK_BYTES = 16_384;
const ALL_ZEROS = Buffer.alloc(BLOCK_BYTES);
const ALL_ONES = Buffer.alloc(BLOCK_BYTES, 0xff);

/**
 * The first bit in [from, to) of the bytes at `start` that is `bit`, or NO_BIT. from <= to. Where there is no such bit,
 * whole blocks are skipped, then eight words at a time.
 */
export function findBit(view: DataView, start: number, from: number, to: number, bit: number): number {
  if (from >= to) return NO_BIT;
  // With the bytes inverted a zero is found as a one.
  const flip = bit === 1 ? 0 : -1;
  const first = Math.floor(from / 8);
  const end = start + Math.ceil(to / 8);
  let at = start + first;
  const head = (view.getUint8(at) ^ flip) & (0xff >>> (from & 7));
  if (head !== 0) return cut(first * 8 + Math.clz32(head) - 24, to);
  at++;
  if (end - at >= BLOCK_BYTES) at = skipBlocks(view, at, end, flip);
  if (end - at >= SKIP_MIN_BYTES) at = skipWords(view, at, end, flip);
  for (; at + 4 <= end; at += 4) {
    const word = view.getInt32(at) ^ flip;
    if (word !== 0) return cut((at - start) * 8 + Math.clz32(word), to);
  }
  for (; at < end; at++) {
    const byte = (view.getUint8(at) ^ flip) & 0xff;
    if (byte !== 0) return cut((at - start) * 8 + Math.clz32(byte) - 24, to);
  }
  return NO_BIT;
}

/** What lies behind the range, in its last byte, does not count. */
function cut(position: number, to: number): number {
  return position < to ? position : NO_BIT;
}

/** The first block from `at` on that is not all `flip`, or what is left behind the last whole one. */
function skipBlocks(view: DataView, at: number, end: number, flip: number): number {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, end - at);
  const block = flip === 0 ? ALL_ZEROS : ALL_ONES;
  let i = 0;
  while (i + BLOCK_BYTES <= bytes.length && block.compare(bytes, i, i + BLOCK_BYTES) === 0) i += BLOCK_BYTES;
  return at + i;
}

/**
 * The first place, or a few bytes before it, where the bytes from `at` on are not all `flip`: words that are aligned are
 * read faster from an array of words than from a view.
 */
function skipWords(view: DataView, at: number, end: number, flip: number): number {
  const misaligned = (view.byteOffset + at) & 3;
  if (misaligned !== 0 && view.getInt32(at) !== flip) return at;
  const from = misaligned === 0 ? at : at + 4 - misaligned;
  const words = new Int32Array(view.buffer, view.byteOffset + from, (end - from) >> 2);
  const last = words.length - 8;
  let i = 0;
  if (flip === 0) {
    while (i <= last && (wordOr(words, i) | wordOr(words, i + 4)) === 0) i += 8;
  } else {
    while (i <= last && (wordAnd(words, i) & wordAnd(words, i + 4)) === -1) i += 8;
  }
  return from + i * 4;
}

function wordOr(words: Int32Array, i: number): number {
  return words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!;
}

function wordAnd(words: Int32Array, i: number): number {
  return words[i]! & words[i + 1]! & words[i + 2]! & words[i + 3]!;
}
