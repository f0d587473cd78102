/**
 * Reading quicklists: a cursor goes to an end or an index, forward, backward, and compares; sizes, and what fits where.
 * quicklist.ts, which changes them, builds on it. A cursor in a list of one listpack (no root) goes along it in the same way.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import { areEqualBytes } from "./bytes.js";
import type { ListCursor } from "./list-cursor.js";
import { HEADER_BYTES, type Listpack, NO_POSITION } from "./listpack.js";
import { QuicklistCompression } from "./quicklist-compression.js";
import { ENTRY_OVERHEAD_BYTES, exceedsLimit, isLargeElement } from "./quicklist-limits.js";
import { QuicklistNodes } from "./quicklist-nodes.js";

export class QuicklistWalk {
  readonly arena: Arena;
  readonly nodes: QuicklistNodes;
  readonly listpacks: Listpack;
  readonly compression: QuicklistCompression;
  /** Elements from this size on are large; 0 leaves it to the fill. DEBUG QUICKLIST-PACKED-THRESHOLD sets it. */
  packedThreshold = 0;

  constructor(arena: Arena, listpacks: Listpack) {
    this.arena = arena;
    this.nodes = new QuicklistNodes(arena);
    this.listpacks = listpacks;
    this.compression = new QuicklistCompression(arena, this.nodes, listpacks);
  }

  /**
   * Puts the cursor on the first or the last element of a list that is not empty, to read it and drop it: the first may
   * stand behind a gap.
   */
  seekEnd(root: Handle, atHead: boolean, cursor: ListCursor): void {
    const { nodes } = this;
    const node = atHead ? nodes.first(root) : nodes.last(root);
    const data = atHead ? nodes.dataWithGap(node) : nodes.data(node);
    cursor.root = root;
    cursor.node = node;
    cursor.data = data;
    cursor.isLarge = nodes.isLarge(node);
    if (cursor.isLarge) cursor.position = NO_POSITION;
    else cursor.position = atHead ? HEADER_BYTES + nodes.gap(node) : this.listpacks.last(data);
  }

  /** Puts the cursor on the element with this index, from the end when negative; at the end when there is none. */
  seek(root: Handle, index: number, cursor: ListCursor): void {
    const { nodes } = this;
    const count = nodes.count(root);
    cursor.root = root;
    const fromHead = index < 0 ? count + index : index;
    if (fromHead < 0 || fromHead >= count) return cursor.setEnd();
    if (fromHead < count / 2) {
      let left = fromHead;
      let node = nodes.first(root);
      for (; left >= nodes.entries(node); node = nodes.next(node)) left -= nodes.entries(node);
      this.enter(cursor, node, left);
    } else {
      let left = count - 1 - fromHead;
      let node = nodes.last(root);
      for (; left >= nodes.entries(node); node = nodes.previous(node)) left -= nodes.entries(node);
      this.enter(cursor, node, -1 - left);
    }
  }

  /** Moves to the next element; at the end of the list it is at the end. Works on a list of one listpack, too. */
  next(cursor: ListCursor): void {
    if (!cursor.isLarge) {
      const position = this.listpacks.next(cursor.data, cursor.position);
      if (position !== NO_POSITION) {
        cursor.position = position;
        return;
      }
    }
    this.leave(cursor);
  }

  /** Moves from anywhere in a node to the first element of the next one. */
  leave(cursor: ListCursor): void {
    if (cursor.node === NONE) cursor.setEnd();
    else this.enter(cursor, this.nodes.next(cursor.node), 0);
  }

  previous(cursor: ListCursor): void {
    if (!cursor.isLarge) {
      const position = this.listpacks.previous(cursor.data, cursor.position);
      if (position !== NO_POSITION) {
        cursor.position = position;
        return;
      }
    }
    if (cursor.node === NONE) cursor.setEnd();
    else this.enter(cursor, this.nodes.previous(cursor.node), -1);
  }

  /** Whether the element equals what listpacks.setNeedle was given. */
  matches(cursor: ListCursor): boolean {
    const { listpacks, nodes, arena } = this;
    if (!cursor.isLarge) return listpacks.matches(cursor.data, cursor.position);
    const { needle, needleStart, needleLength } = listpacks;
    if (nodes.largeBytes(cursor.node) !== needleLength) return false;
    const { data } = cursor;
    return areEqualBytes(arena.window(data).view, arena.offset(data), needle, needleStart, needleLength);
  }

  /** Bytes of all of its blocks. */
  sizeOf(root: Handle): number {
    const { nodes, arena } = this;
    let bytes = arena.sizeOf(root);
    for (let node = nodes.first(root); node !== NONE; node = nodes.next(node)) {
      bytes += arena.sizeOf(node) + arena.sizeOf(nodes.data(node));
    }
    return bytes;
  }

  /** Bytes of the listpacks and large elements themselves. */
  dataBytes(root: Handle): number {
    const { nodes, compression } = this;
    let bytes = 0;
    for (let node = nodes.first(root); node !== NONE; node = nodes.next(node)) bytes += compression.rawBytes(node);
    return bytes;
  }

  /** Whether an element of so many bytes gets a node of its own. */
  protected isLarge(root: Handle, length: number): boolean {
    return isLargeElement(this.nodes.fill(root), length, this.packedThreshold);
  }

  /** Whether an element of so many bytes may join this node. */
  protected accepts(root: Handle, node: Handle, length: number): boolean {
    const { nodes } = this;
    if (node === NONE || nodes.isLarge(node) || this.isLarge(root, length)) return false;
    const bytes = this.listpacks.byteLength(nodes.data(node)) + length + ENTRY_OVERHEAD_BYTES;
    return !exceedsLimit(nodes.fill(root), bytes, nodes.entries(node) + 1);
  }

  /** Puts the cursor on an entry of a node; NONE is the end. */
  protected enter(cursor: ListCursor, node: Handle, index: number): void {
    if (node === NONE) return cursor.setEnd();
    const { nodes, compression } = this;
    if (compression.noted.length > 0) compression.closeAllBut(node);
    compression.open(cursor.root, node);
    cursor.node = node;
    cursor.data = nodes.data(node);
    cursor.isLarge = nodes.isLarge(node);
    cursor.position = cursor.isLarge ? NO_POSITION : this.listpacks.seek(cursor.data, index);
  }
}
