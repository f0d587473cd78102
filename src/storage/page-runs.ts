/**
 * Runs of whole pages: what slabs and large blocks are cut from. Owned by the arena.
 *
 * Free runs sit in bins by length, four bins a doubling, each a doubly linked list through the page tables. A run is
 * taken from the smallest bin whose every run is long enough (O(1), a bitmap finds it), after a short look at the bin
 * of the wanted length itself. A freed run joins its free neighbours at once. Runs never span windows.
 *
 * Each page knows whether it takes memory (PAGE_TOUCHED); page-release.ts gives those of free runs back to the system.
 */
import type { PageSource } from "./page-source.js";
import { PAGE_BYTES, PAGE_FREE, PAGE_MASK, PAGE_SHIFT, PAGE_TOUCHED, WINDOW_BYTES, Window } from "./window.js";

const BIN_COUNT = 80;
/** How many runs of a bin are looked at when not all of them fit. */
const PROBES = 8;

/** The bin that a run of `pages` is kept in: floor(log2) times four, plus the next two bits. */
function binOf(pages: number): number {
  const log = 31 - Math.clz32(pages);
  return log < 2 ? pages : log * 4 + ((pages >>> (log - 2)) & 3) - 4;
}

/** Pages of a range that take memory. */
export function countTouched(window: Window, from: number, end: number): number {
  let count = 0;
  for (let local = from; local < end; local++) count += window.pageFlags[local]! & PAGE_TOUCHED;
  return count;
}

/**
 * Frees a buffer that nobody uses any more. Before Node 22 only a collection can; nothing may bring one about while the
 * server idles, though the next buffer of this size does.
 */
function freeNow(buffer: ArrayBufferLike): void {
  (buffer as { transfer?: (byteLength: number) => ArrayBuffer }).transfer?.(0);
}

export class PageRuns {
  readonly windows: Window[];
  readonly source: PageSource;
  /** Pages that were handed out and not given back to the system since: what the windows take of memory. */
  touchedPages = 0;
  /** Of these, the ones in free runs. */
  touchedFreePages = 0;
  readonly #bins = new Int32Array(BIN_COUNT);
  readonly #maxWindows: number;
  /** A window is used up to here only; below WINDOW_PAGES in tests that want many windows. */
  readonly #pagesPerWindow: number;

  constructor(windows: Window[], source: PageSource, maxWindows: number, pagesPerWindow: number) {
    this.windows = windows;
    this.source = source;
    this.#maxWindows = maxWindows;
    this.#pagesPerWindow = pagesPerWindow;
  }

  /** The first page (as a global number) of a run of `pages`, or 0 when the address space is used up. */
  take(pages: number): number {
    const own = binOf(pages);
    let candidate = this.#bins[own]!;
    for (let probe = 0; candidate !== 0 && probe < PROBES; probe++) {
      const window = this.windows[candidate >>> PAGE_SHIFT]!;
      const local = candidate & PAGE_MASK;
      if (window.runPages[local]! >= pages) return this.#cut(window, local, pages);
      candidate = window.next[local]!;
    }
    for (let bin = own + 1; bin < BIN_COUNT; bin++) {
      const page = this.#bins[bin]!;
      if (page !== 0) return this.#cut(this.windows[page >>> PAGE_SHIFT]!, page & PAGE_MASK, pages);
    }
    return this.#takeNew(pages);
  }

  /** Gives a run back. `pageClass` of its pages is cleared here. */
  give(page: number, pages: number): void {
    const window = this.windows[page >>> PAGE_SHIFT]!;
    let first = page & PAGE_MASK;
    let length = pages;
    window.pageClass.fill(PAGE_FREE, first, first + pages);
    window.pageFlags.fill(PAGE_TOUCHED, first, first + pages);
    this.touchedFreePages += pages;
    const after = first + pages;
    if (after < window.top && window.pageClass[after] === PAGE_FREE) {
      length += window.runPages[after]!;
      this.#unlink(window, after);
    }
    if (first > 0 && window.pageClass[first - 1] === PAGE_FREE && window.runPages[first - 1]! > 0) {
      const before = window.runPages[first - 1]!;
      first -= before;
      length += before;
      this.#unlink(window, first);
    }
    this.#link(window, first, length);
  }

  /** Lengthens the run at `page` in place; false when what follows it is in use. */
  extend(page: number, pages: number, wanted: number): boolean {
    const window = this.windows[page >>> PAGE_SHIFT]!;
    const after = (page & PAGE_MASK) + pages;
    const more = wanted - pages;
    if (after === window.top) {
      if (after + more > this.#pagesPerWindow) return false;
      window.top += more;
      this.#touch(window, after, more);
      return true;
    }
    if (after > window.top || window.pageClass[after] !== PAGE_FREE) return false;
    const free = window.runPages[after]!;
    if (free < more) return false;
    this.#unlink(window, after);
    if (free > more) this.#link(window, after + more, free - more);
    this.#touch(window, after, more);
    return true;
  }

  /** Whether nothing in the window is in use any more. */
  isLeft(window: Window): boolean {
    return window.wasUsed && window.pageClass[1] === PAGE_FREE && window.runPages[1] === window.top - 1;
  }

  /**
   * Puts a fresh window in the place of an empty one, whose memory goes back to the system with its tables. False where
   * there is no address space for a moment of both.
   */
  renew(window: Window): boolean {
    let fresh: Window;
    try {
      fresh = new Window(window.index, this.source);
    } catch {
      return false;
    }
    const gone = countTouched(window, 1, window.top);
    this.touchedPages -= gone;
    this.touchedFreePages -= gone;
    this.#unlink(window, 1);
    this.windows[window.index] = fresh;
    if (window.index < this.windows.length - 1) {
      // Only the last window has pages past its top.
      fresh.top = this.#pagesPerWindow;
      this.#link(fresh, 1, fresh.top - 1);
    }
    freeNow(window.bytes.buffer);
    return true;
  }

  /**
   * Puts a fresh buffer in the place of a window's, with the pages in use copied to where they were: handles stay as they
   * are, and the free pages take nothing any more. False where there is no address space for a moment of both.
   */
  rebuffer(window: Window): boolean {
    let buffer: ArrayBuffer;
    try {
      buffer = this.source.allocate(WINDOW_BYTES);
    } catch {
      return false;
    }
    const bytes = new Uint8Array(buffer);
    for (let local = 1; local < window.top; local += Math.max(1, window.runPages[local]!)) {
      const pages = window.runPages[local]!;
      const start = local * PAGE_BYTES;
      if (window.pageClass[local] !== PAGE_FREE) {
        bytes.set(window.bytes.subarray(start, start + pages * PAGE_BYTES), start);
        continue;
      }
      const gone = countTouched(window, local, local + pages);
      window.pageFlags.fill(0, local, local + pages);
      this.touchedPages -= gone;
      this.touchedFreePages -= gone;
    }
    const old = window.bytes.buffer;
    window.bytes = bytes;
    window.view = new DataView(buffer);
    window.words = new Int32Array(buffer);
    freeNow(old);
    return true;
  }

  #cut(window: Window, local: number, pages: number): number {
    const length = window.runPages[local]!;
    this.#unlink(window, local);
    if (length > pages) this.#link(window, local + pages, length - pages);
    this.#touch(window, local, pages);
    return (window.index << PAGE_SHIFT) | local;
  }

  #takeNew(pages: number): number {
    let window = this.windows.at(-1);
    if (window === undefined || window.top + pages > this.#pagesPerWindow) {
      if (pages > this.#pagesPerWindow - 1 || this.windows.length === this.#maxWindows) return 0;
      let next: Window;
      try {
        next = new Window(this.windows.length, this.source);
      } catch {
        return 0; // the system refuses a further gigabyte of address space
      }
      if (window !== undefined && window.top < this.#pagesPerWindow) {
        const rest = this.#pagesPerWindow - window.top;
        const from = window.top;
        window.top = this.#pagesPerWindow;
        this.#linkBehind(window, from, rest);
      }
      window = next;
      this.windows.push(window);
    }
    const local = window.top;
    window.top += pages;
    this.#touch(window, local, pages);
    return (window.index << PAGE_SHIFT) | local;
  }

  /** Links the unused rest of a window, joined with a free run in front of it. */
  #linkBehind(window: Window, local: number, length: number): void {
    const before = window.pageClass[local - 1] === PAGE_FREE ? window.runPages[local - 1]! : 0;
    if (before > 0) this.#unlink(window, local - before);
    this.#link(window, local - before, length + before);
  }

  /** Pages are handed out: they take memory from here on. */
  #touch(window: Window, local: number, pages: number): void {
    const flags = window.pageFlags;
    let fresh = 0;
    window.wasUsed = true;
    for (let at = local; at < local + pages; at++) if (flags[at] === 0) fresh++;
    flags.fill(PAGE_TOUCHED, local, local + pages);
    this.touchedPages += fresh;
    this.touchedFreePages -= pages - fresh;
  }

  #link(window: Window, local: number, length: number): void {
    window.runPages[local] = length;
    window.runPages[local + length - 1] = length;
    const bin = binOf(length);
    const head = this.#bins[bin]!;
    const page = (window.index << PAGE_SHIFT) | local;
    window.next[local] = head;
    window.previous[local] = 0;
    if (head !== 0) this.windows[head >>> PAGE_SHIFT]!.previous[head & PAGE_MASK] = page;
    this.#bins[bin] = page;
  }

  #unlink(window: Window, local: number): void {
    const length = window.runPages[local]!;
    const next = window.next[local]!;
    const previous = window.previous[local]!;
    if (next !== 0) this.windows[next >>> PAGE_SHIFT]!.previous[next & PAGE_MASK] = previous;
    if (previous !== 0) this.windows[previous >>> PAGE_SHIFT]!.next[previous & PAGE_MASK] = next;
    else this.#bins[binOf(length)] = next;
    window.runPages[local] = 0;
    window.runPages[local + length - 1] = 0;
  }
}
