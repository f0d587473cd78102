/**
 * Walks the entries of a stream between two IDs, in either direction. Used by keyspace/streams.ts and by the commands
 * that read.
 *
 *   it.start(root, from, to, false);
 *   while (it.next()) {
 *     … it.id …
 *     for (let i = 0; i < it.fieldCount; i++) {
 *       it.nextPair();        // its elements (listpack-entry.ts) are at it.fieldAt and it.valueAt of it.view, it.bytes
 *     }
 *   }
 *
 * Pairs that are left are skipped. The iterator is of no use once the stream has changed.
 */
import { type Arena, type Handle, NONE } from "./arena.js";
import { Id } from "./id.js";
import { IdCursor, type IdTree } from "./id-tree.js";
import { HEADER_BYTES } from "./listpack.js";
import { END_BYTE, readEntryInteger } from "./listpack-entry.js";
import { FLAG_DELETED, FLAG_SAME_FIELDS, pastElement, previousElement, readEntryId } from "./stream-nodes.js";

export class StreamIterator {
  /** The entry that next() has found: its ID, and how many pairs it has. */
  readonly id = new Id();
  fieldCount = 0;
  flags = 0;
  /** Where nextPair() has found a field and its value. */
  bytes: Uint8Array;
  view: DataView;
  fieldAt = 0;
  valueAt = 0;
  /** Entries that are marked as deleted are passed over. start() sets it. */
  skipsDeleted = true;
  /** The node that the entry is in. */
  readonly cursor = new IdCursor();
  node: Handle = NONE;
  readonly #tree: IdTree;
  readonly #arena: Arena;
  readonly #master = new Id();
  readonly #from = new Id();
  readonly #to = new Id();
  #reverse = false;
  /** The node's first field, and how many fields its master entry has. */
  #masterFieldsAt = 0;
  #masterFields = 0;
  /** The flags of the present entry, and its next element; how many are left before its lp-count. */
  #flagsAt = 0;
  #at = 0;
  #left = 0;
  /** The next field of the master entry. */
  #masterAt = 0;

  constructor(arena: Arena, tree: IdTree) {
    this.#arena = arena;
    this.#tree = tree;
    this.bytes = new Uint8Array(0);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Begins with the entries from `from` to `to`, both included; in reverse with the last of them. */
  start(root: Handle, from: Id, to: Id, reverse: boolean): void {
    this.#from.copyFrom(from);
    this.#to.copyFrom(to);
    this.#reverse = reverse;
    this.skipsDeleted = true;
    this.node = NONE;
    const { cursor } = this;
    if (reverse) this.#tree.seekAtMost(root, to, cursor);
    else if (!this.#tree.seekAtMost(root, from, cursor)) this.#tree.seekFirst(root, cursor);
  }

  /** Moves to the next entry; false when there is none. */
  next(): boolean {
    return this.#reverse ? this.#moveBack() : this.#moveOn();
  }

  /** Moves to the next pair of the entry, which must have one. */
  nextPair(): void {
    const { bytes } = this;
    if ((this.flags & FLAG_SAME_FIELDS) !== 0) {
      this.fieldAt = this.#masterAt;
      this.#masterAt = pastElement(bytes, this.#masterAt);
      this.#left--;
    } else {
      this.fieldAt = this.#at;
      this.#at = pastElement(bytes, this.#at);
      this.#left -= 2;
    }
    this.valueAt = this.#at;
    this.#at = pastElement(bytes, this.#at);
  }

  /** Marks the present entry as deleted. The counts of its node are the caller's. */
  mark(): void {
    this.bytes[this.#flagsAt] = this.flags | FLAG_DELETED;
  }

  #moveOn(): boolean {
    for (;;) {
      if (this.node === NONE) {
        if (this.cursor.isAtEnd) return false;
        this.#enter();
        this.#at = this.#masterFieldsAt;
        this.#left = this.#masterFields;
      }
      const { bytes } = this;
      for (;;) {
        let at = this.#at;
        for (let left = this.#left; left > 0; left--) at = pastElement(bytes, at);
        at = pastElement(bytes, at);
        if (bytes[at] === END_BYTE) break;
        this.#readEntry(at);
        if (this.id.compare(this.#from) < 0 || (this.skipsDeleted && (this.flags & FLAG_DELETED) !== 0)) continue;
        return this.id.compare(this.#to) <= 0;
      }
      this.node = NONE;
      this.#tree.next(this.cursor);
    }
  }

  #moveBack(): boolean {
    for (;;) {
      if (this.node === NONE) {
        if (this.cursor.isAtEnd) return false;
        this.#enter();
        const start = this.#arena.offset(this.node);
        this.#flagsAt = start + this.view.getUint32(start, true) - 1;
      }
      const { bytes, view } = this;
      for (;;) {
        let at = previousElement(bytes, this.#flagsAt);
        let elements = bytes[at]!;
        if (elements >= 128) elements = readEntryInteger(view, at);
        if (elements === 0) break;
        for (; elements > 0; elements--) at = previousElement(bytes, at);
        this.#readEntry(at);
        if (this.id.compare(this.#to) > 0 || (this.skipsDeleted && (this.flags & FLAG_DELETED) !== 0)) continue;
        return this.id.compare(this.#from) >= 0;
      }
      this.node = NONE;
      this.#tree.previous(this.cursor);
    }
  }

  /** Goes to the cursor's node. */
  #enter(): void {
    const tree = this.#tree;
    this.node = tree.word(this.cursor, 0);
    tree.readId(this.cursor, this.#master);
    const window = this.#arena.window(this.node);
    this.bytes = window.bytes;
    this.view = window.view;
    let at = pastElement(window.bytes, this.#arena.offset(this.node) + HEADER_BYTES);
    at = pastElement(window.bytes, at);
    this.#masterFields = readEntryInteger(window.view, at);
    this.#masterFieldsAt = pastElement(window.bytes, at);
  }

  /** Reads the entry whose flags are at `at`, up to its first field or value. */
  #readEntry(at: number): void {
    const { bytes, view } = this;
    this.#flagsAt = at;
    this.flags = bytes[at]!;
    let past = readEntryId(view, bytes, at + 2, this.#master, this.id);
    if ((this.flags & FLAG_SAME_FIELDS) !== 0) {
      this.fieldCount = this.#masterFields;
      this.#left = this.#masterFields;
      this.#masterAt = this.#masterFieldsAt;
    } else {
      this.fieldCount = readEntryInteger(view, past);
      past = pastElement(bytes, past);
      this.#left = 2 * this.fieldCount;
    }
    this.#at = past;
  }
}
