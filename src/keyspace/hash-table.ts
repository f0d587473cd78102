/**
 * Large hashes: a dict of field records, and a heap of those that have a deadline. Named by the hash's head. hashes.ts
 * is the only caller, and knows the other encodings.
 *
 * Invariant: a field record is in the heap exactly when it has a deadline; an empty heap does not exist.
 */
import { type Arena, type Handle, NONE } from "../storage/arena.js";
import type { BlockMover } from "../storage/block-mover.js";
import { DeadlineHeap } from "../storage/deadline-heap.js";
import { Dict } from "../storage/dict.js";
import { DictScan } from "../storage/dict-scan.js";
import type { KeyHash } from "../storage/hash.js";
import { DEADLINE_NONE, FIELD_HEADER_BYTES, type FieldRecord, FieldRecords } from "./field-records.js";
import type { HashHead, HashHeads } from "./hash-head.js";

/** Segments of a large table that sizeOf measures; the rest is taken to be like them. */
const MEASURED_SEGMENTS = 16;

export class HashTable {
  readonly records: FieldRecords;
  readonly dict: Dict;
  /** For commands: one that walks a hash has it to itself. */
  readonly scan: DictScan;
  readonly #arena: Arena;
  readonly #heads: HashHeads;
  readonly #heap: DeadlineHeap;
  /** For what happens in between: freeing, copying, measuring. */
  readonly #ownScan: DictScan;

  constructor(arena: Arena, keyHash: KeyHash, heads: HashHeads) {
    this.#arena = arena;
    this.#heads = heads;
    this.records = new FieldRecords(arena);
    this.dict = new Dict(arena, keyHash, FIELD_HEADER_BYTES);
    this.scan = new DictScan(this.dict);
    this.#ownScan = new DictScan(this.dict);
    this.#heap = new DeadlineHeap(arena, this.records);
  }

  /** An empty one. */
  create(): HashHead {
    const root = this.dict.create();
    try {
      return this.#heads.create(root);
    } catch (error) {
      this.dict.destroy(root);
      throw error;
    }
  }

  count(head: HashHead): number {
    return this.dict.count(this.#heads.contents(head));
  }

  /** The record of a field, or NONE. */
  find(head: HashHead, field: DataView, start: number, length: number): FieldRecord {
    return this.dict.find(this.#heads.contents(head), this.dict.hash(field, start, length), field, start, length);
  }

  /** Adds a field, which must be absent. The sources may lie in the arena. Where it throws, nothing has changed. */
  add(
    head: HashHead,
    field: DataView,
    fieldStart: number,
    fieldLength: number,
    value: DataView,
    valueStart: number,
    valueLength: number,
    deadline: number,
  ): FieldRecord {
    const { records, dict } = this;
    const record = records.create(field, fieldStart, fieldLength, value, valueStart, valueLength, deadline);
    try {
      if (deadline !== DEADLINE_NONE) this.#enterHeap(head, record);
      try {
        dict.insert(this.#heads.contents(head), dict.hash(field, fieldStart, fieldLength), record);
      } catch (error) {
        if (deadline !== DEADLINE_NONE) this.#leaveHeap(head, record);
        throw error;
      }
    } catch (error) {
      this.#arena.free(record);
      throw error;
    }
    return record;
  }

  /** Gives a field another value; the deadline stays. Returns the record, which may have moved. */
  setValue(head: HashHead, record: FieldRecord, value: DataView, start: number, length: number): FieldRecord {
    const { records } = this;
    if (records.tryOverwrite(record, value, start, length)) return record;
    const deadline = records.locatedDeadline();
    const moved = this.#recreate(record, value, start, length, deadline);
    if (deadline !== DEADLINE_NONE) {
      records.setPlace(moved, records.place(record));
      this.#heap.replace(this.#heads.heap(head), moved);
    }
    return this.#exchange(head, record, moved);
  }

  /** Sets, moves or (with DEADLINE_NONE) removes the deadline of a field. Returns the record, which may have moved. */
  setDeadline(head: HashHead, record: FieldRecord, deadline: number): FieldRecord {
    const { records } = this;
    records.locate(record);
    const had = records.hasDeadline;
    if (deadline === DEADLINE_NONE && !had) return record;
    if (deadline !== DEADLINE_NONE && had) {
      records.setDeadline(record, deadline);
      this.#heap.update(this.#heads.heap(head), record);
      return record;
    }
    const moved = this.#recreate(record, records.view, records.valueStart, records.valueLength, deadline);
    if (had) {
      this.#leaveHeap(head, record);
    } else {
      try {
        this.#enterHeap(head, moved);
      } catch (error) {
        this.#arena.free(moved);
        throw error;
      }
    }
    return this.#exchange(head, record, moved);
  }

  delete(head: HashHead, record: FieldRecord): void {
    this.records.locate(record);
    if (this.records.hasDeadline) this.#leaveHeap(head, record);
    this.dict.remove(this.#heads.contents(head), this.dict.hashOfRecord(record), record);
    this.#arena.free(record);
  }

  /** The field with the earliest deadline; NONE when no field has one. */
  firstToExpire(head: HashHead): FieldRecord {
    const heap = this.#heads.heap(head);
    return heap === NONE ? NONE : this.#heap.first(heap);
  }

  /** How many fields have a deadline before `time`. */
  countBefore(head: HashHead, time: number): number {
    const heap = this.#heads.heap(head);
    return heap === NONE ? 0 : this.#heap.countBefore(heap, time);
  }

  /** A copy with records of its own; the head of the copy is in no index. */
  copy(head: HashHead): HashHead {
    const { records } = this;
    const copy = this.create();
    try {
      this.#ownScan.forEach(this.#heads.contents(head), (record) => {
        records.locate(record);
        const { view, fieldStart, fieldLength, valueStart, valueLength } = records;
        this.add(copy, view, fieldStart, fieldLength, view, valueStart, valueLength, records.locatedDeadline());
      });
    } catch (error) {
      this.free(copy);
      throw error;
    }
    return copy;
  }

  /** Frees all: head, table and records. The head must be in no index. */
  free(head: HashHead): void {
    while (!this.freeSlice(head, Number.POSITIVE_INFINITY));
  }

  /** Frees about `blocks` blocks of a hash that nobody uses any more; true when all of it is gone. */
  freeSlice(head: HashHead, blocks: number): boolean {
    const heads = this.#heads;
    const root = heads.contents(head);
    const heap = heads.heap(head);
    if (heap !== NONE) this.#heap.destroy(heap);
    heads.setHeap(head, NONE);
    for (let freed = 0; freed < blocks; ) {
      const index = heads.progress(head);
      this.#ownScan.readSegment(root, index);
      const { segmentRecords, segmentCount } = this.#ownScan;
      for (let i = 0; i < segmentCount; i++) this.#arena.free(segmentRecords[i] ?? NONE);
      const next = this.dict.destroySegment(root, index);
      if (next === 0) {
        this.#arena.free(head);
        return true;
      }
      heads.setProgress(head, next);
      freed += segmentCount + 1;
    }
    return false;
  }

  /** The bytes of all blocks; those of the records are estimated where there are very many. */
  sizeOf(head: HashHead): number {
    const root = this.#heads.contents(head);
    const heap = this.#heads.heap(head);
    const tables =
      this.#arena.sizeOf(head) + this.dict.tableBytes(root) + (heap === NONE ? 0 : this.#heap.byteLength(heap));
    let bytes = 0;
    let seen = 0;
    let index = 0;
    for (let segment = 0; segment < MEASURED_SEGMENTS; segment++) {
      index = this.#ownScan.readSegment(root, index);
      const { segmentRecords, segmentCount } = this.#ownScan;
      for (let i = 0; i < segmentCount; i++) bytes += this.#arena.sizeOf(segmentRecords[i] ?? NONE);
      seen += segmentCount;
      if (index === 0) return tables + bytes;
    }
    return tables + (seen === 0 ? 0 : Math.round((bytes * this.dict.count(root)) / seen));
  }

  /** Moves the blocks of the heap, if there is one. */
  moveHeap(head: HashHead, mover: BlockMover): void {
    const heap = this.#heads.heap(head);
    if (heap !== NONE) this.#heads.setHeap(head, this.#heap.moveBlocks(heap, mover));
  }

  /** A record has moved: the heap names it, too. The table is the caller's to correct. */
  onMoved(head: HashHead, record: FieldRecord): void {
    this.records.locate(record);
    if (this.records.hasDeadline) this.#heap.replace(this.#heads.heap(head), record);
  }

  /** A further record of the same field. */
  #recreate(record: FieldRecord, value: DataView, start: number, length: number, deadline: number): FieldRecord {
    const { records } = this;
    records.locate(record);
    return records.create(records.view, records.fieldStart, records.fieldLength, value, start, length, deadline);
  }

  /** Puts `moved` into the place of `record`, which it frees. */
  #exchange(head: HashHead, record: FieldRecord, moved: FieldRecord): FieldRecord {
    this.dict.replace(this.#heads.contents(head), this.dict.hashOfRecord(record), record, moved);
    this.#arena.free(record);
    return moved;
  }

  #enterHeap(head: HashHead, record: FieldRecord): void {
    let heap = this.#heads.heap(head);
    if (heap === NONE) {
      heap = this.#heap.create();
      this.#heads.setHeap(head, heap);
    }
    try {
      this.#heap.add(heap, record);
    } catch (error) {
      this.#dropEmptyHeap(head, heap);
      throw error;
    }
  }

  #leaveHeap(head: HashHead, record: FieldRecord): void {
    const heap = this.#heads.heap(head);
    this.#heap.remove(heap, record);
    this.#dropEmptyHeap(head, heap);
  }

  #dropEmptyHeap(head: HashHead, heap: Handle): void {
    if (this.#heap.count(heap) > 0) return;
    this.#heap.destroy(heap);
    this.#heads.setHeap(head, NONE);
  }
}
