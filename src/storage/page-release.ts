/**
 * Giving free pages back to the system. Owned by the arena; server/memory-upkeep.ts (by cron, in slices) and MEMORY
 * PURGE (at once) call it through the arena.
 *
 * With a page source that can release ranges, the touched pages of free runs go back wherever they are. Without one, a
 * window of which little is in use gets a fresh buffer, and the old one goes with the next collection. An empty window
 * is renewed in any case: its tables came to some megabytes.
 */
import { countTouched, type PageRuns } from "./page-runs.js";
import { SLAB_PAGES } from "./slab-lists.js";
import { PAGE_BYTES, PAGE_FREE, PAGE_LARGE, PAGE_TOUCHED, type Window } from "./window.js";

/** Runs that one step passes at most: some 100 us. */
const RUNS_PER_STEP = 20_000;
/** A window gets a fresh buffer when at least so many free pages go by that, three times as many as are copied, */
const REBUFFER_MIN_PAGES = 2048;
const REBUFFER_GAIN = 3;
/** and when no more than so many are copied: 16 MiB take some ms. */
const REBUFFER_MAX_PAGES = 4096;

export class PageRelease {
  readonly #runs: PageRuns;
  /** Where the next step goes on. */
  #window = 0;
  #page = 1;
  /** The system has refused once (locked memory, say): from then on it is not asked. */
  #isRefused = false;

  /** Gives a slab that was kept though it is empty back to the runs. */
  readonly #dropSlab: (window: Window, local: number) => void;

  constructor(runs: PageRuns, dropSlab: (window: Window, local: number) => void) {
    this.#runs = runs;
    this.#dropSlab = dropSlab;
  }

  /** Whether single pages can go back. */
  get canRelease(): boolean {
    return this.#runs.source.release !== undefined && !this.#isRefused;
  }

  /** Gives back up to about `pages` pages and returns how many; 0 may also mean that the step has only passed runs. */
  step(pages: number): number {
    const { windows } = this.#runs;
    if (windows.length === 0) return 0;
    if (this.#window >= windows.length) this.#window = 0;
    const window = windows[this.#window]!;
    const released = this.#passRuns(window, pages);
    if (this.#page < window.top) return released;
    this.#page = 1;
    this.#window++;
    return released + this.#renewIfLeft(window) + (this.canRelease ? 0 : this.#rebufferIfSparse(window));
  }

  /** Gives back all that can go. */
  releaseAll(): number {
    const before = this.#runs.touchedPages;
    // The slabs that the first round drops are free runs in the second.
    for (let round = 0; round < 2; round++) {
      this.#window = 0;
      this.#page = 1;
      do this.step(Number.POSITIVE_INFINITY);
      while (this.#window < this.#runs.windows.length);
    }
    return before - this.#runs.touchedPages;
  }

  #passRuns(window: Window, pages: number): number {
    const { runPages, pageClass } = window;
    let released = 0;
    let at = this.#page;
    for (let passed = 0; at < window.top && passed < RUNS_PER_STEP; passed++) {
      if (pageClass[at] !== PAGE_FREE) {
        const length = runPages[at]!;
        if (length === SLAB_PAGES && pageClass[at] !== PAGE_LARGE && window.slabUsed[at] === 0) {
          this.#dropSlab(window, at);
        }
        at += Math.max(1, length);
      } else if (at > 1 && pageClass[at - 1] === PAGE_FREE) {
        // The middle of a run that has grown meanwhile: what stands at its end is no run's beginning.
        at++;
      } else {
        const length = runPages[at]!;
        if (this.canRelease) released += this.#releaseRun(window, at, at + length, pages - released);
        // There may be more in this run.
        if (released >= pages) break;
        at += length;
      }
    }
    this.#page = at;
    return released;
  }

  #releaseRun(window: Window, first: number, end: number, pages: number): number {
    let released = 0;
    for (let at = nextTouched(window, first, end); at < end && released < pages; at = nextTouched(window, at, end)) {
      const stop = endOfTouched(window, at, Math.min(end, at + pages - released));
      if (!this.#release(window, at, stop - at)) break;
      released += stop - at;
      at = stop;
    }
    return released;
  }

  #release(window: Window, page: number, pages: number): boolean {
    const runs = this.#runs;
    const release = runs.source.release;
    const buffer = window.bytes.buffer as ArrayBuffer;
    if (release === undefined || !release(buffer, page * PAGE_BYTES, pages * PAGE_BYTES)) {
      this.#isRefused = true;
      return false;
    }
    window.pageFlags.fill(0, page, page + pages);
    runs.touchedPages -= pages;
    runs.touchedFreePages -= pages;
    return true;
  }

  #rebufferIfSparse(window: Window): number {
    const runs = this.#runs;
    if (runs.touchedFreePages < REBUFFER_MIN_PAGES) return 0;
    let used = 0;
    let free = 0;
    for (let at = 1; at < window.top; ) {
      const length = Math.max(1, window.runPages[at]!);
      if (window.pageClass[at] === PAGE_FREE) free += countTouched(window, at, at + length);
      else used += length;
      at += length;
    }
    if (free < REBUFFER_MIN_PAGES || free < REBUFFER_GAIN * used || used > REBUFFER_MAX_PAGES) return 0;
    return runs.rebuffer(window) ? free : 0;
  }

  #renewIfLeft(window: Window): number {
    const runs = this.#runs;
    if (!runs.isLeft(window)) return 0;
    const before = runs.touchedPages;
    runs.renew(window);
    return before - runs.touchedPages;
  }
}

function nextTouched(window: Window, from: number, end: number): number {
  let at = from;
  while (at < end && (window.pageFlags[at]! & PAGE_TOUCHED) === 0) at++;
  return at;
}

function endOfTouched(window: Window, from: number, end: number): number {
  let at = from;
  while (at < end && (window.pageFlags[at]! & PAGE_TOUCHED) !== 0) at++;
  return at;
}
