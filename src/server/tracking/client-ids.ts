/**
 * Sets of client ids in the arena, for keys that more than one client may have cached. tracking-table.ts owns them.
 *
 * A block of f64 slots (ids are integers below 2^53; 0 is a free slot), a power of two of them:
 *   up to 8    a list, looked through from its start
 *   16 on      an open hash, at most 3/4 full, probed linearly
 *
 * Nothing is ever taken out of a set: keep() builds a smaller one.
 */
import type { Arena, Handle } from "../../storage/arena.js";

const LIST_MAX = 8;
const SLOT_BYTES = 8;

/** The slots that a set of so many ids has at least. */
function slotsFor(count: number): number {
  let slots = 4;
  while (slots <= LIST_MAX ? count > slots : 4 * count > 3 * slots) slots *= 2;
  return slots;
}

/** Where to look for an id first. Ids are given out in order: the multiplication spreads them. */
function homeOf(id: number, slots: number): number {
  return (Math.imul((id % 2 ** 32) | 0, 0x9e3779b1) >>> 8) & (slots - 1);
}

export class ClientIds {
  /** What the last add() or keep() made: it may be another block than before. */
  block: Handle = 0;
  slots = 0;
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** A set of two, in `block` and `slots`. */
  create(first: number, second: number): void {
    this.#make(slotsFor(2));
    this.#put(first);
    this.#put(second);
  }

  /** Adds an id to a set of `count`; false when it was there. Throws ArenaFullError with the set as it was. */
  add(block: Handle, slots: number, count: number, id: number): boolean {
    this.block = block;
    this.slots = slots;
    if (this.#find(id) < 0) return false;
    if (slotsFor(count + 1) > slots) {
      this.#make(slotsFor(count + 1));
      this.#putAll(block, slots);
      this.#arena.free(block);
    }
    this.#put(id);
    return true;
  }

  /** Calls `visit` for each id. */
  forEach(block: Handle, slots: number, visit: (id: number) => void): void {
    const { view } = this.#arena.window(block);
    const start = this.#arena.offset(block);
    for (let at = start; at < start + slots * SLOT_BYTES; at += SLOT_BYTES) {
      const id = view.getFloat64(at, true);
      if (id !== 0) visit(id);
    }
  }

  /** Replaces a set by one of these ids, of which there are at least two, all of them its own. */
  keep(block: Handle, ids: readonly number[]): void {
    this.#make(slotsFor(ids.length));
    for (const id of ids) this.#put(id);
    this.#arena.free(block);
  }

  #make(slots: number): void {
    this.block = this.#arena.alloc(slots * SLOT_BYTES);
    this.slots = slots;
    const start = this.#arena.offset(this.block);
    this.#arena.window(this.block).bytes.fill(0, start, start + slots * SLOT_BYTES);
  }

  #putAll(block: Handle, slots: number): void {
    const { view } = this.#arena.window(block);
    const start = this.#arena.offset(block);
    for (let at = start; at < start + slots * SLOT_BYTES; at += SLOT_BYTES) {
      const id = view.getFloat64(at, true);
      if (id !== 0) this.#put(id);
    }
  }

  #put(id: number): void {
    const place = this.#find(id);
    if (place < 0) return;
    this.#arena.window(this.block).view.setFloat64(this.#arena.offset(this.block) + place * SLOT_BYTES, id, true);
  }

  /** The free slot where the id belongs, `slots` when a list is full; -1 when the id is there. */
  #find(id: number): number {
    const { block, slots } = this;
    const { view } = this.#arena.window(block);
    const start = this.#arena.offset(block);
    let place = slots <= LIST_MAX ? 0 : homeOf(id, slots);
    for (let looked = 0; looked < slots; looked++) {
      const found = view.getFloat64(start + place * SLOT_BYTES, true);
      if (found === 0) return place;
      if (found === id) return -1;
      place = (place + 1) & (slots - 1);
    }
    return slots;
  }
}
