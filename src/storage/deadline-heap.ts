/**
 * Heaps of blocks by deadline: which of many has the earliest one, in O(1); adding, moving and removing one in
 * O(log n). For the fields of a large hash that expire, and for the hashes of a database that have such fields.
 *
 *   root, 12 bytes:   0 count | 4 directory (handle) | 8 pages
 *   directory:        handles of the pages
 *   page, 4 KiB:      1024 handles; the only page of a small heap is as small as it can be
 *
 * It is a binary heap over entries 0 to count - 1: that of entry i are 2i + 1 and 2i + 2. Growing adds a page and
 * moves nothing, so no step takes long at any size.
 *
 * An item is a block of the caller's, who keeps its deadline and its place (the entry that it is) inside of it: see
 * HeapItems. Callers: keyspace/ only.
 */
import type { Arena, Handle } from "./arena.js";
import { NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import { UNIT_MASK, WINDOW_SHIFT, type Window } from "./window.js";

export interface HeapItems {
  deadline(item: Handle): number;
  place(item: Handle): number;
  setPlace(item: Handle, place: number): void;
}

const ROOT_BYTES = 12;
export const ROOT_COUNT = 0;
export const ROOT_DIRECTORY = 1;
export const ROOT_PAGES = 2;

const PAGE_SHIFT = 10;
export const PAGE_ENTRIES = 1 << PAGE_SHIFT;
const FIRST_PAGE_ENTRIES = 4;
const ENTRY_BYTES = 4;

export class DeadlineHeap {
  readonly arena: Arena;
  readonly #items: HeapItems;
  readonly #windows: Window[];

  constructor(arena: Arena, items: HeapItems) {
    this.arena = arena;
    this.#items = items;
    this.#windows = arena.windows;
  }

  /** An empty heap. */
  create(): Handle {
    const root = this.arena.alloc(ROOT_BYTES);
    const directory = this.#allocOrFree(ENTRY_BYTES, root);
    this.#setRootWord(root, ROOT_COUNT, 0);
    this.#setRootWord(root, ROOT_DIRECTORY, directory);
    this.#setRootWord(root, ROOT_PAGES, 0);
    return root;
  }

  /** Frees the heap; the items are the caller's. */
  destroy(root: Handle): void {
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    for (let page = this.#rootWord(root, ROOT_PAGES) - 1; page >= 0; page--)
      this.arena.free(this.#word(directory, page));
    this.arena.free(directory);
    this.arena.free(root);
  }

  count(root: Handle): number {
    return this.#rootWord(root, ROOT_COUNT);
  }

  /** The bytes of the heap itself, without the items. */
  byteLength(root: Handle): number {
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    let bytes = this.arena.sizeOf(root) + this.arena.sizeOf(directory);
    for (let page = this.#rootWord(root, ROOT_PAGES) - 1; page >= 0; page--) {
      bytes += this.arena.sizeOf(this.#word(directory, page));
    }
    return bytes;
  }

  /** The item with the earliest deadline; NONE when there is none. */
  first(root: Handle): Handle {
    return this.#rootWord(root, ROOT_COUNT) === 0 ? NONE : this.#entry(root, 0);
  }

  /** How many items have a deadline before `time`: takes as long as there are such. */
  countBefore(root: Handle, time: number): number {
    return this.#countBefore(root, 0, this.#rootWord(root, ROOT_COUNT), time);
  }

  /** Adds an item. Throws ArenaFullError, with the heap as it was. */
  add(root: Handle, item: Handle): void {
    const count = this.#rootWord(root, ROOT_COUNT);
    if (count === this.#capacity(root)) this.#grow(root);
    this.#setRootWord(root, ROOT_COUNT, count + 1);
    this.#siftUp(root, count, item);
  }

  remove(root: Handle, item: Handle): void {
    const place = this.#items.place(item);
    const last = this.#rootWord(root, ROOT_COUNT) - 1;
    const moved = this.#entry(root, last);
    this.#setRootWord(root, ROOT_COUNT, last);
    if (place !== last) this.#settle(root, place, moved);
    this.#shrink(root, last);
  }

  /** The item's deadline has changed. */
  update(root: Handle, item: Handle): void {
    this.#settle(root, this.#items.place(item), item);
  }

  /** An item's block has moved: its place and deadline are those of the old one. */
  replace(root: Handle, item: Handle): void {
    this.#setEntry(root, this.#items.place(item), item);
  }

  /** Moves the heap's own blocks. Returns the root's handle from now on. */
  moveBlocks(root: Handle, mover: BlockMover): Handle {
    const moved = mover.move(root);
    const directory = mover.move(this.#rootWord(moved, ROOT_DIRECTORY));
    this.#setRootWord(moved, ROOT_DIRECTORY, directory);
    for (let page = this.#rootWord(moved, ROOT_PAGES) - 1; page >= 0; page--) {
      this.#setWord(directory, page, mover.move(this.#word(directory, page)));
    }
    return moved;
  }

  /** Puts an item where it belongs, above or below `place`, which is free. */
  #settle(root: Handle, place: number, item: Handle): void {
    if (place > 0) {
      const parent = this.#entry(root, (place - 1) >> 1);
      if (this.#items.deadline(parent) > this.#items.deadline(item)) return this.#siftUp(root, place, item);
    }
    this.#siftDown(root, place, item);
  }

  #siftUp(root: Handle, place: number, item: Handle): void {
    const deadline = this.#items.deadline(item);
    let at = place;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#entry(root, above);
      if (this.#items.deadline(parent) <= deadline) break;
      this.#put(root, at, parent);
      at = above;
    }
    this.#put(root, at, item);
  }

  #siftDown(root: Handle, place: number, item: Handle): void {
    const count = this.#rootWord(root, ROOT_COUNT);
    const deadline = this.#items.deadline(item);
    let at = place;
    while (true) {
      let below = 2 * at + 1;
      if (below >= count) break;
      let child = this.#entry(root, below);
      let earliest = this.#items.deadline(child);
      if (below + 1 < count) {
        const other = this.#entry(root, below + 1);
        const otherDeadline = this.#items.deadline(other);
        if (otherDeadline < earliest) {
          below++;
          child = other;
          earliest = otherDeadline;
        }
      }
      if (earliest >= deadline) break;
      this.#put(root, at, child);
      at = below;
    }
    this.#put(root, at, item);
  }

  #countBefore(root: Handle, at: number, count: number, time: number): number {
    if (at >= count || this.#items.deadline(this.#entry(root, at)) >= time) return 0;
    return 1 + this.#countBefore(root, 2 * at + 1, count, time) + this.#countBefore(root, 2 * at + 2, count, time);
  }

  #put(root: Handle, place: number, item: Handle): void {
    this.#setEntry(root, place, item);
    this.#items.setPlace(item, place);
  }

  #capacity(root: Handle): number {
    const pages = this.#rootWord(root, ROOT_PAGES);
    if (pages !== 1) return pages * PAGE_ENTRIES;
    return Math.min(PAGE_ENTRIES, this.arena.sizeOf(this.#word(this.#rootWord(root, ROOT_DIRECTORY), 0)) / ENTRY_BYTES);
  }

  /** Makes room for at least one entry more: doubles the first page up to its full size, then adds pages. */
  #grow(root: Handle): void {
    const { arena } = this;
    const pages = this.#rootWord(root, ROOT_PAGES);
    const count = this.#rootWord(root, ROOT_COUNT);
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    if (pages === 1 && count < PAGE_ENTRIES) {
      const entries = Math.min(PAGE_ENTRIES, count * 2);
      const page = arena.realloc(this.#word(directory, 0), count * ENTRY_BYTES, entries * ENTRY_BYTES);
      this.#setWord(directory, 0, page);
      return;
    }
    const page = arena.alloc((pages === 0 ? FIRST_PAGE_ENTRIES : PAGE_ENTRIES) * ENTRY_BYTES);
    let target = directory;
    if (pages * ENTRY_BYTES === arena.sizeOf(directory)) {
      try {
        target = arena.realloc(directory, pages * ENTRY_BYTES, 2 * pages * ENTRY_BYTES);
      } catch (error) {
        arena.free(page);
        throw error;
      }
    }
    this.#setWord(target, pages, page);
    this.#setRootWord(root, ROOT_DIRECTORY, target);
    this.#setRootWord(root, ROOT_PAGES, pages + 1);
  }

  /** Gives the last page back when it, and half of the one before, are not used. */
  #shrink(root: Handle, count: number): void {
    const pages = this.#rootWord(root, ROOT_PAGES);
    if (pages < 2 || count > (pages - 1) * PAGE_ENTRIES - PAGE_ENTRIES / 2) return;
    this.arena.free(this.#word(this.#rootWord(root, ROOT_DIRECTORY), pages - 1));
    this.#setRootWord(root, ROOT_PAGES, pages - 1);
  }

  #allocOrFree(bytes: number, other: Handle): Handle {
    try {
      return this.arena.alloc(bytes);
    } catch (error) {
      this.arena.free(other);
      throw error;
    }
  }

  #entry(root: Handle, at: number): Handle {
    return this.#word(this.#word(this.#rootWord(root, ROOT_DIRECTORY), at >>> PAGE_SHIFT), at & (PAGE_ENTRIES - 1));
  }

  #setEntry(root: Handle, at: number, item: Handle): void {
    const page = this.#word(this.#rootWord(root, ROOT_DIRECTORY), at >>> PAGE_SHIFT);
    this.#setWord(page, at & (PAGE_ENTRIES - 1), item);
  }

  #word(block: Handle, word: number): number {
    return this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word]!;
  }

  #setWord(block: Handle, word: number, value: number): void {
    this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word] = value;
  }

  #rootWord(root: Handle, word: number): number {
    return this.#word(root, word);
  }

  #setRootWord(root: Handle, word: number, value: number): void {
    this.#setWord(root, word, value);
  }
}
