/**
 * Moves the blocks of a score tree and its records, one leaf a step. Called by keyspace/, which keeps the dict that
 * finds the same records right. The path from the top is moved with each leaf, so every node's parent is at hand.
 */
import { type Handle, NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import {
  HEIGHT_MAX,
  INNER_CHILDREN,
  INNER_COUNTS,
  INNER_FIRSTS,
  LEAF_COUNT,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  LEAF_RECORDS,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_TOP,
  ScoreTreeNodes,
} from "./score-tree-layout.js";

export class ScoreTreeMover {
  readonly #nodes: ScoreTreeNodes;
  readonly #mover: BlockMover;
  /** The inner nodes above the leaf, and the child taken in each. */
  readonly #path = new Int32Array(HEIGHT_MAX);
  readonly #taken = new Int32Array(HEIGHT_MAX);

  constructor(mover: BlockMover) {
    this.#nodes = new ScoreTreeNodes(mover.arena);
    this.#mover = mover;
  }

  moveRoot(root: Handle): Handle {
    return this.#mover.move(root);
  }

  /** Moves the leaf of the record with this rank, its records by way of `moveRecord`. Returns the next leaf's first rank, 0 at the end. */
  moveLeaf(root: Handle, rank: number, moveRecord: (record: Handle) => Handle): number {
    const nodes = this.#nodes;
    const total = nodes.word(root, ROOT_COUNT) >>> 0;
    if (rank >= total) return 0;
    const height = nodes.word(root, ROOT_HEIGHT);
    let node = this.#mover.move(nodes.word(root, ROOT_TOP));
    nodes.setWord(root, ROOT_TOP, node);
    let left = rank;
    for (let level = 0; level < height; level++) {
      let i = 0;
      for (let below = nodes.word(node, INNER_COUNTS); left >= below; below = nodes.word(node, INNER_COUNTS + i)) {
        left -= below;
        i++;
      }
      this.#path[level] = node;
      this.#taken[level] = i;
      const child = this.#mover.move(nodes.word(node, INNER_CHILDREN + i));
      nodes.setWord(node, INNER_CHILDREN + i, child);
      node = child;
    }
    this.#linkLeaf(node);
    const count = nodes.word(node, LEAF_COUNT);
    for (let i = 0; i < count; i++) {
      const record = nodes.word(node, LEAF_RECORDS + i);
      const moved = moveRecord(record);
      if (moved === record) continue;
      nodes.setWord(node, LEAF_RECORDS + i, moved);
      if (i === 0) this.#setFirst(height, moved);
    }
    const next = rank - left + count;
    return next < total ? next : 0;
  }

  /** The leaf may have moved: its neighbours name it. */
  #linkLeaf(leaf: Handle): void {
    const nodes = this.#nodes;
    const next = nodes.word(leaf, LEAF_NEXT);
    const previous = nodes.word(leaf, LEAF_PREVIOUS);
    if (next !== NONE) nodes.setWord(next, LEAF_PREVIOUS, leaf);
    if (previous !== NONE) nodes.setWord(previous, LEAF_NEXT, leaf);
  }

  /** The leaf's first record has moved: it is named by every node above of which it is the first one, too. */
  #setFirst(height: number, record: Handle): void {
    for (let level = height - 1; level >= 0; level--) {
      const i = this.#taken[level]!;
      this.#nodes.setWord(this.#path[level]!, INNER_FIRSTS + i, record);
      if (i > 0) return;
    }
  }
}
