/** The value of a set: its encodings, and the handle that commands and sets.ts pass around. */
import { type Handle, NONE } from "../storage/arena.js";
import type { Record } from "./record.js";

/** Integers in order: storage/intset.ts. */
export const SET_INTSET = 0;
/** A few short members: storage/listpack.ts. */
export const SET_LISTPACK = 1;
/** A dict whose records are the members: member-table.ts. */
export const SET_HASHTABLE = 2;

/**
 * A set at hand: of a key, or a temporary one without a key. A change may move the value and change its encoding: Sets
 * keeps these fields, and the record when there is one, up to date. Reused: valid until the slot is opened again.
 */
export class SetValue {
  /** NONE for a temporary set. */
  record: Record = NONE;
  encoding = SET_INTSET;
  value: Handle = NONE;
}
