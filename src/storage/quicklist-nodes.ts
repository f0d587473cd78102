/**
 * The blocks of a quicklist, word by word: its root, and the nodes that form a doubly linked list. Used by
 * quicklist.ts, which has the rules, and by the cursor.
 *
 *   root                         node
 *   0  i32  first node           0  i32  previous node, or 0
 *   1  i32  last node            1  i32  next node, or 0
 *   2  u32  elements             2  i32  its listpack, or the block of its one large element
 *   3  u32  nodes                3  u32  entries of the listpack; 0: the data is one large element
 *   4  i32  fill                 4  u32  bytes of the large element, or of what is compressed
 *   5  u32  compress depth       5  u32  bytes that it is compressed to; 0: it is not
 *                                6  u32  the gap at the front of its listpack: see listpack-gap.ts
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import { copyBytes } from "./bytes.js";
import { closeGap } from "./listpack-gap.js";
import { UNIT_MASK, WINDOW_SHIFT, type Window } from "./window.js";

const ROOT_BYTES = 24;
const NODE_BYTES = 28;

const ROOT_FIRST = 0;
const ROOT_LAST = 1;
const ROOT_COUNT = 2;
const ROOT_NODES = 3;
const ROOT_FILL = 4;
const ROOT_COMPRESS_DEPTH = 5;

const NODE_PREVIOUS = 0;
const NODE_NEXT = 1;
const NODE_DATA = 2;
const NODE_COUNT = 3;
const NODE_RAW_BYTES = 4;
const NODE_COMPRESSED_BYTES = 5;
const NODE_GAP = 6;

export class QuicklistNodes {
  readonly arena: Arena;
  /** A node that somebody comes back to later; the one behind it when it goes. NONE: there is none, or none any more. */
  bookmark: Handle = NONE;
  readonly #windows: Window[];

  constructor(arena: Arena) {
    this.arena = arena;
    this.#windows = arena.windows;
  }

  createRoot(fill: number, compressDepth: number): Handle {
    const root = this.arena.alloc(ROOT_BYTES);
    for (let word = 0; word < ROOT_FILL; word++) this.#set(root, word, 0);
    this.#set(root, ROOT_FILL, fill);
    this.#set(root, ROOT_COMPRESS_DEPTH, compressDepth);
    return root;
  }

  first(root: Handle): Handle {
    return this.#get(root, ROOT_FIRST);
  }

  last(root: Handle): Handle {
    return this.#get(root, ROOT_LAST);
  }

  count(root: Handle): number {
    return this.#get(root, ROOT_COUNT) >>> 0;
  }

  nodeCount(root: Handle): number {
    return this.#get(root, ROOT_NODES) >>> 0;
  }

  fill(root: Handle): number {
    return this.#get(root, ROOT_FILL);
  }

  compressDepth(root: Handle): number {
    return this.#get(root, ROOT_COMPRESS_DEPTH) >>> 0;
  }

  addToCount(root: Handle, difference: number): void {
    this.#set(root, ROOT_COUNT, this.#get(root, ROOT_COUNT) + difference);
  }

  previous(node: Handle): Handle {
    return this.#get(node, NODE_PREVIOUS);
  }

  next(node: Handle): Handle {
    return this.#get(node, NODE_NEXT);
  }

  /** The listpack, or the block of the large element. Closes a gap: entries of the listpack may move. */
  data(node: Handle): Handle {
    const { words } = this.#windows[node >>> WINDOW_SHIFT]!;
    const at = (node & UNIT_MASK) << 1;
    const data = words[at + NODE_DATA]!;
    const gap = words[at + NODE_GAP]!;
    if (gap > 0) {
      closeGap(this.arena, data, gap);
      words[at + NODE_GAP] = 0;
    }
    return data;
  }

  /** The same with the gap as it is. */
  dataWithGap(node: Handle): Handle {
    return this.#get(node, NODE_DATA);
  }

  gap(node: Handle): number {
    return this.#get(node, NODE_GAP);
  }

  setGap(node: Handle, bytes: number): void {
    this.#set(node, NODE_GAP, bytes);
  }

  /** Gives the node, whose listpack had no gap, another one. */
  setData(node: Handle, data: Handle): void {
    this.#set(node, NODE_DATA, data);
  }

  /** Whether the node is one large element. */
  isLarge(node: Handle): boolean {
    return this.#get(node, NODE_COUNT) === 0;
  }

  /** Elements in the node. */
  entries(node: Handle): number {
    return this.#get(node, NODE_COUNT) || 1;
  }

  setEntries(node: Handle, entries: number): void {
    this.#set(node, NODE_COUNT, entries);
  }

  /** The node's listpack has got so many entries more (or, negative, fewer), and may have moved. */
  changeEntries(root: Handle, node: Handle, listpack: Handle, difference: number): void {
    const { words } = this.#windows[node >>> WINDOW_SHIFT]!;
    const at = (node & UNIT_MASK) << 1;
    words[at + NODE_DATA] = listpack;
    words[at + NODE_COUNT]! += difference;
    this.#windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + ROOT_COUNT]! += difference;
  }

  largeBytes(node: Handle): number {
    return this.#get(node, NODE_RAW_BYTES) >>> 0;
  }

  setLarge(node: Handle, block: Handle, bytes: number): void {
    this.#set(node, NODE_DATA, block);
    this.#set(node, NODE_COUNT, 0);
    this.#set(node, NODE_RAW_BYTES, bytes);
  }

  /** The bytes that a compressed node has as data; 0 for any other. */
  compressedBytes(node: Handle): number {
    return this.#get(node, NODE_COMPRESSED_BYTES) >>> 0;
  }

  /** The bytes that a compressed node, or a large element, stands for. */
  rawBytes(node: Handle): number {
    return this.#get(node, NODE_RAW_BYTES) >>> 0;
  }

  setCompressed(node: Handle, block: Handle, bytes: number, rawBytes: number): void {
    this.#set(node, NODE_DATA, block);
    this.#set(node, NODE_COMPRESSED_BYTES, bytes);
    this.#set(node, NODE_RAW_BYTES, rawBytes);
  }

  /** What was compressed is this block now. */
  setRaw(node: Handle, block: Handle): void {
    this.#set(node, NODE_DATA, block);
    this.#set(node, NODE_COMPRESSED_BYTES, 0);
  }

  /** A node with a listpack of so many entries. It is in no list yet. */
  create(listpack: Handle, entries: number): Handle {
    const node = this.arena.alloc(NODE_BYTES);
    this.#set(node, NODE_PREVIOUS, NONE);
    this.#set(node, NODE_NEXT, NONE);
    this.#set(node, NODE_DATA, listpack);
    this.#set(node, NODE_COUNT, entries);
    this.#set(node, NODE_RAW_BYTES, 0);
    this.#set(node, NODE_COMPRESSED_BYTES, 0);
    this.#set(node, NODE_GAP, 0);
    return node;
  }

  /** A node with one large element, whose bytes may lie anywhere. */
  createLarge(source: DataView, start: number, length: number): Handle {
    const block = this.createBlock(source, start, length);
    const node = this.create(block, 0);
    this.setLarge(node, block, length);
    return node;
  }

  /** A node, in no list, that is compressed as this one is. */
  copyCompressed(node: Handle): Handle {
    const bytes = this.compressedBytes(node);
    const data = this.data(node);
    const block = this.createBlock(this.arena.window(data).view, this.arena.offset(data), bytes);
    const copy = this.create(block, this.#get(node, NODE_COUNT));
    this.setCompressed(copy, block, bytes, this.rawBytes(node));
    return copy;
  }

  createBlock(source: DataView, start: number, length: number): Handle {
    const block = this.arena.alloc(Math.max(1, length));
    copyBytes(source, start, this.arena.window(block).view, this.arena.offset(block), length);
    return block;
  }

  /** Puts a node behind `where`; NONE: in front of all. Counts the node, not its elements. */
  link(root: Handle, node: Handle, where: Handle): void {
    const next = where === NONE ? this.first(root) : this.next(where);
    this.#set(node, NODE_PREVIOUS, where);
    this.#set(node, NODE_NEXT, next);
    if (where === NONE) this.#set(root, ROOT_FIRST, node);
    else this.#set(where, NODE_NEXT, node);
    if (next === NONE) this.#set(root, ROOT_LAST, node);
    else this.#set(next, NODE_PREVIOUS, node);
    this.#set(root, ROOT_NODES, this.#get(root, ROOT_NODES) + 1);
  }

  /** Takes a node out of its list. */
  unlink(root: Handle, node: Handle): void {
    const previous = this.previous(node);
    const next = this.next(node);
    if (node === this.bookmark) this.bookmark = next;
    if (previous === NONE) this.#set(root, ROOT_FIRST, next);
    else this.#set(previous, NODE_NEXT, next);
    if (next === NONE) this.#set(root, ROOT_LAST, previous);
    else this.#set(next, NODE_PREVIOUS, previous);
    this.#set(root, ROOT_NODES, this.#get(root, ROOT_NODES) - 1);
  }

  /** Moves a node and its data. Returns the node's handle from now on. */
  moveBlocks(root: Handle, node: Handle, mover: BlockMover): Handle {
    const moved = mover.move(node);
    this.#set(moved, NODE_DATA, mover.move(this.#get(moved, NODE_DATA)));
    if (moved === node) return node;
    const previous = this.previous(moved);
    const next = this.next(moved);
    if (previous === NONE) this.#set(root, ROOT_FIRST, moved);
    else this.#set(previous, NODE_NEXT, moved);
    if (next === NONE) this.#set(root, ROOT_LAST, moved);
    else this.#set(next, NODE_PREVIOUS, moved);
    return moved;
  }

  /** Frees a node and its data. */
  free(node: Handle): void {
    this.arena.free(this.dataWithGap(node));
    this.arena.free(node);
  }

  #get(block: Handle, word: number): number {
    return this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word]!;
  }

  #set(block: Handle, word: number, value: number): void {
    this.#windows[block >>> WINDOW_SHIFT]!.words[((block & UNIT_MASK) << 1) + word] = value;
  }
}
