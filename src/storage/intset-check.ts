/**
 * Whether bytes are an intset, for what comes from outside: RESTORE, RDB files, replicas. Reads nothing beyond the
 * range, whatever is in it. What passes is safe for every method of Intset, and has no member twice.
 */

export const INTSET_HEADER_BYTES = 8;

/** How many integers view[start, start + length) has when it is a valid intset, else -1. An empty one is not valid. */
export function countValidIntegers(view: DataView, start: number, length: number): number {
  if (length <= INTSET_HEADER_BYTES || start + length > view.byteLength) return -1;
  const width = view.getUint32(start, true);
  const count = view.getUint32(start + 4, true);
  if ((width !== 2 && width !== 4 && width !== 8) || INTSET_HEADER_BYTES + count * width !== length) return -1;
  const from = start + INTSET_HEADER_BYTES;
  for (let i = 1; i < count; i++) {
    if (!isAscending(view, from + (i - 1) * width, from + i * width, width)) return -1;
  }
  return count;
}

function isAscending(view: DataView, a: number, b: number, width: number): boolean {
  if (width === 2) return view.getInt16(a, true) < view.getInt16(b, true);
  if (width === 4) return view.getInt32(a, true) < view.getInt32(b, true);
  const high = view.getInt32(a + 4, true) - view.getInt32(b + 4, true);
  return high < 0 || (high === 0 && view.getUint32(a, true) < view.getUint32(b, true));
}
