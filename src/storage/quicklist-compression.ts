/**
 * Compressed nodes of quicklists: what list-compress-depth asks for. Owned by quicklist.ts. With depth n, all nodes but
 * the first n and the last n are LZF where that saves anything; a depth of 0, the default, has none, and costs one
 * comparison where a node is entered, linked or dropped.
 *
 * A compressed node is opened before it is read or changed: it holds its listpack (or large element) again, and is
 * noted here until the next search enters another node; then it is compressed anew. So a command sees plain nodes, and
 * few stay so behind it. Opening takes memory and may throw ArenaFullError; the node is then as it was.
 *
 * The nodes noted belong to one list. Whoever frees one of its nodes, or the list, says so: beforeDrop, forgetList.
 */
import { type Arena, ArenaFullError, type Handle, NONE } from "./arena.js";
import type { Listpack } from "./listpack.js";
import { compressLzf, decompressLzf } from "./lzf.js";
import type { QuicklistNodes } from "./quicklist-nodes.js";

/** Less is not worth it, and a larger element would stop the server for long each time that it is read. */
const NODE_MIN_BYTES = 48;
const NODE_MAX_BYTES = 1024 * 1024;
const SAVES_MIN_BYTES = 8;
/** What compressLzf may write past its limit. */
const SLACK_BYTES = 4;

export class QuicklistCompression {
  /** Nodes that are open, or new, of one list: they are looked at when the next search begins. */
  noted: Handle[] = [];
  #root: Handle = NONE;
  readonly #arena: Arena;
  readonly #nodes: QuicklistNodes;
  readonly #listpacks: Listpack;
  #scratch = new Uint8Array(0);

  constructor(arena: Arena, nodes: QuicklistNodes, listpacks: Listpack) {
    this.#arena = arena;
    this.#nodes = nodes;
    this.#listpacks = listpacks;
  }

  /** Makes a node readable. */
  open(root: Handle, node: Handle): void {
    const nodes = this.#nodes;
    if (node === NONE || nodes.compressedBytes(node) === 0) return;
    const arena = this.#arena;
    const data = nodes.data(node);
    const block = arena.alloc(nodes.rawBytes(node));
    this.#decompress(node, block);
    arena.free(data);
    nodes.setRaw(node, block);
    this.note(root, node);
  }

  /** The bytes of a node's listpack or large element, as they are when it is open. */
  rawBytes(node: Handle): number {
    const nodes = this.#nodes;
    if (nodes.compressedBytes(node) > 0 || nodes.isLarge(node)) return nodes.rawBytes(node);
    return this.#listpacks.byteLength(nodes.data(node));
  }

  /** A node is open or new: it may have to be compressed. */
  note(root: Handle, node: Handle): void {
    if (this.#nodes.compressDepth(root) === 0) return;
    if (root !== this.#root) {
      this.closeAllBut(NONE);
      this.#root = root;
    }
    if (!this.noted.includes(node)) this.noted.push(node);
  }

  /** Compresses what is noted, but for this node. */
  closeAllBut(kept: Handle): void {
    const { noted } = this;
    let left = 0;
    for (const node of noted) {
      if (node === kept) noted[left++] = node;
      else if (!this.#isNearEnd(this.#root, node)) this.#compress(node);
    }
    noted.length = left;
  }

  /** Compresses all that is noted, and knows of no list any more: blocks of lists are about to move. */
  settle(): void {
    this.closeAllBut(NONE);
    this.#root = NONE;
  }

  /** A node was linked at an end: the one that this has moved away from it is due. */
  afterLink(root: Handle): void {
    const nodes = this.#nodes;
    const depth = nodes.compressDepth(root);
    if (depth === 0 || nodes.nodeCount(root) <= 2 * depth) return;
    for (const node of [this.#nth(root, depth, false), this.#nth(root, depth, true)]) {
      if (!this.noted.includes(node)) this.#compress(node);
    }
  }

  /** A node is about to be dropped: the one that this brings near an end is opened. */
  beforeDrop(root: Handle, node: Handle): void {
    const nodes = this.#nodes;
    const depth = nodes.compressDepth(root);
    this.#forget(node);
    for (const fromEnd of [false, true]) {
      let at = fromEnd ? nodes.last(root) : nodes.first(root);
      let isNear = false;
      for (let i = 0; i < depth && at !== NONE; i++) {
        if (at === node) isNear = true;
        at = fromEnd ? nodes.previous(at) : nodes.next(at);
      }
      if (isNear) this.open(root, at);
    }
  }

  #forget(node: Handle): void {
    const at = this.noted.indexOf(node);
    if (at >= 0) this.noted.splice(at, 1);
  }

  forgetList(root: Handle): void {
    if (root !== this.#root) return;
    this.noted.length = 0;
    this.#root = NONE;
  }

  /** The node so many steps from an end. */
  #nth(root: Handle, steps: number, fromEnd: boolean): Handle {
    const nodes = this.#nodes;
    let node = fromEnd ? nodes.last(root) : nodes.first(root);
    for (let i = 0; i < steps && node !== NONE; i++) node = fromEnd ? nodes.previous(node) : nodes.next(node);
    return node;
  }

  #isNearEnd(root: Handle, node: Handle): boolean {
    const nodes = this.#nodes;
    const depth = nodes.compressDepth(root);
    if (nodes.nodeCount(root) <= 2 * depth) return true;
    let head = nodes.first(root);
    let tail = nodes.last(root);
    for (let i = 0; i < depth; i++) {
      if (head === node || tail === node) return true;
      head = nodes.next(head);
      tail = nodes.previous(tail);
    }
    return false;
  }

  /** Leaves the node as it is where nothing would be saved, or where there is no room. */
  #compress(node: Handle): void {
    const arena = this.#arena;
    const nodes = this.#nodes;
    if (nodes.compressedBytes(node) > 0) return;
    const length = this.rawBytes(node);
    if (length < NODE_MIN_BYTES || length > NODE_MAX_BYTES) return;
    if (this.#scratch.length < length + SLACK_BYTES) this.#scratch = new Uint8Array(2 * length + SLACK_BYTES);
    const scratch = this.#scratch;
    const data = nodes.data(node);
    const size = compressLzf(arena.window(data).bytes, arena.offset(data), length, scratch, length - SAVES_MIN_BYTES);
    if (size === 0 || arena.roundUp(size) >= arena.sizeOf(data)) return;
    let block: Handle;
    try {
      block = arena.alloc(size);
    } catch (error) {
      if (error instanceof ArenaFullError) return;
      throw error;
    }
    arena.window(block).bytes.set(scratch.subarray(0, size), arena.offset(block));
    arena.free(data);
    nodes.setCompressed(node, block, size, length);
  }

  #decompress(node: Handle, block: Handle): void {
    const arena = this.#arena;
    const nodes = this.#nodes;
    const data = nodes.data(node);
    const from = arena.offset(data);
    const to = arena.offset(block);
    const target = arena.window(block).bytes.subarray(to, to + nodes.rawBytes(node));
    const isSound = decompressLzf(arena.window(data).bytes, from, from + nodes.compressedBytes(node), target);
    if (!isSound) throw new Error("quicklist: a compressed node is damaged");
  }
}
