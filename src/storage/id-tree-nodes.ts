/**
 * The ID tree's memory layout, and work within one node. Shared by id-tree.ts (search, cursors) and id-tree-shape.ts
 * (splits, merges).
 *
 *   root, 28 bytes, never moves (words):
 *      0 top node, NONE in an empty tree | 1 height: levels of inner nodes | 2 entries in the tree
 *      3 first leaf | 4 last leaf | 5 blocks, the root's included | 6 their bytes
 *   leaf, 1 KiB (less when it is the only one):
 *      0 entries in it | 1 entries it has room for | 2 next leaf | 3 previous leaf
 *      4 entries in order: four words of ID, then the words of the value
 *   inner node, 1 KiB: as a leaf (words 2 and 3 unused) with one word of value, the child
 *
 * All IDs below child i are at or after entry i's ID, and before entry i + 1's. Entry 0's is not looked at: what comes
 * before it goes below child 0 all the same.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import type { Id } from "./id.js";
import { UNIT_MASK, WINDOW_SHIFT, type Window } from "./window.js";

export const ROOT_BYTES = 28;
export const ROOT_TOP = 0;
export const ROOT_HEIGHT = 1;
export const ROOT_COUNT = 2;
export const ROOT_FIRST = 3;
export const ROOT_LAST = 4;
export const ROOT_BLOCKS = 5;
export const ROOT_BLOCK_BYTES = 6;

export const NODE_BYTES = 1024;
export const NODE_COUNT = 0;
export const NODE_CAPACITY = 1;
export const NODE_NEXT = 2;
export const NODE_PREVIOUS = 3;
export const NODE_ENTRIES = 4;
const NODE_HEADER_BYTES = 16;

export const ID_WORDS = 4;
export const INNER_STRIDE = ID_WORDS + 1;
export const INNER_CAPACITY = Math.floor((NODE_BYTES - NODE_HEADER_BYTES) / (4 * INNER_STRIDE));
/** 2^32 entries in nodes that are a quarter full need nine levels. */
export const HEIGHT_MAX = 12;

export class IdTreeNodes {
  readonly arena: Arena;
  /** Words of an entry of a leaf. */
  readonly stride: number;
  /** Entries of a leaf of full size. */
  readonly leafCapacity: number;
  readonly #windows: Window[];

  constructor(arena: Arena, valueWords: number) {
    this.arena = arena;
    this.stride = ID_WORDS + valueWords;
    this.leafCapacity = Math.floor((NODE_BYTES - NODE_HEADER_BYTES) / (4 * this.stride));
    this.#windows = arena.windows;
  }

  words(block: Handle): Int32Array {
    return this.#windows[block >>> WINDOW_SHIFT]!.words;
  }

  word(block: Handle, word: number): number {
    return this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word]!;
  }

  setWord(block: Handle, word: number, value: number): void {
    this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word] = value;
  }

  addWord(block: Handle, word: number, value: number): void {
    this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word]! += value;
  }

  /** The place of entry `index` in its window's words. */
  place(node: Handle, index: number, stride: number): number {
    return ((node & UNIT_MASK) << 1) + NODE_ENTRIES + index * stride;
  }

  child(inner: Handle, index: number): Handle {
    return this.words(inner)[this.place(inner, index, INNER_STRIDE) + ID_WORDS]!;
  }

  strideAt(height: number): number {
    return height === 0 ? this.stride : INNER_STRIDE;
  }

  /** How many of the entries from `from` on are before the ID (or, with `orEqual`, at it). All before `from` are. */
  search(node: Handle, stride: number, from: number, id: Id, orEqual: boolean): number {
    const words = this.words(node);
    const first = this.place(node, 0, stride);
    let low = from;
    let high = this.word(node, NODE_COUNT);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = id.compareWords(words, first + middle * stride);
      if (order > 0 || (orEqual && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A node without entries, with room for `entries` at least. Counted by count(). Throws ArenaFullError. */
  create(entries: number, stride: number): Handle {
    const node = this.arena.alloc(NODE_HEADER_BYTES + 4 * stride * entries);
    this.setWord(node, NODE_COUNT, 0);
    this.setWord(node, NODE_CAPACITY, this.#roomOf(node, stride));
    this.setWord(node, NODE_NEXT, NONE);
    this.setWord(node, NODE_PREVIOUS, NONE);
    return node;
  }

  /** The same node in a block of room for `entries`. */
  enlarge(root: Handle, node: Handle, entries: number, stride: number): Handle {
    const { arena } = this;
    const old = arena.sizeOf(node);
    const keep = NODE_HEADER_BYTES + 4 * stride * this.word(node, NODE_COUNT);
    const moved = arena.realloc(node, keep, NODE_HEADER_BYTES + 4 * stride * entries);
    this.setWord(moved, NODE_CAPACITY, this.#roomOf(moved, stride));
    this.addWord(root, ROOT_BLOCK_BYTES, arena.sizeOf(moved) - old);
    return moved;
  }

  /** Takes a block into the tree's account. */
  count(root: Handle, node: Handle): void {
    this.addWord(root, ROOT_BLOCKS, 1);
    this.addWord(root, ROOT_BLOCK_BYTES, this.arena.sizeOf(node));
  }

  free(root: Handle, node: Handle): void {
    this.addWord(root, ROOT_BLOCKS, -1);
    this.addWord(root, ROOT_BLOCK_BYTES, -this.arena.sizeOf(node));
    this.arena.free(node);
  }

  /** Moves entries from `from` on to `to` in another node, or in the same. The counts are the caller's. */
  move(source: Handle, from: number, target: Handle, to: number, count: number, stride: number): void {
    const words = this.words(source);
    const start = this.place(source, from, stride);
    const targetWords = this.words(target);
    const targetStart = this.place(target, to, stride);
    const length = count * stride;
    if (words === targetWords) words.copyWithin(targetStart, start, start + length);
    else for (let i = 0; i < length; i++) targetWords[targetStart + i] = words[start + i]!;
  }

  /** Writes entry `index` with values of 0. */
  writeEntry(leaf: Handle, index: number, id: Id): void {
    const { stride } = this;
    const words = this.words(leaf);
    const at = this.place(leaf, index, stride);
    id.writeWords(words, at);
    for (let i = ID_WORDS; i < stride; i++) words[at + i] = 0;
  }

  /** Puts `leaf` behind `previous` in the list of leaves. */
  linkLeaf(root: Handle, leaf: Handle, previous: Handle): void {
    const next = this.word(previous, NODE_NEXT);
    this.setWord(leaf, NODE_NEXT, next);
    this.setWord(leaf, NODE_PREVIOUS, previous);
    this.setWord(previous, NODE_NEXT, leaf);
    if (next !== NONE) this.setWord(next, NODE_PREVIOUS, leaf);
    else this.setWord(root, ROOT_LAST, leaf);
  }

  unlinkLeaf(root: Handle, leaf: Handle): void {
    const next = this.word(leaf, NODE_NEXT);
    const previous = this.word(leaf, NODE_PREVIOUS);
    if (next !== NONE) this.setWord(next, NODE_PREVIOUS, previous);
    else this.setWord(root, ROOT_LAST, previous);
    if (previous !== NONE) this.setWord(previous, NODE_NEXT, next);
    else this.setWord(root, ROOT_FIRST, next);
  }

  /** Entries that the node's block holds; never more than one of full size does. */
  #roomOf(node: Handle, stride: number): number {
    const bytes = Math.min(this.arena.sizeOf(node), NODE_BYTES);
    return Math.floor((bytes - NODE_HEADER_BYTES) / (4 * stride));
  }
}
