/**
 * The slabs with room, as one doubly linked list a size class through the page tables of the windows. Owned by the
 * arena, which takes blocks from the first slab of a list; slab-evacuation.ts takes slabs out that are to be emptied.
 */
import { CLASS_BYTES, CLASS_COUNT } from "./size-classes.js";
import { PAGE_BYTES, PAGE_MASK, PAGE_SHIFT, type Window } from "./window.js";

export const SLAB_PAGES = 16;
export const SLAB_BYTES = SLAB_PAGES * PAGE_BYTES;
/** Blocks of a slab, by class. */
export const SLAB_CAPACITY = CLASS_BYTES.map((bytes) => (bytes === 0 ? 0 : Math.floor(SLAB_BYTES / bytes)));

export class SlabLists {
  /** The first slab's page, by class; 0 when none has room. */
  readonly heads = new Int32Array(CLASS_COUNT);
  readonly #windows: Window[];

  constructor(windows: Window[]) {
    this.#windows = windows;
  }

  link(sizeClass: number, window: Window, local: number): void {
    const head = this.heads[sizeClass]!;
    const page = (window.index << PAGE_SHIFT) | local;
    window.next[local] = head;
    window.previous[local] = 0;
    if (head !== 0) this.#windows[head >>> PAGE_SHIFT]!.previous[head & PAGE_MASK] = page;
    this.heads[sizeClass] = page;
  }

  unlink(sizeClass: number, window: Window, local: number): void {
    const next = window.next[local]!;
    const previous = window.previous[local]!;
    if (next !== 0) this.#windows[next >>> PAGE_SHIFT]!.previous[next & PAGE_MASK] = previous;
    if (previous !== 0) this.#windows[previous >>> PAGE_SHIFT]!.next[previous & PAGE_MASK] = next;
    else this.heads[sizeClass] = next;
  }
}
