/**
 * Large sorted sets: member records, found by member through a dict and in order through a score tree. Owned by
 * sorted-sets.ts. The value is the tree's root; the tree keeps the dict's root as its owner's word.
 *
 *   member record: 0 member length (255: long) | 1 score, f64 | 9 member, behind a u32 length when byte 0 is 255
 *
 * A member's record never moves while it is in the set.
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import { Dict } from "../storage/dict.js";
import { DictScan } from "../storage/dict-scan.js";
import type { KeyHash } from "../storage/hash.js";
import { ScoreTree } from "../storage/score-tree.js";
import { LONG_MEMBER, LONG_MEMBER_BYTES, MEMBER_HEADER_BYTES, MEMBER_SCORE } from "../storage/score-tree-layout.js";

/** Members whose sizes stand for all: see recordBytes. */
const SAMPLED_MEMBERS = 128;

export class IndexedScores {
  readonly tree: ScoreTree;
  readonly dict: Dict;
  readonly scan: DictScan;
  /** Set by locate: the member is view[start, start + length). */
  view: DataView;
  start = 0;
  length = 0;
  readonly #arena: Arena;

  constructor(arena: Arena, keyHash: KeyHash) {
    this.#arena = arena;
    this.tree = new ScoreTree(arena);
    this.dict = new Dict(arena, keyHash, MEMBER_HEADER_BYTES);
    this.scan = new DictScan(this.dict);
    this.view = new DataView(new ArrayBuffer(0));
  }

  create(): Handle {
    const dict = this.dict.create();
    try {
      const tree = this.tree.create();
      this.tree.setOwnerWord(tree, dict);
      return tree;
    } catch (error) {
      this.dict.destroy(dict);
      throw error;
    }
  }

  destroy(value: Handle): void {
    while (!this.destroySlice(value, Number.POSITIVE_INFINITY));
  }

  /** Frees about so many blocks of a set that nobody uses any more; true when all of it is gone. */
  destroySlice(value: Handle, blocks: number): boolean {
    const { tree } = this;
    let left = blocks;
    while (tree.count(value) > 0) {
      if (left <= 0) return false;
      const taken = tree.takeRange(value, 0, left);
      for (let i = 0; i < taken; i++) this.#arena.free(tree.taken[i] ?? 0);
      left -= taken;
    }
    this.dict.destroy(tree.ownerWord(value));
    tree.destroy(value);
    return true;
  }

  count(value: Handle): number {
    return this.tree.count(value);
  }

  hash(view: DataView, start: number, length: number): number {
    return this.dict.hash(view, start, length);
  }

  /** The record of a member, or NONE. */
  find(value: Handle, hash: number, view: DataView, start: number, length: number): Handle {
    return this.dict.find(this.tree.ownerWord(value), hash, view, start, length);
  }

  /** Adds a member that is not there. Throws ArenaFullError, with the set as it was. */
  insert(value: Handle, hash: number, view: DataView, start: number, length: number, score: number): Handle {
    const record = this.#addToDict(value, hash, view, start, length, score);
    try {
      this.tree.insert(value, record);
    } catch (error) {
      this.#dropFromDict(value, hash, record);
      throw error;
    }
    return record;
  }

  /** The same for a member that comes behind all others. */
  append(value: Handle, view: DataView, start: number, length: number, score: number): void {
    const hash = this.dict.hash(view, start, length);
    const record = this.#addToDict(value, hash, view, start, length, score);
    try {
      this.tree.append(value, record);
    } catch (error) {
      this.#dropFromDict(value, hash, record);
      throw error;
    }
  }

  remove(value: Handle, hash: number, record: Handle): void {
    this.tree.remove(value, record);
    this.#dropFromDict(value, hash, record);
  }

  /** Takes out `count` members from this rank on. */
  removeRange(value: Handle, rank: number, count: number): void {
    const { tree, dict } = this;
    for (let left = count; left > 0; ) {
      const taken = tree.takeRange(value, rank, left);
      for (let i = 0; i < taken; i++) {
        const record = tree.taken[i] ?? 0;
        this.#dropFromDict(value, dict.hashOfRecord(record), record);
      }
      left -= taken;
    }
  }

  /** Takes the first or the last member out, and returns its record, which is the caller's to free. */
  takeEnd(value: Handle, last: boolean): Handle {
    const { tree, dict } = this;
    tree.takeRange(value, last ? tree.count(value) - 1 : 0, 1);
    const record = tree.taken[0] ?? NONE;
    dict.remove(tree.ownerWord(value), dict.hashOfRecord(record), record);
    return record;
  }

  /** Points view, start and length at a record's member. */
  locate(record: Handle): void {
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const length = view.getUint8(at);
    this.view = view;
    if (length === LONG_MEMBER) {
      this.start = at + MEMBER_HEADER_BYTES + LONG_MEMBER_BYTES;
      this.length = view.getUint32(at + MEMBER_HEADER_BYTES, true);
    } else {
      this.start = at + MEMBER_HEADER_BYTES;
      this.length = length;
    }
  }

  /** Bytes of the dict, the tree and the records. Of a large set some records stand for all. */
  sizeOf(value: Handle): number {
    const { tree, dict } = this;
    const table = dict.tableBytes(tree.ownerWord(value)) + tree.treeBytes(value);
    const count = tree.count(value);
    const sampled = Math.min(count, SAMPLED_MEMBERS);
    if (sampled === 0) return table;
    let bytes = 0;
    let cursor = 0;
    let seen = 0;
    do {
      cursor = this.scan.scanBucket(tree.ownerWord(value), cursor);
      for (let i = 0; i < this.scan.count; i++) bytes += this.#arena.sizeOf(this.scan.records[i] ?? 0);
      seen += this.scan.count;
    } while (cursor !== 0 && seen < sampled);
    return table + Math.round((bytes / seen) * count);
  }

  #addToDict(value: Handle, hash: number, view: DataView, start: number, length: number, score: number): Handle {
    const arena = this.#arena;
    const long = length >= LONG_MEMBER;
    const record = arena.alloc(MEMBER_HEADER_BYTES + (long ? LONG_MEMBER_BYTES : 0) + length);
    const target = arena.window(record).view;
    const at = arena.offset(record);
    target.setUint8(at, long ? LONG_MEMBER : length);
    target.setFloat64(at + MEMBER_SCORE, score, true);
    if (long) target.setUint32(at + MEMBER_HEADER_BYTES, length, true);
    copyBytes(view, start, target, at + MEMBER_HEADER_BYTES + (long ? LONG_MEMBER_BYTES : 0), length);
    try {
      this.dict.insert(this.tree.ownerWord(value), hash, record);
    } catch (error) {
      arena.free(record);
      throw error;
    }
    return record;
  }

  #dropFromDict(value: Handle, hash: number, record: Handle): void {
    this.dict.remove(this.tree.ownerWord(value), hash, record);
    this.#arena.free(record);
  }
}
