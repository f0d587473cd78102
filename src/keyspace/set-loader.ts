/**
 * Reads sets from dumps: member by member, intsets and listpacks. What is malformed, empty or has a member twice is
 * refused. A value that is larger than the limits of its encoding becomes a hashtable. Registered by the keyspace.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { INTSET_MAX_COUNT } from "../storage/intset.js";
import { countValidIntegers } from "../storage/intset-check.js";
import { countValidEntries } from "../storage/listpack-check.js";
import type { Database } from "./database.js";
import { RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK } from "./rdb-format.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import type { Deadline, Record } from "./record.js";
import type { SetCursor } from "./set-cursor.js";
import { SET_HASHTABLE, SET_INTSET, SET_LISTPACK, SetValue } from "./set-value.js";
import type { Sets } from "./sets.js";
import type { LoadedValue, ValueLoader } from "./type-operations.js";

export function registerSetLoaders(sets: Sets, loaders: (ValueLoader | undefined)[]): void {
  const loaded = new LoadedSet(sets);
  loaders[RDB_SET] = (reader) => loaded.readMembers(reader);
  loaders[RDB_SET_INTSET] = (reader) => loaded.readIntset(reader);
  loaders[RDB_SET_LISTPACK] = (reader) => loaded.readListpack(reader);
}

/** One serves all loads: each is attached or discarded before the next is read. */
class LoadedSet implements LoadedValue {
  readonly #sets: Sets;
  readonly #cursor: SetCursor;
  readonly #set = new SetValue();

  constructor(sets: Sets) {
    this.#sets = sets;
    this.#cursor = sets.createCursor();
  }

  readMembers(reader: RdbReader): LoadedValue {
    const count = reader.readLength();
    if (count === 0) throw new CorruptDumpError("an empty set");
    const isLarge = count > this.#sets.keyspace.encodingLimits.setMaxIntsetEntries;
    const encoding = isLarge ? SET_HASHTABLE : SET_INTSET;
    this.#hold(this.#sets.createTemporary(encoding).value, encoding);
    return this.#discardOnError(() => {
      for (let i = 0; i < count; i++) {
        const { view, start, length } = locateString(reader);
        if (!this.#sets.add(this.#set, view, start, length)) throw new CorruptDumpError("a member twice");
      }
    });
  }

  readIntset(reader: RdbReader): LoadedValue {
    const { view, start, length } = locateString(reader);
    const count = countValidIntegers(view, start, length);
    if (count < 0 || count > INTSET_MAX_COUNT) throw new CorruptDumpError("an intset");
    this.#hold(this.#sets.intsets.load(view, start, length), SET_INTSET);
    // Nothing is to come: what is there already is compared to the limit.
    return this.#discardOnError(() => this.#sets.expect(this.#set, count));
  }

  readListpack(reader: RdbReader): LoadedValue {
    const { view, start, length } = locateString(reader);
    const count = countValidEntries(reader.stringBytes, start, length);
    if (count < 1) throw new CorruptDumpError("a listpack");
    this.#hold(this.#sets.listpacks.load(view, start, length), SET_LISTPACK);
    return this.#discardOnError(() => this.#checkListpack(count));
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    this.#sets.attach(this.#set, db, key, start, length, deadline);
    const { record } = this.#set;
    this.#set.record = NONE;
    return record;
  }

  discard(): void {
    this.#sets.free(this.#set);
  }

  #hold(value: Handle, encoding: number): void {
    this.#set.value = value;
    this.#set.encoding = encoding;
  }

  #discardOnError(step: () => void): this {
    try {
      step();
      return this;
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** Refuses a listpack with a member twice; makes a hashtable of one that has too many. */
  #checkListpack(count: number): void {
    const sets = this.#sets;
    const lp = this.#set.value;
    const table = sets.createTemporary(SET_HASHTABLE);
    try {
      this.#cursor.begin(this.#set);
      while (this.#cursor.next()) {
        if (!sets.addMember(table, this.#cursor.member)) throw new CorruptDumpError("a member twice");
      }
    } catch (error) {
      sets.free(table);
      throw error;
    }
    if (count <= sets.keyspace.encodingLimits.setMaxListpackEntries) return sets.free(table);
    this.#hold(table.value, SET_HASHTABLE);
    sets.freeValue(lp, SET_LISTPACK);
  }
}

function locateString(reader: RdbReader): { view: DataView; start: number; length: number } {
  reader.readString();
  const { buffer, byteOffset, byteLength } = reader.stringBytes;
  return {
    view: new DataView(buffer, byteOffset, byteLength),
    start: reader.stringStart,
    length: reader.stringEnd - reader.stringStart,
  };
}
