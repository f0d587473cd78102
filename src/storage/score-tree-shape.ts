/**
 * How a score tree grows and shrinks: putting records into a leaf and taking them out, with the counts, first records
 * and node sizes above it. Owned by score-tree.ts, which descends first and tells each inner node it passes.
 *
 * Every step that needs memory gets it before it changes anything. A node that is full gives entries to a neighbour
 * with room, and splits only when there is none; at the right end of the tree it stays full, so that members that
 * arrive in order fill their leaves. A node that falls below half is merged with a neighbour, or takes from it. So all
 * nodes but those at the right end are at least half full, and an inner node has two children or more.
 */
import { type Handle, NONE } from "./arena.js";
import {
  HEIGHT_MAX,
  INNER_BYTES,
  INNER_CAPACITY,
  INNER_CHILDREN,
  INNER_COUNT,
  INNER_COUNTS,
  INNER_MIN,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_COUNT,
  LEAF_MIN,
  LEAF_NEXT,
  LEAF_RECORDS,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_NODE_BYTES,
  ROOT_TOP,
  type ScoreTreeNodes,
} from "./score-tree-layout.js";

/** A neighbour with so much room takes entries of a full leaf: less would soon come back. */
const SHARE_ROOM = LEAF_CAPACITY >> 3;

export class ScoreTreeShape {
  readonly #nodes: ScoreTreeNodes;
  /** The inner nodes of the latest descent from the top, and the child taken in each. */
  readonly #path = new Int32Array(HEIGHT_MAX);
  readonly #taken = new Int32Array(HEIGHT_MAX);
  #height = 0;

  constructor(nodes: ScoreTreeNodes) {
    this.#nodes = nodes;
  }

  /** The descent under way passes an inner node, and goes on to its child i. */
  passed(level: number, inner: Handle, i: number): void {
    this.#path[level] = inner;
    this.#taken[level] = i;
  }

  /**
   * Puts a record into the leaf where the latest descent ended. False when the leaf was full: there is more room now,
   * and the caller descends again.
   */
  insertAt(root: Handle, leaf: Handle, index: number, record: Handle): boolean {
    const nodes = this.#nodes;
    this.#height = nodes.word(root, ROOT_HEIGHT);
    const count = nodes.word(leaf, LEAF_COUNT);
    if (count === LEAF_CAPACITY) {
      this.#makeRoom(root, leaf, index);
      return false;
    }
    if (index < count) nodes.moveWords(leaf, LEAF_RECORDS + index, leaf, LEAF_RECORDS + index + 1, count - index);
    nodes.setWord(leaf, LEAF_RECORDS + index, record);
    nodes.setWord(leaf, LEAF_COUNT, count + 1);
    this.#addToCounts(root, 1);
    if (index === 0) this.#refreshAbove(this.#height - 1);
    return true;
  }

  /** Takes `count` records out of the leaf where the latest descent ended. */
  removeAt(root: Handle, leaf: Handle, index: number, count: number): void {
    const nodes = this.#nodes;
    this.#height = nodes.word(root, ROOT_HEIGHT);
    const left = nodes.word(leaf, LEAF_COUNT) - count;
    if (index < left) nodes.moveWords(leaf, LEAF_RECORDS + index + count, leaf, LEAF_RECORDS + index, left - index);
    nodes.setWord(leaf, LEAF_COUNT, left);
    this.#addToCounts(root, -count);
    if (index === 0 && left > 0) this.#refreshAbove(this.#height - 1);
    if (left < LEAF_MIN && this.#height > 0) this.#refillLeaf(root, this.#height - 1);
  }

  /** The first record of the leaf where the latest descent ended has another score. */
  refreshFirst(root: Handle): void {
    this.#height = this.#nodes.word(root, ROOT_HEIGHT);
    this.#refreshAbove(this.#height - 1);
  }

  /** Writes the first record of the path's node below `level` into the nodes at `level` and above. */
  #refreshAbove(level: number): void {
    const nodes = this.#nodes;
    for (let l = level; l >= 0; l--) {
      const inner = this.#path[l]!;
      const i = this.#taken[l]!;
      const child = nodes.word(inner, INNER_CHILDREN + i);
      const first = nodes.firstOf(child, this.#height - 1 - l);
      nodes.setEntry(inner, i, child, nodes.word(inner, INNER_COUNTS + i), first);
      if (i > 0) return;
    }
  }

  #addToCounts(root: Handle, change: number): void {
    this.#nodes.addWord(root, ROOT_COUNT, change);
    for (let level = 0; level < this.#height; level++) {
      this.#nodes.addWord(this.#path[level]!, INNER_COUNTS + this.#taken[level]!, change);
    }
  }

  /** Makes room for a record in a full leaf; one step of it: the caller tries again. */
  #makeRoom(root: Handle, leaf: Handle, index: number): void {
    const nodes = this.#nodes;
    const atEnd = index === LEAF_CAPACITY && nodes.word(leaf, LEAF_NEXT) === NONE;
    const bottom = this.#height - 1;
    if (!atEnd && bottom >= 0 && this.#shareLeaf(bottom)) return;
    // Only a parent with room can take the new leaf: the highest full node of the path is split first.
    let level = bottom;
    while (level >= 0 && nodes.word(this.#path[level]!, INNER_COUNT) === INNER_CAPACITY) level--;
    if (level < bottom) this.#splitInner(root, level + 1, atEnd);
    else this.#splitLeaf(root, leaf, atEnd);
  }

  /** Evens a full leaf out with a neighbour that has room; false when there is none. */
  #shareLeaf(level: number): boolean {
    const nodes = this.#nodes;
    const parent = this.#path[level]!;
    const i = this.#taken[level]!;
    for (let left = i; left >= i - 1; left--) {
      if (left < 0 || left + 1 === nodes.word(parent, INNER_COUNT)) continue;
      const beside = nodes.word(parent, INNER_CHILDREN + (left === i ? i + 1 : left));
      if (nodes.word(beside, LEAF_COUNT) > LEAF_CAPACITY - SHARE_ROOM) continue;
      this.#evenLeaves(parent, left);
      return true;
    }
    return false;
  }

  /** Gives leaves i and i + 1 of an inner node the same number of records (or one apart). */
  #evenLeaves(parent: Handle, i: number): void {
    const nodes = this.#nodes;
    const left = nodes.word(parent, INNER_CHILDREN + i);
    const right = nodes.word(parent, INNER_CHILDREN + i + 1);
    const leftCount = nodes.word(left, LEAF_COUNT);
    const rightCount = nodes.word(right, LEAF_COUNT);
    const total = leftCount + rightCount;
    const keep = total >>> 1;
    if (leftCount > keep) {
      const moved = leftCount - keep;
      nodes.moveWords(right, LEAF_RECORDS, right, LEAF_RECORDS + moved, rightCount);
      nodes.moveWords(left, LEAF_RECORDS + keep, right, LEAF_RECORDS, moved);
    } else {
      const moved = keep - leftCount;
      nodes.moveWords(right, LEAF_RECORDS, left, LEAF_RECORDS + leftCount, moved);
      nodes.moveWords(right, LEAF_RECORDS + moved, right, LEAF_RECORDS, rightCount - moved);
    }
    nodes.setWord(left, LEAF_COUNT, keep);
    nodes.setWord(right, LEAF_COUNT, total - keep);
    nodes.setEntry(parent, i, left, keep, nodes.firstOf(left, 0));
    nodes.setEntry(parent, i + 1, right, total - keep, nodes.firstOf(right, 0));
  }

  /** Moves the upper half of a full leaf to a new one; at the right end only its last record. */
  #splitLeaf(root: Handle, leaf: Handle, atEnd: boolean): void {
    const nodes = this.#nodes;
    const bottom = this.#height - 1;
    const right = nodes.arena.alloc(LEAF_BYTES);
    const parent = bottom >= 0 ? this.#path[bottom]! : this.#newTopOrFree(root, leaf, right);
    const i = bottom >= 0 ? this.#taken[bottom]! : 0;
    const keep = atEnd ? LEAF_CAPACITY - 1 : (LEAF_CAPACITY + 1) >> 1;
    const moved = LEAF_CAPACITY - keep;
    nodes.moveWords(leaf, LEAF_RECORDS + keep, right, LEAF_RECORDS, moved);
    nodes.setWord(leaf, LEAF_COUNT, keep);
    nodes.setWord(right, LEAF_COUNT, moved);
    nodes.linkLeaf(right, leaf);
    nodes.addWord(root, ROOT_NODE_BYTES, LEAF_BYTES);
    this.#insertEntry(parent, i, leaf, keep, right, moved, 0);
  }

  /** Moves the upper half of the path's full inner node to a new one; at the right end only its last two children. */
  #splitInner(root: Handle, level: number, atEnd: boolean): void {
    const nodes = this.#nodes;
    const node = this.#path[level]!;
    const right = nodes.arena.alloc(INNER_BYTES);
    const parent = level > 0 ? this.#path[level - 1]! : this.#newTopOrFree(root, node, right);
    const i = level > 0 ? this.#taken[level - 1]! : 0;
    const keep = atEnd ? INNER_CAPACITY - 2 : (INNER_CAPACITY + 1) >> 1;
    const moved = INNER_CAPACITY - keep;
    nodes.moveEntries(node, keep, right, 0, moved);
    nodes.setWord(node, INNER_COUNT, keep);
    nodes.setWord(right, INNER_COUNT, moved);
    nodes.addWord(root, ROOT_NODE_BYTES, INNER_BYTES);
    const leftSum = nodes.sumCounts(node, keep);
    const rightSum = nodes.sumCounts(right, moved);
    this.#insertEntry(parent, i, node, leftSum, right, rightSum, this.#height - level);
  }

  /** A new top over `node`, which was the top. Frees `spare` when there is no room. */
  #newTopOrFree(root: Handle, node: Handle, spare: Handle): Handle {
    const nodes = this.#nodes;
    let top: Handle;
    try {
      top = nodes.arena.alloc(INNER_BYTES);
    } catch (error) {
      nodes.arena.free(spare);
      throw error;
    }
    nodes.setWord(top, INNER_COUNT, 1);
    nodes.setEntry(top, 0, node, nodes.word(root, ROOT_COUNT), nodes.firstOf(node, nodes.word(root, ROOT_HEIGHT)));
    nodes.setWord(root, ROOT_TOP, top);
    nodes.addWord(root, ROOT_HEIGHT, 1);
    nodes.addWord(root, ROOT_NODE_BYTES, INNER_BYTES);
    return top;
  }

  /** Child i of `parent` has become two: `height` is theirs. */
  #insertEntry(
    parent: Handle,
    i: number,
    left: Handle,
    leftCount: number,
    right: Handle,
    rightCount: number,
    height: number,
  ): void {
    const nodes = this.#nodes;
    const count = nodes.word(parent, INNER_COUNT);
    nodes.moveEntries(parent, i + 1, parent, i + 2, count - i - 1);
    nodes.setWord(parent, INNER_COUNT, count + 1);
    nodes.setEntry(parent, i, left, leftCount, nodes.firstOf(left, height));
    nodes.setEntry(parent, i + 1, right, rightCount, nodes.firstOf(right, height));
  }

  /** The leaf below the path's node at `level` is less than half full. */
  #refillLeaf(root: Handle, level: number): void {
    const nodes = this.#nodes;
    const parent = this.#path[level]!;
    const i = this.#pairAt(level);
    const left = nodes.word(parent, INNER_CHILDREN + i);
    const right = nodes.word(parent, INNER_CHILDREN + i + 1);
    const leftCount = nodes.word(left, LEAF_COUNT);
    const rightCount = nodes.word(right, LEAF_COUNT);
    if (leftCount + rightCount > LEAF_CAPACITY) {
      this.#evenLeaves(parent, i);
      if (i === 0) this.#refreshAbove(level - 1);
      return;
    }
    nodes.moveWords(right, LEAF_RECORDS, left, LEAF_RECORDS + leftCount, rightCount);
    nodes.setWord(left, LEAF_COUNT, leftCount + rightCount);
    nodes.unlinkLeaf(right);
    nodes.arena.free(right);
    nodes.addWord(root, ROOT_NODE_BYTES, -LEAF_BYTES);
    this.#dropEntry(parent, i, left, leftCount + rightCount, 0);
    if (i === 0) this.#refreshAbove(level - 1);
    this.#refillInner(root, level);
  }

  /** The path's inner node at `level` has lost a child. */
  #refillInner(root: Handle, level: number): void {
    const nodes = this.#nodes;
    const node = this.#path[level]!;
    const count = nodes.word(node, INNER_COUNT);
    if (level === 0) {
      if (count === 1) this.#dropTop(root, node);
      return;
    }
    if (count >= INNER_MIN) return;
    const parent = this.#path[level - 1]!;
    const i = this.#pairAt(level - 1);
    const left = nodes.word(parent, INNER_CHILDREN + i);
    const right = nodes.word(parent, INNER_CHILDREN + i + 1);
    const leftCount = nodes.word(left, INNER_COUNT);
    const rightCount = nodes.word(right, INNER_COUNT);
    const height = this.#height - level;
    if (leftCount + rightCount > INNER_CAPACITY) return this.#evenInner(parent, i, left, right, height);
    nodes.moveEntries(right, 0, left, leftCount, rightCount);
    nodes.setWord(left, INNER_COUNT, leftCount + rightCount);
    nodes.arena.free(right);
    nodes.addWord(root, ROOT_NODE_BYTES, -INNER_BYTES);
    this.#dropEntry(parent, i, left, nodes.sumCounts(left, leftCount + rightCount), height);
    this.#refillInner(root, level - 1);
  }

  #evenInner(parent: Handle, i: number, left: Handle, right: Handle, height: number): void {
    const nodes = this.#nodes;
    const leftCount = nodes.word(left, INNER_COUNT);
    const rightCount = nodes.word(right, INNER_COUNT);
    const total = leftCount + rightCount;
    const keep = total >>> 1;
    if (leftCount > keep) {
      nodes.moveEntries(right, 0, right, leftCount - keep, rightCount);
      nodes.moveEntries(left, keep, right, 0, leftCount - keep);
    } else {
      const moved = keep - leftCount;
      nodes.moveEntries(right, 0, left, leftCount, moved);
      nodes.moveEntries(right, moved, right, 0, rightCount - moved);
    }
    nodes.setWord(left, INNER_COUNT, keep);
    nodes.setWord(right, INNER_COUNT, total - keep);
    nodes.setEntry(parent, i, left, nodes.sumCounts(left, keep), nodes.firstOf(left, height));
    nodes.setEntry(parent, i + 1, right, nodes.sumCounts(right, total - keep), nodes.firstOf(right, height));
  }

  /** Child i + 1 of `parent` has become part of child i: `height` is theirs. */
  #dropEntry(parent: Handle, i: number, left: Handle, leftCount: number, height: number): void {
    const nodes = this.#nodes;
    const count = nodes.word(parent, INNER_COUNT);
    nodes.moveEntries(parent, i + 2, parent, i + 1, count - i - 2);
    nodes.setWord(parent, INNER_COUNT, count - 1);
    nodes.setEntry(parent, i, left, leftCount, nodes.firstOf(left, height));
  }

  #dropTop(root: Handle, top: Handle): void {
    const nodes = this.#nodes;
    nodes.setWord(root, ROOT_TOP, nodes.word(top, INNER_CHILDREN));
    nodes.addWord(root, ROOT_HEIGHT, -1);
    nodes.addWord(root, ROOT_NODE_BYTES, -INNER_BYTES);
    nodes.arena.free(top);
  }

  /** The child taken at `level` and a neighbour, as the index of the left one. */
  #pairAt(level: number): number {
    const i = this.#taken[level]!;
    return i + 1 < this.#nodes.word(this.#path[level]!, INNER_COUNT) ? i : i - 1;
  }
}
