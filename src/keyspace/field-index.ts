/**
 * Which hashes have fields that expire, by their next deadline: one heap of heads a database. hashes.ts keeps it
 * right after each change, field-expiry.ts asks it what is due.
 *
 * The indexes are numbered; a database has the number of its own in Database.fieldIndex, which SWAPDB exchanges. A head
 * knows the number of the index that it is in, so that it can be taken out when only the value is at hand.
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import type { BlockMover } from "../storage/block-mover.js";
import { DeadlineHeap } from "../storage/deadline-heap.js";
import { DEADLINE_NONE } from "./field-records.js";
import { type HashHead, type HashHeads, NOT_INDEXED } from "./hash-head.js";

export class FieldIndex {
  readonly #heads: HashHeads;
  readonly #heap: DeadlineHeap;
  /** By number; NONE for an empty one. */
  readonly #roots: Handle[] = [];

  constructor(arena: Arena, heads: HashHeads) {
    this.#heads = heads;
    this.#heap = new DeadlineHeap(arena, heads);
  }

  /** How many hashes are in the index. */
  count(index: number): number {
    const root = this.#roots[index] ?? NONE;
    return root === NONE ? 0 : this.#heap.count(root);
  }

  /** The bytes that the indexes take. */
  get byteLength(): number {
    return this.#roots.reduce((sum, root) => sum + (root === NONE ? 0 : this.#heap.byteLength(root)), 0);
  }

  /** The hash whose field expires first, or NONE. */
  first(index: number): HashHead {
    const root = this.#roots[index] ?? NONE;
    return root === NONE ? NONE : this.#heap.first(root);
  }

  /**
   * The next deadline of a hash of this index is `deadline` now; with DEADLINE_NONE it leaves the index. `keyHash` is
   * that of the key.
   */
  set(head: HashHead, index: number, keyHash: number, deadline: number): void {
    const heads = this.#heads;
    const present = heads.index(head);
    if (deadline === DEADLINE_NONE) return this.remove(head);
    if (present === index) {
      if (heads.deadline(head) === deadline) return;
      heads.setDeadline(head, deadline);
      this.#heap.update(this.#roots[index] ?? NONE, head);
      return;
    }
    this.remove(head);
    let root = this.#roots[index] ?? NONE;
    if (root === NONE) {
      root = this.#heap.create();
      this.#roots[index] = root;
    }
    heads.setDeadline(head, deadline);
    try {
      this.#heap.add(root, head);
    } catch (error) {
      this.#dropIfEmpty(index);
      throw error;
    }
    heads.setIndex(head, index);
    heads.setKeyHash(head, keyHash);
  }

  /** Another head takes the place of this one, which is about to be freed: the hash has changed its encoding. */
  transfer(from: HashHead, to: HashHead): void {
    const heads = this.#heads;
    const index = heads.index(from);
    if (index === NOT_INDEXED) return;
    heads.setIndex(to, index);
    heads.setDeadline(to, heads.deadline(from));
    heads.setKeyHash(to, heads.keyHash(from));
    heads.setPlace(to, heads.place(from));
    this.#heap.replace(this.#roots[index] ?? NONE, to);
  }

  /** The head's block has moved, with its place in the index. */
  onMoved(head: HashHead): void {
    const index = this.#heads.index(head);
    if (index !== NOT_INDEXED) this.#heap.replace(this.#roots[index] ?? NONE, head);
  }

  /** Moves the blocks of all indexes. */
  moveBlocks(mover: BlockMover): void {
    for (const [index, root] of this.#roots.entries()) {
      if (root !== undefined && root !== NONE) this.#roots[index] = this.#heap.moveBlocks(root, mover);
    }
  }

  /** Takes a hash out of whatever index it is in. */
  remove(head: HashHead): void {
    const index = this.#heads.index(head);
    if (index === NOT_INDEXED) return;
    this.#heap.remove(this.#roots[index] ?? NONE, head);
    this.#heads.setIndex(head, NOT_INDEXED);
    this.#dropIfEmpty(index);
  }

  #dropIfEmpty(index: number): void {
    const root = this.#roots[index] ?? NONE;
    if (root === NONE || this.#heap.count(root) > 0) return;
    this.#heap.destroy(root);
    this.#roots[index] = NONE;
  }
}
