/** What the commands on keys need of strings: see type-operations.ts. Registered by the keyspace. */
import type { Handle } from "../storage/arena.js";
import { copyBytes } from "../storage/bytes.js";
import type { Database } from "./database.js";
import type { Digest } from "./digest.js";
import type { Keyspace } from "./keyspace.js";
import { RDB_STRING } from "./rdb-format.js";
import type { RdbWriter } from "./rdb-writer.js";
import { type Deadline, ENCODING_EMBSTR, ENCODING_INT, type Record } from "./record.js";
import type { Strings } from "./strings.js";
import type { LoadedValue, TypeOperations, ValueLoader } from "./type-operations.js";

export class StringOperations implements TypeOperations {
  readonly #keyspace: Keyspace;

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  free(value: Handle): void {
    this.#keyspace.arena.free(value);
  }

  sizeOf(value: Handle): number {
    return this.#keyspace.arena.sizeOf(value);
  }

  freeEffort(): number {
    return 1;
  }

  freeSlice(value: Handle): boolean {
    this.free(value);
    return true;
  }

  copy(value: Handle, _encoding: number, word: number): Handle {
    const { arena } = this.#keyspace;
    const copy = arena.alloc(word);
    copyBytes(arena.window(value).view, arena.offset(value), arena.window(copy).view, arena.offset(copy), word);
    return copy;
  }

  encodingName(record: Record): string {
    const encoding = this.#keyspace.records.encoding(record);
    if (encoding === ENCODING_INT) return "int";
    return encoding === ENCODING_EMBSTR ? "embstr" : "raw";
  }

  rdbType(): number {
    return RDB_STRING;
  }

  dump(record: Record, out: RdbWriter): void {
    const value = this.#bytesOf(record);
    out.writeString(value, 0, value.length);
  }

  digest(record: Record, digest: Digest): void {
    digest.mix(this.#bytesOf(record));
  }

  /** The value where it lies: valid until the next write. */
  #bytesOf(record: Record): Uint8Array {
    const { strings } = this.#keyspace;
    strings.locate(record);
    return new Uint8Array(strings.view.buffer, strings.view.byteOffset + strings.start, strings.length);
  }
}

/** Reads strings. One LoadedValue serves all: each is attached or discarded before the next is read. */
export function stringLoader(strings: Strings): ValueLoader {
  const loaded = new LoadedString(strings);
  return (reader) => {
    reader.readString();
    loaded.hold(reader.stringBytes, reader.stringStart, reader.stringEnd);
    return loaded;
  };
}

const NOTHING = new Uint8Array(0);

class LoadedString implements LoadedValue {
  readonly #strings: Strings;
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;

  constructor(strings: Strings) {
    this.#strings = strings;
  }

  /** The bytes must stay until attach or discard. */
  hold(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    const { buffer, byteOffset, byteLength } = this.#bytes;
    const view = new DataView(buffer, byteOffset, byteLength);
    const record = this.#strings.set(db, key, start, length, view, this.#start, this.#end - this.#start, deadline);
    this.#bytes = NOTHING;
    return record;
  }

  discard(): void {
    this.#bytes = NOTHING;
  }
}
