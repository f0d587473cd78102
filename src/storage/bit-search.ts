/** The first bit of a value in a range of bits: BITPOS. Bit 0 is the highest one of the first byte. */

export const NO_BIT = -1;

/**
 * The first bit in [from, to) of the bytes at `start` that is `bit`, or NO_BIT. from <= to. Words that hold no such bit
 * are skipped four at a time.
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
  for (; at + 16 <= end; at += 16) {
    const found =
      (view.getInt32(at) ^ flip) |
      (view.getInt32(at + 4) ^ flip) |
      (view.getInt32(at + 8) ^ flip) |
      (view.getInt32(at + 12) ^ flip);
    if (found !== 0) break;
  }
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
