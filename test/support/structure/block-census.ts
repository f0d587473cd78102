// Which blocks of an arena a walk over the dataset has met: each must be in use, and belong to one owner only. What is
// in use and was not met has leaked.
import type { Arena, Handle } from "#src/storage/arena.js";
import type { ArenaChecks } from "#src/storage/arena-checks.js";

/** The dataset is not as it should be; the message says what, and where. */
export class StructureError extends Error {
  override name = "StructureError";
}

export class BlockCensus {
  readonly arena: Arena;
  /** Of all blocks met. */
  bytes = 0;
  readonly #checks: ArenaChecks;
  readonly #owners = new Map<Handle, string>();

  constructor(arena: Arena, checks: ArenaChecks) {
    this.arena = arena;
    this.#checks = checks;
  }

  get count(): number {
    return this.#owners.size;
  }

  visit(handle: Handle, owner: string): void {
    if (!this.#checks.live.has(handle)) throw new StructureError(`${owner}: block ${handle} is not in use`);
    const present = this.#owners.get(handle);
    if (present !== undefined) throw new StructureError(`${owner}: block ${handle} belongs to ${present}, too`);
    this.#owners.set(handle, owner);
    this.bytes += this.arena.sizeOf(handle);
  }

  /** Blocks in use that nobody has met. */
  listUnmet(): Handle[] {
    return [...this.#checks.live].filter((handle) => !this.#owners.has(handle));
  }

  /** Word `index` of a block. */
  word(handle: Handle, index: number): number {
    return this.arena.window(handle).view.getInt32(this.arena.offset(handle) + 4 * index, true);
  }
}

export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new StructureError(what);
}
