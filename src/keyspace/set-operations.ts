/** What the commands on keys need of sets: see type-operations.ts. Registered by the keyspace. */
import type { Handle } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import type { Digest } from "./digest.js";
import { RDB_SET, RDB_SET_INTSET } from "./rdb-format.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { Record } from "./record.js";
import type { SetCursor } from "./set-cursor.js";
import { SET_HASHTABLE, SET_INTSET, SET_LISTPACK, SetValue } from "./set-value.js";
import type { Sets } from "./sets.js";
import type { TypeOperations, TypeTable } from "./type-operations.js";

/** Of a larger table, so many records or a segment more are measured, and the rest taken to be like them. */
const MEASURED_MIN = 20_000;

export class SetOperations implements TypeOperations {
  readonly #sets: Sets;
  readonly #cursor: SetCursor;
  readonly #scan: DictScan;
  readonly #set = new SetValue();

  constructor(sets: Sets) {
    this.#sets = sets;
    this.#cursor = sets.createCursor();
    this.#scan = new DictScan(sets.table.dict);
  }

  free(value: Handle, encoding: number): void {
    this.#sets.freeValue(value, encoding);
  }

  sizeOf(value: Handle, encoding: number): number {
    const { arena } = this.#sets.keyspace;
    if (encoding !== SET_HASHTABLE) return arena.sizeOf(value);
    const { dict } = this.#sets.table;
    let bytes = 0;
    let records = 0;
    let index = 0;
    do {
      index = this.#scan.readSegment(value, index);
      const { segmentRecords, segmentCount } = this.#scan;
      for (let i = 0; i < segmentCount; i++) bytes += arena.sizeOf(segmentRecords[i] ?? 0);
      records += segmentCount;
    } while (index !== 0 && records < MEASURED_MIN);
    return dict.tableBytes(value) + Math.round((bytes / Math.max(records, 1)) * dict.count(value));
  }

  freeEffort(value: Handle, encoding: number): number {
    return encoding === SET_HASHTABLE ? this.#sets.tableFree.effort(value) : 1;
  }

  freeSlice(value: Handle, encoding: number, blocks: number): boolean {
    if (encoding === SET_HASHTABLE) return this.#sets.tableFree.freeSlice(value, blocks);
    this.free(value, encoding);
    return true;
  }

  copy(value: Handle, encoding: number): Handle {
    return this.#sets.copyValue(value, encoding);
  }

  encodingName(record: Record): string {
    const { encoding } = this.#open(record);
    if (encoding === SET_INTSET) return "intset";
    return encoding === SET_LISTPACK ? "listpack" : "hashtable";
  }

  /** Listpacks are written member by member: older servers know no sets of that encoding, newer ones make one. */
  rdbType(record: Record): number {
    return this.#open(record).encoding === SET_INTSET ? RDB_SET_INTSET : RDB_SET;
  }

  dump(record: Record, out: RdbWriter): void {
    const { intsets, keyspace } = this.#sets;
    const set = this.#open(record);
    if (set.encoding === SET_INTSET) {
      const { bytes } = keyspace.arena.window(set.value);
      const start = keyspace.arena.offset(set.value);
      return out.writeString(bytes, start, start + intsets.byteLength(set.value));
    }
    out.writeLength(this.#sets.size(set));
    this.#cursor.begin(set);
    while (this.#cursor.next()) {
      const bytes = this.#cursor.member.bytes();
      out.writeString(bytes, 0, bytes.length);
    }
  }

  hashTable(record: Record): TypeTable | null {
    const { encoding, value } = this.#open(record);
    return encoding === SET_HASHTABLE ? { dict: this.#sets.table.dict, root: value } : null;
  }

  digest(record: Record, digest: Digest): void {
    this.#cursor.begin(this.#open(record));
    while (this.#cursor.next()) digest.xor(this.#cursor.member.bytes());
  }

  #open(record: Record): SetValue {
    const { records } = this.#sets.keyspace;
    this.#set.encoding = records.encoding(record);
    this.#set.value = records.valueHandle(record);
    return this.#set;
  }
}
