/**
 * Which clients may have cached which keys: key → client ids, in the arena. Owned by tracking.ts.
 *
 * Databases share the table, as they do in Redis. A key that has changed leaves it with all of its ids: who reads it
 * anew, enters anew. What is left behind by clients that have gone is found by sweep(), in slices. The alternative, a
 * list of all keys of each client, would cost two more links an id and make the end of a client as long as its list;
 * a sweep costs about as much as the reads that made the garbage, as it begins once a quarter of the ids are dead.
 * So the table is never larger than 4/3 of what live clients may have cached, and `tracking-table-max-keys` bounds that.
 *
 * A record, as Dict wants it:
 *
 *    0    u8   key length; 255: longer than 254, see 13
 *    1    u32  how many ids
 *    5    f64  the id, where there is one
 *    5    i32  handle of the block with the ids, where there are more (client-ids.ts)
 *    9    u32  its slots
 *   13    u32  key length, only when byte 0 is 255
 *   13|17      key
 */
import { TableFree } from "../../keyspace/table-free.js";
import { type Arena, type Handle, NONE } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { copyBytes } from "../../storage/bytes.js";
import { Dict } from "../../storage/dict.js";
import { DictMover } from "../../storage/dict-mover.js";
import { DictScan } from "../../storage/dict-scan.js";
import type { KeyHash } from "../../storage/hash.js";
import { ClientIds } from "./client-ids.js";

const OFFSET_COUNT = 1;
const OFFSET_ID = 5;
const OFFSET_BLOCK = 5;
const OFFSET_SLOTS = 9;
const HEADER_BYTES = 13;
const LONG = 255;
/** Beyond this a cleared table is freed in slices. */
const FREE_AT_ONCE = 4096;
/** Blocks that are freed before the clock is read again. */
const BLOCKS_PER_STEP = 512;

export class TrackingTable {
  /** Ids of all keys together. */
  itemCount = 0;
  /** What take() or pick() found: ids, and the bytes of the key that pick() copied. */
  readonly ids: number[] = [];
  pickedKey: Buffer = Buffer.alloc(0);
  readonly #arena: Arena;
  readonly #dict: Dict;
  readonly #scan: DictScan;
  readonly #clientIds: ClientIds;
  readonly #free: TableFree;
  /** NONE while it is empty. */
  #root: Handle = NONE;
  /** Tables that were cleared, and are freed in slices. */
  readonly #cleared: Handle[] = [];
  /** Where the sweep under way goes on; 0 when there is none. */
  #sweepCursor = 0;
  /** Where moveBlocks goes on. */
  #moveCursor = 0;
  readonly #collect = (id: number): void => {
    this.ids.push(id);
  };

  constructor(arena: Arena, keyHash: KeyHash) {
    this.#arena = arena;
    this.#dict = new Dict(arena, keyHash, HEADER_BYTES);
    this.#scan = new DictScan(this.#dict);
    this.#clientIds = new ClientIds(arena);
    this.#free = new TableFree(this.#dict, (record) => this.#freeRecord(record));
  }

  get keyCount(): number {
    return this.#root === NONE ? 0 : this.#dict.count(this.#root);
  }

  /** Whether cleared tables wait for freeSlice, or a sweep has begun. */
  get hasWork(): boolean {
    return this.#cleared.length > 0 || this.#sweepCursor !== 0;
  }

  /** The client `id` has read the key. False when that was known. Throws ArenaFullError with the table as it was. */
  add(view: DataView, start: number, length: number, id: number): boolean {
    const dict = this.#dict;
    if (this.#root === NONE) this.#root = dict.create();
    const hash = dict.hash(view, start, length);
    const known = dict.find(this.#root, hash, view, start, length);
    if (known === NONE) this.#insert(hash, view, start, length, id);
    else if (!this.#addTo(known, id)) return false;
    this.itemCount++;
    return true;
  }

  /** Takes the key out; its ids are in `ids`, and none when it was not there. */
  take(view: DataView, start: number, length: number): number {
    this.ids.length = 0;
    if (this.#root === NONE) return 0;
    const dict = this.#dict;
    const hash = dict.hash(view, start, length);
    const record = dict.find(this.#root, hash, view, start, length);
    if (record === NONE) return 0;
    this.#readIds(record);
    this.#remove(hash, record);
    return this.ids.length;
  }

  /** Copies a key drawn at random into `pickedKey`. The table must not be empty. */
  pick(random: (limit: number) => number): void {
    const record = this.#scan.pickRandom(this.#root, random);
    const { bytes, view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const isLong = bytes[at] === LONG;
    const length = isLong ? view.getUint32(at + HEADER_BYTES, true) : view.getUint8(at);
    const start = at + HEADER_BYTES + (isLong ? 4 : 0);
    this.pickedKey = Buffer.from(bytes.subarray(start, start + length));
  }

  /** Empties the table. */
  clear(): void {
    if (this.#root === NONE) return;
    if (this.keyCount > FREE_AT_ONCE) this.#cleared.push(this.#root);
    else this.#free.free(this.#root);
    this.#root = NONE;
    this.itemCount = 0;
    this.#sweepCursor = 0;
  }

  /** Frees cleared tables until `isOver` says so. */
  freeSlice(isOver: () => boolean): void {
    for (let root = this.#cleared[0]; root !== undefined && !isOver(); root = this.#cleared[0]) {
      if (this.#free.freeSlice(root, BLOCKS_PER_STEP)) this.#cleared.shift();
    }
  }

  /** Takes out ids of clients that are not alive, until `isOver` says so or all was seen; how many it took. */
  sweep(isAlive: (id: number) => boolean, isOver: () => boolean): number {
    const before = this.itemCount;
    while (this.#root !== NONE) {
      const next = this.#scan.scanBucket(this.#root, this.#sweepCursor);
      const { records, count } = this.#scan;
      for (let i = 0; i < count; i++) this.#prune(records[i] ?? NONE, isAlive);
      this.#sweepCursor = this.#root === NONE ? 0 : next;
      if (this.#sweepCursor === 0 || isOver()) break;
    }
    return before - this.itemCount;
  }

  /** Defragmentation: moves the blocks of some keys; true when it came to the end. */
  moveBlocks(mover: BlockMover): boolean {
    if (this.#root === NONE) {
      this.#moveCursor = 0;
      return true;
    }
    const tables = new DictMover(this.#dict, mover);
    if (this.#moveCursor === 0) this.#root = tables.moveRoot(this.#root);
    this.#moveCursor = tables.moveBucket(this.#root, this.#moveCursor, (record) => this.#moveRecord(record, mover));
    return this.#moveCursor === 0;
  }

  #moveRecord(record: Handle, mover: BlockMover): Handle {
    const moved = mover.move(record);
    const { view } = this.#arena.window(moved);
    const at = this.#arena.offset(moved);
    if (view.getUint32(at + OFFSET_COUNT, true) > 1) {
      view.setInt32(at + OFFSET_BLOCK, mover.move(view.getInt32(at + OFFSET_BLOCK, true)), true);
    }
    return moved;
  }

  /** Frees everything at once: the server closes. */
  close(): void {
    this.clear();
    this.freeSlice(() => false);
  }

  #insert(hash: number, view: DataView, start: number, length: number, id: number): void {
    const arena = this.#arena;
    const isLong = length >= LONG;
    const keyStart = HEADER_BYTES + (isLong ? 4 : 0);
    const record = arena.alloc(keyStart + length);
    const own = arena.window(record).view;
    const at = arena.offset(record);
    own.setUint8(at, isLong ? LONG : length);
    own.setUint32(at + OFFSET_COUNT, 1, true);
    own.setFloat64(at + OFFSET_ID, id, true);
    if (isLong) own.setUint32(at + HEADER_BYTES, length, true);
    copyBytes(view, start, own, at + keyStart, length);
    try {
      this.#dict.insert(this.#root, hash, record);
    } catch (error) {
      arena.free(record);
      throw error;
    }
  }

  #addTo(record: Handle, id: number): boolean {
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const count = view.getUint32(at + OFFSET_COUNT, true);
    const ids = this.#clientIds;
    if (count === 1) {
      const only = view.getFloat64(at + OFFSET_ID, true);
      if (only === id) return false;
      ids.create(only, id);
    } else if (!ids.add(view.getInt32(at + OFFSET_BLOCK, true), view.getUint32(at + OFFSET_SLOTS, true), count, id)) {
      return false;
    }
    this.#setBlock(record, count + 1);
    return true;
  }

  /** Points a record at the block that ClientIds has made. */
  #setBlock(record: Handle, count: number): void {
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    view.setUint32(at + OFFSET_COUNT, count, true);
    view.setInt32(at + OFFSET_BLOCK, this.#clientIds.block, true);
    view.setUint32(at + OFFSET_SLOTS, this.#clientIds.slots, true);
  }

  #readIds(record: Handle): void {
    this.ids.length = 0;
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    if (view.getUint32(at + OFFSET_COUNT, true) === 1) {
      this.ids.push(view.getFloat64(at + OFFSET_ID, true));
      return;
    }
    const block = view.getInt32(at + OFFSET_BLOCK, true);
    this.#clientIds.forEach(block, view.getUint32(at + OFFSET_SLOTS, true), this.#collect);
  }

  /** `ids` are those of the record. */
  #remove(hash: number, record: Handle): void {
    this.itemCount -= this.ids.length;
    this.#dict.remove(this.#root, hash, record);
    this.#freeRecord(record);
    if (this.keyCount > 0) return;
    this.#dict.destroy(this.#root);
    this.#root = NONE;
    this.#sweepCursor = 0;
  }

  #prune(record: Handle, isAlive: (id: number) => boolean): void {
    this.#readIds(record);
    const alive = this.ids.filter(isAlive);
    if (alive.length === this.ids.length) return;
    if (alive.length === 0) return this.#remove(this.#dict.hashOfRecord(record), record);
    this.itemCount -= this.ids.length - alive.length;
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const block = view.getInt32(at + OFFSET_BLOCK, true);
    if (alive.length > 1) {
      this.#clientIds.keep(block, alive);
      return this.#setBlock(record, alive.length);
    }
    this.#arena.free(block);
    view.setUint32(at + OFFSET_COUNT, 1, true);
    view.setFloat64(at + OFFSET_ID, alive[0] ?? 0, true);
  }

  #freeRecord(record: Handle): void {
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    if (view.getUint32(at + OFFSET_COUNT, true) > 1) this.#arena.free(view.getInt32(at + OFFSET_BLOCK, true));
    this.#arena.free(record);
  }
}
