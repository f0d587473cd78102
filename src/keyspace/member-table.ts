/**
 * The hashtable encoding of a set: a dict in the arena whose records are the members and nothing else.
 *
 *   0      u8   length of the member; 255: longer than 254, see 1
 *   1      u32  length, only when byte 0 is 255
 *   1|5         the member
 *
 * One object serves all sets of a keyspace. Called by sets.ts and set-cursor.ts.
 */
import type { Arena, Handle } from "../storage/arena.js";
import { NONE } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import { Dict } from "../storage/dict.js";
import type { KeyHash } from "../storage/hash.js";
import type { SetMember } from "./set-member.js";

const HEADER_BYTES = 1;
const LONG = 255;
const LONG_HEADER_BYTES = 5;

export class MemberTable {
  readonly dict: Dict;
  readonly #arena: Arena;

  constructor(arena: Arena, keyHash: KeyHash) {
    this.#arena = arena;
    this.dict = new Dict(arena, keyHash, HEADER_BYTES);
  }

  has(root: Handle, view: DataView, start: number, length: number): boolean {
    const { dict } = this;
    return dict.find(root, dict.hash(view, start, length), view, start, length) !== NONE;
  }

  /** False when the member was there. Throws ArenaFullError with the table as it was. */
  add(root: Handle, view: DataView, start: number, length: number): boolean {
    const { dict } = this;
    const hash = dict.hash(view, start, length);
    if (dict.find(root, hash, view, start, length) !== NONE) return false;
    const record = this.#createRecord(view, start, length);
    try {
      dict.insert(root, hash, record);
    } catch (error) {
      this.#arena.free(record);
      throw error;
    }
    return true;
  }

  remove(root: Handle, view: DataView, start: number, length: number): boolean {
    const { dict } = this;
    const hash = dict.hash(view, start, length);
    const record = dict.find(root, hash, view, start, length);
    if (record === NONE) return false;
    dict.remove(root, hash, record);
    this.#arena.free(record);
    return true;
  }

  removeRecord(root: Handle, record: Handle): void {
    this.dict.remove(root, this.dict.hashOfRecord(record), record);
    this.#arena.free(record);
  }

  /** Points `member` at the member of this record. */
  read(record: Handle, member: SetMember): void {
    const { view } = this.#arena.window(record);
    const at = this.#arena.offset(record);
    const length = view.getUint8(at);
    if (length === LONG) member.setText(view, at + LONG_HEADER_BYTES, view.getUint32(at + HEADER_BYTES, true));
    else member.setText(view, at + HEADER_BYTES, length);
  }

  #createRecord(view: DataView, start: number, length: number): Handle {
    const arena = this.#arena;
    const header = length < LONG ? HEADER_BYTES : LONG_HEADER_BYTES;
    const record = arena.alloc(header + length);
    const own = arena.window(record).view;
    const at = arena.offset(record);
    own.setUint8(at, Math.min(length, LONG));
    if (length >= LONG) own.setUint32(at + HEADER_BYTES, length, true);
    copyBytes(view, start, own, at + header, length);
    return record;
  }
}
