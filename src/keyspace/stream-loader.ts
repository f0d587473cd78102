/**
 * Reads streams from dumps, as Redis 5, 7.0 and 7.2 wrote them. Nodes that are malformed, IDs out of order and counts
 * that are not true are refused, so that what is loaded is like what XADD makes. Registered by the keyspace.
 */
import type { Handle } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { IdCursor } from "../storage/id-tree.js";
import { isValidListpack } from "../storage/listpack-check.js";
import { StreamNodeCheck } from "../storage/stream-node-check.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { RDB_STREAM, RDB_STREAM_2, RDB_STREAM_3 } from "./rdb-format.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import type { Deadline, Record } from "./record.js";
import type { Streams } from "./streams.js";
import type { LoadedValue } from "./type-operations.js";

const ID_BYTES = 16;

export function registerStreamLoaders(keyspace: Keyspace): void {
  const loader = new StreamLoader(keyspace);
  for (const type of [RDB_STREAM, RDB_STREAM_2, RDB_STREAM_3]) {
    keyspace.loaders[type] = (reader) => loader.load(reader, type);
  }
}

class StreamLoader {
  readonly #keyspace: Keyspace;
  readonly #check: StreamNodeCheck;
  readonly #cursor = new IdCursor();
  readonly #master = new Id();
  readonly #id = new Id();
  /** The last entry so far. */
  readonly #last = new Id();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#check = new StreamNodeCheck(keyspace.arena);
  }

  load(reader: RdbReader, type: number): LoadedValue {
    const { streams } = this.#keyspace;
    const head = streams.createHead();
    try {
      this.#readEntries(reader, head);
      this.#readNumbers(reader, type, head);
      streams.groups.load(reader, type, head);
    } catch (error) {
      streams.free(head);
      throw error;
    }
    return new LoadedStream(streams, head);
  }

  #readEntries(reader: RdbReader, head: Handle): void {
    const { heads } = this.#keyspace.streams;
    let length = 0;
    this.#last.setMin();
    for (let left = reader.readLength(); left > 0; left--) length += this.#readNode(reader, heads.nodes(head));
    if (reader.readLength() !== length) throw new CorruptDumpError("the length of a stream");
    heads.setLength(head, length);
  }

  /** How many entries it has. */
  #readNode(reader: RdbReader, root: Handle): number {
    const { streams, listpacks, arena } = this.#keyspace;
    this.#readMaster(reader);
    reader.readString();
    const { stringBytes: bytes, stringStart: start, stringEnd: end } = reader;
    if (!isValidListpack(bytes, start, end - start)) throw new CorruptDumpError("the listpack of a stream");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const node = listpacks.load(view, start, end - start);
    const { trees } = streams;
    try {
      const master = this.#master;
      if (trees.seekLast(root, this.#cursor)) {
        trees.readId(this.#cursor, this.#id);
        if (master.compare(this.#id) <= 0) throw new CorruptDumpError("the nodes of a stream are out of order");
      }
      const count = this.#check.countEntries(node, master, this.#last);
      if (count < 0) throw new CorruptDumpError("a node of a stream");
      trees.insert(root, master, this.#cursor);
      trees.setWord(this.#cursor, 0, node);
      return count;
    } catch (error) {
      arena.free(node);
      throw error;
    }
  }

  #readMaster(reader: RdbReader): void {
    reader.readString();
    const { stringBytes: bytes, stringStart: start, stringEnd: end } = reader;
    if (end - start !== ID_BYTES) throw new CorruptDumpError("the master ID of a stream's node");
    this.#master.readBigEndian(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), start);
  }

  #readNumbers(reader: RdbReader, type: number, head: Handle): void {
    const { streams } = this.#keyspace;
    const { heads } = streams;
    const id = this.#id;
    reader.readId(id);
    if (id.compare(this.#last) < 0) throw new CorruptDumpError("the last ID of a stream");
    heads.writeLastId(head, id);
    if (type === RDB_STREAM) {
      heads.setEntriesAdded(head, heads.length(head));
      streams.updateFirstId(head);
      return;
    }
    reader.readId(id);
    heads.writeFirstId(head, id);
    reader.readId(id);
    heads.writeMaxDeletedId(head, id);
    heads.setEntriesAdded(head, reader.readLengthExact());
  }
}

class LoadedStream implements LoadedValue {
  readonly #streams: Streams;
  readonly #head: Handle;

  constructor(streams: Streams, head: Handle) {
    this.#streams = streams;
    this.#head = head;
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    return this.#streams.attach(db, key, start, length, this.#head, deadline);
  }

  discard(): void {
    this.#streams.free(this.#head);
  }
}
