/**
 * The dict: a hash table in the arena, for the keyspace and for large hashes and sets. Extendible hashing: a full
 * segment of 756 slots splits alone, in bounded time, so the table never rehashes and never stalls, at any size. A
 * small dict has one segment that doubles, from 12 slots on. The order is hash order, which makes a SCAN cursor a hash
 * value (dict-scan.ts).
 *
 * A dict is named by its root's handle; one Dict object serves all dicts whose records keep their key in the same
 * place. A record begins with its key's length:
 *
 *   0            key length, or 255 when it is longer than 254
 *   1            the owner's fields, up to `headerBytes`
 *   headerBytes  the key; behind a u32 with its length when byte 0 is 255
 *
 * A lookup touches the root, the directory, one bucket (one cache line) and, for a tag that matches, the record.
 * Callers: keyspace/ only. This file finds, adds and removes;
 * dict-segments.ts is the table that it does that in.
 */
import { type Handle, NONE } from "./arena.js";
import { areEqualBytes } from "./bytes.js";
import {
  BUCKET_HANDLES,
  BUCKET_TAGS,
  BUCKET_WORDS,
  BUCKETS_MIN,
  bucketOfHash,
  DISPLACED_ONE,
  DISPLACED_SHIFT,
  PROBES,
  ROOT_COUNT,
  SEGMENT_BUCKETS,
  SEGMENT_COUNT,
  SEGMENT_DEPTH,
  SLOTS,
  TAKEN_MASK,
} from "./dict-layout.js";
import { DictSegments, LONG_KEY, MERGE_BELOW, SHRINK_BELOW } from "./dict-segments.js";
import { UNIT_MASK, WINDOW_SHIFT } from "./window.js";

export class Dict extends DictSegments {
  /**
   * What lookUp found last, and in which dict: a hot key costs a comparison and no hash. It stays true because keys are
   * unique: only its removal or replacement, or a new dict under the same handle, can make it false. Length and tail
   * tell most other keys apart without a look at the record.
   */
  #lastRoot: Handle = NONE;
  #lastRecord: Handle = NONE;
  #lastLength = 0;
  #lastTail = 0;

  override create(): Handle {
    this.#lastRecord = NONE;
    return super.create();
  }

  override destroy(root: Handle): void {
    this.#lastRecord = NONE;
    super.destroy(root);
  }

  /** The next lookUp searches: records may have moved. */
  forgetLast(): void {
    this.#lastRecord = NONE;
  }

  /** The record with this key, or NONE: for keys that are often asked for several times in a row. */
  lookUp(root: Handle, view: DataView, start: number, length: number): Handle {
    const tail = length < 4 ? 0 : view.getInt32(start + length - 4, true);
    if (tail === this.#lastTail && length === this.#lastLength && root === this.#lastRoot) {
      const last = this.#lastRecord;
      if (last !== NONE && this.#hasKey(last, view, start, length)) return last;
    }
    const record = this.find(root, this.hash(view, start, length), view, start, length);
    this.#lastRoot = root;
    this.#lastRecord = record;
    this.#lastLength = length;
    this.#lastTail = tail;
    return record;
  }

  hash(view: DataView, start: number, length: number): number {
    return this.keyHash.hash(view, start, length);
  }

  /** The record with this key, or NONE. `hash` is hash(view, start, length). */
  find(root: Handle, hash: number, view: DataView, start: number, length: number): Handle {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    let bucket = bucketOfHash(hash, words[base + SEGMENT_DEPTH]!, buckets);
    let at = base + (bucket + 1) * BUCKET_WORDS;
    let probes = words[at]! >>> DISPLACED_SHIFT === 0 ? 1 : PROBES;
    const pattern = Math.imul(hash & 0xff, 0x01010101);
    while (true) {
      const taken = words[at]! & TAKEN_MASK;
      for (let group = 0; group < 3; group++) {
        const difference = words[at + BUCKET_TAGS + group]! ^ pattern;
        // A byte of `equal` has its top bit set where the tag is equal (or, rarely, above one that is: find out below).
        let equal = (difference - 0x01010101) & ~difference & 0x80808080;
        while (equal !== 0) {
          const slot = (group << 2) + ((31 - Math.clz32(equal & -equal)) >>> 3);
          if ((taken >>> slot) & 1) {
            const record = words[at + BUCKET_HANDLES + slot]!;
            if (this.#hasKey(record, view, start, length)) return record;
          }
          equal &= equal - 1;
        }
      }
      if (--probes === 0) return NONE;
      bucket = bucket === buckets - 1 ? 0 : bucket + 1;
      at = base + (bucket + 1) * BUCKET_WORDS;
    }
  }

  /** Adds a record whose key is not in the dict. Throws ArenaFullError, with the dict as it was. */
  insert(root: Handle, hash: number, record: Handle): void {
    while (!this.place(this.segmentOf(root, hash), hash, record)) this.makeRoom(root, hash);
    this.windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + ROOT_COUNT]!++;
  }

  /** Puts `record` in the place of `old`, which has the same key. */
  replace(root: Handle, hash: number, old: Handle, record: Handle): void {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const place = this.#findPlace(segment, hash, old);
    if (place < 0) throw new Error("dict: replace of a record that is not there");
    if (old === this.#lastRecord) this.#lastRecord = NONE;
    words[place] = record;
  }

  /** Takes the record out (its memory is the caller's); false when it was not there. */
  remove(root: Handle, hash: number, record: Handle): boolean {
    const segment = this.segmentOf(root, hash);
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const place = this.#findPlace(segment, hash, record);
    if (place < 0) return false;
    if (record === this.#lastRecord) this.#lastRecord = NONE;
    const base = (segment & UNIT_MASK) << 1;
    const line = place & ~(BUCKET_WORDS - 1);
    words[line]! &= ~(1 << (place - line - BUCKET_HANDLES));
    const depth = words[base + SEGMENT_DEPTH]!;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    const home = base + (bucketOfHash(hash, depth, buckets) + 1) * BUCKET_WORDS;
    if (home !== line) words[home]! -= DISPLACED_ONE;
    const left = --words[base + SEGMENT_COUNT]!;
    this.windows[root >>> WINDOW_SHIFT]!.words[((root & UNIT_MASK) << 1) + ROOT_COUNT]!--;
    if (depth > 0) {
      if (left < MERGE_BELOW / 2) this.tryMerge(root, hash);
    } else if (left < buckets * SHRINK_BELOW && buckets > BUCKETS_MIN) {
      this.tryShrink(root, segment);
    }
    return true;
  }

  #hasKey(record: Handle, view: DataView, start: number, length: number): boolean {
    const window = this.windows[record >>> WINDOW_SHIFT]!;
    const at = (record & UNIT_MASK) << 3;
    let own = window.bytes[at]!;
    let key = at + this.headerBytes;
    if (own === LONG_KEY) {
      own = window.view.getUint32(key, true);
      key += 4;
    }
    return own === length && areEqualBytes(window.view, key, view, start, length);
  }

  /** The word that holds `record`, or -1. */
  #findPlace(segment: Handle, hash: number, record: Handle): number {
    const words = this.windows[segment >>> WINDOW_SHIFT]!.words;
    const base = (segment & UNIT_MASK) << 1;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    let bucket = bucketOfHash(hash, words[base + SEGMENT_DEPTH]!, buckets);
    for (let probe = 0; probe < PROBES; probe++) {
      const at = base + (bucket + 1) * BUCKET_WORDS;
      for (let slot = 0; slot < SLOTS; slot++) {
        if (words[at + BUCKET_HANDLES + slot] === record && ((words[at]! >>> slot) & 1) === 1) {
          return at + BUCKET_HANDLES + slot;
        }
      }
      bucket = bucket === buckets - 1 ? 0 : bucket + 1;
    }
    return -1;
  }
}
