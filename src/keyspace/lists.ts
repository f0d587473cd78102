/**
 * Lists: records that hold one listpack, or beyond its limit a quicklist. One per keyspace; the list commands, SORT and
 * the loading of dumps use it. A change never moves the record.
 *
 * An element is named by the cursor: seek puts it on one, next and previous move it, the other methods read, change or
 * delete what it is on. Sources of elements may lie in the arena, but not in the list that changes: LMOVE holds its
 * element first.
 *
 * Encodings change as in Redis: growing is checked before an insertion with the bytes of its elements, shrinking after
 * a deletion against half of the limit, so that a list at the limit does not go to and fro.
 */
import type { Args } from "../resp/args.js";
import type { Handle } from "../storage/arena.js";
import { ListCursor } from "../storage/list-cursor.js";
import { HEADER_BYTES, type Listpack, NO_POSITION } from "../storage/listpack.js";
import { END_BYTE } from "../storage/listpack-entry.js";
import { Quicklist } from "../storage/quicklist.js";
import { exceedsLimit, maxBytesOf, maxEntriesOf } from "../storage/quicklist-limits.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { LIST_LISTPACK, LIST_QUICKLIST } from "./list-encoding.js";
import { type Deadline, type Record, TYPE_LIST } from "./record.js";

const VALUE_BYTES = 8;
const NO_DEADLINE = -1;
const HELD_INITIAL_BYTES = 1024;
/** A larger buffer is not kept for the next element. */
const HELD_KEEP_BYTES = 65536;

export class Lists {
  readonly listpacks: Listpack;
  readonly quicklists: Quicklist;
  /** Set by locate and read: the element is view[start, start + length), or (read only) the integer. */
  view: DataView;
  start = 0;
  length = 0;
  /** Set by locateEntry: the bytes of `view`. */
  bytes: Uint8Array;
  isInteger = false;
  /** The nearest double past 2^53: locate has the digits. */
  integer = 0;
  /** A copy of one element: see hold. */
  held = new Uint8Array(HELD_INITIAL_BYTES);
  heldView = new DataView(this.held.buffer);
  heldLength = 0;
  readonly #keyspace: Keyspace;
  readonly #cursor = new ListCursor();

  constructor(keyspace: Keyspace, listpacks: Listpack) {
    this.#keyspace = keyspace;
    this.listpacks = listpacks;
    this.quicklists = new Quicklist(keyspace.arena, listpacks);
    this.view = this.heldView;
    this.bytes = this.held;
  }

  isList(record: Record): boolean {
    return this.#keyspace.records.type(record) === TYPE_LIST;
  }

  count(record: Record): number {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    return this.#isQuicklist(record) ? this.quicklists.nodes.count(value) : this.listpacks.count(value);
  }

  /** Adds a key, which must be absent, with an empty list: the caller pushes at once. */
  create(db: Database, key: DataView, keyStart: number, keyLength: number): Record {
    return this.attach(db, key, keyStart, keyLength, LIST_LISTPACK, this.listpacks.create(), NO_DEADLINE);
  }

  /** Adds a key, which must be absent, with this value, which is freed when there is no room for the record. */
  attach(
    db: Database,
    key: DataView,
    keyStart: number,
    keyLength: number,
    encoding: number,
    value: Handle,
    deadline: Deadline,
  ): Record {
    let record: Record;
    try {
      record = db.add(key, keyStart, keyLength, TYPE_LIST, encoding, VALUE_BYTES, deadline);
    } catch (error) {
      this.#keyspace.typeOperations(TYPE_LIST).free(value, encoding);
      throw error;
    }
    const { records } = this.#keyspace;
    records.setValueHandle(record, value);
    records.setValueWord(record, 0);
    return record;
  }

  /** Before `entries` elements of so many bytes are added: makes a listpack that they do not fit in a quicklist. */
  prepareToGrow(record: Record, bytes: number, entries: number): void {
    if (this.#isQuicklist(record)) return;
    const { records, encodingLimits } = this.#keyspace;
    const fill = encodingLimits.listMaxListpackSize;
    const listpack = records.valueHandle(record);
    const { listpacks, quicklists } = this;
    if (!exceedsLimit(fill, listpacks.byteLength(listpack) + bytes, listpacks.count(listpack) + entries)) return;
    const root = quicklists.create(fill, encodingLimits.listCompressDepth);
    if (listpacks.isEmpty(listpack)) this.#keyspace.arena.free(listpack);
    else quicklists.appendListpack(root, listpack);
    records.setValueHandle(record, root);
    records.setEncoding(record, TYPE_LIST, LIST_QUICKLIST);
  }

  /** After elements were taken out or became smaller: makes a quicklist that has become small a listpack. */
  shrink(record: Record): void {
    if (!this.#isQuicklist(record)) return;
    const { records } = this.#keyspace;
    const root = records.valueHandle(record);
    if (!this.isSmall(root, 2)) return;
    records.setValueHandle(record, this.quicklists.detachListpack(root));
    records.setEncoding(record, TYPE_LIST, LIST_LISTPACK);
  }

  /** Whether the quicklist is one listpack within 1/`divisor` of the limit. */
  isSmall(root: Handle, divisor: number): boolean {
    const { nodes } = this.quicklists;
    if (nodes.nodeCount(root) !== 1 || nodes.isLarge(nodes.first(root))) return false;
    const fill = this.#keyspace.encodingLimits.listMaxListpackSize;
    const bytes = this.listpacks.byteLength(nodes.data(nodes.first(root)));
    return bytes <= maxBytesOf(fill) / divisor && nodes.count(root) <= Math.floor(maxEntriesOf(fill) / divisor);
  }

  /** Adds the arguments from `first` on at an end, one after another. Returns how many elements there are then. */
  pushArguments(record: Record, args: Args, first: number, atHead: boolean): number {
    const { view, count } = args;
    if (!this.#isQuicklist(record)) {
      let bytes = 0;
      for (let i = first; i < count; i++) bytes += args.byteLength(i);
      this.prepareToGrow(record, bytes, count - first);
    }
    const { records } = this.#keyspace;
    let value = records.valueHandle(record);
    if (this.#isQuicklist(record)) {
      const { quicklists } = this;
      for (let i = first; i < count; i++) quicklists.push(value, view, args.start(i), args.byteLength(i), atHead);
      return quicklists.nodes.count(value);
    }
    const { listpacks } = this;
    for (let i = first; i < count; i++) {
      value = listpacks.push(value, view, args.start(i), args.byteLength(i), atHead);
      records.setValueHandle(record, value);
    }
    return listpacks.count(value);
  }

  /** Adds an element at an end; prepareToGrow comes first. */
  push(record: Record, source: DataView, start: number, length: number, atHead: boolean): void {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (this.#isQuicklist(record)) return this.quicklists.push(value, source, start, length, atHead);
    records.setValueHandle(record, this.listpacks.push(value, source, start, length, atHead));
  }

  /** Puts the cursor on an element, from the end when the index is negative; false when there is none. */
  seek(record: Record, index: number): boolean {
    const cursor = this.#cursor;
    const value = this.#keyspace.records.valueHandle(record);
    if (this.#isQuicklist(record)) {
      this.quicklists.seek(value, index, cursor);
    } else {
      cursor.setEnd();
      const position = this.listpacks.seek(value, index);
      if (position !== NO_POSITION) {
        cursor.data = value;
        cursor.position = position;
      }
    }
    return !cursor.isAtEnd;
  }

  /** Puts the cursor on the first or the last element. */
  seekEnd(record: Record, atHead: boolean): void {
    const cursor = this.#cursor;
    const value = this.#keyspace.records.valueHandle(record);
    if (this.#isQuicklist(record)) return this.quicklists.seekEnd(value, atHead, cursor);
    cursor.setEnd();
    cursor.data = value;
    cursor.position = atHead ? HEADER_BYTES : this.listpacks.last(value);
  }

  /** Whether the cursor is past either end of its list. */
  get isAtEnd(): boolean {
    return this.#cursor.isAtEnd;
  }

  next(): void {
    this.quicklists.next(this.#cursor);
  }

  previous(): void {
    this.quicklists.previous(this.#cursor);
  }

  /** Decodes the cursor's element: isInteger and integer, or view, start and length. Valid until the next write. */
  read(): void {
    const cursor = this.#cursor;
    if (cursor.isLarge) return this.#locateLarge();
    const { listpacks } = this;
    listpacks.read(cursor.data, cursor.position);
    this.isInteger = listpacks.isInteger;
    this.integer = listpacks.integer;
    this.view = listpacks.view;
    this.start = listpacks.start;
    this.length = listpacks.length;
  }

  /** Points view, start and length at the text of the cursor's element. Valid until the next write or locate. */
  locate(): void {
    const cursor = this.#cursor;
    if (cursor.isLarge) return this.#locateLarge();
    const { listpacks } = this;
    listpacks.locate(cursor.data, cursor.position);
    this.view = listpacks.view;
    this.start = listpacks.start;
    this.length = listpacks.length;
  }

  /**
   * Points view, bytes and start at the cursor's entry as it lies in its listpack (listpack-entry.ts has the format):
   * for a loop that decodes many. False in a large element. Valid until the next write.
   */
  locateEntry(): boolean {
    const { data, position, isLarge } = this.#cursor;
    if (isLarge) return false;
    const window = this.#keyspace.arena.window(data);
    this.view = window.view;
    this.bytes = window.bytes;
    this.start = this.#keyspace.arena.offset(data) + position;
    return true;
  }

  /** Moves the cursor to an entry that lies so many bytes behind its own, or past the listpack's last one. */
  skip(bytes: number): void {
    const cursor = this.#cursor;
    cursor.position += bytes;
    const { arena } = this.#keyspace;
    const at = arena.offset(cursor.data) + cursor.position;
    if (arena.window(cursor.data).bytes[at] === END_BYTE) this.quicklists.leave(cursor);
  }

  /** What matches() compares with. The bytes must stay until then. */
  setNeedle(source: DataView, start: number, length: number): void {
    this.listpacks.setNeedle(source, start, length);
  }

  matches(): boolean {
    return this.quicklists.matches(this.#cursor);
  }

  /** Copies the cursor's element to heldView[0, heldLength), where it outlives any change of a list. */
  hold(): void {
    this.locate();
    const { length } = this;
    if (length > this.held.length || this.held.length > HELD_KEEP_BYTES) {
      this.held = new Uint8Array(Math.max(length, HELD_INITIAL_BYTES));
      this.heldView = new DataView(this.held.buffer);
    }
    this.held.set(new Uint8Array(this.view.buffer, this.view.byteOffset + this.start, length));
    this.heldLength = length;
  }

  /** Adds an element in front of the cursor's, or behind it; prepareToGrow comes before seek. */
  insert(record: Record, source: DataView, start: number, length: number, after: boolean): void {
    const cursor = this.#cursor;
    if (this.#isQuicklist(record)) return this.quicklists.insert(cursor, source, start, length, after);
    const { listpacks } = this;
    listpacks.staged.clear();
    listpacks.staged.add(source, start, length);
    const place = after ? listpacks.past(cursor.data, cursor.position) : cursor.position;
    this.#keyspace.records.setValueHandle(record, listpacks.insert(cursor.data, place));
  }

  /** Puts an element in the place of the cursor's. */
  replace(record: Record, source: DataView, start: number, length: number): void {
    const cursor = this.#cursor;
    if (this.#isQuicklist(record)) return this.quicklists.replace(cursor, source, start, length);
    const { listpacks } = this;
    listpacks.staged.clear();
    listpacks.staged.add(source, start, length);
    this.#keyspace.records.setValueHandle(record, listpacks.replace(cursor.data, cursor.position, 1));
  }

  /** Takes the cursor's element out; the cursor moves to the next one, or (backward) to the previous one. */
  delete(record: Record, backward: boolean): void {
    const cursor = this.#cursor;
    if (this.#isQuicklist(record)) return this.quicklists.delete(cursor, backward);
    const { listpacks } = this;
    cursor.data = listpacks.delete(cursor.data, cursor.position, 1);
    this.#keyspace.records.setValueHandle(record, cursor.data);
    let { position } = listpacks;
    if (backward) position = listpacks.previous(cursor.data, position || listpacks.end(cursor.data));
    if (position === NO_POSITION) cursor.setEnd();
    else cursor.position = position;
  }

  /**
   * Takes out the cursor's element, which is the first or the last one, and changes the encoding of a list that has
   * become small. Returns how many elements are left. The cursor is of no use any more.
   */
  drop(record: Record): number {
    const cursor = this.#cursor;
    if (this.#isQuicklist(record)) {
      const { root } = cursor;
      const { nodes } = this.quicklists;
      this.quicklists.drop(cursor);
      const left = nodes.count(root);
      if (nodes.nodeCount(root) === 1) this.shrink(record);
      return left;
    }
    const value = this.listpacks.drop(cursor.data, cursor.position);
    this.#keyspace.records.setValueHandle(record, value);
    return this.listpacks.count(value);
  }

  /** Takes out `count` elements from index `start` on, which must all be there. */
  deleteRange(record: Record, start: number, count: number): void {
    if (count === 0) return;
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (this.#isQuicklist(record)) return this.quicklists.deleteRange(value, start, count, this.#cursor);
    const { listpacks } = this;
    records.setValueHandle(record, listpacks.delete(value, listpacks.seek(value, start), count));
  }

  #locateLarge(): void {
    const { arena } = this.#keyspace;
    const { data, node } = this.#cursor;
    this.isInteger = false;
    this.view = arena.window(data).view;
    this.start = arena.offset(data);
    this.length = this.quicklists.nodes.largeBytes(node);
  }

  #isQuicklist(record: Record): boolean {
    return this.#keyspace.records.encoding(record) === LIST_QUICKLIST;
  }
}
