/**
 * One window of the arena: 1 GiB of address space and the tables that describe its 4 KiB pages. Made by the arena
 * when the last one is full; pages that were never touched cost no memory (page-source.ts).
 */
import type { PageSource } from "./page-source.js";

export const WINDOW_SHIFT = 27;
export const WINDOW_BYTES = 2 ** 30;
/** handle & UNIT_MASK: the block's place in its window, in 8-byte units. */
export const UNIT_MASK = 2 ** WINDOW_SHIFT - 1;
export const PAGE_BYTES = 4096;
export const PAGE_UNITS_SHIFT = 9;
export const WINDOW_PAGES = WINDOW_BYTES / PAGE_BYTES;
export const PAGE_SHIFT = 18;
export const PAGE_MASK = WINDOW_PAGES - 1;

/** pageClass of a page in no block: free, or never used. Slab classes are 1 and up. */
export const PAGE_FREE = 0;
/** pageClass of the pages of a large block. */
export const PAGE_LARGE = 255;

/** pageFlags: the page was handed out since the system last had it, so it takes memory. */
export const PAGE_TOUCHED = 1;
/** pageFlags: the slab is being emptied (slab-evacuation.ts). */
export const PAGE_EVACUATED = 2;

export class Window {
  readonly index: number;
  bytes: Uint8Array;
  view: DataView;
  /** The same memory as aligned words: word w is bytes [4w, 4w + 4). */
  words: Int32Array;

  readonly pageClass = new Uint8Array(WINDOW_PAGES);
  /** How many pages before this one its slab begins (0 to 15). */
  readonly pageInSlab = new Uint8Array(WINDOW_PAGES);
  readonly pageFlags = new Uint8Array(WINDOW_PAGES);
  /** Pages of the run that begins (or, when free, also: ends) here. */
  readonly runPages = new Int32Array(WINDOW_PAGES);
  /** Links of the list that a slab or a free run is in, as global page numbers; 0 ends it. */
  readonly next = new Int32Array(WINDOW_PAGES);
  readonly previous = new Int32Array(WINDOW_PAGES);
  /** At a slab's first page: its newest freed block as a unit, 0 when none; a freed block's first word links on. */
  readonly slabFree = new Int32Array(WINDOW_PAGES);
  /** At a slab's first page: blocks in use, and blocks ever handed out. */
  readonly slabUsed = new Int32Array(WINDOW_PAGES);
  readonly slabBump = new Int32Array(WINDOW_PAGES);
  /** Pages from here to the end were never used. Page 0 stays unused: handle 0, page 0 and unit 0 mean "none". */
  top = 1;
  /** Pages were handed out: there is something to give back when it is empty. */
  wasUsed = false;

  /** Throws RangeError where the system has no such address space. */
  constructor(index: number, source: PageSource) {
    this.index = index;
    const buffer = source.allocate(WINDOW_BYTES);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer);
  }
}
