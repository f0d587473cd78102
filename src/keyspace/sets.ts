/**
 * Set values: members in the encoding that Redis would choose. One per keyspace; the set commands, SORT, COPY and DUMP
 * use it. It works on SetValues: the set of a key (open), or a temporary one (createTemporary) for a result that is
 * not stored yet.
 *
 * Encodings only grow, as in Redis: intset to listpack or hashtable, listpack to hashtable, when a member does not
 * fit. The ways back are convertToIntset, for the result of SINTERSTORE, and a temporary set that takes a key's place.
 */

import type { Handle } from "../storage/arena.js";
import { NONE } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import { INTSET_MAX_COUNT, Intset } from "../storage/intset.js";
import { LISTPACK_MAX_BYTES, type Listpack, NO_POSITION } from "../storage/listpack.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { MemberTable } from "./member-table.js";
import { type Deadline, type Record, TYPE_SET } from "./record.js";
import { SetCursor } from "./set-cursor.js";
import { SetDraws } from "./set-draws.js";
import { SetMember } from "./set-member.js";
import { SET_HASHTABLE, SET_INTSET, SET_LISTPACK, SetValue } from "./set-value.js";
import { TableFree } from "./table-free.js";

/** What a listpack entry takes beyond its text, at most. */
const ENTRY_OVERHEAD_BYTES = 10;
/** A record's handle and word. */
const HANDLE_BYTES = 8;

export class Sets {
  readonly keyspace: Keyspace;
  readonly intsets: Intset;
  readonly listpacks: Listpack;
  readonly table: MemberTable;
  readonly draws: SetDraws;
  /** For commands: the keyspace has others, so a set may change its encoding while a command walks another. */
  readonly cursor: SetCursor;
  /** For SSCAN: the scanner of tables, and the member that it shows. */
  readonly scan: DictScan;
  readonly scanned = new SetMember();
  readonly tableFree: TableFree;
  /** What openOperand has opened, until the next clearOperands. */
  readonly operands: SetValue[] = [];
  readonly #opened = new SetValue();
  readonly #openedOther = new SetValue();
  readonly #temporary = new SetValue();
  readonly #operandPool: SetValue[] = [];
  readonly #conversion: SetCursor;
  readonly #converted = new SetValue();

  constructor(keyspace: Keyspace) {
    const { arena, dict } = keyspace;
    this.keyspace = keyspace;
    this.intsets = new Intset(arena);
    this.listpacks = keyspace.listpacks;
    this.table = new MemberTable(arena, dict.keyHash);
    this.scan = new DictScan(this.table.dict);
    this.tableFree = new TableFree(this.table.dict, (record) => arena.free(record));
    this.draws = new SetDraws(this, keyspace.random);
    this.cursor = this.createCursor();
    this.#conversion = this.createCursor();
  }

  createCursor(): SetCursor {
    return new SetCursor(this.intsets, this.listpacks, this.table);
  }

  isSet(record: Record): boolean {
    return this.keyspace.records.type(record) === TYPE_SET;
  }

  /** The set of a record, until the next open. */
  open(record: Record): SetValue {
    return this.#fill(this.#opened, record);
  }

  /** A second set beside that of open. */
  openOther(record: Record): SetValue {
    return this.#fill(this.#openedOther, record);
  }

  clearOperands(): void {
    this.operands.length = 0;
  }

  /** Adds the set of a record to the operands. */
  openOperand(record: Record): void {
    const index = this.operands.length;
    let set = this.#operandPool[index];
    if (set === undefined) {
      set = new SetValue();
      this.#operandPool.push(set);
    }
    // The operands may be sorted: the pool keeps its own order.
    this.operands.push(this.#fill(set, record));
  }

  /** An empty set without a key, until the next createTemporary. The caller stores or frees it. */
  createTemporary(encoding: number): SetValue {
    const set = this.#temporary;
    set.record = NONE;
    set.encoding = encoding;
    set.value = this.#createValue(encoding);
    return set;
  }

  /** The same, in the encoding that suits this first member when about `count` members are to come. */
  createFor(view: DataView, start: number, length: number, count: number): SetValue {
    const { setMaxIntsetEntries, setMaxListpackEntries } = this.keyspace.encodingLimits;
    if (count <= setMaxIntsetEntries && this.intsets.value.tryReadText(view, start, length)) {
      return this.createTemporary(SET_INTSET);
    }
    return this.createTemporary(count <= setMaxListpackEntries ? SET_LISTPACK : SET_HASHTABLE);
  }

  /** So many members are to come: a set that is sure to outgrow its encoding gets the last one now. */
  expect(set: SetValue, count: number): void {
    if (set.encoding === SET_HASHTABLE) return;
    const { setMaxIntsetEntries, setMaxListpackEntries } = this.keyspace.encodingLimits;
    const limit = set.encoding === SET_INTSET ? setMaxIntsetEntries : setMaxListpackEntries;
    if (count > limit) this.#convert(set, SET_HASHTABLE);
  }

  /** Adds a key, which must be absent, with this temporary set. Frees the set where that fails. */
  attach(set: SetValue, db: Database, key: DataView, start: number, length: number, deadline: Deadline): void {
    const { records } = this.keyspace;
    try {
      set.record = db.add(key, start, length, TYPE_SET, set.encoding, HANDLE_BYTES, deadline);
    } catch (error) {
      this.free(set);
      throw error;
    }
    records.setValueHandle(set.record, set.value);
    records.setValueWord(set.record, 0);
  }

  /** Makes this temporary set the value of a key, whatever that held. Frees the set where that fails. */
  store(set: SetValue, db: Database, key: DataView, start: number, length: number): void {
    try {
      set.record = db.store(key, start, length, TYPE_SET, set.encoding, set.value);
    } catch (error) {
      this.free(set);
      throw error;
    }
  }

  /** Puts this temporary set in the place of another's value, which is freed. */
  replace(set: SetValue, by: SetValue): void {
    this.freeValue(set.value, set.encoding);
    set.encoding = by.encoding;
    set.value = NONE;
    this.#place(set, by.value);
  }

  /** Frees a temporary set. */
  free(set: SetValue): void {
    this.freeValue(set.value, set.encoding);
    set.value = NONE;
  }

  /** The same, but leaves a large one to lazy freeing where `lazyfree-lazy-server-del` says so. */
  freeResult(set: SetValue): void {
    if (this.keyspace.lazy.serverDel) this.keyspace.freeDetachedLazily(TYPE_SET, set.encoding, set.value);
    else this.freeValue(set.value, set.encoding);
    set.value = NONE;
  }

  freeValue(value: Handle, encoding: number): void {
    if (encoding === SET_HASHTABLE) this.tableFree.free(value);
    else this.keyspace.arena.free(value);
  }

  size(set: SetValue): number {
    if (set.encoding === SET_INTSET) return this.intsets.count(set.value);
    if (set.encoding === SET_LISTPACK) return this.listpacks.count(set.value);
    return this.table.dict.count(set.value);
  }

  has(set: SetValue, view: DataView, start: number, length: number): boolean {
    if (set.encoding === SET_HASHTABLE) return this.table.has(set.value, view, start, length);
    if (set.encoding === SET_LISTPACK) return this.listpacks.find(set.value, view, start, length, 0) !== NO_POSITION;
    return this.intsets.value.tryReadText(view, start, length) && this.intsets.has(set.value);
  }

  hasMember(set: SetValue, member: SetMember): boolean {
    if (set.encoding === SET_INTSET && member.isInteger) {
      this.#takeInteger(member);
      return this.intsets.has(set.value);
    }
    member.locate();
    return this.has(set, member.view, member.start, member.length);
  }

  /** Adds a member, which may lie anywhere but in this set; false when it was there. */
  add(set: SetValue, view: DataView, start: number, length: number): boolean {
    if (set.encoding === SET_HASHTABLE) return this.table.add(set.value, view, start, length);
    if (set.encoding === SET_LISTPACK) {
      if (this.listpacks.find(set.value, view, start, length, 0) !== NO_POSITION) return false;
      if (!this.#fitsListpack(set, length)) this.#convert(set, SET_HASHTABLE);
    } else {
      if (this.intsets.value.tryReadText(view, start, length)) return this.#addInteger(set);
      this.#convert(set, this.#suitsListpack(set, length) ? SET_LISTPACK : SET_HASHTABLE);
    }
    this.#append(set, view, start, length);
    return true;
  }

  addMember(set: SetValue, member: SetMember): boolean {
    if (set.encoding === SET_INTSET && member.isInteger) {
      this.#takeInteger(member);
      return this.#addInteger(set);
    }
    member.locate();
    return this.add(set, member.view, member.start, member.length);
  }

  /** Adds a member that is absent and suits the encoding, which stays, whatever the limits say. */
  addUnlimited(set: SetValue, member: SetMember): void {
    if (set.encoding === SET_INTSET && member.isInteger) {
      this.#takeInteger(member);
      return this.#place(set, this.intsets.add(set.value));
    }
    member.locate();
    this.#append(set, member.view, member.start, member.length);
  }

  /** False when the member was not there. A set that becomes empty is the caller's to delete. */
  remove(set: SetValue, view: DataView, start: number, length: number): boolean {
    if (set.encoding === SET_HASHTABLE) return this.table.remove(set.value, view, start, length);
    if (set.encoding === SET_INTSET) {
      return this.intsets.value.tryReadText(view, start, length) && this.#removeInteger(set);
    }
    const pos = this.listpacks.find(set.value, view, start, length, 0);
    if (pos === NO_POSITION) return false;
    this.#place(set, this.listpacks.delete(set.value, pos, 1));
    return true;
  }

  removeMember(set: SetValue, member: SetMember): boolean {
    if (set.encoding === SET_INTSET && member.isInteger) {
      this.#takeInteger(member);
      return this.#removeInteger(set);
    }
    member.locate();
    return this.remove(set, member.view, member.start, member.length);
  }

  /** Takes out the integer or listpack entry with this index. */
  removeAt(set: SetValue, index: number): void {
    if (set.encoding === SET_INTSET) return this.#place(set, this.intsets.removeAt(set.value, index));
    this.#place(set, this.listpacks.delete(set.value, this.listpacks.seek(set.value, index), 1));
  }

  /** Makes an intset of a set whose members all are integers, unless they are too many. */
  convertToIntset(set: SetValue): void {
    if (set.encoding !== SET_INTSET && this.size(set) <= this.#intsetEntriesMax()) this.#convert(set, SET_INTSET);
  }

  /** A copy of a value, in the same encoding. */
  copyValue(value: Handle, encoding: number): Handle {
    if (encoding === SET_INTSET) return this.intsets.copy(value);
    if (encoding === SET_LISTPACK) return this.listpacks.copy(value);
    return this.#rebuild(value, encoding, SET_HASHTABLE);
  }

  #convert(set: SetValue, encoding: number): void {
    const { value, encoding: old } = set;
    const converted = this.#rebuild(value, old, encoding);
    set.encoding = encoding;
    this.#place(set, converted);
    this.freeValue(value, old);
  }

  /** The members of a value, which stays, in a value of this encoding. */
  #rebuild(value: Handle, from: number, to: number): Handle {
    const set = this.#converted;
    set.encoding = from;
    set.value = value;
    this.#conversion.begin(set);
    set.encoding = to;
    set.value = this.#createValue(to);
    try {
      while (this.#conversion.next()) this.addUnlimited(set, this.#conversion.member);
    } catch (error) {
      this.free(set);
      throw error;
    }
    return set.value;
  }

  #createValue(encoding: number): Handle {
    if (encoding === SET_INTSET) return this.intsets.create();
    return encoding === SET_LISTPACK ? this.listpacks.create() : this.table.dict.create();
  }

  /** Writes down where the value is after a change. */
  #place(set: SetValue, value: Handle): void {
    if (value === set.value) return;
    set.value = value;
    if (set.record === NONE) return;
    const { records } = this.keyspace;
    records.setValueHandle(set.record, value);
    records.setEncoding(set.record, TYPE_SET, set.encoding);
  }

  #takeInteger(member: SetMember): void {
    this.intsets.value.set(member.integer.high, member.integer.low);
  }

  #addInteger(set: SetValue): boolean {
    this.#place(set, this.intsets.add(set.value));
    if (!this.intsets.changed) return false;
    if (this.intsets.count(set.value) > this.#intsetEntriesMax()) this.#convert(set, SET_HASHTABLE);
    return true;
  }

  #removeInteger(set: SetValue): boolean {
    this.#place(set, this.intsets.remove(set.value));
    return this.intsets.changed;
  }

  /** Adds a member that is absent and suits the encoding. */
  #append(set: SetValue, view: DataView, start: number, length: number): void {
    if (set.encoding === SET_HASHTABLE) {
      this.table.add(set.value, view, start, length);
    } else if (set.encoding === SET_LISTPACK) {
      const { staged } = this.listpacks;
      staged.clear();
      staged.add(view, start, length);
      this.#place(set, this.listpacks.append(set.value));
    } else {
      this.intsets.value.tryReadText(view, start, length);
      this.#place(set, this.intsets.add(set.value));
    }
  }

  #intsetEntriesMax(): number {
    return Math.min(this.keyspace.encodingLimits.setMaxIntsetEntries, INTSET_MAX_COUNT);
  }

  /** Whether a listpack may have one more member of this length. */
  #fitsListpack(set: SetValue, length: number): boolean {
    const { setMaxListpackEntries, setMaxListpackValue } = this.keyspace.encodingLimits;
    if (length > setMaxListpackValue || this.listpacks.count(set.value) >= setMaxListpackEntries) return false;
    return this.listpacks.fits(set.value, length + ENTRY_OVERHEAD_BYTES);
  }

  /** Whether an intset and one more member, of this length, may become a listpack. */
  #suitsListpack(set: SetValue, length: number): boolean {
    const { setMaxListpackEntries, setMaxListpackValue } = this.keyspace.encodingLimits;
    const count = this.intsets.count(set.value);
    if (count >= setMaxListpackEntries || length > setMaxListpackValue) return false;
    if ((count + 1) * ENTRY_OVERHEAD_BYTES + length > LISTPACK_MAX_BYTES) return false;
    // The longest texts are those of the ends.
    return (
      count === 0 ||
      (this.#integerTextLength(set, 0) <= setMaxListpackValue &&
        this.#integerTextLength(set, count - 1) <= setMaxListpackValue)
    );
  }

  #integerTextLength(set: SetValue, index: number): number {
    this.intsets.read(set.value, index);
    this.intsets.locate();
    return this.intsets.length;
  }

  #fill(set: SetValue, record: Record): SetValue {
    const { records } = this.keyspace;
    set.record = record;
    set.encoding = records.encoding(record);
    set.value = records.valueHandle(record);
    return set;
  }
}
