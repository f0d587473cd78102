/** What the commands on keys need of hashes: see type-operations.ts. Registered by the keyspace. */
import { type Handle, NONE } from "../storage/arena.js";
import type { Database } from "./database.js";
import { Digest } from "./digest.js";
import { DEADLINE_NONE } from "./field-records.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "./hash-encoding.js";
import type { Keyspace } from "./keyspace.js";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_METADATA,
  RDB_VERSION_FIELD_DEADLINES,
  RDB_VERSION_LISTPACK,
} from "./rdb-format.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { Record } from "./record.js";
import type { TypeOperations, TypeTable } from "./type-operations.js";

const ENCODING_NAMES = ["listpack", "listpackex", "hashtable"];
const FIELD_EXPIRES = Buffer.from("!!hexpire!!");

export class HashOperations implements TypeOperations {
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  free(value: Handle, encoding: number): void {
    const { arena, hashes } = this.#keyspace;
    if (encoding === ENCODING_LISTPACK) return arena.free(value);
    hashes.index.remove(value);
    if (encoding === ENCODING_HASHTABLE) return hashes.table.free(value);
    arena.free(hashes.heads.contents(value));
    arena.free(value);
  }

  sizeOf(value: Handle, encoding: number): number {
    const { arena, hashes } = this.#keyspace;
    if (encoding === ENCODING_HASHTABLE) return hashes.table.sizeOf(value);
    const own = arena.sizeOf(value);
    return encoding === ENCODING_LISTPACK ? own : own + arena.sizeOf(hashes.heads.contents(value));
  }

  freeEffort(value: Handle, encoding: number): number {
    return encoding === ENCODING_HASHTABLE ? this.#keyspace.hashes.table.count(value) : 1;
  }

  freeSlice(value: Handle, encoding: number, blocks: number): boolean {
    const { hashes } = this.#keyspace;
    if (encoding === ENCODING_HASHTABLE) {
      hashes.index.remove(value);
      return hashes.table.freeSlice(value, blocks);
    }
    this.free(value, encoding);
    return true;
  }

  hashTable(record: Record): TypeTable | null {
    const { hashes, records } = this.#keyspace;
    if (records.encoding(record) !== ENCODING_HASHTABLE) return null;
    return { dict: hashes.table.dict, root: hashes.heads.contents(records.valueHandle(record)) };
  }

  copy(value: Handle, encoding: number): Handle {
    const { arena, hashes } = this.#keyspace;
    const { fields } = hashes.pairs;
    if (encoding === ENCODING_HASHTABLE) return hashes.table.copy(value);
    if (encoding === ENCODING_LISTPACK) return fields.copy(value);
    const triples = fields.copy(hashes.heads.contents(value));
    try {
      return hashes.heads.create(triples);
    } catch (error) {
      arena.free(triples);
      throw error;
    }
  }

  arrive(db: Database, record: Record): void {
    const { hashes, records } = this.#keyspace;
    if (records.encoding(record) === ENCODING_LISTPACK) return;
    // It is still in the index of the database that it came from, under the key that it had.
    hashes.index.remove(records.valueHandle(record));
    hashes.enterIndex(db, record);
  }

  encodingName(record: Record): string {
    return ENCODING_NAMES[this.#keyspace.records.encoding(record)] ?? "unknown";
  }

  rdbType(record: Record): number {
    const { records, hashes } = this.#keyspace;
    const encoding = records.encoding(record);
    if (encoding === ENCODING_LISTPACK) return RDB_HASH_LISTPACK;
    if (encoding === ENCODING_LISTPACK_EX) return RDB_HASH_LISTPACK_EX;
    return hashes.table.firstToExpire(records.valueHandle(record)) === NONE ? RDB_HASH : RDB_HASH_METADATA;
  }

  dump(record: Record, out: RdbWriter): void {
    const { records, hashes } = this.#keyspace;
    const encoding = records.encoding(record);
    const value = records.valueHandle(record);
    if (encoding === ENCODING_HASHTABLE) return this.#dumpTable(record, value, out);
    const hasDeadlines = encoding === ENCODING_LISTPACK_EX;
    const lp = hasDeadlines ? hashes.heads.contents(value) : value;
    out.requireVersion(hasDeadlines ? RDB_VERSION_FIELD_DEADLINES : RDB_VERSION_LISTPACK);
    if (hasDeadlines) out.writeMilliseconds(Math.max(0, hashes.pairs.firstDeadline(lp)));
    const { bytes } = this.#keyspace.arena.window(lp);
    const at = this.#keyspace.arena.offset(lp);
    out.writeString(bytes, at, at + hashes.pairs.fields.byteLength(lp));
  }

  digest(record: Record, digest: Digest): void {
    const { hashes } = this.#keyspace;
    for (let more = hashes.first(record, true); more; more = hashes.next()) {
      const field = new Digest();
      hashes.locateField();
      field.mix(new Uint8Array(hashes.fieldView.buffer, hashes.fieldStart, hashes.fieldLength));
      hashes.locateValue();
      field.mix(new Uint8Array(hashes.view.buffer, hashes.start, hashes.length));
      if (hashes.deadline() !== DEADLINE_NONE) field.xor(FIELD_EXPIRES);
      digest.xor(field.bytes);
    }
  }

  /** With deadlines: the earliest one, and with each field how much later its own is, plus one; 0 for none. */
  #dumpTable(record: Record, head: Handle, out: RdbWriter): void {
    const { hashes } = this.#keyspace;
    const first = hashes.table.firstToExpire(head);
    const earliest = first === NONE ? DEADLINE_NONE : hashes.table.records.deadline(first);
    if (first !== NONE) {
      out.requireVersion(RDB_VERSION_FIELD_DEADLINES);
      out.writeMilliseconds(earliest);
    }
    out.writeLength(hashes.table.count(head));
    for (let more = hashes.first(record, true); more; more = hashes.next()) {
      const deadline = hashes.deadline();
      if (first !== NONE) out.writeLength(deadline === DEADLINE_NONE ? 0 : deadline - earliest + 1);
      hashes.locateField();
      const field = new Uint8Array(hashes.fieldView.buffer, hashes.fieldStart, hashes.fieldLength);
      out.writeString(field, 0, field.length);
      hashes.locateValue();
      const value = new Uint8Array(hashes.view.buffer, hashes.start, hashes.length);
      out.writeString(value, 0, value.length);
    }
  }
}
