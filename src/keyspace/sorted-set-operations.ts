/** What the commands on keys need of sorted sets: see type-operations.ts. Registered by the keyspace. */
import { DOUBLE_TEXT_BYTES, writeShortDouble } from "../resp/double-text.js";
import type { Handle } from "../storage/arena.js";
import { Digest } from "./digest.js";
import type { Keyspace } from "./keyspace.js";
import {
  RDB_SORTED_SET_2,
  RDB_SORTED_SET_LISTPACK,
  RDB_VERSION_BINARY_SCORES,
  RDB_VERSION_LISTPACK,
} from "./rdb-format.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { Record } from "./record.js";
import type { SortedSetCursor } from "./sorted-set-cursor.js";
import { SORTED_SET_LISTPACK } from "./sorted-set-encoding.js";
import type { TypeOperations, TypeTable } from "./type-operations.js";

export class SortedSetOperations implements TypeOperations {
  readonly #keyspace: Keyspace;
  readonly #cursor: SortedSetCursor;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#cursor = keyspace.sortedSets.makeCursor();
  }

  free(value: Handle, encoding: number): void {
    this.#keyspace.sortedSets.free(value, encoding);
  }

  sizeOf(value: Handle, encoding: number): number {
    const { arena, sortedSets } = this.#keyspace;
    return encoding === SORTED_SET_LISTPACK ? arena.sizeOf(value) : sortedSets.indexed.sizeOf(value);
  }

  freeEffort(value: Handle, encoding: number): number {
    return encoding === SORTED_SET_LISTPACK ? 1 : this.#keyspace.sortedSets.indexed.count(value);
  }

  freeSlice(value: Handle, encoding: number, blocks: number): boolean {
    if (encoding !== SORTED_SET_LISTPACK) return this.#keyspace.sortedSets.indexed.destroySlice(value, blocks);
    this.free(value, encoding);
    return true;
  }

  hashTable(record: Record): TypeTable | null {
    const { records, sortedSets } = this.#keyspace;
    if (records.encoding(record) === SORTED_SET_LISTPACK) return null;
    const { dict, tree } = sortedSets.indexed;
    return { dict, root: tree.ownerWord(records.valueHandle(record)) };
  }

  copy(value: Handle, encoding: number): Handle {
    const { packed, indexed } = this.#keyspace.sortedSets;
    if (encoding === SORTED_SET_LISTPACK) return packed.listpacks.copy(value);
    const copy = indexed.create();
    try {
      this.#walk(value, encoding, (cursor) =>
        indexed.append(copy, cursor.view, cursor.start, cursor.length, cursor.score),
      );
    } catch (error) {
      indexed.destroy(copy);
      throw error;
    }
    return copy;
  }

  encodingName(record: Record): string {
    return this.#keyspace.sortedSets.isPacked(record) ? "listpack" : "skiplist";
  }

  rdbType(record: Record): number {
    return this.#keyspace.sortedSets.isPacked(record) ? RDB_SORTED_SET_LISTPACK : RDB_SORTED_SET_2;
  }

  dump(record: Record, out: RdbWriter): void {
    const { arena, records, sortedSets } = this.#keyspace;
    const value = records.valueHandle(record);
    if (sortedSets.isPacked(record)) {
      const start = arena.offset(value);
      out.requireVersion(RDB_VERSION_LISTPACK);
      out.writeString(arena.window(value).bytes, start, start + sortedSets.packed.listpacks.byteLength(value));
      return;
    }
    out.requireVersion(RDB_VERSION_BINARY_SCORES);
    const count = sortedSets.count(record);
    out.writeLength(count);
    // Backwards, as Redis has it: whoever reads it puts each member in front of the others.
    const cursor = this.#cursor;
    for (let more = cursor.seek(record, count - 1, true); more; more = cursor.next()) {
      out.writeString(bytesOf(cursor), 0, cursor.length);
      out.writeDouble(cursor.score);
    }
  }

  digest(record: Record, digest: Digest): void {
    const { records } = this.#keyspace;
    const text = new Uint8Array(DOUBLE_TEXT_BYTES);
    this.#walk(records.valueHandle(record), records.encoding(record), (cursor) => {
      const entry = new Digest();
      entry.mix(bytesOf(cursor));
      entry.mix(text.subarray(0, writeShortDouble(text, 0, cursor.score)));
      digest.xor(entry.bytes);
    });
  }

  #walk(value: Handle, encoding: number, visit: (cursor: SortedSetCursor) => void): void {
    const cursor = this.#cursor;
    for (let more = cursor.seekValue(value, encoding, 0, false); more; more = cursor.next()) visit(cursor);
  }
}

/** The cursor's member where it lies. */
function bytesOf({ view, start, length }: SortedSetCursor): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + start, length);
}
