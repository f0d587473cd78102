/**
 * Where the arena's windows come from, and how their free pages go back to the system. The server plugs in the addon's
 * regions (server/page-source.ts); without the addon, and in tests, a window is a plain ArrayBuffer.
 */
export interface PageSource {
  /** A buffer of zeros that takes no memory until it is touched. Throws RangeError where the system has none. */
  allocate(bytes: number): ArrayBuffer;
  /**
   * Gives a range of pages back: it reads as zeros from then on, and costs memory again once it is touched. False where
   * the system refuses. Absent where single pages cannot go back: see page-release.ts.
   */
  readonly release?: (buffer: ArrayBuffer, start: number, byteLength: number) => boolean;
  /** A range is about to be written: takes its pages from the system at once, which costs half of a fault for each. */
  readonly populate?: (buffer: ArrayBuffer, start: number, byteLength: number) => void;
}

/** Buffers on V8's account. calloc maps so large a one page by page, as it is touched. */
export const PLAIN_PAGES: PageSource = { allocate: (bytes) => new ArrayBuffer(bytes) };
