/**
 * Quicklists: lists of any length as a doubly linked list of listpacks, each up to the limit of the list's fill
 * (quicklist-limits.ts). An element too large for a listpack has a node of its own. Ends are reached in O(1), an index
 * by stepping over whole nodes from the nearer end.
 *
 * Nodes are split and merged where elements are inserted or replaced in the middle; deletions leave short nodes, as
 * Redis does: when a list goes back to one listpack depends on it. Nodes far from both ends may be compressed
 * (quicklist-compression.ts): all but entering, copying and freeing one works on nodes that are open.
 *
 * The first of several nodes may have a gap in front of its entries (listpack-gap.ts), which elements are pushed into and
 * dropped into without moving the others; it closes when anything else is done with the node.
 *
 * A quicklist is named by its root, which never moves. One object serves all of an arena. Elements that are added may
 * come from anywhere in memory, but for insert and replace not from the list itself. Callers: keyspace/lists.ts. This file
 * changes lists; quicklist-walk.ts reads them.
 */
import { type Handle, NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import type { ListCursor } from "./list-cursor.js";
import { EMPTY_BYTES, HEADER_BYTES, NO_POSITION } from "./listpack.js";
import { createGap, dropIntoGap, gapOfEmpty, NO_ROOM, pushIntoGap } from "./listpack-gap.js";
import { clampFill, ENTRY_OVERHEAD_BYTES, exceedsLimit, maxBytesOf } from "./quicklist-limits.js";
import { QuicklistWalk } from "./quicklist-walk.js";

export class Quicklist extends QuicklistWalk {
  create(fill: number, compressDepth: number): Handle {
    return this.nodes.createRoot(clampFill(fill), compressDepth);
  }

  free(root: Handle): void {
    this.freeSlice(root, Number.POSITIVE_INFINITY);
  }

  /** Frees so many nodes of a list that nobody uses any more, and the root after the last; true when all are gone. */
  freeSlice(root: Handle, limit: number): boolean {
    const { nodes } = this;
    this.compression.forgetList(root);
    let left = limit;
    for (let node = nodes.first(root); node !== NONE; node = nodes.first(root)) {
      if (left-- <= 0) return false;
      nodes.unlink(root, node);
      nodes.free(node);
    }
    this.arena.free(root);
    return true;
  }

  moveRoot(root: Handle, mover: BlockMover): Handle {
    this.compression.settle();
    return mover.move(root);
  }

  /**
   * Moves so many nodes from the bookmark on (`isFirst`: from the first one on), and leaves the bookmark behind them.
   * True when it came to the end.
   */
  moveNodes(root: Handle, isFirst: boolean, limit: number, mover: BlockMover): boolean {
    const { nodes } = this;
    this.compression.settle();
    let node = isFirst ? nodes.first(root) : nodes.bookmark;
    for (let left = limit; left > 0 && node !== NONE; left--) node = nodes.next(nodes.moveBlocks(root, node, mover));
    nodes.bookmark = node;
    return node === NONE;
  }

  copy(root: Handle): Handle {
    const { nodes, arena } = this;
    const copy = nodes.createRoot(nodes.fill(root), nodes.compressDepth(root));
    for (let node = nodes.first(root); node !== NONE; node = nodes.next(node)) {
      const data = nodes.data(node);
      if (nodes.compressedBytes(node) > 0) {
        nodes.link(copy, nodes.copyCompressed(node), nodes.last(copy));
        nodes.addToCount(copy, nodes.entries(node));
      } else if (nodes.isLarge(node)) {
        this.appendLarge(copy, arena.window(data).view, arena.offset(data), nodes.largeBytes(node));
      } else {
        this.appendListpack(copy, this.listpacks.copy(data));
      }
    }
    return copy;
  }

  /** Makes a listpack, which then belongs to the list, its last node. It must not be empty. */
  appendListpack(root: Handle, listpack: Handle): void {
    const { nodes } = this;
    const count = this.listpacks.count(listpack);
    nodes.link(root, nodes.create(listpack, count), nodes.last(root));
    nodes.addToCount(root, count);
    this.compression.afterLink(root);
  }

  /** Adds a last node of one element, whatever its size. */
  appendLarge(root: Handle, source: DataView, start: number, length: number): void {
    const { nodes } = this;
    nodes.link(root, nodes.createLarge(source, start, length), nodes.last(root));
    nodes.addToCount(root, 1);
    this.compression.afterLink(root);
  }

  /** Takes the listpack of a list of one node out, and frees the rest. */
  detachListpack(root: Handle): Handle {
    const { nodes } = this;
    this.compression.forgetList(root);
    const node = nodes.first(root);
    const listpack = nodes.data(node);
    nodes.unlink(root, node);
    this.arena.free(node);
    this.arena.free(root);
    return listpack;
  }

  push(root: Handle, source: DataView, start: number, length: number, atHead: boolean): void {
    const { nodes } = this;
    const node = atHead ? nodes.first(root) : nodes.last(root);
    if (atHead && this.#pushIntoGap(root, node, source, start, length)) return;
    if (this.accepts(root, node, length)) {
      nodes.changeEntries(root, node, this.listpacks.push(nodes.data(node), source, start, length, atHead), 1);
    } else {
      this.#trim(node);
      this.#linkElement(root, atHead ? NONE : node, source, start, length, this.#expectedBytes(root));
    }
  }

  /** Takes the element out and moves the cursor to the next one, or (backward) to the previous one. */
  delete(cursor: ListCursor, backward: boolean): void {
    const { nodes, listpacks } = this;
    const { root, node } = cursor;
    if (nodes.entries(node) === 1) {
      const neighbour = backward ? nodes.previous(node) : nodes.next(node);
      this.#dropNode(root, node);
      nodes.addToCount(root, -1);
      this.enter(cursor, neighbour, backward ? -1 : 0);
      return;
    }
    nodes.addToCount(root, -1);
    cursor.data = listpacks.delete(cursor.data, cursor.position, 1);
    nodes.setData(node, cursor.data);
    nodes.setEntries(node, nodes.entries(node) - 1);
    const following = listpacks.position;
    if (backward) {
      cursor.position = following === NO_POSITION ? listpacks.end(cursor.data) : following;
      this.previous(cursor);
    } else if (following === NO_POSITION) {
      this.enter(cursor, nodes.next(node), 0);
    }
  }

  /** Takes out the cursor's element, which is the first or the last of the list. The cursor is of no use any more. */
  drop(cursor: ListCursor): void {
    const { nodes } = this;
    const { root, node } = cursor;
    const entries = nodes.entries(node);
    if (entries === 1) {
      this.#dropNode(root, node);
      nodes.addToCount(root, -1);
      return;
    }
    const gap = nodes.gap(node);
    const isFirst = cursor.position === HEADER_BYTES + gap;
    if (isFirst && nodes.nodeCount(root) > 1 && nodes.compressDepth(root) === 0) {
      nodes.setGap(node, dropIntoGap(this.arena, cursor.data, gap));
      nodes.changeEntries(root, node, cursor.data, -1);
      return;
    }
    const position = isFirst ? HEADER_BYTES : cursor.position;
    nodes.changeEntries(root, node, this.listpacks.drop(nodes.data(node), position), -1);
  }

  /** Takes out `count` elements from `start` on, which must all be there. */
  deleteRange(root: Handle, start: number, count: number, cursor: ListCursor): void {
    if (count === 0) return;
    const { nodes, listpacks } = this;
    this.seek(root, start, cursor);
    let left = count;
    let { node, position } = cursor;
    while (left > 0) {
      const next = nodes.next(node);
      const entries = nodes.entries(node);
      if (nodes.isLarge(node) || (position === HEADER_BYTES && left >= entries)) {
        this.#dropNode(root, node);
        nodes.addToCount(root, -entries);
        left -= entries;
      } else {
        this.compression.open(root, node);
        const listpack = listpacks.delete(nodes.data(node), position, left);
        const remaining = listpacks.count(listpack);
        nodes.setData(node, listpack);
        nodes.setEntries(node, remaining);
        nodes.addToCount(root, remaining - entries);
        left -= entries - remaining;
      }
      node = next;
      position = HEADER_BYTES;
    }
  }

  /** Puts an element in front of the cursor's, or behind it. The cursor is of no use any more. */
  insert(cursor: ListCursor, source: DataView, start: number, length: number, after: boolean): void {
    const { nodes, listpacks, compression } = this;
    const { root, node } = cursor;
    compression.note(root, node);
    const isEdge = cursor.isLarge || this.#isEdge(cursor, after);
    const neighbour = after ? nodes.next(node) : nodes.previous(node);
    if (isEdge) compression.open(root, neighbour);
    const { staged } = listpacks;
    if (this.accepts(root, node, length)) {
      staged.clear();
      staged.add(source, start, length);
      const place = after ? listpacks.past(cursor.data, cursor.position) : cursor.position;
      nodes.setData(node, listpacks.insert(cursor.data, place));
      nodes.setEntries(node, nodes.entries(node) + 1);
      nodes.addToCount(root, 1);
    } else if (isEdge && this.accepts(root, neighbour, length)) {
      staged.clear();
      staged.add(source, start, length);
      this.#addStaged(root, neighbour, after);
    } else if (isEdge) {
      this.#linkElement(root, after ? node : nodes.previous(node), source, start, length, EMPTY_BYTES);
    } else {
      this.#insertInFullNode(cursor, source, start, length, after);
    }
  }

  /** Puts an element in the place of the cursor's, which is of no use any more. */
  replace(cursor: ListCursor, source: DataView, start: number, length: number): void {
    const { nodes, listpacks } = this;
    const { root, node } = cursor;
    this.compression.note(root, node);
    const large = this.isLarge(root, length);
    if (cursor.isLarge) {
      if (large) {
        const block = nodes.createBlock(source, start, length);
        this.arena.free(cursor.data);
        nodes.setLarge(node, block, length);
      } else {
        this.insert(cursor, source, start, length, true);
        this.#dropNode(root, node);
        nodes.addToCount(root, -1);
      }
    } else if (!large) {
      listpacks.staged.clear();
      listpacks.staged.add(source, start, length);
      nodes.setData(node, listpacks.replace(cursor.data, cursor.position, 1));
    } else {
      this.#replaceByLarge(cursor, source, start, length);
    }
  }

  /** Splits the node behind the cursor's element, and puts a large one between. */
  #replaceByLarge(cursor: ListCursor, source: DataView, start: number, length: number): void {
    const { nodes, listpacks } = this;
    const { root, node } = cursor;
    const created = nodes.createLarge(source, start, length);
    if (!this.#isEdge(cursor, true)) this.#splitAt(root, node, listpacks.next(cursor.data, cursor.position));
    this.#link(root, created, node);
    if (nodes.entries(node) === 1) {
      this.#dropNode(root, node);
      return;
    }
    const listpack = nodes.data(node);
    nodes.setData(node, listpacks.delete(listpack, listpacks.last(listpack), 1));
    nodes.setEntries(node, nodes.entries(node) - 1);
    this.#mergeAround(root, created);
  }

  #insertInFullNode(cursor: ListCursor, source: DataView, start: number, length: number, after: boolean): void {
    const { nodes, listpacks } = this;
    const { root, node } = cursor;
    if (this.isLarge(root, length)) {
      const created = nodes.createLarge(source, start, length);
      this.#splitAt(root, node, after ? listpacks.next(cursor.data, cursor.position) : cursor.position);
      this.#link(root, created, node);
      nodes.addToCount(root, 1);
      return;
    }
    // The new element goes with the part that the cursor's element is not in.
    const place = after ? listpacks.past(cursor.data, cursor.position) : cursor.position;
    const second = this.#splitAt(root, node, place);
    listpacks.staged.clear();
    listpacks.staged.add(source, start, length);
    this.#addStaged(root, after ? second : node, after);
    this.#mergeAround(root, after ? node : second);
  }

  /** Moves the entries from `position` on, which must be neither the first nor the end, into a node behind this. */
  #splitAt(root: Handle, node: Handle, position: number): Handle {
    const { nodes, listpacks } = this;
    const listpack = nodes.data(node);
    const end = listpacks.end(listpack);
    let moved = 0;
    for (let at = position; at < end; at = listpacks.past(listpack, at)) moved++;
    const second = nodes.create(listpacks.createFrom(listpack, position, end, moved), moved);
    nodes.setData(node, listpacks.deleteRange(listpack, position, end, moved));
    nodes.setEntries(node, nodes.entries(node) - moved);
    this.#link(root, second, node);
    return second;
  }

  /** Joins the nodes around one with each other and with it, where they are within the limit together. */
  #mergeAround(root: Handle, center: Handle): void {
    const { nodes } = this;
    const previous = nodes.previous(center);
    if (previous !== NONE) this.#tryMerge(root, nodes.previous(previous), previous);
    const next = nodes.next(center);
    if (next !== NONE) this.#tryMerge(root, next, nodes.next(next));
    const before = nodes.previous(center);
    const target = this.#tryMerge(root, before, center) ? before : center;
    this.#tryMerge(root, target, nodes.next(target));
  }

  /** Moves the entries of `b`, the node behind `a`, to `a`. */
  #tryMerge(root: Handle, a: Handle, b: Handle): boolean {
    const { nodes, listpacks, compression } = this;
    if (a === NONE || b === NONE || nodes.isLarge(a) || nodes.isLarge(b)) return false;
    const bytes = compression.rawBytes(a) + compression.rawBytes(b) - EMPTY_BYTES;
    const entries = nodes.entries(a) + nodes.entries(b);
    if (exceedsLimit(nodes.fill(root), bytes, entries)) return false;
    compression.open(root, a);
    compression.open(root, b);
    nodes.setData(a, listpacks.appendAll(nodes.data(a), nodes.data(b)));
    nodes.setEntries(a, entries);
    this.#dropNode(root, b);
    return true;
  }

  /** Adds the one staged entry to a node. */
  #addStaged(root: Handle, node: Handle, atHead: boolean): void {
    const { nodes, listpacks } = this;
    const listpack = nodes.data(node);
    nodes.setData(node, atHead ? listpacks.prepend(listpack) : listpacks.append(listpack));
    nodes.setEntries(node, nodes.entries(node) + 1);
    nodes.addToCount(root, 1);
  }

  /** Puts an element into the gap of the first node; false where there is none, or it does not go there. */
  #pushIntoGap(root: Handle, node: Handle, source: DataView, start: number, length: number): boolean {
    const { nodes } = this;
    const gap = node === NONE ? 0 : nodes.gap(node);
    if (gap === 0 || this.isLarge(root, length)) return false;
    const data = nodes.dataWithGap(node);
    const bytes = this.listpacks.byteLength(data) - gap + length + ENTRY_OVERHEAD_BYTES;
    if (exceedsLimit(nodes.fill(root), bytes, nodes.entries(node) + 1)) return false;
    const left = pushIntoGap(this.arena, data, gap, source, start, length);
    if (left === NO_ROOM) return false;
    nodes.setGap(node, left);
    nodes.changeEntries(root, node, data, 1);
    return true;
  }

  /** A node of one element with a gap of `bytes` in front of it, for further ones; NONE where it does not go there. */
  #createGapNode(bytes: number, source: DataView, start: number, length: number): Handle {
    const { nodes, arena } = this;
    const data = createGap(arena, bytes);
    const gap = pushIntoGap(arena, data, gapOfEmpty(bytes), source, start, length);
    if (gap === NO_ROOM) {
      arena.free(data);
      return NONE;
    }
    const node = nodes.create(data, 1);
    nodes.setGap(node, gap);
    return node;
  }

  /** Adds an element in a node of its own behind `where`. `room` is what its listpack may take before it moves. */
  #linkElement(root: Handle, where: Handle, source: DataView, start: number, length: number, room: number): void {
    const { nodes, listpacks } = this;
    let node: Handle = NONE;
    if (this.isLarge(root, length)) node = nodes.createLarge(source, start, length);
    else if (where === NONE && room > EMPTY_BYTES) node = this.#createGapNode(room, source, start, length);
    if (node === NONE) {
      node = nodes.create(listpacks.push(listpacks.create(room), source, start, length, false), 1);
    }
    this.#link(root, node, where);
    nodes.addToCount(root, 1);
  }

  /**
   * A list of several nodes will most likely fill the next one, too: its listpack gets all of its memory at once. Not
   * where list-compress-depth says that memory is dearer than time.
   */
  #expectedBytes(root: Handle): number {
    const { nodes } = this;
    const fill = nodes.fill(root);
    const fillsIt = fill < 0 && nodes.nodeCount(root) > 1 && nodes.compressDepth(root) === 0;
    return fillsIt ? maxBytesOf(fill) : EMPTY_BYTES;
  }

  /** The node at an end of the list gets no more elements: what is left of that memory goes back. */
  #trim(node: Handle): void {
    const { nodes, listpacks, arena } = this;
    if (node === NONE || nodes.isLarge(node)) return;
    const data = nodes.data(node);
    const bytes = listpacks.byteLength(data);
    if (arena.sizeOf(data) > arena.roundUp(bytes)) nodes.setData(node, arena.realloc(data, bytes, bytes));
  }

  /** Puts a new node behind `where`. */
  #link(root: Handle, node: Handle, where: Handle): void {
    const { nodes, compression } = this;
    nodes.link(root, node, where);
    if (nodes.compressDepth(root) === 0) return;
    if (where !== NONE && nodes.next(node) !== NONE) compression.note(root, node);
    compression.afterLink(root);
  }

  /** Whether the element is the first of its node, or (after) the last. */
  #isEdge(cursor: ListCursor, after: boolean): boolean {
    if (!after) return cursor.position === HEADER_BYTES;
    return this.listpacks.next(cursor.data, cursor.position) === NO_POSITION;
  }

  /** Frees a node; the elements in it are no longer counted by the caller. */
  #dropNode(root: Handle, node: Handle): void {
    if (this.nodes.compressDepth(root) > 0) this.compression.beforeDrop(root, node);
    this.nodes.unlink(root, node);
    this.nodes.free(node);
  }
}
