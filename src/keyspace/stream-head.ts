/**
 * The head of a stream: its value's first block, which the record names. It never moves while the key lives, so a
 * record of a stream does not move on writes. Used by streams.ts and what belongs to it, and by the stream commands.
 *
 *    0   i32    root of the tree of nodes: an ID tree from the nodes' master IDs to their listpacks (stream-nodes.ts)
 *    4   i32    consumer groups hang here: NONE, or what stream-groups.ts has made
 *    8   f64    entries in the stream
 *   16   ID     the last one ever added
 *   32   ID     the first one that is there; 0-0 in an empty stream
 *   48   ID     the greatest one ever deleted
 *   64   u64    entries ever added
 *
 * An ID is four words: see storage/id.ts.
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import type { Id } from "../storage/id.js";

const HEAD_BYTES = 72;
const GROUPS = 4;
const LENGTH = 8;
const LAST_ID = 16;
const FIRST_ID = 32;
const MAX_DELETED_ID = 48;
const ENTRIES_ADDED = 64;
const TWO_32 = 2 ** 32;

export class StreamHeads {
  readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The head of an empty stream. `nodes` is the root of its tree. */
  create(nodes: Handle): Handle {
    const head = this.arena.alloc(HEAD_BYTES);
    const at = this.arena.offset(head);
    this.arena.window(head).bytes.fill(0, at, at + HEAD_BYTES);
    this.#view(head).setInt32(at, nodes, true);
    return head;
  }

  /** A head with the same numbers, and nothing hanging on it. */
  copy(head: Handle): Handle {
    const copy = this.arena.alloc(HEAD_BYTES);
    const at = this.arena.offset(head);
    this.arena
      .window(copy)
      .bytes.set(this.arena.window(head).bytes.subarray(at, at + HEAD_BYTES), this.arena.offset(copy));
    this.setNodes(copy, NONE);
    this.setGroups(copy, NONE);
    return copy;
  }

  nodes(head: Handle): Handle {
    return this.#view(head).getInt32(this.arena.offset(head), true);
  }

  setNodes(head: Handle, nodes: Handle): void {
    this.#view(head).setInt32(this.arena.offset(head), nodes, true);
  }

  groups(head: Handle): Handle {
    return this.#view(head).getInt32(this.arena.offset(head) + GROUPS, true);
  }

  setGroups(head: Handle, groups: Handle): void {
    this.#view(head).setInt32(this.arena.offset(head) + GROUPS, groups, true);
  }

  length(head: Handle): number {
    return this.#view(head).getFloat64(this.arena.offset(head) + LENGTH, true);
  }

  setLength(head: Handle, length: number): void {
    this.#view(head).setFloat64(this.arena.offset(head) + LENGTH, length, true);
  }

  readLastId(head: Handle, id: Id): void {
    this.#readId(head, LAST_ID, id);
  }

  writeLastId(head: Handle, id: Id): void {
    this.#writeId(head, LAST_ID, id);
  }

  readFirstId(head: Handle, id: Id): void {
    this.#readId(head, FIRST_ID, id);
  }

  writeFirstId(head: Handle, id: Id): void {
    this.#writeId(head, FIRST_ID, id);
  }

  readMaxDeletedId(head: Handle, id: Id): void {
    this.#readId(head, MAX_DELETED_ID, id);
  }

  writeMaxDeletedId(head: Handle, id: Id): void {
    this.#writeId(head, MAX_DELETED_ID, id);
  }

  /** The nearest double past 2^53. */
  entriesAdded(head: Handle): number {
    const view = this.#view(head);
    const at = this.arena.offset(head) + ENTRIES_ADDED;
    return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
  }

  entriesAddedExact(head: Handle): bigint {
    return this.#view(head).getBigUint64(this.arena.offset(head) + ENTRIES_ADDED, true);
  }

  setEntriesAdded(head: Handle, count: number | bigint): void {
    this.#view(head).setBigUint64(this.arena.offset(head) + ENTRIES_ADDED, BigInt(count), true);
  }

  /** An entry with this ID has been added behind all others. */
  countEntry(head: Handle, id: Id): void {
    const { view, words } = this.arena.window(head);
    const at = this.arena.offset(head);
    const length = view.getFloat64(at + LENGTH, true);
    view.setFloat64(at + LENGTH, length + 1, true);
    if (length === 0) id.writeWords(words, (at + FIRST_ID) >> 2);
    id.writeWords(words, (at + LAST_ID) >> 2);
    const low = (view.getInt32(at + ENTRIES_ADDED, true) + 1) | 0;
    view.setInt32(at + ENTRIES_ADDED, low, true);
    if (low === 0) view.setInt32(at + ENTRIES_ADDED + 4, view.getInt32(at + ENTRIES_ADDED + 4, true) + 1, true);
  }

  #view(head: Handle): DataView {
    return this.arena.window(head).view;
  }

  #readId(head: Handle, field: number, id: Id): void {
    id.readWords(this.arena.window(head).words, (this.arena.offset(head) + field) >> 2);
  }

  #writeId(head: Handle, field: number, id: Id): void {
    id.writeWords(this.arena.window(head).words, (this.arena.offset(head) + field) >> 2);
  }
}
