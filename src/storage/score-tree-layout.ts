/**
 * The score tree's memory layout. Shared by score-tree.ts (search, insert, remove) and score-tree-shape.ts (splits,
 * merges).
 *
 *   member record: 0 member length, or 255 when it is longer than 254 | 1 score, f64 | 9 the member; behind a u32 with
 *                  its length when byte 0 is 255. It is also a dict record with 9 header bytes.
 *
 *   root, 20 bytes:    0 top node | 4 height: levels of inner nodes | 8 records in the tree | 12 bytes of all nodes
 *                      16 the owner's word
 *   leaf, 512 bytes:   0 records in it | 4 next leaf | 8 previous leaf | 12 records, 125 handles in order
 *   inner, 1268 bytes (a block of 1280):
 *        0   children in it
 *        8   score of each child's first record, 63 f64
 *      512   children, 63 handles
 *      764   records below each child, 63 u32
 *     1016   first record below each child, 63 handles
 *
 * Records are ordered by (score, member bytes); -0 is equal to 0. Every entry of an inner node names the first record
 * below it, entry 0 as well, so no node refers to a record that is not in the tree.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import { UNIT_MASK, WINDOW_SHIFT } from "./window.js";

export const MEMBER_HEADER_BYTES = 9;
export const MEMBER_SCORE = 1;
export const LONG_MEMBER = 255;
export const LONG_MEMBER_BYTES = 4;

export const ROOT_BYTES = 20;
export const LEAF_BYTES = 512;
export const INNER_BYTES = 1280;

export const ROOT_TOP = 0;
export const ROOT_HEIGHT = 1;
export const ROOT_COUNT = 2;
export const ROOT_NODE_BYTES = 3;
export const ROOT_OWNER = 4;

export const LEAF_COUNT = 0;
export const LEAF_NEXT = 1;
export const LEAF_PREVIOUS = 2;
export const LEAF_RECORDS = 3;
export const LEAF_CAPACITY = 125;
/** A leaf or inner node with fewer entries is merged with its neighbour, or gets some of its entries. */
export const LEAF_MIN = LEAF_CAPACITY >> 1;

export const INNER_COUNT = 0;
export const INNER_SCORES_BYTE = 8;
export const INNER_CAPACITY = 63;
export const INNER_MIN = INNER_CAPACITY >> 1;
export const INNER_SCORES = INNER_SCORES_BYTE / 4;
export const INNER_CHILDREN = INNER_SCORES + 2 * INNER_CAPACITY;
export const INNER_COUNTS = INNER_CHILDREN + INNER_CAPACITY;
export const INNER_FIRSTS = INNER_COUNTS + INNER_CAPACITY;

/** 2^32 records in half-full nodes need six levels of inner nodes. */
export const HEIGHT_MAX = 8;

/** Reads and writes the fields of nodes and member records of one arena. Stateless. */
export class ScoreTreeNodes {
  readonly arena: Arena;
  readonly #windows: Arena["windows"];

  constructor(arena: Arena) {
    this.arena = arena;
    this.#windows = arena.windows;
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

  score(record: Handle): number {
    return this.#windows[record >>> WINDOW_SHIFT]!.view.getFloat64(((record & UNIT_MASK) << 3) + MEMBER_SCORE, true);
  }

  setScore(record: Handle, score: number): void {
    this.#windows[record >>> WINDOW_SHIFT]!.view.setFloat64(((record & UNIT_MASK) << 3) + MEMBER_SCORE, score, true);
  }

  /** Writes entry i of an inner node. */
  setEntry(inner: Handle, i: number, child: Handle, count: number, first: Handle): void {
    const window = this.#windows[inner >>> WINDOW_SHIFT]!;
    const at = (inner & UNIT_MASK) << 1;
    window.words[at + INNER_CHILDREN + i] = child;
    window.words[at + INNER_COUNTS + i] = count;
    window.words[at + INNER_FIRSTS + i] = first;
    window.view.setFloat64((at << 2) + INNER_SCORES_BYTE + 8 * i, this.score(first), true);
  }

  /** The first record below a node of this height. */
  firstOf(node: Handle, height: number): Handle {
    return this.word(node, height === 0 ? LEAF_RECORDS : INNER_FIRSTS);
  }

  /** Moves entries [from, from + count) of an inner node to `to` in another one, or in the same. */
  moveEntries(source: Handle, from: number, target: Handle, to: number, count: number): void {
    this.moveWords(source, INNER_SCORES + 2 * from, target, INNER_SCORES + 2 * to, 2 * count);
    this.moveWords(source, INNER_CHILDREN + from, target, INNER_CHILDREN + to, count);
    this.moveWords(source, INNER_COUNTS + from, target, INNER_COUNTS + to, count);
    this.moveWords(source, INNER_FIRSTS + from, target, INNER_FIRSTS + to, count);
  }

  moveWords(source: Handle, from: number, target: Handle, to: number, count: number): void {
    const words = this.#windows[source >>> WINDOW_SHIFT]!.words;
    const start = ((source & UNIT_MASK) << 1) + from;
    const targetWords = this.#windows[target >>> WINDOW_SHIFT]!.words;
    const targetStart = ((target & UNIT_MASK) << 1) + to;
    if (words === targetWords) words.copyWithin(targetStart, start, start + count);
    else for (let i = 0; i < count; i++) targetWords[targetStart + i] = words[start + i]!;
  }

  /** Records below the first `entries` children of an inner node. */
  sumCounts(inner: Handle, entries: number): number {
    const words = this.#windows[inner >>> WINDOW_SHIFT]!.words;
    const from = ((inner & UNIT_MASK) << 1) + INNER_COUNTS;
    let sum = 0;
    for (let at = from; at < from + entries; at++) sum += words[at]!;
    return sum;
  }

  /** Puts `leaf` behind `previous` in the list of leaves. */
  linkLeaf(leaf: Handle, previous: Handle): void {
    const next = this.word(previous, LEAF_NEXT);
    this.setWord(leaf, LEAF_NEXT, next);
    this.setWord(leaf, LEAF_PREVIOUS, previous);
    this.setWord(previous, LEAF_NEXT, leaf);
    if (next !== NONE) this.setWord(next, LEAF_PREVIOUS, leaf);
  }

  unlinkLeaf(leaf: Handle): void {
    const next = this.word(leaf, LEAF_NEXT);
    const previous = this.word(leaf, LEAF_PREVIOUS);
    if (next !== NONE) this.setWord(next, LEAF_PREVIOUS, previous);
    if (previous !== NONE) this.setWord(previous, LEAF_NEXT, next);
  }
}
