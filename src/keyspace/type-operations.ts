/**
 * What a type of values must offer so that the commands on keys (COPY, DUMP, RESTORE, OBJECT, UNLINK, DEBUG DIGEST)
 * know none of them by name. Each type registers one in Keyspace.types; the commands ask keyspace.typeOperations(type).
 *
 * `value` is the handle of a value that lies in a block of its own, `encoding` and `word` the record's encoding and its
 * word beside the handle. A value kept in the record itself (short strings) is copied and freed with the record, and
 * its type is not asked.
 */
import type { Handle } from "../storage/arena.js";
import type { Dict } from "../storage/dict.js";
import type { Database } from "./database.js";
import type { Digest } from "./digest.js";
import type { RdbReader } from "./rdb-reader.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { Deadline, Record } from "./record.js";

export interface TypeOperations {
  free(value: Handle, encoding: number): void;
  /** Bytes of the value's own blocks. */
  sizeOf(value: Handle, encoding: number): number;
  /** About how many blocks free() gives back. Past LAZY_FREE_EFFORT, lazy freeing does it in slices. */
  freeEffort(value: Handle, encoding: number): number;
  /** Frees about `blocks` blocks of a value that nobody uses any more; true when all of it is gone. */
  freeSlice(value: Handle, encoding: number, blocks: number): boolean;
  /** A copy that shares nothing with the value. */
  copy(value: Handle, encoding: number, word: number): Handle;
  /** The value has come to the key of `record` in `db`, by RENAME, MOVE or COPY: for types that keep note of either. */
  arrive?(db: Database, record: Record): void;
  /** As OBJECT ENCODING names it. */
  encodingName(record: Record): string;
  /** The type byte of what dump() writes. */
  rdbType(record: Record): number;
  /** Writes the value, without its type byte. */
  dump(record: Record, out: RdbWriter): void;
  /** The dict of a value that is one, or holds one. Absent for types that never do. */
  hashTable?(record: Record): TypeTable | null;
  /** Mixes the value into a digest as DEBUG DIGEST does. */
  digest(record: Record, digest: Digest): void;
  /** What DEBUG OBJECT tells of the value beyond what all types have: ` name:value …`. */
  debugText?(record: Record): string;
}

/** A value's own hash table: for DEBUG HTSTATS-KEY. */
export interface TypeTable {
  readonly dict: Dict;
  readonly root: Handle;
}

/** A value that was read from a dump, and has no key yet. */
export interface LoadedValue {
  /** Makes it the value of this key, which must be absent. `deadline` -1 is none. Returns the record. */
  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record;
  /** Frees what attach() was not called for. */
  discard(): void;
}

/** Reads a value of one RDB type, behind its type byte; CorruptDumpError where it is malformed. */
export type ValueLoader = (reader: RdbReader) => LoadedValue;
