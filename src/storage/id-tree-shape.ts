/**
 * How the ID tree changes its shape: room for an entry (growing, splitting), entries taken out (merging, collapsing).
 * Called by id-tree.ts only.
 *
 * Nodes are not kept half full. IDs mostly come in order, so a full last node is left full and a new one begun; and
 * entries mostly go in order, so the first node empties and is freed. A node with few entries is merged with its
 * neighbour when both together leave some room.
 */
import { type Handle, NONE } from "./arena.js";
import type { Id } from "./id.js";
import {
  HEIGHT_MAX,
  ID_WORDS,
  type IdTreeNodes,
  INNER_CAPACITY,
  INNER_STRIDE,
  NODE_CAPACITY,
  NODE_COUNT,
  ROOT_COUNT,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_LAST,
  ROOT_TOP,
} from "./id-tree-nodes.js";

export class IdTreeShape {
  /** Where the latest insertion has its entry. */
  leaf: Handle = NONE;
  index = 0;
  readonly #nodes: IdTreeNodes;
  /** The way of the latest descent, by height: the node, and which of its children it took. */
  readonly #path = new Int32Array(HEIGHT_MAX);
  readonly #turns = new Int32Array(HEIGHT_MAX);
  /** The whole way went by last children. */
  #isRightmost = false;
  /** Blocks for the nodes of one insertion, had before it changes anything. */
  readonly #spare = new Int32Array(HEIGHT_MAX + 1);
  #spareCount = 0;

  constructor(nodes: IdTreeNodes) {
    this.#nodes = nodes;
  }

  /** The leaf that the ID belongs into; NONE in an empty tree. */
  descend(root: Handle, id: Id): Handle {
    const nodes = this.#nodes;
    let node = nodes.word(root, ROOT_TOP);
    this.#isRightmost = true;
    for (let height = nodes.word(root, ROOT_HEIGHT); height > 0; height--) {
      const turn = nodes.search(node, INNER_STRIDE, 1, id, true) - 1;
      if (turn !== nodes.word(node, NODE_COUNT) - 1) this.#isRightmost = false;
      this.#path[height] = node;
      this.#turns[height] = turn;
      node = nodes.child(node, turn);
    }
    return node;
  }

  /**
   * Adds an entry at `index` of a leaf, which the latest descent has reached when it is full. Throws ArenaFullError,
   * with the tree as it was.
   */
  insert(root: Handle, leaf: Handle, index: number, id: Id): void {
    const nodes = this.#nodes;
    const { stride } = nodes;
    this.leaf = leaf;
    this.index = index;
    const count = nodes.word(leaf, NODE_COUNT);
    if (count === nodes.word(leaf, NODE_CAPACITY)) {
      if (count === nodes.leafCapacity) return this.#split(root, leaf, index, id);
      // Only a leaf without a parent is smaller than others.
      this.leaf = nodes.enlarge(root, leaf, Math.min(2 * count, nodes.leafCapacity), stride);
      nodes.setWord(root, ROOT_TOP, this.leaf);
      nodes.setWord(root, ROOT_FIRST, this.leaf);
      nodes.setWord(root, ROOT_LAST, this.leaf);
    }
    if (index !== count) nodes.move(this.leaf, index, this.leaf, index + 1, count - index, stride);
    nodes.writeEntry(this.leaf, index, id);
    nodes.setWord(this.leaf, NODE_COUNT, count + 1);
    nodes.addWord(root, ROOT_COUNT, 1);
  }

  /** The first entry of an empty tree. */
  plant(root: Handle, id: Id): void {
    const nodes = this.#nodes;
    const leaf = nodes.create(1, nodes.stride);
    nodes.count(root, leaf);
    nodes.writeEntry(leaf, 0, id);
    nodes.setWord(leaf, NODE_COUNT, 1);
    nodes.setWord(root, ROOT_TOP, leaf);
    nodes.setWord(root, ROOT_FIRST, leaf);
    nodes.setWord(root, ROOT_LAST, leaf);
    nodes.setWord(root, ROOT_COUNT, 1);
    this.leaf = leaf;
    this.index = 0;
  }

  /** Whether an entry can be taken out of a leaf without a look at other nodes. */
  canLose(root: Handle, leaf: Handle): boolean {
    const nodes = this.#nodes;
    const count = nodes.word(leaf, NODE_COUNT);
    return count > nodes.leafCapacity >> 2 || (count > 1 && nodes.word(root, ROOT_HEIGHT) === 0);
  }

  /** Takes entry `index` out of a leaf, which the latest descent has reached unless canLose says yes. */
  remove(root: Handle, leaf: Handle, index: number): void {
    const nodes = this.#nodes;
    const { stride } = nodes;
    nodes.addWord(root, ROOT_COUNT, -1);
    const isFine = this.canLose(root, leaf);
    const count = nodes.word(leaf, NODE_COUNT) - 1;
    if (index !== count) nodes.move(leaf, index + 1, leaf, index, count - index, stride);
    nodes.setWord(leaf, NODE_COUNT, count);
    if (isFine) return;
    if (count === 0) {
      nodes.unlinkLeaf(root, leaf);
      this.#drop(root, leaf, 0);
    } else {
      this.#merge(root, leaf, 0);
    }
  }

  /** Frees a node without entries, and takes it out of its parent. */
  #drop(root: Handle, node: Handle, height: number): void {
    const nodes = this.#nodes;
    nodes.free(root, node);
    if (height === nodes.word(root, ROOT_HEIGHT)) {
      nodes.setWord(root, ROOT_TOP, NONE);
      nodes.setWord(root, ROOT_HEIGHT, 0);
      return;
    }
    this.#removeChild(root, height + 1, this.#turns[height + 1]!);
  }

  /** Takes entry `turn` out of the inner node on the way at this height. */
  #removeChild(root: Handle, height: number, turn: number): void {
    const nodes = this.#nodes;
    const parent = this.#path[height]!;
    const count = nodes.word(parent, NODE_COUNT) - 1;
    nodes.move(parent, turn + 1, parent, turn, count - turn, INNER_STRIDE);
    nodes.setWord(parent, NODE_COUNT, count);
    if (count === 0) this.#drop(root, parent, height);
    else if (height === nodes.word(root, ROOT_HEIGHT)) this.#collapse(root);
    else if (count <= INNER_CAPACITY >> 2) this.#merge(root, parent, height);
  }

  /** Joins a node of few entries with a neighbour below the same parent, when that leaves room in it. */
  #merge(root: Handle, node: Handle, height: number): void {
    const nodes = this.#nodes;
    const parent = this.#path[height + 1]!;
    const turn = this.#turns[height + 1]!;
    const limit = ((height === 0 ? nodes.leafCapacity : INNER_CAPACITY) * 3) >> 2;
    const count = nodes.word(node, NODE_COUNT);
    let left = turn;
    if (turn + 1 < nodes.word(parent, NODE_COUNT)) {
      if (nodes.word(nodes.child(parent, turn + 1), NODE_COUNT) + count > limit) left = turn - 1;
    } else {
      left = turn - 1;
    }
    if (left < 0) return;
    const target = nodes.child(parent, left);
    const source = nodes.child(parent, left + 1);
    const kept = nodes.word(target, NODE_COUNT);
    const moved = nodes.word(source, NODE_COUNT);
    if (kept + moved > limit) return;
    nodes.move(source, 0, target, kept, moved, nodes.strideAt(height));
    if (height === 0) {
      nodes.unlinkLeaf(root, source);
    } else {
      // Entry 0's ID was not looked at; now it is, and its lower bound is the one that the parent knows.
      const words = nodes.words(parent);
      const from = nodes.place(parent, left + 1, INNER_STRIDE);
      const targetWords = nodes.words(target);
      const to = nodes.place(target, kept, INNER_STRIDE);
      for (let i = 0; i < ID_WORDS; i++) targetWords[to + i] = words[from + i]!;
    }
    nodes.setWord(target, NODE_COUNT, kept + moved);
    nodes.free(root, source);
    this.#removeChild(root, height + 1, left + 1);
  }

  /** A top node of one child gives way to it. */
  #collapse(root: Handle): void {
    const nodes = this.#nodes;
    let height = nodes.word(root, ROOT_HEIGHT);
    let top = nodes.word(root, ROOT_TOP);
    while (height > 0 && nodes.word(top, NODE_COUNT) === 1) {
      const child = nodes.child(top, 0);
      nodes.free(root, top);
      top = child;
      height--;
    }
    nodes.setWord(root, ROOT_TOP, top);
    nodes.setWord(root, ROOT_HEIGHT, height);
  }

  #split(root: Handle, leaf: Handle, index: number, id: Id): void {
    const nodes = this.#nodes;
    this.#takeSpare(root);
    const count = nodes.word(leaf, NODE_COUNT);
    const right = this.#nextSpare(root);
    const kept = this.#isRightmost && index === count ? count : count >> 1;
    nodes.move(leaf, kept, right, 0, count - kept, nodes.stride);
    nodes.setWord(leaf, NODE_COUNT, kept);
    nodes.setWord(right, NODE_COUNT, count - kept);
    nodes.linkLeaf(root, right, leaf);
    if (index < kept || (index === kept && kept !== count)) this.insert(root, leaf, index, id);
    else this.insert(root, right, index - kept, id);
    this.#insertChild(root, 1, right, nodes.words(right), nodes.place(right, 0, nodes.stride));
  }

  /** Puts a node behind the one that the way took at `height`; its lower bound is words[at, at + 4). */
  #insertChild(root: Handle, height: number, child: Handle, words: Int32Array, at: number): void {
    const nodes = this.#nodes;
    if (height > nodes.word(root, ROOT_HEIGHT)) {
      const top = this.#nextSpare(root);
      this.#writeChild(top, 0, nodes.word(root, ROOT_TOP), words, at);
      this.#writeChild(top, 1, child, words, at);
      nodes.setWord(top, NODE_COUNT, 2);
      nodes.setWord(root, ROOT_TOP, top);
      nodes.setWord(root, ROOT_HEIGHT, height);
      return;
    }
    const node = this.#path[height]!;
    const index = this.#turns[height]! + 1;
    const count = nodes.word(node, NODE_COUNT);
    if (count < INNER_CAPACITY) {
      this.#insertInto(node, index, count, child, words, at);
      return;
    }
    const right = this.#nextSpare(root);
    const kept = this.#isRightmost && index === count ? count : count >> 1;
    nodes.move(node, kept, right, 0, count - kept, INNER_STRIDE);
    nodes.setWord(node, NODE_COUNT, kept);
    nodes.setWord(right, NODE_COUNT, count - kept);
    if (index < kept || (index === kept && kept !== count)) this.#insertInto(node, index, kept, child, words, at);
    else this.#insertInto(right, index - kept, count - kept, child, words, at);
    this.#insertChild(root, height + 1, right, nodes.words(right), nodes.place(right, 0, INNER_STRIDE));
  }

  #insertInto(node: Handle, index: number, count: number, child: Handle, words: Int32Array, at: number): void {
    this.#nodes.move(node, index, node, index + 1, count - index, INNER_STRIDE);
    this.#writeChild(node, index, child, words, at);
    this.#nodes.setWord(node, NODE_COUNT, count + 1);
  }

  #writeChild(node: Handle, index: number, child: Handle, words: Int32Array, at: number): void {
    const nodes = this.#nodes;
    const targetWords = nodes.words(node);
    const to = nodes.place(node, index, INNER_STRIDE);
    for (let i = 0; i < ID_WORDS; i++) targetWords[to + i] = words[at + i]!;
    targetWords[to + ID_WORDS] = child;
  }

  /** Gets the blocks that a split of the leaf on the way needs; throws ArenaFullError with the tree as it was. */
  #takeSpare(root: Handle): void {
    const nodes = this.#nodes;
    const spare = this.#spare;
    const top = nodes.word(root, ROOT_HEIGHT);
    let height = 1;
    while (height <= top && nodes.word(this.#path[height]!, NODE_COUNT) === INNER_CAPACITY) height++;
    // One leaf, an inner node for each full one above it, and a new top when all are.
    const needed = height > top ? height + 1 : height;
    this.#spareCount = 0;
    try {
      // The leaf is taken last, so that it is used first.
      for (let i = 1; i < needed; i++) spare[this.#spareCount++] = nodes.create(INNER_CAPACITY, INNER_STRIDE);
      spare[this.#spareCount++] = nodes.create(nodes.leafCapacity, nodes.stride);
    } catch (error) {
      while (this.#spareCount > 0) nodes.arena.free(spare[--this.#spareCount]!);
      throw error;
    }
  }

  #nextSpare(root: Handle): Handle {
    const node = this.#spare[--this.#spareCount]!;
    this.#nodes.count(root, node);
    return node;
  }
}
