/**
 * Descents in score trees: to a score, a member, a record or a rank. score-tree.ts, which changes trees and answers with
 * what is found, builds on it. A descent says where it ended in `leaf` and `index`, and tells the shape its path.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import { compareBytes } from "./bytes.js";
import {
  INNER_CHILDREN,
  INNER_COUNT,
  INNER_COUNTS,
  INNER_FIRSTS,
  INNER_SCORES_BYTE,
  LEAF_COUNT,
  LEAF_RECORDS,
  LONG_MEMBER,
  MEMBER_HEADER_BYTES,
  MEMBER_SCORE,
  ROOT_HEIGHT,
  ROOT_TOP,
  ScoreTreeNodes,
} from "./score-tree-layout.js";
import { ScoreTreeShape } from "./score-tree-shape.js";
import { UNIT_MASK, WINDOW_SHIFT, type Window } from "./window.js";

export class ScoreTreeSearch {
  protected readonly arena: Arena;
  protected readonly windows: Window[];
  protected readonly nodes: ScoreTreeNodes;
  protected readonly shape: ScoreTreeShape;
  /** What a descent looks for: it passes records before (score, member), or before one of the two. */
  #byScore = true;
  #byMember = true;
  #orEqual = false;
  #wantedScore = 0;
  #wantedView: DataView | null = null;
  #wantedStart = 0;
  #wantedLength = 0;
  /** Where the latest descent ended. */
  protected leaf: Handle = NONE;
  protected index = 0;

  constructor(arena: Arena) {
    this.arena = arena;
    this.windows = arena.windows;
    this.nodes = new ScoreTreeNodes(arena);
    this.shape = new ScoreTreeShape(this.nodes);
  }

  /** Descends to a record of the tree; its rank. */
  protected findRecord(root: Handle, record: Handle): number {
    this.lookForRecord(record);
    this.#orEqual = true;
    const before = this.#descendToLeaf(root);
    // By its handle: comparing scores would touch other records, each in a cache line of its own.
    const words = this.windows[this.leaf >>> WINDOW_SHIFT]!.words;
    const at = (this.leaf & UNIT_MASK) << 1;
    const first = at + LEAF_RECORDS;
    const end = first + words[at + LEAF_COUNT]!;
    let place = first;
    while (place < end && words[place] !== record) place++;
    if (place === end) throw new Error("score tree: a record is not where its score and member say");
    this.index = place - first;
    return before + this.index;
  }

  protected lookForScore(score: number, orEqual: boolean): void {
    this.#byScore = true;
    this.#byMember = false;
    this.#orEqual = orEqual;
    this.#wantedScore = score;
  }

  protected lookForMember(view: DataView, start: number, length: number, orEqual: boolean): void {
    this.#byScore = false;
    this.#byMember = true;
    this.#orEqual = orEqual;
    this.#wantedView = view;
    this.#wantedStart = start;
    this.#wantedLength = length;
  }

  protected lookForRecord(record: Handle): void {
    const window = this.windows[record >>> WINDOW_SHIFT]!;
    const at = (record & UNIT_MASK) << 3;
    const length = window.bytes[at]!;
    this.#byScore = true;
    this.#byMember = true;
    this.#orEqual = false;
    this.#wantedScore = window.view.getFloat64(at + MEMBER_SCORE, true);
    this.#wantedView = window.view;
    if (length === LONG_MEMBER) {
      this.#wantedStart = at + MEMBER_HEADER_BYTES + 4;
      this.#wantedLength = window.view.getUint32(at + MEMBER_HEADER_BYTES, true);
    } else {
      this.#wantedStart = at + MEMBER_HEADER_BYTES;
      this.#wantedLength = length;
    }
  }

  /** Finds the first place that is not before what is looked for; how many records are before it. */
  protected descend(root: Handle): number {
    const before = this.#descendToLeaf(root);
    this.index = this.findInLeaf(this.leaf);
    return before + this.index;
  }

  /** Finds the leaf of that place; how many records are in front of the leaf. */
  #descendToLeaf(root: Handle): number {
    const nodes = this.nodes;
    let node = nodes.word(root, ROOT_TOP);
    let rank = 0;
    const height = nodes.word(root, ROOT_HEIGHT);
    for (let level = 0; level < height; level++) {
      const child = this.findChild(node);
      this.shape.passed(level, node, child);
      rank += nodes.sumCounts(node, child);
      node = nodes.word(node, INNER_CHILDREN + child);
    }
    this.leaf = node;
    return rank;
  }

  /** The last child whose first record is before what is looked for; the first child when none is. */
  protected findChild(inner: Handle): number {
    const window = this.windows[inner >>> WINDOW_SHIFT]!;
    const at = (inner & UNIT_MASK) << 1;
    const scores = (at << 2) + INNER_SCORES_BYTE;
    let low = 1;
    let high = window.words[at + INNER_COUNT]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const score = window.view.getFloat64(scores + 8 * middle, true);
      const isBefore =
        this.#byScore && score !== this.#wantedScore
          ? score < this.#wantedScore
          : this.#isMemberBefore(window.words[at + INNER_FIRSTS + middle]!);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  protected findInLeaf(leaf: Handle): number {
    const words = this.windows[leaf >>> WINDOW_SHIFT]!.words;
    const at = (leaf & UNIT_MASK) << 1;
    let low = 0;
    let high = words[at + LEAF_COUNT]!;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(words[at + LEAF_RECORDS + middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isBefore(record: Handle): boolean {
    if (this.#byScore) {
      const view = this.windows[record >>> WINDOW_SHIFT]!.view;
      const score = view.getFloat64(((record & UNIT_MASK) << 3) + MEMBER_SCORE, true);
      if (score !== this.#wantedScore) return score < this.#wantedScore;
    }
    return this.#isMemberBefore(record);
  }

  #isMemberBefore(record: Handle): boolean {
    if (!this.#byMember) return this.#orEqual;
    const window = this.windows[record >>> WINDOW_SHIFT]!;
    const at = (record & UNIT_MASK) << 3;
    let length = window.bytes[at]!;
    let start = at + MEMBER_HEADER_BYTES;
    if (length === LONG_MEMBER) {
      length = window.view.getUint32(start, true);
      start += 4;
    }
    const order = compareBytes(window.view, start, length, this.#wantedView!, this.#wantedStart, this.#wantedLength);
    return order < 0 || (order === 0 && this.#orEqual);
  }

  protected descendToRank(root: Handle, rank: number): void {
    const nodes = this.nodes;
    let node = nodes.word(root, ROOT_TOP);
    let left = rank;
    const height = nodes.word(root, ROOT_HEIGHT);
    for (let level = 0; level < height; level++) {
      let child = 0;
      let below = nodes.word(node, INNER_COUNTS);
      while (left >= below) {
        left -= below;
        below = nodes.word(node, INNER_COUNTS + ++child);
      }
      this.shape.passed(level, node, child);
      node = nodes.word(node, INNER_CHILDREN + child);
    }
    this.leaf = node;
    this.index = left;
  }

  protected descendToEnd(root: Handle): void {
    const nodes = this.nodes;
    let node = nodes.word(root, ROOT_TOP);
    const height = nodes.word(root, ROOT_HEIGHT);
    for (let level = 0; level < height; level++) {
      const child = nodes.word(node, INNER_COUNT) - 1;
      this.shape.passed(level, node, child);
      node = nodes.word(node, INNER_CHILDREN + child);
    }
    this.leaf = node;
    this.index = nodes.word(node, LEAF_COUNT);
  }

  /** Whether record a comes before record b. */
  protected areInOrder(a: Handle, b: Handle): boolean {
    this.lookForRecord(b);
    return this.#isBefore(a);
  }
}
