/**
 * A large block that a request is received into (server/input-backlog.ts), so that a string of many megabytes is written
 * once: whoever stores it takes the pages under it, where a copy would hold up everybody else.
 *
 *   | unused | the request up to the value | value ...              | CRLF, what follows |
 *   ^ handle                               ^ valueStart, where a page begins
 *
 * Taken, it is three blocks: what is in front, the value's pages, and those behind. The last page of the value may hold the
 * end of the request, which stays readable until the value changes.
 */
import type { Arena, Handle } from "./arena.js";
import { NONE } from "./arena.js";
import { PAGE_BYTES } from "./window.js";

/** So much is taken from the system at once: some 300 us, and no more than that for a client that sends nothing else. */
const POPULATED_BYTES = 1024 * 1024;

export class StagedRun {
  /** In the block's window, as `end`: offsets of bytes. */
  readonly valueStart: number;
  readonly valueBytes: number;
  /** Its pages belong to whoever stores it. */
  isTaken = false;
  #handle: Handle;
  /** Up to here its pages are there. */
  #populatedEnd = 0;
  /** The pages behind a value that was taken. */
  #rest: Handle = NONE;
  readonly #arena: Arena;

  /** A block for a value of so many bytes, `inFront` bytes in front of it, `bytes` in all. Throws ArenaFullError. */
  constructor(arena: Arena, inFront: number, valueBytes: number, bytes: number) {
    this.#arena = arena;
    this.#handle = arena.alloc(bytes);
    this.valueStart = arena.offset(this.#handle) + Math.ceil(inFront / PAGE_BYTES) * PAGE_BYTES;
    this.valueBytes = valueBytes;
    arena.stagedBytes += arena.sizeOf(this.#handle);
  }

  get bytes(): Uint8Array {
    return this.#arena.window(this.#handle).bytes;
  }

  get view(): DataView {
    return this.#arena.window(this.#handle).view;
  }

  /** Where the block begins and ends in its window. */
  get start(): number {
    return this.#arena.offset(this.#handle);
  }

  get end(): number {
    return this.start + this.#arena.sizeOf(this.#handle);
  }

  /** Makes it `bytes` long where it is; false where it cannot be. */
  grow(bytes: number): boolean {
    const before = this.#arena.sizeOf(this.#handle);
    if (!this.#arena.extend(this.#handle, bytes)) return false;
    this.#arena.stagedBytes += this.#arena.sizeOf(this.#handle) - before;
    return true;
  }

  /** Bytes up to `end` are about to be written. */
  populate(end: number): void {
    if (end <= this.#populatedEnd) return;
    const from = Math.max(this.start, this.#populatedEnd);
    this.#populatedEnd = Math.min(this.end, Math.max(end, from + POPULATED_BYTES));
    this.#arena.populate(this.#handle, from, this.#populatedEnd - from);
  }

  /** The block of these bytes, which is the caller's from now on; NONE where they are others than the value's. */
  take(view: DataView, start: number, length: number): Handle {
    if (start !== this.valueStart || length !== this.valueBytes || this.isTaken || view !== this.view) return NONE;
    const arena = this.#arena;
    this.isTaken = true;
    const value = arena.split(this.#handle, (this.valueStart - this.start) / PAGE_BYTES);
    const pages = Math.ceil(length / PAGE_BYTES);
    if (arena.sizeOf(value) > pages * PAGE_BYTES) this.#rest = arena.split(value, pages);
    arena.stagedBytes -= arena.sizeOf(value);
    return value;
  }

  /** Frees what was not taken. */
  release(): void {
    for (const handle of [this.#handle, this.#rest]) {
      if (handle === NONE) continue;
      this.#arena.stagedBytes -= this.#arena.sizeOf(handle);
      this.#arena.free(handle);
    }
    this.#handle = NONE;
    this.#rest = NONE;
  }
}
