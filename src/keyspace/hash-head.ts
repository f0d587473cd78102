/**
 * The head of a hash: what a hash of another encoding than a plain listpack needs beyond its contents. The record
 * holds the head's handle, and the head stays where it is as long as the encoding does.
 *
 *    0   i32  contents: a dict's root, or a listpack with deadlines
 *    4   i32  heap of the fields that have a deadline; 0 when there is none (always with a listpack, which is sorted)
 *    8   u48  the deadline by which the index of its database has it
 *   14   u16  number of that index, plus one; 0: it is in none
 *   16   u32  place in that index
 *   20   i32  hash of the key, by which the index leads to the record
 *   24   u32  how far freeing in slices has come: see HashTable.freeSlice
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import type { HeapItems } from "../storage/deadline-heap.js";
import { readU48, writeU48 } from "./field-records.js";

export type HashHead = Handle;

/** The number of no index. */
export const NOT_INDEXED = -1;

const HEAD_BYTES = 28;

export class HashHeads implements HeapItems {
  readonly arena: Arena;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  create(contents: Handle): HashHead {
    const head = this.arena.alloc(HEAD_BYTES);
    const view = this.#view(head);
    const at = this.arena.offset(head);
    view.setInt32(at, contents, true);
    view.setInt32(at + 4, NONE, true);
    view.setUint16(at + 14, 0, true);
    view.setUint32(at + 24, 0, true);
    return head;
  }

  contents(head: HashHead): Handle {
    return this.#view(head).getInt32(this.arena.offset(head), true);
  }

  setContents(head: HashHead, contents: Handle): void {
    this.#view(head).setInt32(this.arena.offset(head), contents, true);
  }

  heap(head: HashHead): Handle {
    return this.#view(head).getInt32(this.arena.offset(head) + 4, true);
  }

  setHeap(head: HashHead, heap: Handle): void {
    this.#view(head).setInt32(this.arena.offset(head) + 4, heap, true);
  }

  /** The deadline by which the index has it. */
  deadline(head: HashHead): number {
    return readU48(this.#view(head), this.arena.offset(head) + 8);
  }

  setDeadline(head: HashHead, deadline: number): void {
    writeU48(this.#view(head), this.arena.offset(head) + 8, deadline);
  }

  /** The number of the index that it is in, or NOT_INDEXED. */
  index(head: HashHead): number {
    return this.#view(head).getUint16(this.arena.offset(head) + 14, true) - 1;
  }

  setIndex(head: HashHead, index: number): void {
    this.#view(head).setUint16(this.arena.offset(head) + 14, index + 1, true);
  }

  place(head: HashHead): number {
    return this.#view(head).getUint32(this.arena.offset(head) + 16, true);
  }

  setPlace(head: HashHead, place: number): void {
    this.#view(head).setUint32(this.arena.offset(head) + 16, place, true);
  }

  keyHash(head: HashHead): number {
    return this.#view(head).getInt32(this.arena.offset(head) + 20, true);
  }

  setKeyHash(head: HashHead, hash: number): void {
    this.#view(head).setInt32(this.arena.offset(head) + 20, hash, true);
  }

  progress(head: HashHead): number {
    return this.#view(head).getUint32(this.arena.offset(head) + 24, true);
  }

  setProgress(head: HashHead, progress: number): void {
    this.#view(head).setUint32(this.arena.offset(head) + 24, progress, true);
  }

  #view(head: HashHead): DataView {
    return this.arena.window(head).view;
  }
}
