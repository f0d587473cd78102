/**
 * Intsets: sorted sets of integers in one arena block, in Redis's byte format, so that they travel in RDB and DUMP as
 * they are. Small sets of integers use them.
 *
 *   0  u32  width: bytes of one integer, 2, 4 or 8
 *   4  u32  number of integers
 *   8       the integers in ascending order, two's complement, little-endian
 *
 * All have the width that the widest ever added needs; it never shrinks. An intset is named by its block's handle. A
 * change may move the block: add and remove return the handle.
 *
 * The integer at hand is in `value`, as two words (int64.ts): has, add and remove work on it, read puts one there. So
 * a member goes from one intset to another without becoming a number, a BigInt or text.
 *
 * One object serves all intsets of an arena. Callers: keyspace/.
 */
import type { Arena, Handle } from "./arena.js";
import { copyBytes } from "./bytes.js";
import { INT64_TEXT_BYTES, Int64 } from "./int64.js";
import { INTSET_HEADER_BYTES } from "./intset-check.js";

const WIDTH_MIN = 2;
/** No intset grows past this many, whatever the configuration says: the block stays below half a window. */
export const INTSET_MAX_COUNT = 2 ** 26 - 1024;

export class Intset {
  readonly arena: Arena;
  readonly value = new Int64();
  /** Whether the latest add or remove changed anything. */
  changed = false;
  /** Set by locate: the text of `value`. Valid until the next locate. */
  readonly view: DataView;
  readonly start = 0;
  length = 0;
  readonly #text = new Uint8Array(INT64_TEXT_BYTES + 4);
  /** Where #search has found the value, or where it belongs. */
  #index = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    this.view = new DataView(this.#text.buffer);
  }

  /** An empty intset. The caller frees it with arena.free, like any block. */
  create(): Handle {
    const set = this.arena.alloc(INTSET_HEADER_BYTES);
    this.#setHeader(set, WIDTH_MIN, 0);
    return set;
  }

  /** A copy of an intset that lies elsewhere; countValidIntegers must have found it valid. */
  load(source: DataView, start: number, length: number): Handle {
    const set = this.arena.alloc(length);
    copyBytes(source, start, this.arena.window(set).view, this.arena.offset(set), length);
    return set;
  }

  copy(set: Handle): Handle {
    return this.load(this.arena.window(set).view, this.arena.offset(set), this.byteLength(set));
  }

  count(set: Handle): number {
    return this.arena.window(set).view.getUint32(this.arena.offset(set) + 4, true);
  }

  /** Total bytes, header included. */
  byteLength(set: Handle): number {
    const { view } = this.arena.window(set);
    const at = this.arena.offset(set);
    return INTSET_HEADER_BYTES + view.getUint32(at, true) * view.getUint32(at + 4, true);
  }

  /** Puts the integer with this index into `value`. */
  read(set: Handle, index: number): void {
    const { view } = this.arena.window(set);
    const at = this.arena.offset(set);
    const width = view.getUint32(at, true);
    const from = at + INTSET_HEADER_BYTES + index * width;
    if (width === 8) return this.value.set(view.getInt32(from + 4, true), view.getUint32(from, true));
    const small = width === 2 ? view.getInt16(from, true) : view.getInt32(from, true);
    this.value.set(small >> 31, small >>> 0);
  }

  /** Points view, start and length at the decimal text of `value`. */
  locate(): void {
    this.length = this.value.writeText(this.#text, 0);
  }

  /** Whether `value` is in the set. */
  has(set: Handle): boolean {
    return this.#search(set);
  }

  /** Adds `value`; `changed` tells whether it was absent. */
  add(set: Handle): Handle {
    this.changed = false;
    const { arena, value } = this;
    const { view } = arena.window(set);
    const width = view.getUint32(arena.offset(set), true);
    if (this.#search(set)) return set;
    const count = this.count(set);
    const needed = Math.max(width, widthOf(value));
    const oldBytes = INTSET_HEADER_BYTES + count * width;
    const newBytes = INTSET_HEADER_BYTES + (count + 1) * needed;
    const target = newBytes <= arena.sizeOf(set) ? set : arena.realloc(set, oldBytes, newBytes);
    const window = arena.window(target);
    const at = arena.offset(target);
    if (needed > width) {
      // Such an integer lies outside of what the old width can hold: in front of all, or behind all.
      this.#widen(target, count, width, needed, value.high < 0 ? 1 : 0);
    } else {
      const from = at + INTSET_HEADER_BYTES + this.#index * width;
      window.bytes.copyWithin(from + width, from, at + oldBytes);
    }
    this.#setHeader(target, needed, count + 1);
    this.#write(target, this.#index, needed);
    this.changed = true;
    return target;
  }

  /** Takes `value` out; `changed` tells whether it was there. */
  remove(set: Handle): Handle {
    this.changed = this.#search(set);
    return this.changed ? this.removeAt(set, this.#index) : set;
  }

  removeAt(set: Handle, index: number): Handle {
    const { arena } = this;
    const { view, bytes } = arena.window(set);
    const at = arena.offset(set);
    const width = view.getUint32(at, true);
    const count = view.getUint32(at + 4, true);
    const from = at + INTSET_HEADER_BYTES + index * width;
    bytes.copyWithin(from, from + width, at + INTSET_HEADER_BYTES + count * width);
    this.#setHeader(set, width, count - 1);
    const size = INTSET_HEADER_BYTES + (count - 1) * width;
    // A block that is a quarter empty goes back, not one that an insert would take again at once.
    return size * 4 > arena.sizeOf(set) * 3 ? set : arena.realloc(set, size, size);
  }

  /** Looks for `value`; #index is where it is or belongs. */
  #search(set: Handle): boolean {
    const { view } = this.arena.window(set);
    const at = this.arena.offset(set);
    const width = view.getUint32(at, true);
    const count = view.getUint32(at + 4, true);
    const from = at + INTSET_HEADER_BYTES;
    const { high, low } = this.value;
    if (width < 8 && high !== (low | 0) >> 31) {
      this.#index = high < 0 ? 0 : count;
      return false;
    }
    const small = low | 0;
    let lower = 0;
    let upper = count;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      let order: number;
      if (width === 2) {
        order = view.getInt16(from + middle * 2, true) - small;
      } else if (width === 4) {
        order = view.getInt32(from + middle * 4, true) - small;
      } else {
        order = view.getInt32(from + middle * 8 + 4, true) - high;
        if (order === 0) order = view.getUint32(from + middle * 8, true) - low;
      }
      if (order === 0) {
        this.#index = middle;
        return true;
      }
      if (order < 0) lower = middle + 1;
      else upper = middle;
    }
    this.#index = lower;
    return false;
  }

  /** Gives `count` integers a greater width and moves them up by `shift` places, from the last so that none is lost. */
  #widen(set: Handle, count: number, width: number, wider: number, shift: number): void {
    const { view } = this.arena.window(set);
    const from = this.arena.offset(set) + INTSET_HEADER_BYTES;
    for (let i = count - 1; i >= 0; i--) {
      const small = width === 2 ? view.getInt16(from + i * 2, true) : view.getInt32(from + i * 4, true);
      const to = from + (i + shift) * wider;
      view.setInt32(to, small, true);
      if (wider === 8) view.setInt32(to + 4, small >> 31, true);
    }
  }

  #write(set: Handle, index: number, width: number): void {
    const { view } = this.arena.window(set);
    const to = this.arena.offset(set) + INTSET_HEADER_BYTES + index * width;
    const { high, low } = this.value;
    if (width === 2) return view.setInt16(to, low, true);
    view.setUint32(to, low, true);
    if (width === 8) view.setInt32(to + 4, high, true);
  }

  #setHeader(set: Handle, width: number, count: number): void {
    const { view } = this.arena.window(set);
    const at = this.arena.offset(set);
    view.setUint32(at, width, true);
    view.setUint32(at + 4, count, true);
  }
}

/** How many bytes an integer of an intset with this one needs. */
function widthOf(value: Int64): number {
  const small = value.low | 0;
  if (value.high !== small >> 31) return 8;
  return small === (small << 16) >> 16 ? 2 : 4;
}
