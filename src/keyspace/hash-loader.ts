/**
 * Reads hashes from dumps, in the six forms that have no ziplist: see rdb-format.ts. The input may be anything: what
 * comes out is a sound hash, or CorruptDumpError.
 *
 * The encoding is chosen by the configuration of this server, as Redis does: a listpack with too many fields becomes a
 * table at once, and other forms become listpacks where they are small enough.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";
import { countValidEntries } from "../storage/listpack-check.js";
import type { Database } from "./database.js";
import { DEADLINE_NONE } from "./field-records.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK, ENCODING_LISTPACK_EX } from "./hash-encoding.js";
import { PAIR, TRIPLE } from "./hash-pairs.js";
import type { Keyspace } from "./keyspace.js";
import {
  RDB_HASH,
  RDB_HASH_LISTPACK,
  RDB_HASH_LISTPACK_EX,
  RDB_HASH_LISTPACK_EX_EARLY,
  RDB_HASH_METADATA,
  RDB_HASH_METADATA_EARLY,
} from "./rdb-format.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import { type Deadline, type Record, TYPE_HASH } from "./record.js";
import { SeenNames } from "./seen-names.js";
import type { LoadedValue, ValueLoader } from "./type-operations.js";

const HANDLE_BYTES = 8;
/** What a field record, and Redis, can hold. */
const FIELD_DEADLINE_MAX = 2 ** 48 - 1;

/** Registers the loaders by their RDB types. */
export function addHashLoaders(keyspace: Keyspace, loaders: (ValueLoader | undefined)[]): void {
  loaders[RDB_HASH] = (reader) => loadFields(keyspace, reader, PAIR, 0);
  loaders[RDB_HASH_METADATA_EARLY] = (reader) => loadFields(keyspace, reader, TRIPLE, 0);
  loaders[RDB_HASH_METADATA] = (reader) => loadFields(keyspace, reader, TRIPLE, readEarliest(reader) - 1);
  loaders[RDB_HASH_LISTPACK] = (reader) => loadListpack(keyspace, reader, PAIR);
  loaders[RDB_HASH_LISTPACK_EX_EARLY] = (reader) => loadListpack(keyspace, reader, TRIPLE);
  loaders[RDB_HASH_LISTPACK_EX] = (reader) => {
    readEarliest(reader);
    return loadListpack(keyspace, reader, TRIPLE);
  };
}

function readEarliest(reader: RdbReader): number {
  const earliest = reader.readMilliseconds();
  if (earliest < 0 || earliest > FIELD_DEADLINE_MAX + 1) throw new CorruptDumpError("earliest deadline of a hash");
  return earliest;
}

class LoadedHash implements LoadedValue {
  readonly #keyspace: Keyspace;
  readonly #encoding: number;
  readonly #value: Handle;

  constructor(keyspace: Keyspace, encoding: number, value: Handle) {
    this.#keyspace = keyspace;
    this.#encoding = encoding;
    this.#value = value;
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    const { records, hashes } = this.#keyspace;
    let record: Record = NONE;
    try {
      record = db.add(key, start, length, TYPE_HASH, this.#encoding, HANDLE_BYTES, deadline);
    } catch (error) {
      this.discard();
      throw error;
    }
    records.setValueHandle(record, this.#value);
    records.setValueWord(record, 0);
    hashes.enterIndex(db, record);
    return record;
  }

  discard(): void {
    this.#keyspace.typeOperations(TYPE_HASH).free(this.#value, this.#encoding);
  }
}

/** A listpack as it lies in memory, in tuples of `width`. */
function loadListpack(keyspace: Keyspace, reader: RdbReader, width: number): LoadedValue {
  const { arena, hashes, encodingLimits } = keyspace;
  reader.readString();
  const { stringBytes, stringStart, stringEnd } = reader;
  const entries = countValidEntries(stringBytes, stringStart, stringEnd - stringStart);
  if (entries <= 0 || entries % width !== 0) throw new CorruptDumpError("listpack of a hash");
  const view = new DataView(stringBytes.buffer, stringBytes.byteOffset, stringBytes.byteLength);
  const lp = hashes.pairs.fields.load(view, stringStart, stringEnd - stringStart);
  try {
    checkTuples(hashes.pairs.fields, lp, width);
    if (entries / width <= encodingLimits.hashMaxListpackEntries) {
      if (width === PAIR) return new LoadedHash(keyspace, ENCODING_LISTPACK, lp);
      return new LoadedHash(keyspace, ENCODING_LISTPACK_EX, hashes.heads.create(lp));
    }
  } catch (error) {
    arena.free(lp);
    throw error;
  }
  try {
    return new LoadedHash(keyspace, ENCODING_HASHTABLE, hashes.tableOf(lp, width));
  } finally {
    arena.free(lp);
  }
}

/** Each field may be there once; deadlines are integers in order, those without one last. */
function checkTuples(listpacks: Listpack, lp: Handle, width: number): void {
  const seen = new SeenNames();
  let latest = 0;
  let hasOpenEnd = false;
  for (let pos = listpacks.first(lp); pos !== NO_POSITION; pos = listpacks.next(lp, pos)) {
    listpacks.locate(lp, pos);
    const field = Buffer.from(listpacks.view.buffer, listpacks.view.byteOffset + listpacks.start, listpacks.length);
    if (!seen.add(field)) throw new CorruptDumpError("a field twice in a hash");
    for (let i = 1; i < width; i++) pos = listpacks.next(lp, pos);
    if (width === PAIR) continue;
    listpacks.read(lp, pos);
    const deadline = listpacks.isInteger ? listpacks.integer : -1;
    const isOutOfOrder = deadline !== 0 && (hasOpenEnd || deadline < latest);
    if (deadline < 0 || deadline > FIELD_DEADLINE_MAX || isOutOfOrder) throw new CorruptDumpError("field deadline");
    if (deadline === 0) hasOpenEnd = true;
    else latest = deadline;
  }
}

/** Fields one by one; in triples, each has its deadline less `base` in front, or 0. */
function loadFields(keyspace: Keyspace, reader: RdbReader, width: number, base: number): LoadedValue {
  const count = reader.readLength();
  if (count === 0) throw new CorruptDumpError("a hash without fields");
  const builder = new HashBuilder(keyspace, width, count);
  try {
    for (let i = 0; i < count; i++) {
      const given = width === TRIPLE ? reader.readLength() : 0;
      const deadline = given === 0 || given + base === 0 ? DEADLINE_NONE : given + base;
      if (deadline > FIELD_DEADLINE_MAX) throw new CorruptDumpError("field deadline");
      reader.readString();
      // Reading the value may use the same buffer for its text.
      const field = Buffer.from(reader.stringBytes.subarray(reader.stringStart, reader.stringEnd));
      reader.readString();
      builder.add(field, reader.stringBytes.subarray(reader.stringStart, reader.stringEnd), deadline);
    }
  } catch (error) {
    builder.discard();
    throw error;
  }
  return builder.finish();
}

/** Collects fields in a listpack as long as they fit, then in a table. */
class HashBuilder {
  readonly #keyspace: Keyspace;
  readonly #width: number;
  #seen: SeenNames | null = new SeenNames();
  /** One of the two is NONE. */
  #lp: Handle = NONE;
  #table: Handle = NONE;

  constructor(keyspace: Keyspace, width: number, count: number) {
    this.#keyspace = keyspace;
    this.#width = width;
    if (count > keyspace.encodingLimits.hashMaxListpackEntries) this.#table = keyspace.hashes.table.create();
    else this.#lp = keyspace.hashes.pairs.fields.create();
  }

  add(field: Uint8Array, value: Uint8Array, deadline: number): void {
    const { encodingLimits, hashes } = this.#keyspace;
    const longest = encodingLimits.hashMaxListpackValue;
    const fieldView = new DataView(field.buffer, field.byteOffset, field.byteLength);
    const valueView = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const fits = this.#lp !== NONE && hashes.pairs.fields.fits(this.#lp, field.length + value.length);
    if (this.#lp !== NONE && (!fits || field.length > longest || value.length > longest)) this.#makeTable();
    if (this.#table !== NONE) {
      if (hashes.table.find(this.#table, fieldView, 0, field.length) !== NONE)
        throw new CorruptDumpError("field twice");
      hashes.table.add(this.#table, fieldView, 0, field.length, valueView, 0, value.length, deadline);
      return;
    }
    if (this.#seen?.add(field) === false) throw new CorruptDumpError("field twice");
    this.#lp = hashes.pairs.add(
      this.#lp,
      this.#width,
      fieldView,
      0,
      field.length,
      valueView,
      0,
      value.length,
      deadline,
    );
  }

  finish(): LoadedValue {
    const { hashes } = this.#keyspace;
    if (this.#table !== NONE) return new LoadedHash(this.#keyspace, ENCODING_HASHTABLE, this.#table);
    if (this.#width === PAIR) return new LoadedHash(this.#keyspace, ENCODING_LISTPACK, this.#lp);
    try {
      return new LoadedHash(this.#keyspace, ENCODING_LISTPACK_EX, hashes.heads.create(this.#lp));
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  discard(): void {
    if (this.#table !== NONE) this.#keyspace.hashes.table.free(this.#table);
    if (this.#lp !== NONE) this.#keyspace.arena.free(this.#lp);
  }

  #makeTable(): void {
    const { hashes, arena } = this.#keyspace;
    this.#table = hashes.tableOf(this.#lp, this.#width);
    arena.free(this.#lp);
    this.#lp = NONE;
    this.#seen = null;
  }
}
