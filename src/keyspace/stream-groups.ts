/** The consumer groups of streams: what hangs on a stream's head. One per keyspace; NONE is "no groups" everywhere. */
import { type Handle, NONE } from "../storage/arena.js";
import type { Keyspace } from "./keyspace.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import type { RdbWriter } from "./rdb-writer.js";

export class StreamGroups {
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  free(groups: Handle): void {
    this.freeSlice(groups, Number.POSITIVE_INFINITY);
  }

  /** About how many blocks free() gives back. */
  freeEffort(_groups: Handle): number {
    return 0;
  }

  /** Frees about so many blocks of groups that nobody uses any more; true when all are gone. */
  freeSlice(groups: Handle, _blocks: number): boolean {
    if (groups !== NONE) this.#keyspace.arena.free(groups);
    return true;
  }

  /** Groups that share nothing with these. */
  copy(groups: Handle): Handle {
    return groups;
  }

  /** Bytes of all of their blocks. */
  sizeOf(_groups: Handle): number {
    return 0;
  }

  count(_groups: Handle): number {
    return 0;
  }

  /** Writes their number and all of them. */
  dump(groups: Handle, out: RdbWriter): void {
    out.writeLength(this.count(groups));
  }

  /**
   * Reads what dump() writes, in the form of one of the RDB types of streams, and hangs it on the head as soon as there
   * is anything to free. The stream's entries are read already.
   */
  load(reader: RdbReader, _rdbType: number, _head: Handle): void {
    if (reader.readLength() !== 0) throw new CorruptDumpError("consumer groups");
  }
}
