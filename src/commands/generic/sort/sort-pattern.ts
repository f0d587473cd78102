/**
 * A pattern of SORT's BY and GET: names a key, or a field of a hash (`key_*->field`), for each element, which takes the
 * place of the first star. `#` is the element itself. As in Redis a zero byte ends what is searched for the star.
 */
import { NO_ENTRY } from "../../../keyspace/database.js";
import type { CommandContext } from "../../context.js";

const STAR = 42;
const HASH = 35;
const ARROW = Buffer.from("->");

export class SortPattern {
  readonly isElement: boolean;
  /** Without a star there is nothing to look up. */
  readonly isConstant: boolean;
  /** Set by find: the value is view[start, start + length). Valid until the next lookup or write. */
  view: DataView = new DataView(new ArrayBuffer(0));
  start = 0;
  length = 0;
  readonly #prefix: Buffer;
  readonly #suffix: Buffer;
  /** Null when the pattern names a string. */
  readonly #field: DataView | null;
  #key = new Uint8Array(0);
  #keyView = new DataView(this.#key.buffer);

  constructor(pattern: Buffer) {
    const zero = pattern.indexOf(0);
    const searched = zero < 0 ? pattern : pattern.subarray(0, zero);
    const star = searched.indexOf(STAR);
    this.isElement = searched.length === 1 && searched[0] === HASH;
    this.isConstant = star < 0;
    const arrow = star < 0 ? -1 : searched.indexOf(ARROW, star + 1);
    const hasField = arrow >= 0 && arrow + ARROW.length < searched.length;
    const field = hasField ? pattern.subarray(arrow + ARROW.length) : null;
    this.#field = field === null ? null : new DataView(field.buffer, field.byteOffset, field.length);
    this.#prefix = pattern.subarray(0, Math.max(star, 0));
    this.#suffix = pattern.subarray(star + 1, hasField ? arrow : pattern.length);
  }

  /** Finds the value for an element; false when there is none. Counts as a read of its key. */
  find(ctx: CommandContext, element: DataView, start: number, length: number): boolean {
    if (this.isElement) {
      this.#point(element, start, length);
      return true;
    }
    if (this.isConstant) return false;
    const { db, strings, hashes } = ctx;
    const keyLength = this.#makeKey(element, start, length);
    const record = db.findRead(this.#keyView, 0, keyLength);
    if (record === NO_ENTRY) return false;
    if (this.#field === null) {
      if (!strings.isString(record)) return false;
      strings.locate(record);
      this.#point(strings.view, strings.start, strings.length);
      return true;
    }
    if (!hashes.isHash(record)) return false;
    if (hashes.find(db, record, this.#field, 0, this.#field.byteLength)) {
      hashes.locateValue();
      this.#point(hashes.view, hashes.start, hashes.length);
      return true;
    }
    if (hashes.expired > 0) hashes.settle(db, record);
    return false;
  }

  #point(view: DataView, start: number, length: number): void {
    this.view = view;
    this.start = start;
    this.length = length;
  }

  #makeKey(element: DataView, start: number, length: number): number {
    const prefix = this.#prefix;
    const suffix = this.#suffix;
    const needed = prefix.length + length + suffix.length;
    if (needed > this.#key.length) {
      this.#key = new Uint8Array(2 * needed);
      this.#keyView = new DataView(this.#key.buffer);
    }
    this.#key.set(prefix, 0);
    this.#key.set(new Uint8Array(element.buffer, element.byteOffset + start, length), prefix.length);
    this.#key.set(suffix, prefix.length + length);
    return needed;
  }
}
