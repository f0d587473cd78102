/**
 * The bytes of one listpack entry: how an element is encoded, how long it is, how it is found backwards. Used by the
 * listpack (listpack.ts), its staging area and its check; everything here works on bytes in place.
 *
 *   entry:     [ encoding and data: "encoded size" bytes | back length: the encoded size, read from its last byte ]
 *
 *   0xxxxxxx                      integer 0 to 127
 *   10llllll …                    string of up to 63 bytes
 *   110xxxxx x                    integer of 13 bits, two's complement, high byte first
 *   1110llll l …                  string of up to 4095 bytes
 *   11110000 llll …               string, u32 length
 *   11110001 to 11110100          integer of 2, 3, 4, 8 bytes, little endian
 *   11111111                      the end of the listpack
 *
 *   back length: groups of 7 bits, high group first; all but the first have their top bit set, so that reading from
 *   the last byte to the left ends at the byte without it
 */

export const END_BYTE = 0xff;
export const INT16 = 0xf1;
export const INT24 = 0xf2;
export const INT32 = 0xf3;
export const INT64 = 0xf4;
export const LONG_STRING = 0xf0;
const TWO_32 = 2 ** 32;

/** Bytes of the entry at `at`, without its back length. The entry must be a valid one. */
export function readEncodedSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  if (first < 0xc0) return 1 + (first & 0x3f);
  if (first < 0xe0) return 2;
  if (first < LONG_STRING) return 2 + (((first & 15) << 8) | bytes[at + 1]!);
  if (first === LONG_STRING) return 5 + readLongLength(bytes, at);
  if (first === INT16) return 3;
  if (first === INT24) return 4;
  return first === INT32 ? 5 : 9;
}

/** The u32 behind the first byte of a long string. */
export function readLongLength(bytes: Uint8Array, at: number): number {
  return (bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24)) >>> 0;
}

/** Bytes of the back length of an entry with this encoded size. */
export function backLengthSize(encodedSize: number): number {
  if (encodedSize <= 127) return 1;
  // The bounds are one below what the bits would hold: that is how the format is.
  if (encodedSize < 16383) return 2;
  if (encodedSize < 2097151) return 3;
  return encodedSize < 268435455 ? 4 : 5;
}

/** Writes the back length at `at`; returns the offset past it. */
export function writeBackLength(bytes: Uint8Array, at: number, encodedSize: number): number {
  const size = backLengthSize(encodedSize);
  let rest = encodedSize;
  for (let i = size - 1; i > 0; i--) {
    bytes[at + i] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at] = rest;
  return at + size;
}

/** The encoded size that the back length ending at `last` (its last byte) tells; -1 when it is no back length. */
export function readBackLength(bytes: Uint8Array, last: number): number {
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[last - i]!;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
  return -1;
}

/** Where the data of the string entry at `at` begins, relative to it. */
export function stringHeaderSize(first: number): number {
  if (first < 0xc0) return 1;
  return first < LONG_STRING ? 2 : 5;
}

/** The same for a string of so many bytes that is to be written. */
export function stringHeaderSizeFor(length: number): number {
  if (length < 64) return 1;
  return length < 4096 ? 2 : 5;
}

/** False when the text is surely not one that tryWriteTextAsInteger takes: a look at its length and its ends. */
export function mayBeInteger(source: DataView, start: number, length: number): boolean {
  if (length === 0 || length > 20) return false;
  const last = source.getUint8(start + length - 1);
  const first = source.getUint8(start);
  return last >= 48 && last <= 57 && (first === 45 || (first >= 48 && first <= 57));
}

export function isStringEntry(first: number): boolean {
  return (first & 0xc0) === 0x80 || (first & 0xf0) === 0xe0 || first === LONG_STRING;
}

/** The value of the integer entry at `at`; the nearest double past 2^53: see readEntryInt64. */
export function readEntryInteger(view: DataView, at: number): number {
  const first = view.getUint8(at);
  if (first < 0x80) return first;
  if (first < 0xe0) return (((first & 31) << 27) >> 19) | view.getUint8(at + 1);
  if (first === INT16) return view.getInt16(at + 1, true);
  if (first === INT24) return view.getUint16(at + 1, true) | (view.getInt8(at + 3) << 16);
  if (first === INT32) return view.getInt32(at + 1, true);
  return view.getInt32(at + 5, true) * TWO_32 + view.getUint32(at + 1, true);
}

/** The exact value of an integer entry whose readEntryInteger is no safe integer. */
export function readEntryInt64(view: DataView, at: number): bigint {
  return view.getBigInt64(at + 1, true);
}

/** Encodes a safe integer at `at` (room for 9 bytes) without a back length; returns the encoded size. */
export function writeEntryInteger(view: DataView, at: number, value: number): number {
  if (value >= 0 && value <= 127) {
    view.setUint8(at, value);
    return 1;
  }
  if (value >= -4096 && value <= 4095) {
    view.setUint8(at, 0xc0 | ((value >> 8) & 31));
    view.setUint8(at + 1, value & 0xff);
    return 2;
  }
  if (value >= -0x8000 && value <= 0x7fff) {
    view.setUint8(at, INT16);
    view.setInt16(at + 1, value, true);
    return 3;
  }
  if (value >= -0x800000 && value <= 0x7fffff) {
    view.setUint8(at, INT24);
    view.setUint16(at + 1, value & 0xffff, true);
    view.setInt8(at + 3, value >> 16);
    return 4;
  }
  if (value >= -0x80000000 && value <= 0x7fffffff) {
    view.setUint8(at, INT32);
    view.setInt32(at + 1, value, true);
    return 5;
  }
  view.setUint8(at, INT64);
  view.setUint32(at + 1, value >>> 0, true);
  view.setInt32(at + 5, Math.floor(value / TWO_32), true);
  return 9;
}

/** Encodes any int64 at `at`; returns the encoded size. */
export function writeEntryInt64(view: DataView, at: number, value: bigint): number {
  const near = Number(value);
  if (Number.isSafeInteger(near)) return writeEntryInteger(view, at, near);
  view.setUint8(at, INT64);
  view.setBigInt64(at + 1, value, true);
  return 9;
}

/** Writes what stands in front of a string's bytes at `at` (room for 5); returns its size. */
export function writeStringHeader(view: DataView, at: number, length: number): number {
  if (length < 64) {
    view.setUint8(at, 0x80 | length);
    return 1;
  }
  if (length < 4096) {
    view.setUint8(at, 0xe0 | (length >> 8));
    view.setUint8(at + 1, length & 0xff);
    return 2;
  }
  view.setUint8(at, LONG_STRING);
  view.setUint32(at + 1, length, true);
  return 5;
}

/**
 * Encodes source[start, start + length) at `at` as an integer, when it is an int64 in its one canonical form (no
 * blank, no plus, no leading zero). Returns the encoded size, or 0 when it is not. Room for 9 bytes must be there.
 */
export function tryWriteTextAsInteger(
  view: DataView,
  at: number,
  source: DataView,
  start: number,
  length: number,
): number {
  if (length === 0 || length > 20) return 0;
  const first = source.getUint8(start);
  const negative = first === 45;
  const digits = negative ? length - 1 : length;
  if (digits === 0 || digits > 19) return 0;
  const from = start + length - digits;
  const lead = source.getUint8(from);
  if (lead === 48) {
    if (length !== 1) return 0;
    view.setUint8(at, 0);
    return 1;
  }
  let value = 0;
  for (let i = from; i < from + digits; i++) {
    const digit = source.getUint8(i) - 48;
    if (digit < 0 || digit > 9) return 0;
    value = value * 10 + digit;
  }
  if (digits < 16) return writeEntryInteger(view, at, negative ? -value : value);
  let text = negative ? "-" : "";
  for (let i = from; i < from + digits; i++) text += String.fromCharCode(source.getUint8(i));
  const exact = BigInt(text);
  return BigInt.asIntN(64, exact) === exact ? writeEntryInt64(view, at, exact) : 0;
}

/** Writes a safe integer in decimal at `at` (room for 17 bytes); returns the length. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number): number {
  let rest = value < 0 ? -value : value;
  let end = at + (value < 0 ? 2 : 1);
  for (let bound = 10; rest >= bound; bound *= 10) end++;
  let i = end;
  while (rest > 0x7fffffff) {
    const quotient = Math.floor(rest / 10);
    bytes[--i] = 48 + (rest - quotient * 10);
    rest = quotient;
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    bytes[--i] = 48 + (small - quotient * 10);
    small = quotient;
  } while (small !== 0);
  if (value < 0) bytes[at] = 45;
  return end - at;
}
