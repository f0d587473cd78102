/**
 * How much a listpack of a list may hold: what list-max-listpack-size says. Used by the quicklist for its nodes, and by
 * the list type to choose an encoding.
 *
 * A positive fill is a number of entries (of 8 KiB together at most), a negative one a size: -1 is 4 KiB, -5 64 KiB.
 */

const SIZES = [4096, 8192, 16384, 32768, 65536];
/** No listpack that counts its entries gets larger, unless by one element alone. */
const COUNTED_MAX_BYTES = 8192;
const FILL_MAX = 32767;
/** What one entry may take beyond its bytes: an estimate that is never too small below the sizes above. */
export const ENTRY_OVERHEAD_BYTES = 8;

/** The fill that a quicklist keeps for its life. */
export function clampFill(fill: number): number {
  return Math.min(Math.max(fill, -SIZES.length), FILL_MAX);
}

/** Bytes that a listpack may have; Infinity where entries are counted. */
export function maxBytesOf(fill: number): number {
  if (fill >= 0) return Number.POSITIVE_INFINITY;
  return SIZES[Math.min(-fill, SIZES.length) - 1]!;
}

/** Entries that a listpack may have; Infinity where bytes are. */
export function maxEntriesOf(fill: number): number {
  return fill < 0 ? Number.POSITIVE_INFINITY : Math.max(1, fill);
}

/** Whether a listpack of so many bytes and entries is past its limit. */
export function exceedsLimit(fill: number, bytes: number, entries: number): boolean {
  if (fill < 0) return bytes > maxBytesOf(fill);
  return bytes > COUNTED_MAX_BYTES || entries > maxEntriesOf(fill);
}

/** Whether an element gets a node of its own, outside of any listpack. `threshold` 0 leaves it to the fill. */
export function isLargeElement(fill: number, bytes: number, threshold: number): boolean {
  if (threshold > 0) return bytes >= threshold;
  return bytes > (fill < 0 ? maxBytesOf(fill) : COUNTED_MAX_BYTES);
}
