/**
 * Whether a listpack is a node of a stream, for what comes from outside: RESTORE, RDB files, replicas. The listpack has
 * passed isValidListpack and Listpack.load. What passes here is safe for stream-nodes.ts and stream-iterator.ts.
 */
import type { Arena, Handle } from "./arena.js";
import { Id } from "./id.js";
import { HEADER_BYTES } from "./listpack.js";
import { END_BYTE, isStringEntry, readEntryInteger } from "./listpack-entry.js";
import { FIXED_ELEMENTS, FLAG_DELETED, FLAG_SAME_FIELDS, pastElement, readEntryId } from "./stream-nodes.js";

const FLAGS_MAX = FLAG_DELETED | FLAG_SAME_FIELDS;
const MALFORMED = -1;

export class StreamNodeCheck {
  readonly #arena: Arena;
  readonly #id = new Id();
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  #at = 0;
  #isBroken = false;

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /**
   * How many entries are there, not marked as deleted; -1 when it is no node, or when its entries are not in order,
   * behind `last` and not before `master`. `last` becomes the last one.
   */
  countEntries(node: Handle, master: Id, last: Id): number {
    const window = this.#arena.window(node);
    this.#bytes = window.bytes;
    this.#view = window.view;
    this.#at = this.#arena.offset(node) + HEADER_BYTES;
    this.#isBroken = false;
    const count = this.#integer();
    const deleted = this.#integer();
    const fields = this.#integer();
    if (fields < 0) return MALFORMED;
    this.#skip(fields);
    if (this.#integer() !== 0) return MALFORMED;
    let present = 0;
    let marked = 0;
    while (!this.#isBroken && this.#bytes[this.#at] !== END_BYTE) {
      const flags = this.#entry(fields, master, last);
      if (flags < 0) return MALFORMED;
      if ((flags & FLAG_DELETED) !== 0) marked++;
      else present++;
    }
    return this.#isBroken || count !== present || deleted !== marked ? MALFORMED : present;
  }

  /** Steps over an entry; its flags, or -1. */
  #entry(masterFields: number, master: Id, last: Id): number {
    const flags = this.#integer();
    const idAt = this.#at;
    this.#integer();
    this.#integer();
    if (this.#isBroken || flags < 0 || flags > FLAGS_MAX) return MALFORMED;
    const id = this.#id;
    readEntryId(this.#view, this.#bytes, idAt, master, id);
    if (id.compare(last) <= 0 || id.compare(master) < 0) return MALFORMED;
    last.copyFrom(id);
    const isSame = (flags & FLAG_SAME_FIELDS) !== 0;
    const pairs = isSame ? masterFields : this.#integer();
    if (pairs < 0) return MALFORMED;
    const elements = isSame ? pairs : 2 * pairs;
    this.#skip(elements);
    const expected = FIXED_ELEMENTS + elements + (isSame ? 0 : 1);
    return this.#integer() === expected ? flags : MALFORMED;
  }

  /** Steps over an integer; -1, and everything is broken, when there is none. */
  #integer(): number {
    const head = this.#bytes[this.#at]!;
    if (this.#isBroken || head === END_BYTE || isStringEntry(head)) {
      this.#isBroken = true;
      return MALFORMED;
    }
    const value = readEntryInteger(this.#view, this.#at);
    this.#at = pastElement(this.#bytes, this.#at);
    return value;
  }

  #skip(elements: number): void {
    for (let left = elements; left > 0 && !this.#isBroken; left--) {
      if (this.#bytes[this.#at] === END_BYTE) this.#isBroken = true;
      else this.#at = pastElement(this.#bytes, this.#at);
    }
  }
}
