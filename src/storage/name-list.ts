/**
 * Name lists: blocks in the arena, each with a name, kept in the order of their names. The consumer groups of a stream
 * and the consumers of a group are such lists (keyspace/group-blocks.ts): few, and listed in order. One object serves
 * all lists of one kind of block. The list's handle changes as it grows; NONE is the empty list.
 *
 *   list:    0 entries | 4 their handles, in the order of the names
 *   block:   0 length of the name | 4 the owner's fields, up to `nameAt` | the name
 *
 * A look-up compares log2(n) names. To add or to take out one moves the handles behind it: 100,000 of them in 10 us.
 */
import { type Arena, ArenaFullError, type Handle, NONE } from "./arena.js";
import { compareBytes, copyBytes } from "./bytes.js";

const COUNT = 0;
const FIRST = 1;
/** A list gives memory back once it needs a quarter of what it has. Not below this size. */
const SHRINK_MIN_BYTES = 256;

export class NameList {
  readonly #arena: Arena;
  readonly #nameAt: number;

  /** `nameAt`: the offset of the name in each block. */
  constructor(arena: Arena, nameAt: number) {
    this.#arena = arena;
    this.#nameAt = nameAt;
  }

  /** A block with this name; the fields in front of it are the caller's to write. It is in no list. */
  createBlock(view: DataView, start: number, length: number): Handle {
    const arena = this.#arena;
    const block = arena.alloc(this.#nameAt + length);
    const target = arena.window(block).view;
    const at = arena.offset(block);
    target.setUint32(at, length, true);
    copyBytes(view, start, target, at + this.#nameAt, length);
    return block;
  }

  /** The offset of a block's name in its window. */
  nameStart(block: Handle): number {
    return this.#arena.offset(block) + this.#nameAt;
  }

  nameLength(block: Handle): number {
    return this.#arena.window(block).view.getUint32(this.#arena.offset(block), true);
  }

  count(list: Handle): number {
    return list === NONE ? 0 : this.#words(list)[this.#place(list)]!;
  }

  block(list: Handle, index: number): Handle {
    return this.#words(list)[this.#place(list) + FIRST + index]!;
  }

  /** The index of the block with this name; when there is none, -1 - the index that it would have. */
  search(list: Handle, view: DataView, start: number, length: number): number {
    let low = 0;
    let high = this.count(list);
    // Names that come in order (from a dump, a copy) are compared with the last one only.
    if (high > 0 && this.#compare(this.block(list, high - 1), view, start, length) < 0) return -1 - high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(this.block(list, middle), view, start, length);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return -1 - low;
  }

  find(list: Handle, view: DataView, start: number, length: number): Handle {
    const index = this.search(list, view, start, length);
    return index < 0 ? NONE : this.block(list, index);
  }

  /** Puts a block in front of the one at `index`. Returns the list. Throws ArenaFullError, with the list as it was. */
  insert(list: Handle, index: number, block: Handle): Handle {
    const count = this.count(list);
    const bytes = 4 * (FIRST + count + 1);
    const grown = list === NONE ? this.#arena.alloc(bytes) : this.#arena.realloc(list, bytes - 4, bytes);
    const words = this.#words(grown);
    const at = this.#place(grown);
    const place = at + FIRST + index;
    words.copyWithin(place + 1, place, at + FIRST + count);
    words[place] = block;
    words[at + COUNT] = count + 1;
    return grown;
  }

  /** Takes the entry at `index` out; the block is the caller's. Returns the list. */
  remove(list: Handle, index: number): Handle {
    const arena = this.#arena;
    const count = this.count(list) - 1;
    if (count === 0) {
      arena.free(list);
      return NONE;
    }
    const words = this.#words(list);
    const at = this.#place(list);
    const place = at + FIRST + index;
    words.copyWithin(place, place + 1, at + FIRST + count + 1);
    words[at + COUNT] = count;
    const bytes = 4 * (FIRST + count);
    const size = arena.sizeOf(list);
    return size >= SHRINK_MIN_BYTES && bytes * 4 <= size ? this.#shrink(list, bytes) : list;
  }

  /** Another block, of the same name, takes the place of the one at `index`. */
  replace(list: Handle, index: number, block: Handle): void {
    this.#words(list)[this.#place(list) + FIRST + index] = block;
  }

  /** Takes the last block out, which is the caller's. The list stays where it is, even when it is empty. */
  pop(list: Handle): void {
    this.#words(list)[this.#place(list)]! -= 1;
  }

  /** Frees a list whose blocks are gone. */
  destroy(list: Handle): void {
    if (list !== NONE) this.#arena.free(list);
  }

  /** Bytes of the list, without its blocks. */
  sizeOf(list: Handle): number {
    return list === NONE ? 0 : this.#arena.sizeOf(list);
  }

  #shrink(list: Handle, bytes: number): Handle {
    try {
      return this.#arena.realloc(list, bytes, bytes);
    } catch (error) {
      // No room to move to: then it stays.
      if (error instanceof ArenaFullError) return list;
      throw error;
    }
  }

  #compare(block: Handle, view: DataView, start: number, length: number): number {
    return compareBytes(
      this.#arena.window(block).view,
      this.nameStart(block),
      this.nameLength(block),
      view,
      start,
      length,
    );
  }

  #words(list: Handle): Int32Array {
    return this.#arena.window(list).words;
  }

  /** The list's first word in its window's words. */
  #place(list: Handle): number {
    return this.#arena.offset(list) >>> 2;
  }
}
