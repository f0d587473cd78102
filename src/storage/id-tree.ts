/**
 * The ID tree: a B+tree in the arena from IDs to values of a fixed size. The nodes of a stream and the pending entries
 * of its consumer groups are kept in such trees (keyspace/). One object serves all trees of an arena with the same
 * size of values; a tree is named by its root block, which never moves. Layout: id-tree-nodes.ts; how nodes split and
 * merge: id-tree-shape.ts.
 *
 * Appending touches the last leaf only. Cursors are the caller's, so that nothing is allocated; one is valid until its
 * tree changes, except by insert() or deleteAt() through it.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import { Id } from "./id.js";
import {
  HEIGHT_MAX,
  ID_WORDS,
  IdTreeNodes,
  INNER_STRIDE,
  NODE_COUNT,
  NODE_NEXT,
  NODE_PREVIOUS,
  ROOT_BLOCK_BYTES,
  ROOT_BLOCKS,
  ROOT_BYTES,
  ROOT_COUNT,
  ROOT_FIRST,
  ROOT_HEIGHT,
  ROOT_LAST,
  ROOT_TOP,
} from "./id-tree-nodes.js";
import { IdTreeShape } from "./id-tree-shape.js";

/** A place in a tree. */
export class IdCursor {
  leaf: Handle = NONE;
  index = 0;

  /** Whether it is on no entry: past either end. */
  get isAtEnd(): boolean {
    return this.leaf === NONE;
  }

  setEnd(): void {
    this.leaf = NONE;
    this.index = 0;
  }
}

export class IdTree {
  readonly #nodes: IdTreeNodes;
  readonly #shape: IdTreeShape;
  /** Of deleteAt and copy. */
  readonly #id = new Id();
  readonly #cursor = new IdCursor();
  /** Of #freeLastLeaf: the nodes above it, by height. */
  readonly #path = new Int32Array(HEIGHT_MAX);

  constructor(arena: Arena, valueWords: number) {
    this.#nodes = new IdTreeNodes(arena, valueWords);
    this.#shape = new IdTreeShape(this.#nodes);
  }

  /** The memory of this object's trees, for checks. */
  get nodes(): IdTreeNodes {
    return this.#nodes;
  }

  create(): Handle {
    const nodes = this.#nodes;
    const root = nodes.arena.alloc(ROOT_BYTES);
    nodes.setWord(root, ROOT_TOP, NONE);
    nodes.setWord(root, ROOT_HEIGHT, 0);
    nodes.setWord(root, ROOT_COUNT, 0);
    nodes.setWord(root, ROOT_FIRST, NONE);
    nodes.setWord(root, ROOT_LAST, NONE);
    nodes.setWord(root, ROOT_BLOCKS, 1);
    nodes.setWord(root, ROOT_BLOCK_BYTES, nodes.arena.sizeOf(root));
    return root;
  }

  destroy(root: Handle): void {
    this.freeSlice(root, Number.POSITIVE_INFINITY);
  }

  /**
   * Frees about so many blocks of a tree that nobody uses any more; true when all of it is gone. Each value's first
   * word is given to `freeValue`, and counts as a block.
   */
  freeSlice(root: Handle, blocks: number, freeValue?: (word: number) => void): boolean {
    const nodes = this.#nodes;
    let freed = 0;
    while (nodes.word(root, ROOT_TOP) !== NONE) {
      if (freed >= blocks) return false;
      freed += this.#freeLastLeaf(root, freeValue);
    }
    nodes.arena.free(root);
    return true;
  }

  /** A tree of the same entries. */
  copy(root: Handle): Handle {
    const copy = this.create();
    const nodes = this.#nodes;
    const cursor = this.#cursor;
    const id = this.#id;
    try {
      let leaf = nodes.word(root, ROOT_FIRST);
      for (; leaf !== NONE; leaf = nodes.word(leaf, NODE_NEXT)) {
        const count = nodes.word(leaf, NODE_COUNT);
        for (let i = 0; i < count; i++) {
          id.readWords(nodes.words(leaf), nodes.place(leaf, i, nodes.stride));
          this.insert(copy, id, cursor);
          nodes.move(leaf, i, cursor.leaf, cursor.index, 1, nodes.stride);
        }
      }
    } catch (error) {
      this.destroy(copy);
      throw error;
    }
    return copy;
  }

  count(root: Handle): number {
    return this.#nodes.word(root, ROOT_COUNT) >>> 0;
  }

  /** Blocks of the tree, its root included. */
  blockCount(root: Handle): number {
    return this.#nodes.word(root, ROOT_BLOCKS) >>> 0;
  }

  /** Bytes of these blocks. */
  treeBytes(root: Handle): number {
    return this.#nodes.word(root, ROOT_BLOCK_BYTES) >>> 0;
  }

  /**
   * Puts the cursor on the ID's entry. True when it is a new one: then its value is 0 in all words. Throws
   * ArenaFullError, with the tree as it was.
   */
  insert(root: Handle, id: Id, cursor: IdCursor): boolean {
    const nodes = this.#nodes;
    const shape = this.#shape;
    const last = nodes.word(root, ROOT_LAST);
    if (last === NONE) {
      shape.plant(root, id);
    } else if (!this.#tryAppend(root, last, id)) {
      const leaf = shape.descend(root, id);
      const index = nodes.search(leaf, nodes.stride, 0, id, false);
      if (this.#isAt(leaf, index, id)) {
        cursor.leaf = leaf;
        cursor.index = index;
        return false;
      }
      shape.insert(root, leaf, index, id);
    }
    cursor.leaf = shape.leaf;
    cursor.index = shape.index;
    return true;
  }

  /** Puts the cursor on the ID's entry; at the end, and false, when there is none. */
  find(root: Handle, id: Id, cursor: IdCursor): boolean {
    const leaf = this.#lookUp(root, id);
    if (leaf !== NONE) {
      const index = this.#nodes.search(leaf, this.#nodes.stride, 0, id, false);
      if (this.#isAt(leaf, index, id)) {
        cursor.leaf = leaf;
        cursor.index = index;
        return true;
      }
    }
    cursor.setEnd();
    return false;
  }

  /** Takes the ID's entry out; false when there is none. */
  delete(root: Handle, id: Id): boolean {
    const nodes = this.#nodes;
    if (nodes.word(root, ROOT_TOP) === NONE) return false;
    const leaf = this.#shape.descend(root, id);
    const index = nodes.search(leaf, nodes.stride, 0, id, false);
    if (!this.#isAt(leaf, index, id)) return false;
    this.#shape.remove(root, leaf, index);
    return true;
  }

  /** Takes the cursor's entry out, and moves the cursor to the one behind it. */
  deleteAt(root: Handle, cursor: IdCursor): void {
    const nodes = this.#nodes;
    const { leaf, index } = cursor;
    if (this.#shape.canLose(root, leaf)) {
      this.#shape.remove(root, leaf, index);
      if (index === nodes.word(leaf, NODE_COUNT)) this.#enterNext(cursor);
      return;
    }
    const id = this.#id;
    this.readId(cursor, id);
    this.#shape.descend(root, id);
    this.#shape.remove(root, leaf, index);
    this.seekAtLeast(root, id, cursor);
  }

  seekFirst(root: Handle, cursor: IdCursor): boolean {
    cursor.leaf = this.#nodes.word(root, ROOT_FIRST);
    cursor.index = 0;
    return cursor.leaf !== NONE;
  }

  seekLast(root: Handle, cursor: IdCursor): boolean {
    const leaf = this.#nodes.word(root, ROOT_LAST);
    cursor.leaf = leaf;
    cursor.index = leaf === NONE ? 0 : this.#nodes.word(leaf, NODE_COUNT) - 1;
    return leaf !== NONE;
  }

  /** Puts the cursor on the first entry at the ID or behind it; at the end, and false, when there is none. */
  seekAtLeast(root: Handle, id: Id, cursor: IdCursor): boolean {
    const nodes = this.#nodes;
    const leaf = this.#lookUp(root, id);
    cursor.leaf = leaf;
    cursor.index = 0;
    if (leaf === NONE) return false;
    cursor.index = nodes.search(leaf, nodes.stride, 0, id, false);
    if (cursor.index === nodes.word(leaf, NODE_COUNT)) this.#enterNext(cursor);
    return cursor.leaf !== NONE;
  }

  /** Puts the cursor on the last entry at the ID or before it; at the end, and false, when there is none. */
  seekAtMost(root: Handle, id: Id, cursor: IdCursor): boolean {
    const nodes = this.#nodes;
    const last = nodes.word(root, ROOT_LAST);
    cursor.setEnd();
    if (last === NONE) return false;
    const end = nodes.word(last, NODE_COUNT) - 1;
    if (id.compareWords(nodes.words(last), nodes.place(last, end, nodes.stride)) >= 0) {
      cursor.leaf = last;
      cursor.index = end;
      return true;
    }
    cursor.leaf = this.#lookUp(root, id);
    cursor.index = nodes.search(cursor.leaf, nodes.stride, 0, id, true);
    return this.previous(cursor);
  }

  /** Moves to the next entry; false at the end. */
  next(cursor: IdCursor): boolean {
    if (++cursor.index < this.#nodes.word(cursor.leaf, NODE_COUNT)) return true;
    this.#enterNext(cursor);
    return cursor.leaf !== NONE;
  }

  previous(cursor: IdCursor): boolean {
    if (--cursor.index >= 0) return true;
    const leaf = this.#nodes.word(cursor.leaf, NODE_PREVIOUS);
    cursor.leaf = leaf;
    cursor.index = leaf === NONE ? 0 : this.#nodes.word(leaf, NODE_COUNT) - 1;
    return leaf !== NONE;
  }

  readId(cursor: IdCursor, id: Id): void {
    const nodes = this.#nodes;
    id.readWords(nodes.words(cursor.leaf), nodes.place(cursor.leaf, cursor.index, nodes.stride));
  }

  /** Word i of the entry's value. */
  word(cursor: IdCursor, i: number): number {
    return this.#nodes.words(cursor.leaf)[this.#valuePlace(cursor, i)]!;
  }

  setWord(cursor: IdCursor, i: number, value: number): void {
    this.#nodes.words(cursor.leaf)[this.#valuePlace(cursor, i)] = value;
  }

  /** A double in words i and i + 1 of the entry's value. */
  number(cursor: IdCursor, i: number): number {
    return this.#nodes.arena.window(cursor.leaf).view.getFloat64(this.#valuePlace(cursor, i) << 2, true);
  }

  setNumber(cursor: IdCursor, i: number, value: number): void {
    this.#nodes.arena.window(cursor.leaf).view.setFloat64(this.#valuePlace(cursor, i) << 2, value, true);
  }

  #valuePlace(cursor: IdCursor, i: number): number {
    return this.#nodes.place(cursor.leaf, cursor.index, this.#nodes.stride) + ID_WORDS + i;
  }

  /** Adds an entry behind all others, unless the ID is not behind them, or the last leaf is full. */
  #tryAppend(root: Handle, last: Handle, id: Id): boolean {
    const nodes = this.#nodes;
    const count = nodes.word(last, NODE_COUNT);
    if (count === nodes.leafCapacity) return false;
    if (id.compareWords(nodes.words(last), nodes.place(last, count - 1, nodes.stride)) <= 0) return false;
    this.#shape.insert(root, last, count, id);
    return true;
  }

  #isAt(leaf: Handle, index: number, id: Id): boolean {
    const nodes = this.#nodes;
    if (index === nodes.word(leaf, NODE_COUNT)) return false;
    return id.compareWords(nodes.words(leaf), nodes.place(leaf, index, nodes.stride)) === 0;
  }

  /** The leaf that the ID belongs into; NONE in an empty tree. */
  #lookUp(root: Handle, id: Id): Handle {
    const nodes = this.#nodes;
    let node = nodes.word(root, ROOT_TOP);
    for (let height = nodes.word(root, ROOT_HEIGHT); height > 0; height--) {
      node = nodes.child(node, nodes.search(node, INNER_STRIDE, 1, id, true) - 1);
    }
    return node;
  }

  #enterNext(cursor: IdCursor): void {
    cursor.leaf = this.#nodes.word(cursor.leaf, NODE_NEXT);
    cursor.index = 0;
  }

  /** Frees the last leaf, and the inner nodes that have no child without it; how many blocks that were. */
  #freeLastLeaf(root: Handle, freeValue?: (word: number) => void): number {
    const nodes = this.#nodes;
    const path = this.#path;
    let node = nodes.word(root, ROOT_TOP);
    let height = nodes.word(root, ROOT_HEIGHT);
    for (; height > 0; height--) {
      path[height] = node;
      node = nodes.child(node, nodes.word(node, NODE_COUNT) - 1);
    }
    let freed = 1;
    if (freeValue !== undefined) {
      const count = nodes.word(node, NODE_COUNT);
      const words = nodes.words(node);
      for (let i = 0; i < count; i++) freeValue(words[nodes.place(node, i, nodes.stride) + ID_WORDS]!);
      freed += count;
    }
    nodes.arena.free(node);
    const top = nodes.word(root, ROOT_HEIGHT);
    for (height = 1; height <= top; height++) {
      node = path[height]!;
      nodes.addWord(node, NODE_COUNT, -1);
      if (nodes.word(node, NODE_COUNT) > 0) return freed;
      nodes.arena.free(node);
      freed++;
    }
    nodes.setWord(root, ROOT_TOP, NONE);
    return freed;
  }
}
