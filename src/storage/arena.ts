/**
 * The arena: all data of a server lives here, off the JS heap. A block is named by a handle: a 32-bit address in
 * 8-byte units (signed, as typed arrays hold it), the window in its top five bits; 0 is "none". 32 windows of 1 GiB.
 *
 *   handle:  [ window: 5 bits | place in the window, in 8-byte units: 27 bits ]
 *
 * Blocks up to 8 KiB come from slabs: runs of 16 pages cut into blocks of one size class, with a free list inside the
 * freed blocks. Larger blocks are page runs of their own. alloc and free are O(1). `usedBytes` is exact: the sum of
 * all block sizes.
 *
 * A window's buffers stay as they are while a block in it is in use, so a (window, offset) pair is valid as long as its
 * block is. alloc() may add windows, but never changes those that exist; between commands an empty one may be renewed
 * (page-release.ts), and blocks move (relocate) for those who know the one reference to each.
 */
import type { ArenaChecks } from "./arena-checks.js";
import { copyBytes } from "./bytes.js";
import { PageRelease } from "./page-release.js";
import { PageRuns } from "./page-runs.js";
import { type PageSource, PLAIN_PAGES } from "./page-source.js";
import { CLASS_BYTES, findSizeClass, SLAB_BLOCK_MAX_BYTES } from "./size-classes.js";
import { SlabEvacuation } from "./slab-evacuation.js";
import { SLAB_BYTES, SLAB_CAPACITY, SLAB_PAGES, SlabLists } from "./slab-lists.js";
import type { StagedRun } from "./staged-run.js";
import {
  PAGE_BYTES,
  PAGE_EVACUATED,
  PAGE_LARGE,
  PAGE_MASK,
  PAGE_SHIFT,
  PAGE_UNITS_SHIFT,
  UNIT_MASK,
  WINDOW_PAGES,
  WINDOW_SHIFT,
  type Window,
} from "./window.js";

export type Handle = number;
export const NONE: Handle = 0;

const MAX_WINDOWS = 32;

/** The address space (or the system's memory) is used up. Callers reserve() first, where they can still refuse. */
export class ArenaFullError extends Error {
  constructor(bytes: number) {
    super(`arena: no room for a block of ${bytes} bytes`);
    this.name = "ArenaFullError";
  }
}

export interface ArenaOptions {
  /** Upper bound of the address space, in windows of 1 GiB. */
  maxWindows?: number;
  /** Use only so many pages of a window: tests reach many windows with little memory. */
  pagesPerWindow?: number;
  checks?: ArenaChecks;
  pages?: PageSource;
}

export class Arena {
  readonly windows: Window[] = [];
  /** The sum of the sizes of all blocks. */
  usedBytes = 0;
  blockCount = 0;
  /** Of usedBytes, what requests are received into: it is their clients' until somebody stores it. */
  stagedBytes = 0;
  /** The one whose request is being served. */
  offered: StagedRun | null = null;
  /** Pages in slabs and large blocks, in bytes: what the data and its slack take from the system. */
  pageBytes = 0;
  readonly release: PageRelease;
  readonly evacuation: SlabEvacuation;
  /** Every block that relocate is asked about moves: tests find a reference that nobody corrects. */
  relocatesAll = false;
  readonly #runs: PageRuns;
  readonly #lists: SlabLists;
  /** Slabs with room, by class: the first one's page. */
  readonly #slabs: Int32Array;
  readonly #checks: ArenaChecks | null;

  constructor(options: ArenaOptions = {}) {
    this.#lists = new SlabLists(this.windows);
    this.#slabs = this.#lists.heads;
    this.evacuation = new SlabEvacuation(this.windows, this.#lists);
    this.#runs = new PageRuns(
      this.windows,
      options.pages ?? PLAIN_PAGES,
      options.maxWindows ?? MAX_WINDOWS,
      Math.min(options.pagesPerWindow ?? WINDOW_PAGES, WINDOW_PAGES),
    );
    this.release = new PageRelease(this.#runs, (window, local) => this.#freeSlab(window, local));
    this.#checks = options.checks ?? null;
  }

  /** What the windows take of the system's memory: pages in use, and free ones that were not given back. */
  get residentBytes(): number {
    return this.#runs.touchedPages * PAGE_BYTES;
  }

  /** Of these, the free ones: what `release` can give back. */
  get freeResidentBytes(): number {
    return this.#runs.touchedFreePages * PAGE_BYTES;
  }

  window(handle: Handle): Window {
    return this.windows[handle >>> WINDOW_SHIFT]!;
  }

  /** The block's byte offset in its window. */
  offset(handle: Handle): number {
    return (handle & UNIT_MASK) << 3;
  }

  /** A block of at least `bytes` (> 0), with whatever was in it. Throws ArenaFullError. */
  alloc(bytes: number): Handle {
    if (bytes > SLAB_BLOCK_MAX_BYTES) return this.#allocLarge(bytes);
    const sizeClass = findSizeClass(bytes);
    const page = this.#slabs[sizeClass]! || this.#addSlab(sizeClass, bytes);
    const window = this.windows[page >>> PAGE_SHIFT]!;
    const local = page & PAGE_MASK;
    let unit = window.slabFree[local]!;
    if (unit !== 0) {
      window.slabFree[local] = window.words[unit << 1]!;
    } else {
      const blockUnits = CLASS_BYTES[sizeClass]! >>> 3;
      unit = (local << PAGE_UNITS_SHIFT) + window.slabBump[local]! * blockUnits;
      window.slabBump[local]!++;
    }
    if (++window.slabUsed[local]! === SLAB_CAPACITY[sizeClass]) this.#lists.unlink(sizeClass, window, local);
    this.usedBytes += CLASS_BYTES[sizeClass]!;
    this.blockCount++;
    const handle = (window.index << WINDOW_SHIFT) | unit;
    if (this.#checks !== null) this.#checks.onAlloc(this, handle);
    return handle;
  }

  free(handle: Handle): void {
    if (this.#checks !== null) this.#checks.onFree(this, handle);
    const window = this.windows[handle >>> WINDOW_SHIFT]!;
    const unit = handle & UNIT_MASK;
    const page = unit >>> PAGE_UNITS_SHIFT;
    const sizeClass = window.pageClass[page]!;
    this.blockCount--;
    if (sizeClass === PAGE_LARGE) return this.#freeLarge(window, page);
    const local = page - window.pageInSlab[page]!;
    window.words[unit << 1] = window.slabFree[local]!;
    window.slabFree[local] = unit;
    this.usedBytes -= CLASS_BYTES[sizeClass]!;
    const used = --window.slabUsed[local]!;
    if (used === SLAB_CAPACITY[sizeClass]! - 1) this.#lists.link(sizeClass, window, local);
    else if (used === 0) this.#dropSlab(sizeClass, window, local);
  }

  /** The usable size of a block: its class, or its pages. */
  sizeOf(handle: Handle): number {
    const window = this.windows[handle >>> WINDOW_SHIFT]!;
    const page = (handle & UNIT_MASK) >>> PAGE_UNITS_SHIFT;
    const sizeClass = window.pageClass[page]!;
    return sizeClass === PAGE_LARGE ? window.runPages[page]! * PAGE_BYTES : CLASS_BYTES[sizeClass]!;
  }

  /** What sizeOf would be for a block of `bytes`. */
  roundUp(bytes: number): number {
    if (bytes > SLAB_BLOCK_MAX_BYTES) return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
    return CLASS_BYTES[findSizeClass(bytes)]!;
  }

  /** A block with these bytes: a copy, or the pages under them where they were received into the arena. */
  allocCopy(source: DataView, from: number, length: number): Handle {
    const taken = this.offered === null ? NONE : this.offered.take(source, from, length);
    if (taken !== NONE) return taken;
    const block = this.alloc(length);
    copyBytes(source, from, this.window(block).view, this.offset(block), length);
    return block;
  }

  /** Bytes [start, start + byteLength) of the block's window are about to be written. */
  populate(handle: Handle, start: number, byteLength: number): void {
    this.#runs.source.populate?.(this.window(handle).bytes.buffer as ArrayBuffer, start, byteLength);
  }

  /** Makes a large block longer in place; false where the pages behind it are in use. */
  extend(handle: Handle, bytes: number): boolean {
    return bytes <= this.sizeOf(handle) || this.#extendLarge(handle, bytes);
  }

  /** Cuts a large block behind so many of its pages; the rest is a block of its own, whose handle this is. */
  split(handle: Handle, pages: number): Handle {
    const window = this.window(handle);
    const local = (handle & UNIT_MASK) >>> PAGE_UNITS_SHIFT;
    window.runPages[local + pages] = window.runPages[local]! - pages;
    window.runPages[local] = pages;
    this.blockCount++;
    const rest = (window.index << WINDOW_SHIFT) | ((local + pages) << PAGE_UNITS_SHIFT);
    if (this.#checks !== null) this.#checks.onSplit(rest);
    return rest;
  }

  /**
   * A block of at least `bytes` that begins with the first `keep` bytes of `handle`, which is freed or reused. A
   * large block grows in place where the pages behind it are free. Making a block smaller never throws.
   */
  realloc(handle: Handle, keep: number, bytes: number): Handle {
    const size = this.sizeOf(handle);
    if (size === this.roundUp(bytes)) return handle;
    if (size > SLAB_BLOCK_MAX_BYTES && bytes > size && this.#extendLarge(handle, bytes)) return handle;
    const moved = bytes < size ? this.#allocSmaller(bytes) : this.alloc(bytes);
    if (moved === NONE) return handle;
    const from = this.offset(handle);
    const source = this.window(handle);
    const target = this.window(moved);
    if (source === target) source.bytes.copyWithin(this.offset(moved), from, from + keep);
    else copyBytes(source.view, from, target.view, this.offset(moved), keep);
    this.free(handle);
    return moved;
  }

  /**
   * Moves a block out of a slab that is to be emptied. Returns its handle from now on, the same one where it stays: the
   * caller puts it in the place of the one reference to the block.
   */
  relocate(handle: Handle): Handle {
    const window = this.windows[handle >>> WINDOW_SHIFT]!;
    const page = (handle & UNIT_MASK) >>> PAGE_UNITS_SHIFT;
    const sizeClass = window.pageClass[page]!;
    if ((window.pageFlags[page]! & PAGE_EVACUATED) === 0 && !this.relocatesAll) return handle;
    if (sizeClass === PAGE_LARGE) return handle;
    const bytes = CLASS_BYTES[sizeClass]!;
    const moved = this.#allocSmaller(bytes);
    if (moved === NONE) return handle;
    const words = bytes >>> 2;
    const from = (handle & UNIT_MASK) << 1;
    const to = (moved & UNIT_MASK) << 1;
    const source = window.words;
    const target = this.windows[moved >>> WINDOW_SHIFT]!.words;
    if (source === target) source.copyWithin(to, from, from + words);
    else for (let i = 0; i < words; i++) target[to + i] = source[from + i]!;
    this.free(handle);
    return moved;
  }

  /** Whether blocks of `bytes` together can surely be had: the gate that refuses a write before it has begun. */
  hasRoom(bytes: number): boolean {
    if (this.windows.length < MAX_WINDOWS) return true;
    return this.pageBytes + bytes < (MAX_WINDOWS - 1) * 2 ** 30;
  }

  #allocSmaller(bytes: number): Handle {
    try {
      return this.alloc(bytes);
    } catch (error) {
      if (error instanceof ArenaFullError) return NONE;
      throw error;
    }
  }

  #allocLarge(bytes: number): Handle {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const page = this.#runs.take(pages);
    if (page === 0) throw new ArenaFullError(bytes);
    const window = this.windows[page >>> PAGE_SHIFT]!;
    const local = page & PAGE_MASK;
    window.runPages[local] = pages;
    window.pageClass.fill(PAGE_LARGE, local, local + pages);
    this.usedBytes += pages * PAGE_BYTES;
    this.pageBytes += pages * PAGE_BYTES;
    this.blockCount++;
    const handle = (window.index << WINDOW_SHIFT) | (local << PAGE_UNITS_SHIFT);
    if (this.#checks !== null) this.#checks.onAlloc(this, handle);
    return handle;
  }

  #freeLarge(window: Window, local: number): void {
    const pages = window.runPages[local]!;
    this.usedBytes -= pages * PAGE_BYTES;
    this.pageBytes -= pages * PAGE_BYTES;
    window.runPages[local] = 0;
    this.#runs.give((window.index << PAGE_SHIFT) | local, pages);
  }

  #extendLarge(handle: Handle, bytes: number): boolean {
    const window = this.window(handle);
    const local = (handle & UNIT_MASK) >>> PAGE_UNITS_SHIFT;
    const pages = window.runPages[local]!;
    const wanted = Math.ceil(bytes / PAGE_BYTES);
    if (!this.#runs.extend((window.index << PAGE_SHIFT) | local, pages, wanted)) return false;
    window.runPages[local] = wanted;
    window.pageClass.fill(PAGE_LARGE, local + pages, local + wanted);
    this.usedBytes += (wanted - pages) * PAGE_BYTES;
    this.pageBytes += (wanted - pages) * PAGE_BYTES;
    return true;
  }

  #addSlab(sizeClass: number, bytes: number): number {
    const page = this.#runs.take(SLAB_PAGES);
    if (page === 0) {
      // There may be room in slabs that were to be emptied.
      this.evacuation.end();
      if (this.#slabs[sizeClass] !== 0) return this.#slabs[sizeClass]!;
      throw new ArenaFullError(bytes);
    }
    const window = this.windows[page >>> PAGE_SHIFT]!;
    const local = page & PAGE_MASK;
    for (let i = 0; i < SLAB_PAGES; i++) {
      window.pageClass[local + i] = sizeClass;
      window.pageInSlab[local + i] = i;
    }
    window.runPages[local] = SLAB_PAGES;
    window.slabFree[local] = 0;
    window.slabUsed[local] = 0;
    window.slabBump[local] = 0;
    this.pageBytes += SLAB_BYTES;
    this.#lists.link(sizeClass, window, local);
    return page;
  }

  /** A slab has become empty. It goes back to the runs, unless it is the only one of its class with room. */
  #dropSlab(sizeClass: number, window: Window, local: number): void {
    const page = (window.index << PAGE_SHIFT) | local;
    const isEvacuated = (window.pageFlags[local]! & PAGE_EVACUATED) !== 0;
    if (!isEvacuated && this.#slabs[sizeClass] === page && window.next[local] === 0) return;
    this.#freeSlab(window, local);
  }

  #freeSlab(window: Window, local: number): void {
    if ((window.pageFlags[local]! & PAGE_EVACUATED) !== 0) this.evacuation.onEmptied();
    else this.#lists.unlink(window.pageClass[local]!, window, local);
    window.runPages[local] = 0;
    this.pageBytes -= SLAB_BYTES;
    this.#runs.give((window.index << PAGE_SHIFT) | local, SLAB_PAGES);
  }
}
