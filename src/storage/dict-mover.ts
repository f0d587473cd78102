/**
 * Moves the blocks of a dict: its root, its directory, its segments and, through the caller, its records. Called by
 * keyspace/defrag/ and the types, in steps of one bucket, with a cursor in hash order that survives any change of the
 * dict in between: what a split or a merge carries past it is met in the next round.
 */
import { type Handle, NONE } from "./arena.js";
import type { BlockMover } from "./block-mover.js";
import type { Dict } from "./dict.js";
import {
  BUCKET_HANDLES,
  BUCKET_WORDS,
  bucketOfHash,
  firstHashOfBucket,
  indexOfHash,
  ROOT_DEPTH,
  ROOT_DIRECTORY,
  SEGMENT_BUCKETS,
  SEGMENT_DEPTH,
  TAKEN_MASK,
} from "./dict-layout.js";
import { UNIT_MASK, WINDOW_SHIFT } from "./window.js";

const HASH_RANGE = 2 ** 32;

export class DictMover {
  readonly #dict: Dict;
  readonly #mover: BlockMover;

  constructor(dict: Dict, mover: BlockMover) {
    this.#dict = dict;
    this.#mover = mover;
  }

  /** Moves the root and the directory. Returns the root's handle from now on. */
  moveRoot(root: Handle): Handle {
    // What the dict has found last may be about to move.
    this.#dict.forgetLast();
    const moved = this.#mover.move(root);
    this.#setWord(moved, ROOT_DIRECTORY, this.#mover.move(this.#word(moved, ROOT_DIRECTORY)));
    return moved;
  }

  /**
   * Moves the records in the bucket at `cursor`, by way of `moveRecord`, and the segment that it is in. Returns the
   * next cursor, 0 at the end. Without `moveRecord` only segments move, one a call.
   */
  moveBucket(root: Handle, cursor: number, moveRecord: ((record: Handle) => Handle) | null): number {
    this.#dict.forgetLast();
    const rootDepth = this.#word(root, ROOT_DEPTH);
    const segment = this.#moveSegment(root, indexOfHash(cursor | 0, rootDepth), rootDepth);
    const base = (segment & UNIT_MASK) << 1;
    let words = this.#words(segment);
    const depth = words[base + SEGMENT_DEPTH]!;
    const span = HASH_RANGE / 2 ** depth;
    const segmentHash = Math.floor(cursor / span) * span;
    if (moveRecord === null) return (segmentHash + span) % HASH_RANGE;
    const buckets = words[base + SEGMENT_BUCKETS]!;
    const bucket = bucketOfHash(cursor | 0, depth, buckets);
    const at = base + (bucket + 1) * BUCKET_WORDS;
    for (let taken = words[at]! & TAKEN_MASK; taken !== 0; taken &= taken - 1) {
      const place = at + BUCKET_HANDLES + 31 - Math.clz32(taken & -taken);
      const record = words[place]!;
      const moved = moveRecord(record);
      if (moved === record) continue;
      words = this.#words(segment);
      words[place] = moved;
    }
    const next = firstHashOfBucket(segmentHash, depth, buckets, bucket + 1);
    return next >= HASH_RANGE ? 0 : Math.max(next, cursor + 1);
  }

  /** Moves the segment of a directory entry, and points all entries of its range at it. */
  #moveSegment(root: Handle, index: number, rootDepth: number): Handle {
    const directory = this.#word(root, ROOT_DIRECTORY);
    const segment = this.#word(directory, index);
    const moved = this.#mover.move(segment);
    if (moved === segment) return segment;
    const entries = 1 << (rootDepth - this.#word(moved, SEGMENT_DEPTH));
    const first = index & ~(entries - 1);
    for (let i = 0; i < entries; i++) this.#setWord(directory, first + i, moved);
    return moved;
  }

  #words(block: Handle): Int32Array {
    return this.#dict.arena.windows[block >>> WINDOW_SHIFT]!.words;
  }

  #word(block: Handle, word: number): number {
    return this.#words(block)[((block & UNIT_MASK) << 1) + word] ?? NONE;
  }

  #setWord(block: Handle, word: number, value: number): void {
    this.#words(block)[((block & UNIT_MASK) << 1) + word] = value;
  }
}
