/**
 * Whether bytes are a listpack, for what comes from outside: RESTORE, RDB files, replicas. Reads nothing beyond the
 * range, whatever is in it. What passes is safe for every method of Listpack.
 */
import {
  backLengthSize,
  END_BYTE,
  INT16,
  INT24,
  INT32,
  INT64,
  LONG_STRING,
  readBackLength,
  readLongLength,
} from "./listpack-entry.js";

const HEADER_BYTES = 6;
const COUNT_UNKNOWN = 65535;

/** How many entries bytes[start, start + length) has when it is a valid listpack, else -1. */
export function countValidEntries(bytes: Uint8Array, start: number, length: number): number {
  if (length < HEADER_BYTES + 1 || start + length > bytes.length) return -1;
  const total = readLongLength(bytes, start - 1);
  const stored = bytes[start + 4]! | (bytes[start + 5]! << 8);
  const end = start + length - 1;
  if (total !== length || bytes[end] !== END_BYTE) return -1;
  let at = start + HEADER_BYTES;
  let count = 0;
  while (at < end) {
    const size = measure(bytes, at, end);
    if (size < 0) return -1;
    const past = at + size + backLengthSize(size);
    if (past > end || readBackLengthWithin(bytes, past - 1, at + size) !== size) return -1;
    at = past;
    count++;
  }
  return stored === count || stored === COUNT_UNKNOWN ? count : -1;
}

export function isValidListpack(bytes: Uint8Array, start: number, length: number): boolean {
  return countValidEntries(bytes, start, length) >= 0;
}

/** The encoded size of the entry at `at`, or -1 when its first byte is none or its header passes `end`. */
function measure(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < LONG_STRING) return at + 2 > end ? -1 : 2 + (((first & 15) << 8) | bytes[at + 1]!);
  if (first === LONG_STRING) return at + 5 > end ? -1 : 5 + readLongLength(bytes, at);
  if (first === INT16) return 3;
  if (first === INT24) return 4;
  if (first === INT32) return 5;
  return first === INT64 ? 9 : -1;
}

/** The back length whose last byte is `last` and whose first is exactly `first`; -1 when it is not so. */
function readBackLengthWithin(bytes: Uint8Array, last: number, first: number): number {
  for (let i = last; i > first; i--) if (bytes[i]! < 128) return -1;
  return bytes[first]! < 128 ? readBackLength(bytes, last) : -1;
}
