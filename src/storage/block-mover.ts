/**
 * Moves single blocks out of slabs that are to be emptied, and counts what it was asked. The movers of the structures
 * (dict-mover.ts, score-tree-mover.ts, id-tree-mover.ts; the types in keyspace/) go through one: each of them knows
 * where the one reference to a block is, and puts the new handle there. Owned by keyspace/defrag/.
 */
import type { Arena, Handle } from "./arena.js";

export class BlockMover {
  readonly arena: Arena;
  /** Blocks that moved, and blocks that stayed where they were. */
  hits = 0;
  misses = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The block's handle from now on. */
  move(block: Handle): Handle {
    const moved = this.arena.relocate(block);
    if (moved === block) this.misses++;
    else this.hits++;
    return moved;
  }
}
