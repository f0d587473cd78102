/**
 * The score tree: a counted B+tree in the arena that keeps member records in the order (score, member). Leaves hold
 * handles only, inner nodes the number of records below each child, so that a rank is found, and a record's rank is
 * told, in one descent. A tree is named by its root block; one ScoreTree serves all trees of an arena. Layout:
 * score-tree-layout.ts; how nodes split and merge: score-tree-shape.ts. Caller: keyspace/sorted-sets.ts.
 *
 * A bound is the number of records before it: countBefore… tells it, `seek` takes it; seekScore goes there without it.
 * Records belong to the caller; a record may be freed once it is out of the tree, and neither moves nor changes its
 * order while it is in it. score-tree-search.ts has the descents.
 */
import { type Handle, NONE } from "./arena.js";
import {
  INNER_CHILDREN,
  INNER_COUNT,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_COUNT,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  LEAF_RECORDS,
  ROOT_BYTES,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_NODE_BYTES,
  ROOT_OWNER,
  ROOT_TOP,
} from "./score-tree-layout.js";
import { ScoreTreeSearch } from "./score-tree-search.js";
import { UNIT_MASK, WINDOW_SHIFT } from "./window.js";

/** So many records readAhead reads at most. */
const AHEAD_MAX = 16;

/** A place in a tree: valid until the tree changes. */
export class TreeCursor {
  leaf: Handle = NONE;
  index = 0;
}

export class ScoreTree extends ScoreTreeSearch {
  /** What takeRange took out: taken[0, n). Valid until its next call. */
  readonly taken = new Int32Array(LEAF_CAPACITY);
  /** What readAhead has read. */
  readonly aheadRecords = new Int32Array(AHEAD_MAX);
  readonly aheadScores = new Float64Array(AHEAD_MAX);

  create(): Handle {
    const leaf = this.arena.alloc(LEAF_BYTES);
    const root = this.arena.alloc(ROOT_BYTES);
    const nodes = this.nodes;
    nodes.setWord(leaf, LEAF_COUNT, 0);
    nodes.setWord(leaf, LEAF_NEXT, NONE);
    nodes.setWord(leaf, LEAF_PREVIOUS, NONE);
    nodes.setWord(root, ROOT_TOP, leaf);
    nodes.setWord(root, ROOT_HEIGHT, 0);
    nodes.setWord(root, ROOT_COUNT, 0);
    nodes.setWord(root, ROOT_NODE_BYTES, LEAF_BYTES);
    nodes.setWord(root, ROOT_OWNER, NONE);
    return root;
  }

  /** Frees all nodes and the root. The records are the caller's. */
  destroy(root: Handle): void {
    this.#destroyNode(this.nodes.word(root, ROOT_TOP), this.nodes.word(root, ROOT_HEIGHT));
    this.arena.free(root);
  }

  count(root: Handle): number {
    return this.nodes.word(root, ROOT_COUNT) >>> 0;
  }

  /** Bytes of the nodes and the root, without the records. */
  treeBytes(root: Handle): number {
    return (this.nodes.word(root, ROOT_NODE_BYTES) >>> 0) + this.arena.sizeOf(root);
  }

  /** A word in the root that is the caller's. */
  ownerWord(root: Handle): number {
    return this.nodes.word(root, ROOT_OWNER);
  }

  setOwnerWord(root: Handle, word: number): void {
    this.nodes.setWord(root, ROOT_OWNER, word);
  }

  score(record: Handle): number {
    return this.nodes.score(record);
  }

  /** Adds a record whose (score, member) is not in the tree. Throws ArenaFullError, with the tree as it was. */
  insert(root: Handle, record: Handle): void {
    this.lookForRecord(record);
    this.descend(root);
    while (!this.shape.insertAt(root, this.leaf, this.index, record)) this.descend(root);
  }

  /** Adds a record that comes after all others: for building a tree in order. Leaves every leaf full. */
  append(root: Handle, record: Handle): void {
    this.descendToEnd(root);
    while (!this.shape.insertAt(root, this.leaf, this.index, record)) this.descendToEnd(root);
  }

  /** Takes a record out; the rank it had. */
  remove(root: Handle, record: Handle): number {
    const rank = this.findRecord(root, record);
    this.shape.removeAt(root, this.leaf, this.index, 1);
    return rank;
  }

  /**
   * Takes records out, from this rank on, at most `limit` and at most to the end of a leaf; their number, which is at
   * least one. They are in `taken`.
   */
  takeRange(root: Handle, rank: number, limit: number): number {
    this.descendToRank(root, rank);
    const leaf = this.leaf;
    const count = Math.min(limit, this.nodes.word(leaf, LEAF_COUNT) - this.index);
    for (let i = 0; i < count; i++) this.taken[i] = this.nodes.word(leaf, LEAF_RECORDS + this.index + i);
    this.shape.removeAt(root, leaf, this.index, count);
    return count;
  }

  /** Gives a record of the tree another score, and its new place. */
  setScore(root: Handle, record: Handle, score: number): void {
    this.findRecord(root, record);
    const leaf = this.leaf;
    const index = this.index;
    const old = this.nodes.score(record);
    // It moves in one direction: often not even past its neighbour there.
    const neighbour = this.#neighbour(leaf, index, score < old ? -1 : 1);
    this.nodes.setScore(record, score);
    const stays =
      neighbour === NONE || (score < old ? this.areInOrder(neighbour, record) : this.areInOrder(record, neighbour));
    if (stays) {
      if (index === 0) this.shape.refreshFirst(root);
      return;
    }
    // The tree must be in order while the record is taken out: rebalancing copies its score.
    this.nodes.setScore(record, old);
    this.shape.removeAt(root, leaf, index, 1);
    this.nodes.setScore(record, score);
    this.insert(root, record);
  }

  /** How many records come before this one. */
  rankOf(root: Handle, record: Handle): number {
    return this.findRecord(root, record);
  }

  /** How many records have a score below this one, or (`orEqual`) not above it. */
  countBeforeScore(root: Handle, score: number, orEqual: boolean): number {
    this.lookForScore(score, orEqual);
    return this.descend(root);
  }

  /** Puts the cursor on the first record that countBeforeScore would not count, and returns it; NONE at the end. */
  seekScore(root: Handle, score: number, orEqual: boolean, cursor: TreeCursor): Handle {
    this.lookForScore(score, orEqual);
    const nodes = this.nodes;
    let node = nodes.word(root, ROOT_TOP);
    for (let level = nodes.word(root, ROOT_HEIGHT); level > 0; level--) {
      node = nodes.word(node, INNER_CHILDREN + this.findChild(node));
    }
    cursor.leaf = node;
    cursor.index = this.findInLeaf(node) - 1;
    return this.next(cursor);
  }

  /** The same for members, in a tree whose records all have one score. */
  countBeforeMember(root: Handle, view: DataView, start: number, length: number, orEqual: boolean): number {
    this.lookForMember(view, start, length, orEqual);
    return this.descend(root);
  }

  /** Puts the cursor on the record of this rank, and returns it. The rank must be below count(). */
  seek(root: Handle, rank: number, cursor: TreeCursor): Handle {
    this.descendToRank(root, rank);
    cursor.leaf = this.leaf;
    cursor.index = this.index;
    return this.nodes.word(this.leaf, LEAF_RECORDS + this.index);
  }

  /** Moves to the next record and returns it; NONE at the end. */
  next(cursor: TreeCursor): Handle {
    const window = this.windows[cursor.leaf >>> WINDOW_SHIFT]!;
    const at = (cursor.leaf & UNIT_MASK) << 1;
    if (++cursor.index < window.words[at + LEAF_COUNT]!) return window.words[at + LEAF_RECORDS + cursor.index]!;
    const next = window.words[at + LEAF_NEXT]!;
    if (next === NONE) return NONE;
    cursor.leaf = next;
    cursor.index = 0;
    return this.nodes.word(next, LEAF_RECORDS);
  }

  /**
   * Reads records and their scores from the cursor on into `aheadRecords` and `aheadScores`, and moves the cursor past
   * them; how many, 0 at the end. For walks that look at scores: many at a time, they are fetched at a time.
   */
  readAhead(cursor: TreeCursor): number {
    let { words } = this.windows[cursor.leaf >>> WINDOW_SHIFT]!;
    let at = (cursor.leaf & UNIT_MASK) << 1;
    if (cursor.index >= words[at + LEAF_COUNT]!) {
      const next = words[at + LEAF_NEXT]!;
      if (next === NONE) return 0;
      cursor.leaf = next;
      cursor.index = 0;
      words = this.windows[next >>> WINDOW_SHIFT]!.words;
      at = (next & UNIT_MASK) << 1;
    }
    const count = Math.min(words[at + LEAF_COUNT]! - cursor.index, AHEAD_MAX);
    const first = at + LEAF_RECORDS + cursor.index;
    for (let i = 0; i < count; i++) {
      const record = words[first + i]!;
      this.aheadRecords[i] = record;
      this.aheadScores[i] = this.nodes.score(record);
    }
    cursor.index += count;
    return count;
  }

  /** Moves to the previous record and returns it; NONE at the beginning. */
  previous(cursor: TreeCursor): Handle {
    if (cursor.index === 0) {
      const previous = this.nodes.word(cursor.leaf, LEAF_PREVIOUS);
      if (previous === NONE) return NONE;
      cursor.leaf = previous;
      cursor.index = this.nodes.word(previous, LEAF_COUNT);
    }
    return this.nodes.word(cursor.leaf, LEAF_RECORDS + --cursor.index);
  }

  /** The record before (-1) or after (1) this place, in the leaf or in the one beside it. */
  #neighbour(leaf: Handle, index: number, step: -1 | 1): Handle {
    const nodes = this.nodes;
    const at = index + step;
    if (at >= 0 && at < nodes.word(leaf, LEAF_COUNT)) return nodes.word(leaf, LEAF_RECORDS + at);
    const beside = nodes.word(leaf, step < 0 ? LEAF_PREVIOUS : LEAF_NEXT);
    if (beside === NONE) return NONE;
    return nodes.word(beside, LEAF_RECORDS + (step < 0 ? nodes.word(beside, LEAF_COUNT) - 1 : 0));
  }

  #destroyNode(node: Handle, height: number): void {
    if (height > 0) {
      const count = this.nodes.word(node, INNER_COUNT);
      for (let i = 0; i < count; i++) this.#destroyNode(this.nodes.word(node, INNER_CHILDREN + i), height - 1);
    }
    this.arena.free(node);
  }
}
