/**
 * The arena's debug mode: knows every live block, refuses a free of anything else, and fills freed blocks, so that a
 * read after free shows. Tests and soaks switch it on; it costs a Set entry a block.
 */
import type { Arena, Handle } from "./arena.js";

const FREED = 0xdd;

export class ArenaChecks {
  readonly live = new Set<Handle>();

  onAlloc(arena: Arena, handle: Handle): void {
    if (this.live.has(handle)) throw new Error(`arena: block ${handle} was handed out twice`);
    this.live.add(handle);
    const at = arena.offset(handle);
    arena.window(handle).bytes.fill(FREED, at, at + arena.sizeOf(handle));
  }

  /** A part of a block has become one of its own, with what is in it. */
  onSplit(handle: Handle): void {
    if (this.live.has(handle)) throw new Error(`arena: block ${handle} was in use already`);
    this.live.add(handle);
  }

  onFree(arena: Arena, handle: Handle): void {
    if (!this.live.delete(handle)) throw new Error(`arena: block ${handle} is freed, but not in use`);
    const at = arena.offset(handle);
    arena.window(handle).bytes.fill(FREED, at, at + arena.sizeOf(handle));
  }

  /** Checks that the accounting agrees with the live blocks. Throws where it does not. */
  verify(arena: Arena): void {
    let bytes = 0;
    for (const handle of this.live) bytes += arena.sizeOf(handle);
    if (bytes !== arena.usedBytes) throw new Error(`arena: ${arena.usedBytes} bytes accounted, ${bytes} in use`);
    if (this.live.size !== arena.blockCount)
      throw new Error(`arena: ${arena.blockCount} blocks, ${this.live.size} live`);
  }
}
