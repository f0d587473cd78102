// Whether a score tree is what score-tree-layout.ts says: filling, counts, first records, the list of leaves, order.
import { type Arena, type Handle, NONE } from "#src/storage/arena.js";
import {
  INNER_BYTES,
  INNER_CAPACITY,
  INNER_CHILDREN,
  INNER_COUNT,
  INNER_COUNTS,
  INNER_FIRSTS,
  INNER_MIN,
  INNER_SCORES_BYTE,
  LEAF_BYTES,
  LEAF_CAPACITY,
  LEAF_COUNT,
  LEAF_MIN,
  LEAF_NEXT,
  LEAF_PREVIOUS,
  LEAF_RECORDS,
  LONG_MEMBER,
  LONG_MEMBER_BYTES,
  MEMBER_HEADER_BYTES,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_NODE_BYTES,
  ROOT_TOP,
  ScoreTreeNodes,
} from "#src/storage/score-tree-layout.js";
import { expect } from "./block-census.js";

export interface TreeShape {
  /** In order. */
  readonly records: Handle[];
  /** The root's block and those of all nodes. */
  readonly blocks: Handle[];
}

export function checkScoreTree(arena: Arena, root: Handle, owner: string): TreeShape {
  return new TreeCheck(arena, owner).run(root);
}

class TreeCheck {
  readonly #arena: Arena;
  readonly #nodes: ScoreTreeNodes;
  readonly #owner: string;
  readonly #records: Handle[] = [];
  readonly #blocks: Handle[] = [];
  readonly #leaves: Handle[] = [];
  #bytes = 0;

  constructor(arena: Arena, owner: string) {
    this.#arena = arena;
    this.#nodes = new ScoreTreeNodes(arena);
    this.#owner = owner;
  }

  run(root: Handle): TreeShape {
    const nodes = this.#nodes;
    this.#blocks.push(root);
    const count = this.#checkNode(nodes.word(root, ROOT_TOP), nodes.word(root, ROOT_HEIGHT), true, true);
    this.#expect(nodes.word(root, ROOT_COUNT) === count, `the root counts otherwise than ${count} records`);
    this.#expect(nodes.word(root, ROOT_NODE_BYTES) === this.#bytes, `nodes of ${this.#bytes} bytes`);
    for (const [i, leaf] of this.#leaves.entries()) {
      this.#expect(nodes.word(leaf, LEAF_NEXT) === (this.#leaves[i + 1] ?? NONE), "a leaf's next");
      this.#expect(nodes.word(leaf, LEAF_PREVIOUS) === (this.#leaves[i - 1] ?? NONE), "a leaf's previous");
    }
    for (const [i, record] of this.#records.entries()) {
      const before = this.#records[i - 1];
      if (before !== undefined) this.#expect(this.#areInOrder(before, record), `records ${i - 1} and ${i}`);
    }
    return { records: this.#records, blocks: this.#blocks };
  }

  #checkNode(node: Handle, height: number, isTop: boolean, isLast: boolean): number {
    const nodes = this.#nodes;
    this.#blocks.push(node);
    if (height === 0) {
      const count = nodes.word(node, LEAF_COUNT);
      const isFilled = count <= LEAF_CAPACITY && (isTop || count >= (isLast ? 1 : LEAF_MIN));
      this.#expect(isFilled, `a leaf with ${count} records`);
      this.#leaves.push(node);
      this.#bytes += LEAF_BYTES;
      for (let i = 0; i < count; i++) this.#records.push(nodes.word(node, LEAF_RECORDS + i));
      return count;
    }
    const count = nodes.word(node, INNER_COUNT);
    const isFilled = count <= INNER_CAPACITY && count >= (isTop || isLast ? 2 : INNER_MIN);
    this.#expect(isFilled, `an inner node of ${count}`);
    this.#bytes += INNER_BYTES;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const child = nodes.word(node, INNER_CHILDREN + i);
      const before = this.#records.length;
      const below = this.#checkNode(child, height - 1, false, isLast && i === count - 1);
      this.#expect(nodes.word(node, INNER_COUNTS + i) === below, "an entry's count");
      const first = this.#records[before] ?? NONE;
      this.#expect(nodes.word(node, INNER_FIRSTS + i) === first, "an entry's first record");
      const { view } = this.#arena.window(node);
      const score = view.getFloat64(this.#arena.offset(node) + INNER_SCORES_BYTE + 8 * i, true);
      this.#expect(Object.is(score, nodes.score(first)), "an entry's score");
      sum += below;
    }
    return sum;
  }

  #areInOrder(a: Handle, b: Handle): boolean {
    const left = this.#nodes.score(a);
    const right = this.#nodes.score(b);
    return left === right ? Buffer.compare(this.#member(a), this.#member(b)) < 0 : left < right;
  }

  #member(record: Handle): Uint8Array {
    const { bytes, view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const short = bytes[at] ?? 0;
    const start = at + MEMBER_HEADER_BYTES + (short === LONG_MEMBER ? LONG_MEMBER_BYTES : 0);
    const length = short === LONG_MEMBER ? view.getUint32(at + MEMBER_HEADER_BYTES, true) : short;
    return bytes.subarray(start, start + length);
  }

  #expect(holds: boolean, what: string): void {
    expect(holds, `${this.#owner}: score tree: ${what}`);
  }
}
