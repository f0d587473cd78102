/** Whether an ID tree is well formed: for tests. Throws where it is not. */
import { type Handle, NONE } from "./arena.js";
import { Id } from "./id.js";
import type { IdTree } from "./id-tree.js";
import {
  type IdTreeNodes,
  INNER_CAPACITY,
  INNER_STRIDE,
  NODE_CAPACITY,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PREVIOUS,
  ROOT_BLOCK_BYTES,
  ROOT_BLOCKS,
  ROOT_COUNT,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_LAST,
  ROOT_TOP,
} from "./id-tree-nodes.js";

class Walk {
  entries = 0;
  blocks = 1;
  bytes: number;
  /** The leaf that was visited last. */
  leaf: Handle = NONE;
  /** The ID that was seen last. */
  previous: Id | null = null;
  readonly nodes: IdTreeNodes;
  readonly height: number;

  constructor(nodes: IdTreeNodes, root: Handle) {
    this.nodes = nodes;
    this.height = nodes.word(root, ROOT_HEIGHT);
    this.bytes = nodes.arena.sizeOf(root);
  }

  /** Visits a node all of whose IDs must be within [low, high); null is no bound. */
  visit(node: Handle, height: number, low: Id | null, high: Id | null): void {
    const { nodes } = this;
    const count = nodes.word(node, NODE_COUNT);
    expect(count > 0, "a node without entries");
    this.blocks++;
    this.bytes += nodes.arena.sizeOf(node);
    if (height === 0) return this.#visitLeaf(node, count, low, high);
    expect(count <= INNER_CAPACITY, "an inner node of too many entries");
    for (let i = 0; i < count; i++) {
      const from = i === 0 ? low : this.#idAt(node, i, INNER_STRIDE);
      const to = i + 1 === count ? high : this.#idAt(node, i + 1, INNER_STRIDE);
      this.visit(nodes.child(node, i), height - 1, from, to);
    }
  }

  #visitLeaf(leaf: Handle, count: number, low: Id | null, high: Id | null): void {
    const { nodes } = this;
    expect(count <= nodes.word(leaf, NODE_CAPACITY), "a leaf of too many entries");
    expect(this.height === 0 || nodes.word(leaf, NODE_CAPACITY) === nodes.leafCapacity, "a small leaf among others");
    expect(nodes.word(leaf, NODE_PREVIOUS) === this.leaf, "a leaf's link to the previous one");
    if (this.leaf !== NONE) expect(nodes.word(this.leaf, NODE_NEXT) === leaf, "a leaf's link to the next one");
    this.leaf = leaf;
    this.entries += count;
    for (let i = 0; i < count; i++) {
      const id = this.#idAt(leaf, i, nodes.stride);
      expect(this.previous === null || this.previous.compare(id) < 0, "IDs out of order");
      expect(low === null || low.compare(id) <= 0, "an ID below its node's bound");
      expect(high === null || id.compare(high) < 0, "an ID above its node's bound");
      this.previous = id;
    }
  }

  #idAt(node: Handle, index: number, stride: number): Id {
    const id = new Id();
    id.readWords(this.nodes.words(node), this.nodes.place(node, index, stride));
    return id;
  }
}

export function checkIdTree(tree: IdTree, root: Handle): void {
  const { nodes } = tree;
  const walk = new Walk(nodes, root);
  const top = nodes.word(root, ROOT_TOP);
  if (top !== NONE) {
    let first = top;
    for (let height = walk.height; height > 0; height--) first = nodes.child(first, 0);
    expect(nodes.word(root, ROOT_FIRST) === first, "the root's first leaf");
    expect(walk.height === 0 || nodes.word(top, NODE_COUNT) > 1, "a top node of one child");
    walk.visit(top, walk.height, null, null);
    expect(nodes.word(walk.leaf, NODE_NEXT) === NONE, "a leaf behind the last one");
  } else {
    expect(nodes.word(root, ROOT_FIRST) === NONE, "a first leaf of an empty tree");
    expect(walk.height === 0, "the height of an empty tree");
  }
  expect(nodes.word(root, ROOT_LAST) === walk.leaf, "the root's last leaf");
  expect(nodes.word(root, ROOT_COUNT) === walk.entries, "the count of entries");
  expect(nodes.word(root, ROOT_BLOCKS) === walk.blocks, "the count of blocks");
  expect(nodes.word(root, ROOT_BLOCK_BYTES) === walk.bytes, "the bytes of all blocks");
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`ID tree: ${what}`);
}
