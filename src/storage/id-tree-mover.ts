/**
 * Moves the blocks of an ID tree, one leaf a step. Called by keyspace/ for the nodes of streams and for pending
 * entries. The path from the top is moved with each leaf, so every node's parent is at hand.
 */
import { type Handle, NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import type { Id } from "./id.js";
import type { IdTree } from "./id-tree.js";
import {
  ID_WORDS,
  type IdTreeNodes,
  INNER_STRIDE,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PREVIOUS,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_LAST,
  ROOT_TOP,
} from "./id-tree-nodes.js";

export class IdTreeMover {
  readonly #nodes: IdTreeNodes;
  readonly #mover: BlockMover;

  constructor(tree: IdTree, mover: BlockMover) {
    this.#nodes = tree.nodes;
    this.#mover = mover;
  }

  moveRoot(root: Handle): Handle {
    return this.#mover.move(root);
  }

  /**
   * Moves the leaf that this ID belongs into, and what its entries name by their first word, where `moveValue` is
   * given. Puts the next leaf's first ID into `id`; false at the end.
   */
  moveLeaf(root: Handle, id: Id, moveValue: ((value: Handle) => Handle) | null): boolean {
    const nodes = this.#nodes;
    const top = nodes.word(root, ROOT_TOP);
    if (top === NONE) return false;
    let node = this.#mover.move(top);
    nodes.setWord(root, ROOT_TOP, node);
    for (let height = nodes.word(root, ROOT_HEIGHT); height > 0; height--) {
      const place = nodes.place(node, nodes.search(node, INNER_STRIDE, 1, id, true) - 1, INNER_STRIDE) + ID_WORDS;
      const child = this.#mover.move(nodes.words(node)[place]!);
      nodes.words(node)[place] = child;
      node = child;
    }
    this.#linkLeaf(root, node);
    if (moveValue !== null) this.#moveValues(node, moveValue);
    const next = nodes.word(node, NODE_NEXT);
    if (next === NONE) return false;
    id.readWords(nodes.words(next), nodes.place(next, 0, nodes.stride));
    return true;
  }

  #moveValues(leaf: Handle, moveValue: (value: Handle) => Handle): void {
    const nodes = this.#nodes;
    const count = nodes.word(leaf, NODE_COUNT);
    for (let i = 0; i < count; i++) {
      const place = nodes.place(leaf, i, nodes.stride) + ID_WORDS;
      nodes.words(leaf)[place] = moveValue(nodes.words(leaf)[place]!);
    }
  }

  /** The leaf may have moved: its neighbours, or the root, name it. */
  #linkLeaf(root: Handle, leaf: Handle): void {
    const nodes = this.#nodes;
    const next = nodes.word(leaf, NODE_NEXT);
    const previous = nodes.word(leaf, NODE_PREVIOUS);
    if (next !== NONE) nodes.setWord(next, NODE_PREVIOUS, leaf);
    else nodes.setWord(root, ROOT_LAST, leaf);
    if (previous !== NONE) nodes.setWord(previous, NODE_NEXT, leaf);
    else nodes.setWord(root, ROOT_FIRST, leaf);
  }
}
