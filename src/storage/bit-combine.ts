/** Byte ranges combined bit by bit, word-wide and at any alignment: BITOP. The ranges may not overlap in part. */

/** target &= source, for `length` bytes. */
export function andBytes(target: DataView, to: number, source: DataView, from: number, length: number): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    const a = target.getInt32(to + i, true) & source.getInt32(from + i, true);
    const b = target.getInt32(to + i + 4, true) & source.getInt32(from + i + 4, true);
    const c = target.getInt32(to + i + 8, true) & source.getInt32(from + i + 8, true);
    const d = target.getInt32(to + i + 12, true) & source.getInt32(from + i + 12, true);
    target.setInt32(to + i, a, true);
    target.setInt32(to + i + 4, b, true);
    target.setInt32(to + i + 8, c, true);
    target.setInt32(to + i + 12, d, true);
  }
  for (; i < length; i++) target.setUint8(to + i, target.getUint8(to + i) & source.getUint8(from + i));
}

/** target |= source. */
export function orBytes(target: DataView, to: number, source: DataView, from: number, length: number): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    const a = target.getInt32(to + i, true) | source.getInt32(from + i, true);
    const b = target.getInt32(to + i + 4, true) | source.getInt32(from + i + 4, true);
    const c = target.getInt32(to + i + 8, true) | source.getInt32(from + i + 8, true);
    const d = target.getInt32(to + i + 12, true) | source.getInt32(from + i + 12, true);
    target.setInt32(to + i, a, true);
    target.setInt32(to + i + 4, b, true);
    target.setInt32(to + i + 8, c, true);
    target.setInt32(to + i + 12, d, true);
  }
  for (; i < length; i++) target.setUint8(to + i, target.getUint8(to + i) | source.getUint8(from + i));
}

/** target ^= source. */
export function xorBytes(target: DataView, to: number, source: DataView, from: number, length: number): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    const a = target.getInt32(to + i, true) ^ source.getInt32(from + i, true);
    const b = target.getInt32(to + i + 4, true) ^ source.getInt32(from + i + 4, true);
    const c = target.getInt32(to + i + 8, true) ^ source.getInt32(from + i + 8, true);
    const d = target.getInt32(to + i + 12, true) ^ source.getInt32(from + i + 12, true);
    target.setInt32(to + i, a, true);
    target.setInt32(to + i + 4, b, true);
    target.setInt32(to + i + 8, c, true);
    target.setInt32(to + i + 12, d, true);
  }
  for (; i < length; i++) target.setUint8(to + i, target.getUint8(to + i) ^ source.getUint8(from + i));
}

/** Inverts `length` bytes. */
export function invertBytes(target: DataView, to: number, length: number): void {
  let i = 0;
  for (; i + 16 <= length; i += 16) {
    target.setInt32(to + i, ~target.getInt32(to + i, true), true);
    target.setInt32(to + i + 4, ~target.getInt32(to + i + 4, true), true);
    target.setInt32(to + i + 8, ~target.getInt32(to + i + 8, true), true);
    target.setInt32(to + i + 12, ~target.getInt32(to + i + 12, true), true);
  }
  for (; i < length; i++) target.setUint8(to + i, ~target.getUint8(to + i));
}
