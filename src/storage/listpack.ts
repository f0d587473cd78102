/**
 * Listpacks: small sequences of strings and integers in one arena block, in Redis's byte format, so that they travel
 * in RDB and DUMP as they are. Small lists, sets, hashes, sorted sets, the nodes of a quicklist and of a stream.
 *
 *   0  u32  total bytes, header and end byte included
 *   4  u16  number of entries; 65535: more than fit, they must be counted
 *   6       entries (listpack-entry.ts)
 *   -  u8   255, the end
 *
 * A listpack is named by its block's handle. A change may move the block: the methods that change return the handle.
 * An entry is named by its position, the offset of its first byte from the block's; 0 is none. Positions before the
 * place of a change stay valid.
 *
 * Changes go through `staged`: clear it, add entries, then insert, append, prepend or replace with all of them in one
 * shift. `position` then names the first new entry (or, after a deletion, the entry that follows; NO_POSITION at the end).
 *
 *   const { staged } = listpacks;
 *   staged.clear(); staged.add(view, fieldStart, fieldLength); staged.add(view, valueStart, valueLength);
 *   lp = listpacks.append(lp);
 *
 * One object serves all listpacks of an arena. Callers: keyspace/, quicklist.ts.
 */
import type { Arena, Handle } from "./arena.js";
import { areEqualBytes, copyBytes } from "./bytes.js";
import {
  backLengthSize,
  END_BYTE,
  isStringEntry,
  mayBeInteger,
  readBackLength,
  readEncodedSize,
  readEntryInt64,
  readEntryInteger,
  stringHeaderSize,
  stringHeaderSizeFor,
  tryWriteTextAsInteger,
  writeBackLength,
  writeDecimal,
  writeStringHeader,
} from "./listpack-entry.js";
import { StagedEntries } from "./listpack-staging.js";

export const HEADER_BYTES = 6;
/** A listpack without entries. */
export const EMPTY_BYTES = HEADER_BYTES + 1;
export const COUNT_UNKNOWN = 65535;
/** No listpack grows past this: see fits. */
export const LISTPACK_MAX_BYTES = 2 ** 30 - 8192;
/** No entry. */
export const NO_POSITION = 0;

const INTEGER_TEXT_MAX_BYTES = 20;

export class Listpack {
  readonly arena: Arena;
  readonly staged = new StagedEntries();
  /** Where the latest change left off. */
  position = NO_POSITION;
  /** Set by read and locate. The bytes are valid until the listpack changes, or the next locate. */
  isInteger = false;
  /** The nearest double past 2^53: int64() is exact. */
  integer = 0;
  view: DataView;
  start = 0;
  length = 0;
  readonly #text = new Uint8Array(INTEGER_TEXT_MAX_BYTES + 4);
  readonly #textView = new DataView(this.#text.buffer);
  /** What `matches` looks for: the bytes in front of the data of an equal entry, and that data. */
  readonly #needleHead = new Uint8Array(16);
  readonly #needleHeadView = new DataView(this.#needleHead.buffer);
  #needleHeadBytes = 0;
  #needleIsInteger = false;
  /** The needle as it was given. */
  needle: DataView;
  needleStart = 0;
  needleLength = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    this.view = this.#textView;
    this.needle = this.#textView;
  }

  /** An empty listpack with room for so many bytes. The caller frees it with arena.free, like any block. */
  create(room: number = EMPTY_BYTES): Handle {
    const lp = this.arena.alloc(room);
    this.#setHeader(lp, EMPTY_BYTES, 0);
    this.arena.window(lp).bytes[this.arena.offset(lp) + HEADER_BYTES] = END_BYTE;
    return lp;
  }

  /** A listpack of these entries, which begin at a position (or end) of another and end at one. */
  createFrom(source: Handle, from: number, to: number, count: number): Handle {
    const { arena } = this;
    const length = to - from;
    const lp = arena.alloc(EMPTY_BYTES + length);
    const at = arena.offset(lp) + HEADER_BYTES;
    copyBytes(arena.window(source).view, arena.offset(source) + from, arena.window(lp).view, at, length);
    arena.window(lp).bytes[at + length] = END_BYTE;
    this.#setHeader(lp, EMPTY_BYTES + length, Math.min(count, COUNT_UNKNOWN));
    return lp;
  }

  /**
   * A copy of a listpack that lies elsewhere; isValidListpack must have found it valid. Elements that are not in the
   * encoding that add() chooses, as damaged or forged ones may be, get it: matches() relies on it.
   */
  load(source: DataView, start: number, length: number): Handle {
    const lp = this.#copyBytes(source, start, length);
    for (let pos = this.first(lp); pos !== NO_POSITION; pos = this.next(lp, pos)) {
      this.locate(lp, pos);
      this.setNeedle(this.view, this.start, this.length);
      if (!this.matches(lp, pos)) return this.#encodeAnew(lp);
    }
    return lp;
  }

  copy(lp: Handle): Handle {
    return this.#copyBytes(this.arena.window(lp).view, this.arena.offset(lp), this.byteLength(lp));
  }

  /** Total bytes, header and end included. */
  byteLength(lp: Handle): number {
    return this.arena.window(lp).view.getUint32(this.arena.offset(lp), true);
  }

  /** How many entries. Walks when there are more than 65534. */
  count(lp: Handle): number {
    const { view } = this.arena.window(lp);
    const at = this.arena.offset(lp);
    const stored = view.getUint16(at + 4, true);
    if (stored !== COUNT_UNKNOWN) return stored;
    let count = 0;
    for (let pos = this.first(lp); pos !== NO_POSITION; pos = this.next(lp, pos)) count++;
    if (count < COUNT_UNKNOWN) view.setUint16(at + 4, count, true);
    return count;
  }

  isEmpty(lp: Handle): boolean {
    return this.byteLength(lp) === EMPTY_BYTES;
  }

  /** Whether so many bytes more may be added (see entrySizeMax), whatever the configuration says. */
  fits(lp: Handle, bytes: number): boolean {
    return this.byteLength(lp) + bytes <= LISTPACK_MAX_BYTES;
  }

  first(lp: Handle): number {
    return this.arena.window(lp).bytes[this.arena.offset(lp) + HEADER_BYTES] === END_BYTE ? NO_POSITION : HEADER_BYTES;
  }

  last(lp: Handle): number {
    return this.previous(lp, this.end(lp));
  }

  /** The position of the end byte: what stands there is no entry, but entries can be inserted there. */
  end(lp: Handle): number {
    return this.byteLength(lp) - 1;
  }

  /** The entry behind `pos`, or NO_POSITION. */
  next(lp: Handle, pos: number): number {
    const { bytes } = this.arena.window(lp);
    const at = this.arena.offset(lp);
    const size = readEncodedSize(bytes, at + pos);
    const next = pos + size + backLengthSize(size);
    return bytes[at + next] === END_BYTE ? NO_POSITION : next;
  }

  /** The entry in front of `pos` (which may be the end), or NO_POSITION. */
  previous(lp: Handle, pos: number): number {
    if (pos === HEADER_BYTES) return NO_POSITION;
    const size = readBackLength(this.arena.window(lp).bytes, this.arena.offset(lp) + pos - 1);
    return pos - size - backLengthSize(size);
  }

  /** Where the entry at `pos` ends: the position of the next one, or the end. */
  past(lp: Handle, pos: number): number {
    const size = readEncodedSize(this.arena.window(lp).bytes, this.arena.offset(lp) + pos);
    return pos + size + backLengthSize(size);
  }

  /** The entry with this index, from the end when negative (-1 is the last); NO_POSITION when there is none. */
  seek(lp: Handle, index: number): number {
    const { view } = this.arena.window(lp);
    const stored = view.getUint16(this.arena.offset(lp) + 4, true);
    let backward = index < 0;
    let steps = backward ? -index - 1 : index;
    if (stored !== COUNT_UNKNOWN) {
      if (steps >= stored) return NO_POSITION;
      if (steps > stored >> 1) {
        backward = !backward;
        steps = stored - 1 - steps;
      }
    }
    let pos = backward ? this.last(lp) : this.first(lp);
    for (; steps > 0 && pos !== NO_POSITION; steps--) pos = backward ? this.previous(lp, pos) : this.next(lp, pos);
    return pos;
  }

  /** Decodes the entry: isInteger and integer, or view, start and length. */
  read(lp: Handle, pos: number): void {
    const window = this.arena.window(lp);
    const at = this.arena.offset(lp) + pos;
    const first = window.bytes[at]!;
    if (isStringEntry(first)) {
      const header = stringHeaderSize(first);
      this.isInteger = false;
      this.view = window.view;
      this.start = at + header;
      this.length = readEncodedSize(window.bytes, at) - header;
    } else {
      this.isInteger = true;
      this.integer = readEntryInteger(window.view, at);
    }
  }

  /** Points view, start and length at the entry's text; an integer is written out into a scratch buffer. */
  locate(lp: Handle, pos: number): void {
    this.read(lp, pos);
    if (!this.isInteger) return;
    this.view = this.#textView;
    this.start = 0;
    if (Number.isSafeInteger(this.integer)) {
      this.length = writeDecimal(this.#text, 0, this.integer);
      return;
    }
    const text = this.int64(lp, pos).toString();
    for (let i = 0; i < text.length; i++) this.#text[i] = text.charCodeAt(i);
    this.length = text.length;
  }

  /** The exact value of an integer entry. Allocates a BigInt: for those past 2^53. */
  int64(lp: Handle, pos: number): bigint {
    const { view } = this.arena.window(lp);
    const at = this.arena.offset(lp) + pos;
    const near = readEntryInteger(view, at);
    return Number.isSafeInteger(near) ? BigInt(near) : readEntryInt64(view, at);
  }

  /** Length of the entry's text, in bytes. */
  textLength(lp: Handle, pos: number): number {
    this.locate(lp, pos);
    return this.length;
  }

  /** Says what matches and findFrom look for. The bytes must stay until then. */
  setNeedle(source: DataView, start: number, length: number): void {
    const size = tryWriteTextAsInteger(this.#needleHeadView, 0, source, start, length);
    this.#needleIsInteger = size !== 0;
    this.#needleHeadBytes = size === 0 ? writeStringHeader(this.#needleHeadView, 0, length) : size;
    this.needle = source;
    this.needleStart = start;
    this.needleLength = length;
  }

  /** Whether the entry is the needle. Elements have one encoding only, so equal ones have equal bytes. */
  matches(lp: Handle, pos: number): boolean {
    const window = this.arena.window(lp);
    return this.#isNeedleAt(window.bytes, window.view, this.arena.offset(lp) + pos);
  }

  /** The first entry equal to the needle at `pos` or behind it, looking at every (skip + 1)-th; or NO_POSITION. */
  findFrom(lp: Handle, pos: number, skip: number): number {
    const { bytes, view } = this.arena.window(lp);
    const base = this.arena.offset(lp);
    let at = base + pos;
    let toSkip = 0;
    for (; bytes[at] !== END_BYTE; toSkip--) {
      if (toSkip === 0) {
        if (this.#isNeedleAt(bytes, view, at)) return at - base;
        toSkip = skip + 1;
      }
      const size = readEncodedSize(bytes, at);
      at += size + backLengthSize(size);
    }
    return NO_POSITION;
  }

  /** setNeedle and findFrom the first entry: find a member (skip 0), a field among fields and values (skip 1). */
  find(lp: Handle, source: DataView, start: number, length: number, skip: number): number {
    this.setNeedle(source, start, length);
    return this.findFrom(lp, HEADER_BYTES, skip);
  }

  /** Puts the staged entries in front of the entry at `pos` (or at the end). */
  insert(lp: Handle, pos: number): Handle {
    return this.#splice(lp, pos, pos, 0);
  }

  /**
   * Adds one element at an end, as staging it would, but writes it straight into place. The bytes may not lie in this
   * listpack. `position` is left alone.
   */
  push(lp: Handle, source: DataView, start: number, length: number, atHead: boolean): Handle {
    if (mayBeInteger(source, start, length)) {
      this.staged.clear();
      this.staged.add(source, start, length);
      return atHead ? this.prepend(lp) : this.append(lp);
    }
    const { arena } = this;
    const header = stringHeaderSizeFor(length);
    const size = header + length + backLengthSize(header + length);
    const oldBytes = this.byteLength(lp);
    const newBytes = oldBytes + size;
    const target = newBytes > arena.sizeOf(lp) ? arena.realloc(lp, oldBytes, newBytes) : lp;
    const { bytes, view } = arena.window(target);
    const at = arena.offset(target);
    let to = at + HEADER_BYTES;
    if (atHead) bytes.copyWithin(to + size, to, at + oldBytes);
    else to = at + oldBytes - 1;
    writeStringHeader(view, to, length);
    copyBytes(source, start, view, to + header, length);
    const past = writeBackLength(bytes, to + header + length, header + length);
    if (!atHead) bytes[past] = END_BYTE;
    view.setUint32(at, newBytes, true);
    const count = view.getUint16(at + 4, true);
    if (count < COUNT_UNKNOWN) view.setUint16(at + 4, count + 1, true);
    return target;
  }

  /** Takes the first or the last entry out; `pos` is its position. */
  drop(lp: Handle, pos: number): Handle {
    const { arena } = this;
    const { bytes, view } = arena.window(lp);
    const at = arena.offset(lp);
    const oldBytes = view.getUint32(at, true);
    const count = view.getUint16(at + 4, true);
    const size = readEncodedSize(bytes, at + pos);
    const newBytes = oldBytes - size - backLengthSize(size);
    if (pos === newBytes - 1) bytes[at + pos] = END_BYTE;
    else bytes.copyWithin(at + pos, at + pos + oldBytes - newBytes, at + oldBytes);
    view.setUint32(at, newBytes, true);
    if (count < COUNT_UNKNOWN) view.setUint16(at + 4, count - 1, true);
    return newBytes * 4 > arena.sizeOf(lp) * 3 ? lp : arena.realloc(lp, newBytes, newBytes);
  }

  append(lp: Handle): Handle {
    const end = this.end(lp);
    return this.#splice(lp, end, end, 0);
  }

  prepend(lp: Handle): Handle {
    return this.#splice(lp, HEADER_BYTES, HEADER_BYTES, 0);
  }

  /** Puts the staged entries in the place of `count` entries from `pos` on. */
  replace(lp: Handle, pos: number, count: number): Handle {
    let to = pos;
    for (let i = 0; i < count; i++) to = this.past(lp, to);
    return this.#splice(lp, pos, to, count);
  }

  /** Takes out `count` entries from `pos` on, or as many as there are. */
  delete(lp: Handle, pos: number, count: number): Handle {
    const end = this.end(lp);
    let to = pos;
    let removed = 0;
    for (; removed < count && to < end; removed++) to = this.past(lp, to);
    return this.deleteRange(lp, pos, to, removed);
  }

  /** Takes out the entries between two positions (`to` may be the end), which are `count`. */
  deleteRange(lp: Handle, from: number, to: number, count: number): Handle {
    this.staged.clear();
    return this.#splice(lp, from, to, count);
  }

  /** Appends all entries of `other`, which stays. */
  appendAll(lp: Handle, other: Handle): Handle {
    const { arena, staged } = this;
    staged.clear();
    const view = arena.window(other).view;
    staged.addEncoded(
      view,
      arena.offset(other) + HEADER_BYTES,
      this.byteLength(other) - EMPTY_BYTES,
      this.count(other),
    );
    return this.append(lp);
  }

  #copyBytes(source: DataView, start: number, length: number): Handle {
    const lp = this.arena.alloc(length);
    copyBytes(source, start, this.arena.window(lp).view, this.arena.offset(lp), length);
    return lp;
  }

  /** A listpack with the same elements, each in the encoding that add() chooses, in the place of this one. */
  #encodeAnew(lp: Handle): Handle {
    const { staged, arena } = this;
    try {
      staged.clear();
      for (let pos = this.first(lp); pos !== NO_POSITION; pos = this.next(lp, pos)) {
        this.locate(lp, pos);
        staged.add(this.view, this.start, this.length);
      }
      return this.append(this.create());
    } finally {
      arena.free(lp);
    }
  }

  #isNeedleAt(bytes: Uint8Array, view: DataView, at: number): boolean {
    const head = this.#needleHead;
    for (let i = 0; i < this.#needleHeadBytes; i++) if (bytes[at + i] !== head[i]) return false;
    if (this.#needleIsInteger) return true;
    return areEqualBytes(view, at + this.#needleHeadBytes, this.needle, this.needleStart, this.needleLength);
  }

  /** Puts the staged bytes in the place of [from, to), which holds `removed` entries. */
  #splice(lp: Handle, from: number, to: number, removed: number): Handle {
    const { arena, staged } = this;
    const oldBytes = this.byteLength(lp);
    const stored = arena.window(lp).view.getUint16(arena.offset(lp) + 4, true);
    const newBytes = oldBytes + staged.length - (to - from);
    const grows = newBytes > arena.sizeOf(lp);
    const target = grows ? arena.realloc(lp, oldBytes, newBytes) : lp;
    const window = arena.window(target);
    const at = arena.offset(target);
    if (newBytes !== oldBytes) window.bytes.copyWithin(at + from + staged.length, at + to, at + oldBytes);
    copyBytes(staged.view, 0, window.view, at + from, staged.length);
    // A count that is unknown stays so until somebody asks: then count() counts.
    const count = stored === COUNT_UNKNOWN ? COUNT_UNKNOWN : Math.min(stored + staged.count - removed, COUNT_UNKNOWN);
    this.#setHeader(target, newBytes, count);
    this.position = from === newBytes - 1 ? NO_POSITION : from;
    if (newBytes * 4 > arena.sizeOf(target) * 3 || grows) return target;
    return arena.realloc(target, newBytes, newBytes);
  }

  #setHeader(lp: Handle, bytes: number, count: number): void {
    const { view } = this.arena.window(lp);
    const at = this.arena.offset(lp);
    view.setUint32(at, bytes, true);
    view.setUint16(at + 4, count, true);
  }
}
