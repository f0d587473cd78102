/**
 * Walking a dict: cursors that survive any growth or shrink, uniform samples, and taking everything out in slices.
 * Called by keyspace/ for SCAN, KEYS, RANDOMKEY, expiry, eviction and lazy freeing.
 *
 * A cursor is the smallest hash not visited yet. Every entry below it was visited, none above: true whatever splits
 * or merges happen in between, so an entry that is there all the time is visited exactly once. 0 begins and ends.
 */
import { type Handle, NONE } from "./arena.js";
import type { Dict } from "./dict.js";
import {
  BUCKET_ENTRIES_MAX,
  BUCKET_HANDLES,
  BUCKET_WORDS,
  bucketOfHash,
  firstHashOfBucket,
  indexOfHash,
  PROBES,
  ROOT_COUNT,
  ROOT_DEPTH,
  ROOT_DIRECTORY,
  ROOT_SEGMENTS,
  SEGMENT_BUCKETS,
  SEGMENT_COUNT,
  SEGMENT_DEPTH,
  SEGMENT_SLOTS,
  SLOTS,
  TAKEN_MASK,
} from "./dict-layout.js";
import { UNIT_MASK, WINDOW_SHIFT } from "./window.js";

const HASH_RANGE = 2 ** 32;
/** Draws of a slot before the entries are counted instead: these, and one for each segment. */
const DRAWS_MIN = 4;
/** Segments that one sample looks at. */
const SAMPLE_DRAWS_MAX = 4;

export class DictScan {
  /** What scanBucket found: records[0, count). Valid until the next call. */
  readonly records = new Int32Array(BUCKET_ENTRIES_MAX);
  count = 0;
  /** What readSegment or sample found: segmentRecords[0, segmentCount). Valid until the next call. */
  readonly segmentRecords = new Int32Array(SEGMENT_SLOTS);
  segmentCount = 0;
  readonly #dict: Dict;

  constructor(dict: Dict) {
    this.#dict = dict;
  }

  /** Puts the entries of the bucket at `cursor` into `records`; returns the next cursor, 0 at the end. */
  scanBucket(root: Handle, cursor: number): number {
    const segment = this.#segmentAt(root, cursor);
    const words = this.#dict.arena.window(segment).words;
    const base = (segment & UNIT_MASK) << 1;
    const depth = words[base + SEGMENT_DEPTH]!;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    const home = bucketOfHash(cursor | 0, depth, buckets);
    const span = HASH_RANGE / 2 ** depth;
    const segmentHash = Math.floor(cursor / span) * span;
    this.count = 0;
    let bucket = home;
    for (let probe = Math.min(PROBES, buckets); probe > 0; probe--) {
      const at = base + (bucket + 1) * BUCKET_WORDS;
      for (let taken = words[at]! & TAKEN_MASK; taken !== 0; taken &= taken - 1) {
        const record = words[at + BUCKET_HANDLES + 31 - Math.clz32(taken & -taken)]!;
        const hash = this.#dict.hashOfRecord(record);
        if (bucketOfHash(hash, depth, buckets) === home && hash >>> 0 >= cursor) this.records[this.count++] = record;
      }
      bucket = bucket === buckets - 1 ? 0 : bucket + 1;
    }
    const next = firstHashOfBucket(segmentHash, depth, buckets, home + 1);
    return next >= HASH_RANGE ? 0 : Math.max(next, cursor + 1);
  }

  /**
   * An entry drawn uniformly; `random(n)` gives an integer in [0, n). NONE when the dict is empty. Slots are drawn
   * until one is taken; where most are free (after many removals), the entry of a drawn rank is counted out, which
   * costs no more than those draws did. Both are uniform, and so is their mix.
   */
  pickRandom(root: Handle, random: (limit: number) => number): Handle {
    const words = this.#dict.arena.window(root).words;
    const at = (root & UNIT_MASK) << 1;
    const count = words[at + ROOT_COUNT]!;
    if (count === 0) return NONE;
    const depth = words[at + ROOT_DEPTH]!;
    const directory = words[at + ROOT_DIRECTORY]!;
    // A segment that is not as large as all others is the only one.
    const segmentSlots = depth > 0 ? SEGMENT_SLOTS : this.#dict.slotCount(root);
    const slots = 2 ** depth * segmentSlots;
    for (let draw = words[at + ROOT_SEGMENTS]! + DRAWS_MIN; draw > 0; draw--) {
      // A segment that several directory entries share is taken through its first only: each slot is equally likely.
      const drawn = random(slots);
      const index = Math.floor(drawn / segmentSlots);
      const segment = this.#directoryAt(directory, index);
      const segmentWords = this.#dict.arena.window(segment).words;
      const base = (segment & UNIT_MASK) << 1;
      const place = drawn - index * segmentSlots;
      const bucket = (place / SLOTS) | 0;
      const line = base + (bucket + 1) * BUCKET_WORDS;
      const slot = place - bucket * SLOTS;
      if (((segmentWords[line]! >>> slot) & 1) === 0) continue;
      const shared = 1 << (depth - segmentWords[base + SEGMENT_DEPTH]!);
      if ((index & (shared - 1)) === 0) return segmentWords[line + BUCKET_HANDLES + slot]!;
    }
    return this.#findRank(root, random(count));
  }

  /**
   * Puts about `wanted` entries that lie side by side at a random place into `segmentRecords`: fewer where the dict is
   * sparse, none only where it is empty or nearly so. Their order is that of their hashes, so neighbours have nothing
   * in common, and looking at several of them costs one cache line. An entry may come twice.
   */
  sample(root: Handle, wanted: number, random: (limit: number) => number): void {
    const words = this.#dict.arena.window(root).words;
    const at = (root & UNIT_MASK) << 1;
    const limit = Math.min(wanted, words[at + ROOT_COUNT]!, SEGMENT_SLOTS);
    const directories = 2 ** words[at + ROOT_DEPTH]!;
    this.segmentCount = 0;
    for (let draw = 0; draw < SAMPLE_DRAWS_MAX && this.segmentCount < limit; draw++) {
      const segment = this.#directoryAt(words[at + ROOT_DIRECTORY]!, random(directories));
      const segmentWords = this.#dict.arena.window(segment).words;
      const base = (segment & UNIT_MASK) << 1;
      if (segmentWords[base + SEGMENT_COUNT] !== 0) this.#sampleSegment(segmentWords, base, random, limit);
    }
  }

  /**
   * Puts all entries of the segment at directory entry `index` into `segmentRecords`; returns where the next segment
   * is, 0 at the end. Never looks at a record, so those of segments already read may be freed; the dict itself must
   * not change between calls.
   */
  readSegment(root: Handle, index: number): number {
    const rootWords = this.#dict.arena.window(root).words;
    const rootAt = (root & UNIT_MASK) << 1;
    const depth = rootWords[rootAt + ROOT_DEPTH]!;
    const segment = this.#directoryAt(rootWords[rootAt + ROOT_DIRECTORY]!, index);
    const words = this.#dict.arena.window(segment).words;
    const base = (segment & UNIT_MASK) << 1;
    let count = 0;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    for (let bucket = 1; bucket <= buckets; bucket++) {
      const at = base + bucket * BUCKET_WORDS;
      for (let taken = words[at]! & TAKEN_MASK; taken !== 0; taken &= taken - 1) {
        this.segmentRecords[count++] = words[at + BUCKET_HANDLES + 31 - Math.clz32(taken & -taken)]!;
      }
    }
    this.segmentCount = count;
    const next = index + 2 ** (depth - words[base + SEGMENT_DEPTH]!);
    return next < 2 ** depth ? next : 0;
  }

  /** Calls `visit` for every entry, which may free the record. The dict must not change meanwhile. */
  forEach(root: Handle, visit: (record: Handle) => void): void {
    let index = 0;
    do {
      index = this.readSegment(root, index);
      const { segmentRecords, segmentCount } = this;
      for (let i = 0; i < segmentCount; i++) visit(segmentRecords[i]!);
    } while (index !== 0);
  }

  /** Goes round the segment once, from a random slot on: not from a bucket's first, whose entries came earliest. */
  #sampleSegment(words: Int32Array, base: number, random: (limit: number) => number, limit: number): void {
    const slots = SLOTS * words[base + SEGMENT_BUCKETS]!;
    const first = random(slots);
    for (let i = 0; i < slots && this.segmentCount < limit; i++) {
      const place = first + i < slots ? first + i : first + i - slots;
      const bucket = (place / SLOTS) | 0;
      const slot = place - bucket * SLOTS;
      const line = base + (bucket + 1) * BUCKET_WORDS;
      if ((words[line]! >>> slot) & 1) this.segmentRecords[this.segmentCount++] = words[line + BUCKET_HANDLES + slot]!;
    }
  }

  /** The entry with `rank` others in front of it, 0 to count - 1. */
  #findRank(root: Handle, rank: number): Handle {
    const rootWords = this.#dict.arena.window(root).words;
    const rootAt = (root & UNIT_MASK) << 1;
    const depth = rootWords[rootAt + ROOT_DEPTH]!;
    const directory = rootWords[rootAt + ROOT_DIRECTORY]!;
    let left = rank;
    for (let index = 0; index < 2 ** depth; ) {
      const segment = this.#directoryAt(directory, index);
      const words = this.#dict.arena.window(segment).words;
      const base = (segment & UNIT_MASK) << 1;
      const own = words[base + SEGMENT_COUNT]!;
      if (left < own) return findRankInSegment(words, base, left);
      left -= own;
      index += 2 ** (depth - words[base + SEGMENT_DEPTH]!);
    }
    return NONE;
  }

  #segmentAt(root: Handle, cursor: number): Handle {
    const words = this.#dict.arena.windows[root >>> WINDOW_SHIFT]!.words;
    const at = (root & UNIT_MASK) << 1;
    return this.#directoryAt(words[at + ROOT_DIRECTORY]!, indexOfHash(cursor | 0, words[at + ROOT_DEPTH]!));
  }

  #directoryAt(directory: Handle, index: number): Handle {
    return this.#dict.arena.window(directory).words[((directory & UNIT_MASK) << 1) + index]!;
  }
}

function findRankInSegment(words: Int32Array, base: number, rank: number): Handle {
  const buckets = words[base + SEGMENT_BUCKETS]!;
  let left = rank;
  for (let bucket = 1; bucket <= buckets; bucket++) {
    const at = base + bucket * BUCKET_WORDS;
    for (let taken = words[at]! & TAKEN_MASK; taken !== 0; taken &= taken - 1) {
      if (left-- === 0) return words[at + BUCKET_HANDLES + 31 - Math.clz32(taken & -taken)]!;
    }
  }
  return NONE;
}
