/**
 * Listpacks with a gap behind their header, at the front of a quicklist: so LPUSH and LPOP move no entries. Only
 * quicklist.ts makes and sees them; quicklist-nodes.ts closes the gap before anybody else gets the listpack.
 *
 *   0  u32  total bytes, the gap included | 4  u16  number of entries
 *   6       the gap: bytes without meaning
 *   -       entries, end byte, as in any listpack
 */
import type { Arena, Handle } from "./arena.js";
import { copyBytes } from "./bytes.js";
import { COUNT_UNKNOWN, EMPTY_BYTES, HEADER_BYTES } from "./listpack.js";
import {
  backLengthSize,
  END_BYTE,
  mayBeInteger,
  readEncodedSize,
  stringHeaderSizeFor,
  writeBackLength,
  writeStringHeader,
} from "./listpack-entry.js";

/** What pushIntoGap answers when the element does not go there. */
export const NO_ROOM = -1;

/** A listpack of so many bytes without entries: its gap is `bytes` - EMPTY_BYTES. */
export function createGap(arena: Arena, bytes: number): Handle {
  const lp = arena.alloc(bytes);
  const { view } = arena.window(lp);
  const at = arena.offset(lp);
  view.setUint32(at, bytes, true);
  view.setUint16(at + 4, 0, true);
  view.setUint8(at + bytes - 1, END_BYTE);
  return lp;
}

export function gapOfEmpty(bytes: number): number {
  return bytes - EMPTY_BYTES;
}

/** Puts a string in front of the entries. Returns the gap that is left; NO_ROOM for an integer, or where it is too long. */
export function pushIntoGap(
  arena: Arena,
  lp: Handle,
  gap: number,
  source: DataView,
  start: number,
  length: number,
): number {
  const header = stringHeaderSizeFor(length);
  const size = header + length + backLengthSize(header + length);
  if (size > gap || mayBeInteger(source, start, length)) return NO_ROOM;
  const { bytes, view } = arena.window(lp);
  const at = arena.offset(lp);
  const to = at + HEADER_BYTES + gap - size;
  writeStringHeader(view, to, length);
  copyBytes(source, start, view, to + header, length);
  writeBackLength(bytes, to + header + length, header + length);
  addToCount(view, at, 1);
  return gap - size;
}

/** Makes the first entry a part of the gap. Returns the new gap. */
export function dropIntoGap(arena: Arena, lp: Handle, gap: number): number {
  const { bytes, view } = arena.window(lp);
  const at = arena.offset(lp);
  const size = readEncodedSize(bytes, at + HEADER_BYTES + gap);
  addToCount(view, at, -1);
  return gap + size + backLengthSize(size);
}

/** Moves the entries behind the header: it is a listpack like any other. Its block stays as large as it was. */
export function closeGap(arena: Arena, lp: Handle, gap: number): void {
  const { bytes, view } = arena.window(lp);
  const at = arena.offset(lp);
  const total = view.getUint32(at, true);
  bytes.copyWithin(at + HEADER_BYTES, at + HEADER_BYTES + gap, at + total);
  view.setUint32(at, total - gap, true);
}

function addToCount(view: DataView, at: number, difference: number): void {
  const count = view.getUint16(at + 4, true);
  if (count < COUNT_UNKNOWN) view.setUint16(at + 4, count + difference, true);
}
