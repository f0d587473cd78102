/**
 * Who has an interest in which keys: (database, key) → owners, in order of arrival. In an arena, since one request may
 * name a million keys: a key and its link take some 60 bytes beside the key's own. WATCH (watch-table.ts) and the keys
 * that clients wait for (server/blocked-keys.ts) are two tables of this kind.
 *
 * An owner takes part through an InterestSet. It enters keys one by one and leaves all of them at once, both in time
 * proportional to its keys, whoever else has them. A key of several owners is in the arena once, and is charged to each
 * of them (InterestSet.bytes).
 *
 * A key goes with its last link, unless keep() was said of it: then it stays until unkeep().
 */
import { type Arena, type Handle, NONE } from "../../storage/arena.js";
import { copyBytes } from "../../storage/bytes.js";
import { Dict } from "../../storage/dict.js";
import { DictScan } from "../../storage/dict-scan.js";
import type { KeyHash } from "../../storage/hash.js";
import {
  FLAG_KEPT,
  KEY_COUNT,
  KEY_DB,
  KEY_FIRST,
  KEY_FLAGS,
  KEY_HEADER_BYTES,
  KEY_LAST,
  KEY_MARKED,
  LINK_BYTES,
  LINK_KEY,
  LINK_NEXT,
  LINK_OWNER,
  LINK_PREVIOUS,
  LONG_KEY,
} from "./interest-layout.js";
import type { InterestSet } from "./interest-set.js";

export class KeyInterests<Owner> {
  /** How many keys anybody has an interest in, and how many of them have a marked link. */
  size = 0;
  markedSize = 0;
  readonly #arena: Arena;
  readonly #dict: Dict;
  readonly #scan: DictScan;
  /** By database: the dict's root, NONE while it has no keys. */
  readonly #roots: Handle[] = [];
  readonly #owners: (Owner | null)[] = [];
  readonly #freeSlots: number[] = [];
  /** The walk of nextLink: the link that comes next, and the last one to visit. */
  #next: Handle = NONE;
  #last: Handle = NONE;
  readonly #unlinkEach = (link: Handle): void => this.#unlink(link);

  constructor(arena: Arena, keyHash: KeyHash) {
    this.#arena = arena;
    this.#dict = new Dict(arena, keyHash, KEY_HEADER_BYTES);
    this.#scan = new DictScan(this.#dict);
  }

  /** The key's record, or NONE. */
  find(dbId: number, view: DataView, start: number, length: number): Handle {
    const root = this.#roots[dbId] ?? NONE;
    return root === NONE ? NONE : this.#dict.find(root, this.#dict.hash(view, start, length), view, start, length);
  }

  /** Enters the key; false when the set has it. Throws ArenaFullError with everything as it was. */
  add(
    set: InterestSet<Owner>,
    dbId: number,
    view: DataView,
    start: number,
    length: number,
    isMarked: boolean,
  ): boolean {
    let key = this.find(dbId, view, start, length);
    if (key !== NONE && set.find(key) !== NONE) return false;
    const link = this.#arena.alloc(LINK_BYTES);
    try {
      if (key === NONE) key = this.#insert(dbId, view, start, length);
    } catch (error) {
      this.#arena.free(link);
      throw error;
    }
    if (set.slot < 0) set.slot = this.#takeSlot(set.owner);
    this.#append(key, link, 2 * set.slot);
    if (isMarked) this.setMark(link, true);
    set.add(key, link);
    set.blockBytes += this.#arena.sizeOf(key) + this.#arena.sizeOf(link);
    return true;
  }

  /** Takes the owner out of all of its keys. */
  release(set: InterestSet<Owner>): void {
    if (set.slot < 0) return;
    set.forEachLink(this.#unlinkEach);
    set.clear();
    this.#owners[set.slot] = null;
    this.#freeSlots.push(set.slot);
    set.slot = -1;
  }

  /**
   * Begins a walk over the links that the key has now, in order of arrival: nextLink() answers them. Links may come and
   * go meanwhile; what is added behind the last one is not visited. One walk at a time.
   */
  beginWalk(key: Handle): void {
    this.#next = this.#read(key, KEY_FIRST);
    this.#last = this.#read(key, KEY_LAST);
  }

  /** NONE at the end of the walk. */
  nextLink(): Handle {
    const link = this.#next;
    if (link === NONE) return NONE;
    this.#next = link === this.#last ? NONE : this.#read(link, LINK_NEXT);
    return link;
  }

  ownerOf(link: Handle): Owner {
    const owner = this.#owners[this.#read(link, LINK_OWNER) >>> 1];
    if (owner === null || owner === undefined) throw new Error("interests: a link without an owner");
    return owner;
  }

  keyOf(link: Handle): Handle {
    return this.#read(link, LINK_KEY);
  }

  isMarked(link: Handle): boolean {
    return (this.#read(link, LINK_OWNER) & 1) !== 0;
  }

  setMark(link: Handle, isMarked: boolean): void {
    if (isMarked === this.isMarked(link)) return;
    this.#write(link, LINK_OWNER, this.#read(link, LINK_OWNER) ^ 1);
    this.#countMark(this.#read(link, LINK_KEY), isMarked ? 1 : -1);
  }

  /** How many owners the key has, and how many of its links are marked. */
  count(key: Handle): number {
    return this.#read(key, KEY_COUNT);
  }

  markedCount(key: Handle): number {
    return this.#read(key, KEY_MARKED);
  }

  dbIdOf(key: Handle): number {
    return this.#read(key, KEY_DB);
  }

  /** Where the key's bytes are: `view` of its window, and the place there. Valid while the key is. */
  viewOf(key: Handle): DataView {
    return this.#arena.window(key).view;
  }

  keyStart(key: Handle): number {
    const at = this.#arena.offset(key);
    return at + KEY_HEADER_BYTES + (this.viewOf(key).getUint8(at) === LONG_KEY ? 4 : 0);
  }

  keyLength(key: Handle): number {
    const at = this.#arena.offset(key);
    const length = this.viewOf(key).getUint8(at);
    return length === LONG_KEY ? this.viewOf(key).getUint32(at + KEY_HEADER_BYTES, true) : length;
  }

  /** Flags of the table's user: seven bits. */
  flags(key: Handle): number {
    return this.viewOf(key).getUint8(this.#arena.offset(key) + KEY_FLAGS) & ~FLAG_KEPT;
  }

  setFlags(key: Handle, flags: number): void {
    const at = this.#arena.offset(key) + KEY_FLAGS;
    const view = this.viewOf(key);
    view.setUint8(at, (view.getUint8(at) & FLAG_KEPT) | flags);
  }

  /** The key stays, whoever leaves it. */
  keep(key: Handle): void {
    const at = this.#arena.offset(key) + KEY_FLAGS;
    this.viewOf(key).setUint8(at, this.viewOf(key).getUint8(at) | FLAG_KEPT);
  }

  /** Takes keep() back: the key goes if nobody has it. */
  unkeep(key: Handle): void {
    const at = this.#arena.offset(key) + KEY_FLAGS;
    this.viewOf(key).setUint8(at, this.viewOf(key).getUint8(at) & ~FLAG_KEPT);
    if (this.count(key) === 0) this.#drop(key);
  }

  /** Calls `visit` with each key of a database. It must not add or release. */
  forEachKey(dbId: number, visit: (key: Handle) => void): void {
    const root = this.#roots[dbId] ?? NONE;
    if (root === NONE) return;
    let cursor = 0;
    do {
      cursor = this.#scan.scanBucket(root, cursor);
      const { records, count } = this.#scan;
      for (let i = 0; i < count; i++) visit(records[i] ?? NONE);
    } while (cursor !== 0);
  }

  #insert(dbId: number, view: DataView, start: number, length: number): Handle {
    const arena = this.#arena;
    const isLong = length >= LONG_KEY;
    const keyStart = KEY_HEADER_BYTES + (isLong ? 4 : 0);
    const key = arena.alloc(keyStart + length);
    const own = this.viewOf(key);
    const at = arena.offset(key);
    for (let field = 0; field < KEY_HEADER_BYTES; field += 4) own.setInt32(at + field, 0, true);
    own.setUint8(at, isLong ? LONG_KEY : length);
    own.setUint32(at + KEY_DB, dbId, true);
    if (isLong) own.setUint32(at + KEY_HEADER_BYTES, length, true);
    copyBytes(view, start, own, at + keyStart, length);
    try {
      let root = this.#roots[dbId] ?? NONE;
      if (root === NONE) {
        root = this.#dict.create();
        this.#roots[dbId] = root;
      }
      this.#dict.insert(root, this.#dict.hash(view, start, length), key);
    } catch (error) {
      arena.free(key);
      throw error;
    }
    return key;
  }

  #takeSlot(owner: Owner): number {
    const slot = this.#freeSlots.pop() ?? this.#owners.length;
    this.#owners[slot] = owner;
    return slot;
  }

  #append(key: Handle, link: Handle, ownerWord: number): void {
    const last = this.#read(key, KEY_LAST);
    this.#write(link, LINK_KEY, key);
    this.#write(link, LINK_NEXT, NONE);
    this.#write(link, LINK_PREVIOUS, last);
    this.#write(link, LINK_OWNER, ownerWord);
    if (last === NONE) this.#write(key, KEY_FIRST, link);
    else this.#write(last, LINK_NEXT, link);
    this.#write(key, KEY_LAST, link);
    const count = this.#read(key, KEY_COUNT) + 1;
    this.#write(key, KEY_COUNT, count);
    if (count === 1) this.size++;
  }

  #unlink(link: Handle): void {
    const key = this.#read(link, LINK_KEY);
    const next = this.#read(link, LINK_NEXT);
    const previous = this.#read(link, LINK_PREVIOUS);
    if (this.isMarked(link)) this.#countMark(key, -1);
    if (link === this.#next) this.#next = link === this.#last ? NONE : next;
    if (link === this.#last) this.#last = previous;
    if (previous === NONE) this.#write(key, KEY_FIRST, next);
    else this.#write(previous, LINK_NEXT, next);
    if (next === NONE) this.#write(key, KEY_LAST, previous);
    else this.#write(next, LINK_PREVIOUS, previous);
    const count = this.#read(key, KEY_COUNT) - 1;
    this.#write(key, KEY_COUNT, count);
    this.#arena.free(link);
    if (count > 0) return;
    this.size--;
    if ((this.viewOf(key).getUint8(this.#arena.offset(key) + KEY_FLAGS) & FLAG_KEPT) === 0) this.#drop(key);
  }

  #countMark(key: Handle, change: 1 | -1): void {
    const marked = this.#read(key, KEY_MARKED) + change;
    this.#write(key, KEY_MARKED, marked);
    if (marked === 0) this.markedSize--;
    else if (marked === 1 && change === 1) this.markedSize++;
  }

  #drop(key: Handle): void {
    const dbId = this.dbIdOf(key);
    const root = this.#roots[dbId] ?? NONE;
    this.#dict.remove(root, this.#dict.hashOfRecord(key), key);
    this.#arena.free(key);
    if (this.#dict.count(root) > 0) return;
    this.#dict.destroy(root);
    this.#roots[dbId] = NONE;
  }

  #read(block: Handle, field: number): number {
    const { view } = this.#arena.window(block);
    return view.getInt32(this.#arena.offset(block) + field, true);
  }

  #write(block: Handle, field: number, value: number): void {
    this.#arena.window(block).view.setInt32(this.#arena.offset(block) + field, value, true);
  }
}
