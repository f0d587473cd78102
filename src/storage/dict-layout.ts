/**
 * The dict's memory layout, and the arithmetic from a hash to a place. Shared by dict.ts (find, insert, remove) and
 * dict-scan.ts (cursors, sampling).
 *
 *   root, 20 bytes:    0 count | 4 depth | 8 directory (handle) | 12 segments | 16 segments whose own depth is `depth`
 *   directory:         2^depth handles: segment of each hash prefix of `depth` bits
 *   segment, 4096 bytes, 64 lines of 64 bytes; the only one of a small dict has 2, 4, 8, 16 or 32 lines:
 *     line 0           0 own depth | 4 count | 8 buckets | rest unused
 *     lines 1 to 63    buckets:
 *       0   meta       bits 0-11: which slots are taken; bits 12-: entries of this bucket that live in a later one
 *       4   tags       12 bytes: the low byte of each entry's hash
 *      16   handles    12 records
 *
 * A hash is read from the top: `depth` bits choose the directory entry, the 16 bits after the segment's own prefix
 * choose the bucket (scaled to 63, or as many as there are), the low 8 bits are the tag. So segments, and buckets in them, are in hash order.
 * An entry lives in its home bucket or in one of the next three (around the segment's end).
 */

export const ROOT_BYTES = 20;
export const SEGMENT_BYTES = 4096;
export const BUCKETS = 63;
/** A new dict has this many; when they are full, 2n + 1, up to BUCKETS. Then segments split. */
export const BUCKETS_MIN = 1;
export const BUCKET_WORDS = 16;
export const BUCKET_BYTES = 4 * BUCKET_WORDS;
export const SLOTS = 12;
export const PROBES = 4;
export const SEGMENT_SLOTS = BUCKETS * SLOTS;
/** The most entries that one home bucket can have. */
export const BUCKET_ENTRIES_MAX = SLOTS * PROBES;
export const DEPTH_MAX = 26;

export const ROOT_COUNT = 0;
export const ROOT_DEPTH = 1;
export const ROOT_DIRECTORY = 2;
export const ROOT_SEGMENTS = 3;
export const ROOT_DEEPEST = 4;
export const SEGMENT_DEPTH = 0;
export const SEGMENT_COUNT = 1;
export const SEGMENT_BUCKETS = 2;
export const BUCKET_TAGS = 1;
export const BUCKET_HANDLES = 4;

export const TAKEN_MASK = 0xfff;
export const DISPLACED_SHIFT = 12;
export const DISPLACED_ONE = 1 << DISPLACED_SHIFT;

/** The directory entry for a hash. (Two shifts: a shift by 32 would be one by 0.) */
export function indexOfHash(hash: number, depth: number): number {
  return (hash >>> 1) >>> (31 - depth);
}

/** The home bucket of a hash in a segment of this depth with so many buckets. */
export function bucketOfHash(hash: number, depth: number, buckets: number): number {
  return (((hash << depth) >>> 16) * buckets) >>> 16;
}

/** The smallest hash (unsigned) whose home is `bucket` or a later one, in the segment that begins at `segmentHash`. */
export function firstHashOfBucket(segmentHash: number, depth: number, buckets: number, bucket: number): number {
  const step = Math.ceil((bucket * 65536) / buckets);
  return segmentHash + Math.ceil((step * 65536) / 2 ** depth);
}
