/**
 * Unsigned integers of any width at any bit of a byte range, the highest bit first: BITFIELD. Up to 53 bits, so that
 * doubles hold them; wider ones are read and written in two parts.
 */

/** Reads `bits` (1 to 53) from bit `offset` of the bytes at `start`. What lies beyond `length` bytes is zero. */
export function readBits(view: DataView, start: number, length: number, offset: number, bits: number): number {
  const last = Math.floor((offset + bits - 1) / 8);
  let byte = Math.floor(offset / 8);
  if (byte >= length) return 0;
  let value = byteAt(view, start, length, byte) & (0xff >>> (offset & 7));
  const spare = 7 - ((offset + bits - 1) & 7);
  if (byte === last) return value >>> spare;
  for (byte++; byte < last; byte++) value = value * 256 + byteAt(view, start, length, byte);
  return value * (256 >>> spare) + (byteAt(view, start, length, last) >>> spare);
}

/** Writes `value`, of which the lowest `bits` (1 to 53) count, at bit `offset`. The bytes must be there. */
export function writeBits(view: DataView, start: number, offset: number, bits: number, value: number): void {
  const first = Math.floor(offset / 8);
  const last = Math.floor((offset + bits - 1) / 8);
  const spare = 7 - ((offset + bits - 1) & 7);
  const headMask = 0xff >>> (offset & 7);
  const tailMask = (0xff << spare) & 0xff;
  if (first === last) return replaceBits(view, start + first, headMask & tailMask, (value % 256) << spare);
  let rest = value;
  replaceBits(view, start + last, tailMask, (rest % 256) << spare);
  rest = Math.floor(rest / (256 >>> spare));
  for (let byte = last - 1; byte > first; byte--) {
    view.setUint8(start + byte, rest % 256);
    rest = Math.floor(rest / 256);
  }
  replaceBits(view, start + first, headMask, rest % 256);
}

function replaceBits(view: DataView, at: number, mask: number, bits: number): void {
  view.setUint8(at, (view.getUint8(at) & ~mask) | (bits & mask));
}

function byteAt(view: DataView, start: number, length: number, index: number): number {
  return index < length ? view.getUint8(start + index) : 0;
}
