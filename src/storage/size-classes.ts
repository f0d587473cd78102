/**
 * The block sizes of the arena: every 8 bytes up to 128, then eight steps a doubling up to 8 KiB, so that a block
 * wastes at most an eighth. Used by the arena only.
 */

export const SLAB_BLOCK_MAX_BYTES = 8192;

function listSizes(): number[] {
  const sizes = [0];
  for (let size = 8; size <= 128; size += 8) sizes.push(size);
  for (let base = 128; base < SLAB_BLOCK_MAX_BYTES; base *= 2) {
    for (let step = 1; step <= 8; step++) sizes.push(base + (base / 8) * step);
  }
  return sizes;
}

/** Bytes of a block of class c; class 0 does not exist. */
export const CLASS_BYTES = Int32Array.from(listSizes());
export const CLASS_COUNT = CLASS_BYTES.length;

/** Class for a size above 128, by its count of 16-byte units (rounded up). */
const CLASS_OF_UNITS = new Uint8Array(SLAB_BLOCK_MAX_BYTES / 16 + 1);
for (let units = 1, size = 1; units < CLASS_OF_UNITS.length; units++) {
  while (CLASS_BYTES[size]! < units * 16) size++;
  CLASS_OF_UNITS[units] = size;
}

/** The smallest class that holds `bytes`, 1 <= bytes <= SLAB_BLOCK_MAX_BYTES. */
export function findSizeClass(bytes: number): number {
  return bytes <= 128 ? (bytes + 7) >>> 3 : CLASS_OF_UNITS[(bytes + 15) >>> 4]!;
}
