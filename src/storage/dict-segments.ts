/**
 * The table of a dict: its root, its directory and its segments; how it grows and shrinks. dict.ts, which finds, adds
 * and removes, builds on it and says what a record looks like; dict-layout.ts draws the bytes.
 */
import { type Arena, ArenaFullError, type Handle } from "./arena.js";
import {
  BUCKET_BYTES,
  BUCKET_HANDLES,
  BUCKET_TAGS,
  BUCKET_WORDS,
  BUCKETS,
  BUCKETS_MIN,
  bucketOfHash,
  DEPTH_MAX,
  DISPLACED_ONE,
  indexOfHash,
  PROBES,
  ROOT_BYTES,
  ROOT_COUNT,
  ROOT_DEEPEST,
  ROOT_DEPTH,
  ROOT_DIRECTORY,
  ROOT_SEGMENTS,
  SEGMENT_BUCKETS,
  SEGMENT_BYTES,
  SEGMENT_COUNT,
  SEGMENT_DEPTH,
  SEGMENT_SLOTS,
  SLOTS,
  TAKEN_MASK,
} from "./dict-layout.js";
import type { KeyHash } from "./hash.js";
import { UNIT_MASK, WINDOW_SHIFT, type Window } from "./window.js";

export const LONG_KEY = 255;
/** Two sibling segments with fewer entries than this together become one. */
export const MERGE_BELOW = SEGMENT_SLOTS / 3;
/** A lone segment with fewer entries a bucket than this gets half of the buckets. */
export const SHRINK_BELOW = 2;

export class DictSegments {
  readonly arena: Arena;
  readonly keyHash: KeyHash;
  readonly headerBytes: number;
  protected readonly windows: Window[];
  /** Entries of a segment that splits or merges. */
  readonly #movedHandles = new Int32Array(SEGMENT_SLOTS);
  readonly #movedHashes = new Int32Array(SEGMENT_SLOTS);

  constructor(arena: Arena, keyHash: KeyHash, headerBytes: number) {
    this.arena = arena;
    this.keyHash = keyHash;
    this.headerBytes = headerBytes;
    this.windows = arena.windows;
  }

  create(): Handle {
    const root = this.arena.alloc(ROOT_BYTES);
    const directory = this.arena.alloc(8);
    const segment = this.#newSegment(0, BUCKETS_MIN);
    const words = this.arena.window(root).words;
    const at = (root & UNIT_MASK) << 1;
    words[at + ROOT_COUNT] = 0;
    words[at + ROOT_DEPTH] = 0;
    words[at + ROOT_DIRECTORY] = directory;
    words[at + ROOT_SEGMENTS] = 1;
    words[at + ROOT_DEEPEST] = 1;
    this.#setDirectory(directory, 0, segment);
    return root;
  }

  /** Frees root, directory and segments. The records are the caller's. */
  destroy(root: Handle): void {
    let index = 0;
    do index = this.destroySegment(root, index);
    while (index !== 0);
  }

  /**
   * Frees one segment of a dict that nobody uses any more, at the directory entries from `index` (0 first). Returns
   * where the next one is; 0 when it was the last, and root and directory are freed too.
   */
  destroySegment(root: Handle, index: number): number {
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    const depth = this.#rootWord(root, ROOT_DEPTH);
    const segment = this.#directoryAt(directory, index);
    const own = this.windows[segment >>> WINDOW_SHIFT]!.words[((segment & UNIT_MASK) << 1) + SEGMENT_DEPTH]!;
    this.arena.free(segment);
    const next = index + 2 ** (depth - own);
    if (next < 2 ** depth) return next;
    this.arena.free(directory);
    this.arena.free(root);
    return 0;
  }

  count(root: Handle): number {
    return this.#rootWord(root, ROOT_COUNT);
  }

  /** Bytes of the table itself, without the records. */
  tableBytes(root: Handle): number {
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    const segments = this.#rootWord(root, ROOT_SEGMENTS);
    const segment = segments === 1 ? this.arena.sizeOf(this.#directoryAt(directory, 0)) : SEGMENT_BYTES;
    return this.arena.sizeOf(root) + this.arena.sizeOf(directory) + segments * segment;
  }

  /** Of these, the directory's. */
  directoryBytes(root: Handle): number {
    return this.arena.sizeOf(this.#rootWord(root, ROOT_DIRECTORY));
  }

  segmentCount(root: Handle): number {
    return this.#rootWord(root, ROOT_SEGMENTS);
  }

  /** How many entries the table has room for. */
  slotCount(root: Handle): number {
    if (this.#rootWord(root, ROOT_DEPTH) > 0) return this.#rootWord(root, ROOT_SEGMENTS) * SEGMENT_SLOTS;
    const segment = this.#directoryAt(this.#rootWord(root, ROOT_DIRECTORY), 0);
    return SLOTS * this.windows[segment >>> WINDOW_SHIFT]!.words[((segment & UNIT_MASK) << 1) + SEGMENT_BUCKETS]!;
  }

  hashOfRecord(record: Handle): number {
    const window = this.windows[record >>> WINDOW_SHIFT]!;
    const at = (record & UNIT_MASK) << 3;
    let length = window.bytes[at]!;
    let key = at + this.headerBytes;
    if (length === LONG_KEY) {
      length = window.view.getUint32(key, true);
      key += 4;
    }
    return this.keyHash.hash(window.view, key, length);
  }

  /** The segment whose range a hash is in. */
  protected segmentOf(root: Handle, hash: number): Handle {
    const words = this.windows[root >>> WINDOW_SHIFT]!.words;
    const at = (root & UNIT_MASK) << 1;
    return this.#directoryAt(words[at + ROOT_DIRECTORY]!, indexOfHash(hash, words[at + ROOT_DEPTH]!));
  }

  /** Puts an entry into the segment; false when its home bucket and the three after it are full. */
  protected place(segment: Handle, hash: number, record: Handle): boolean {
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    let bucket = bucketOfHash(hash, words[base + SEGMENT_DEPTH]!, buckets);
    const home = base + (bucket + 1) * BUCKET_WORDS;
    for (let probe = 0; probe < PROBES; probe++) {
      const at = base + (bucket + 1) * BUCKET_WORDS;
      const free = ~words[at]! & TAKEN_MASK;
      if (free !== 0) {
        const slot = 31 - Math.clz32(free & -free);
        words[at]! |= 1 << slot;
        words[at + BUCKET_HANDLES + slot] = record;
        const shift = (slot & 3) << 3;
        const tags = at + BUCKET_TAGS + (slot >>> 2);
        words[tags] = (words[tags]! & ~(0xff << shift)) | ((hash & 0xff) << shift);
        if (probe > 0) words[home]! += DISPLACED_ONE;
        words[base + SEGMENT_COUNT]!++;
        return true;
      }
      bucket = bucket === buckets - 1 ? 0 : bucket + 1;
    }
    return false;
  }

  /** Makes room for `hash`: the only segment of a small dict grows, others split. */
  protected makeRoom(root: Handle, hash: number): void {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    let buckets = words[((segment & UNIT_MASK) << 1) + SEGMENT_BUCKETS]!;
    while (buckets < BUCKETS) {
      buckets = 2 * buckets + 1;
      if (this.#tryResize(root, segment, buckets)) return;
    }
    this.#split(root, hash);
  }

  /** Puts a segment with so many buckets in the place of the only one; false when its entries would crowd there. */
  #tryResize(root: Handle, segment: Handle, buckets: number): boolean {
    const resized = this.#newSegment(0, buckets);
    const count = this.#listEntries(segment, 0);
    for (let i = 0; i < count; i++) {
      if (!this.place(resized, this.#movedHashes[i]!, this.#movedHandles[i]!)) {
        this.arena.free(resized);
        return false;
      }
    }
    this.#setDirectory(this.#rootWord(root, ROOT_DIRECTORY), 0, resized);
    this.arena.free(segment);
    return true;
  }

  /** Halves the only segment of a small dict. Does nothing where there is no room for a moment of two. */
  protected tryShrink(root: Handle, segment: Handle): void {
    if (!this.arena.hasRoom(SEGMENT_BYTES)) return;
    const buckets = this.windows[segment >>> WINDOW_SHIFT]!.words[((segment & UNIT_MASK) << 1) + SEGMENT_BUCKETS]!;
    this.#tryResize(root, segment, (buckets - 1) >> 1);
  }

  /** Replaces the segment of `hash` by two of half its range. */
  #split(root: Handle, hash: number): void {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const depth = words[((segment & UNIT_MASK) << 1) + SEGMENT_DEPTH]!;
    if (depth === DEPTH_MAX) throw new ArenaFullError(SEGMENT_BYTES);
    if (depth === this.#rootWord(root, ROOT_DEPTH)) this.#doubleDirectory(root);
    const low = this.#newSegment(depth + 1);
    const high = this.#newSegmentOrFree(depth + 1, low);
    const count = this.#listEntries(segment, 0);
    const bit = 31 - depth;
    // Entries that crowd in one part of their half, in spite of a random hash: this happens once in some 10^8 splits.
    const crowded: number[] = [];
    for (let i = 0; i < count; i++) {
      const entryHash = this.#movedHashes[i]!;
      const half = (entryHash >>> bit) & 1 ? high : low;
      if (!this.place(half, entryHash, this.#movedHandles[i]!)) crowded.push(i);
    }
    const again = crowded.map((i) => ({ hash: this.#movedHashes[i]!, record: this.#movedHandles[i]! }));
    this.#pointDirectory(root, hash, depth, low, high);
    this.#addRootWord(root, ROOT_SEGMENTS, 1);
    if (depth + 1 === this.#rootWord(root, ROOT_DEPTH)) this.#addRootWord(root, ROOT_DEEPEST, 2);
    this.arena.free(segment);
    for (const entry of again) {
      while (!this.place(this.segmentOf(root, entry.hash), entry.hash, entry.record)) this.#split(root, entry.hash);
    }
  }

  /** Makes one segment of this and its sibling when both are nearly empty. Does nothing when it cannot. */
  protected tryMerge(root: Handle, hash: number): void {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    const depth = words[base + SEGMENT_DEPTH]!;
    const sibling = this.segmentOf(root, hash ^ (1 << (32 - depth)));
    const siblingWords = this.windows[sibling >>> WINDOW_SHIFT]!.words;
    const siblingBase = (sibling & UNIT_MASK) << 1;
    if (siblingWords[siblingBase + SEGMENT_DEPTH] !== depth) return;
    if (words[base + SEGMENT_COUNT]! + siblingWords[siblingBase + SEGMENT_COUNT]! > MERGE_BELOW) return;
    if (!this.arena.hasRoom(SEGMENT_BYTES)) return;
    const merged = this.#newSegment(depth - 1);
    const count = this.#listEntries(sibling, this.#listEntries(segment, 0));
    for (let i = 0; i < count; i++) {
      if (!this.place(merged, this.#movedHashes[i]!, this.#movedHandles[i]!)) {
        this.arena.free(merged);
        return;
      }
    }
    this.#pointDirectory(root, hash, depth - 1, merged, merged);
    this.arena.free(segment);
    this.arena.free(sibling);
    this.#addRootWord(root, ROOT_SEGMENTS, -1);
    if (depth === this.#rootWord(root, ROOT_DEPTH)) {
      this.#addRootWord(root, ROOT_DEEPEST, -2);
      while (this.#rootWord(root, ROOT_DEEPEST) === 0 && this.#rootWord(root, ROOT_DEPTH) > 0) {
        this.#halveDirectory(root);
      }
    }
  }

  /** Copies a segment's entries and their hashes into the scratch lists from `from` on; returns where they end. */
  #listEntries(segment: Handle, from: number): number {
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    let count = from;
    for (let bucket = 1; bucket <= buckets; bucket++) {
      const at = base + bucket * BUCKET_WORDS;
      for (let taken = words[at]! & TAKEN_MASK; taken !== 0; taken &= taken - 1) {
        const record = words[at + BUCKET_HANDLES + 31 - Math.clz32(taken & -taken)]!;
        this.#movedHandles[count] = record;
        this.#movedHashes[count] = this.hashOfRecord(record);
        count++;
      }
    }
    return count;
  }

  /** Points the directory entries of a range (the prefix of `hash`, `depth` bits) at its lower and upper half. */
  #pointDirectory(root: Handle, hash: number, depth: number, low: Handle, high: Handle): void {
    const directory = this.#rootWord(root, ROOT_DIRECTORY);
    const span = 1 << (this.#rootWord(root, ROOT_DEPTH) - depth);
    const first = indexOfHash(hash, this.#rootWord(root, ROOT_DEPTH)) & ~(span - 1);
    for (let i = 0; i < span; i++) this.#setDirectory(directory, first + i, i < span / 2 ? low : high);
  }

  #doubleDirectory(root: Handle): void {
    const depth = this.#rootWord(root, ROOT_DEPTH);
    const old = this.#rootWord(root, ROOT_DIRECTORY);
    const directory = this.arena.alloc(8 << depth);
    for (let i = 0; i < 1 << depth; i++) {
      const segment = this.#directoryAt(old, i);
      this.#setDirectory(directory, 2 * i, segment);
      this.#setDirectory(directory, 2 * i + 1, segment);
    }
    this.#setRootWord(root, ROOT_DIRECTORY, directory);
    this.#setRootWord(root, ROOT_DEPTH, depth + 1);
    this.#setRootWord(root, ROOT_DEEPEST, 0);
    this.arena.free(old);
  }

  #halveDirectory(root: Handle): void {
    const depth = this.#rootWord(root, ROOT_DEPTH) - 1;
    const old = this.#rootWord(root, ROOT_DIRECTORY);
    const directory = this.arena.alloc(Math.max(8, 4 << depth));
    let deepest = 0;
    for (let i = 0; i < 1 << depth; i++) {
      const segment = this.#directoryAt(old, 2 * i);
      this.#setDirectory(directory, i, segment);
      const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
      if (words[((segment & UNIT_MASK) << 1) + SEGMENT_DEPTH] === depth) deepest++;
    }
    this.#setRootWord(root, ROOT_DIRECTORY, directory);
    this.#setRootWord(root, ROOT_DEPTH, depth);
    this.#setRootWord(root, ROOT_DEEPEST, deepest);
    this.arena.free(old);
  }

  #newSegment(depth: number, buckets = BUCKETS): Handle {
    const segment = this.arena.alloc((buckets + 1) * BUCKET_BYTES);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    words.fill(0, base, base + (buckets + 1) * BUCKET_WORDS);
    words[base + SEGMENT_DEPTH] = depth;
    words[base + SEGMENT_BUCKETS] = buckets;
    return segment;
  }

  #newSegmentOrFree(depth: number, other: Handle): Handle {
    try {
      return this.#newSegment(depth);
    } catch (error) {
      this.arena.free(other);
      throw error;
    }
  }

  #directoryAt(directory: Handle, index: number): Handle {
    return this.windows[directory >>> WINDOW_SHIFT]!.words[((directory & UNIT_MASK) << 1) + index]!;
  }

  #setDirectory(directory: Handle, index: number, segment: Handle): void {
    this.windows[directory >>> WINDOW_SHIFT]!.words[((directory & UNIT_MASK) << 1) + index] = segment;
  }

  #rootWord(root: Handle, word: number): number {
    return this.windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + word]!;
  }

  #setRootWord(root: Handle, word: number, value: number): void {
    this.windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + word] = value;
  }

  #addRootWord(root: Handle, word: number, value: number): void {
    this.windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + word]! += value;
  }
}
