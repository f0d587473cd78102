/**
 * Which slabs are to be emptied, so that their pages are free again: of each size class the sparsest ones, as many as
 * the others have room for. Owned by the arena; keyspace/defrag/ walks the dataset and moves their blocks.
 *
 *   plan      counts the slabs of each class by how full they are, one window a step, then marks the sparsest ones
 *   moving    Arena.relocate moves a block out of a marked slab; nothing is allocated in one; the last block frees it
 *   end       slabs that still have blocks are ordinary ones again
 *
 * A block is moved once in a round, and what moves fits into slabs that are there, so a round ends with as few slabs as
 * its blocks need, whatever their number was.
 */
import { CLASS_COUNT } from "./size-classes.js";
import { SLAB_CAPACITY, SLAB_PAGES, type SlabLists } from "./slab-lists.js";
import { PAGE_EVACUATED, PAGE_FREE, PAGE_LARGE, PAGE_TOUCHED, type Window } from "./window.js";

/** How full a slab is, in steps. */
const FILLS = 64;
/** A slab fuller than this is left alone: too much would be moved for it. */
const FILL_MAX = (FILLS * 7) / 8;

export class SlabEvacuation {
  /** Slabs that are marked and not yet empty. */
  pending = 0;
  /** Slabs that this round has marked. */
  marked = 0;
  readonly #windows: Window[];
  readonly #lists: SlabLists;
  /** Slabs by class and fill, then how many of each are to be marked. */
  readonly #counts = new Int32Array(CLASS_COUNT * FILLS);
  readonly #slabs = new Int32Array(CLASS_COUNT);
  readonly #used = new Float64Array(CLASS_COUNT);
  #window = 0;
  #isCounting = true;

  constructor(windows: Window[], lists: SlabLists) {
    this.#windows = windows;
    this.#lists = lists;
  }

  /** Begins a round. */
  begin(): void {
    this.end();
    this.marked = 0;
    this.#window = 0;
    this.#isCounting = true;
    this.#counts.fill(0);
    this.#slabs.fill(0);
    this.#used.fill(0);
  }

  /** A step of the plan; true when the slabs are marked, and blocks can be moved. */
  plan(): boolean {
    if (this.#window < this.#windows.length) {
      this.#visit(this.#windows[this.#window++]!);
      return false;
    }
    if (!this.#isCounting) return true;
    this.#isCounting = false;
    this.#window = 0;
    this.#choose();
    return false;
  }

  /** A marked slab is empty: the arena frees it. */
  onEmptied(): void {
    this.pending--;
  }

  /** Ends the round. */
  end(): void {
    if (this.pending === 0) return;
    for (const window of this.#windows) {
      for (let local = 1; local < window.top; local += Math.max(1, window.runPages[local]!)) {
        if ((window.pageFlags[local]! & PAGE_EVACUATED) === 0) continue;
        window.pageFlags.fill(PAGE_TOUCHED, local, local + SLAB_PAGES);
        this.#lists.link(window.pageClass[local]!, window, local);
      }
    }
    this.pending = 0;
  }

  #visit(window: Window): void {
    for (let local = 1; local < window.top; local += Math.max(1, window.runPages[local]!)) {
      const sizeClass = window.pageClass[local]!;
      if (sizeClass === PAGE_FREE || sizeClass === PAGE_LARGE) continue;
      if (this.#isCounting) this.#count(window, local, sizeClass);
      else this.#mark(window, local, sizeClass);
    }
  }

  #count(window: Window, local: number, sizeClass: number): void {
    const used = window.slabUsed[local]!;
    this.#slabs[sizeClass]!++;
    this.#used[sizeClass]! += used;
    const fill = fillOf(used, sizeClass);
    if (fill < FILL_MAX) this.#counts[sizeClass * FILLS + fill]!++;
  }

  /** Leaves in the counts what is to be marked: as many of the sparsest slabs as the others have room for. */
  #choose(): void {
    for (let sizeClass = 1; sizeClass < CLASS_COUNT; sizeClass++) {
      const needed = Math.ceil(this.#used[sizeClass]! / SLAB_CAPACITY[sizeClass]!);
      let spare = Math.max(0, this.#slabs[sizeClass]! - needed);
      for (let at = sizeClass * FILLS; at < (sizeClass + 1) * FILLS; at++) {
        this.#counts[at] = Math.min(this.#counts[at]!, spare);
        spare -= this.#counts[at]!;
      }
    }
  }

  #mark(window: Window, local: number, sizeClass: number): void {
    const used = window.slabUsed[local]!;
    const fill = fillOf(used, sizeClass);
    // The one that was kept though it is empty stays, and so does one that has filled up since.
    if (used === 0 || fill >= FILL_MAX || this.#counts[sizeClass * FILLS + fill]! === 0) return;
    this.#counts[sizeClass * FILLS + fill]!--;
    this.#lists.unlink(sizeClass, window, local);
    window.pageFlags.fill(PAGE_TOUCHED | PAGE_EVACUATED, local, local + SLAB_PAGES);
    this.pending++;
    this.marked++;
  }
}

function fillOf(used: number, sizeClass: number): number {
  return Math.floor((used * FILLS) / SLAB_CAPACITY[sizeClass]!);
}
