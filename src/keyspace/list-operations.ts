/** What the commands on keys need of lists (see type-operations.ts), and lists in dumps. Registered by the keyspace. */
import { type Handle, NONE } from "../storage/arena.js";
import { isValidListpack } from "../storage/listpack-check.js";
import type { Database } from "./database.js";
import type { Digest } from "./digest.js";
import type { Keyspace } from "./keyspace.js";
import { LIST_LISTPACK, LIST_QUICKLIST } from "./list-encoding.js";
import type { Lists } from "./lists.js";
import { RDB_LIST, RDB_LIST_QUICKLIST_2 } from "./rdb-format.js";
import { CorruptDumpError, type RdbReader } from "./rdb-reader.js";
import type { RdbWriter } from "./rdb-writer.js";
import { type Deadline, type Record, TYPE_LIST } from "./record.js";
import type { LoadedValue, TypeOperations, ValueLoader } from "./type-operations.js";

/** The first RDB version with quicklists of listpacks. */
const QUICKLIST_2_VERSION = 10;
/** How a node of a dumped quicklist holds its elements: as one large element, or as a listpack. */
const CONTAINER_LARGE = 1;
const CONTAINER_LISTPACK = 2;

export class ListOperations implements TypeOperations {
  readonly #keyspace: Keyspace;
  readonly #lists: Lists;

  constructor(keyspace: Keyspace, lists: Lists) {
    this.#keyspace = keyspace;
    this.#lists = lists;
  }

  free(value: Handle, encoding: number): void {
    if (encoding === LIST_QUICKLIST) this.#lists.quicklists.free(value);
    else this.#keyspace.arena.free(value);
  }

  sizeOf(value: Handle, encoding: number): number {
    if (encoding === LIST_QUICKLIST) return this.#lists.quicklists.sizeOf(value);
    return this.#keyspace.arena.sizeOf(value);
  }

  freeEffort(value: Handle, encoding: number): number {
    return encoding === LIST_QUICKLIST ? this.#lists.quicklists.nodes.nodeCount(value) : 1;
  }

  freeSlice(value: Handle, encoding: number, blocks: number): boolean {
    if (encoding === LIST_QUICKLIST) return this.#lists.quicklists.freeSlice(value, blocks);
    this.#keyspace.arena.free(value);
    return true;
  }

  copy(value: Handle, encoding: number): Handle {
    const { quicklists, listpacks } = this.#lists;
    return encoding === LIST_QUICKLIST ? quicklists.copy(value) : listpacks.copy(value);
  }

  encodingName(record: Record): string {
    return this.#keyspace.records.encoding(record) === LIST_QUICKLIST ? "quicklist" : "listpack";
  }

  rdbType(): number {
    return RDB_LIST_QUICKLIST_2;
  }

  dump(record: Record, out: RdbWriter): void {
    out.requireVersion(QUICKLIST_2_VERSION);
    const { records } = this.#keyspace;
    const { listpacks, quicklists } = this.#lists;
    const value = records.valueHandle(record);
    if (records.encoding(record) === LIST_LISTPACK) {
      out.writeLength(1);
      this.#dumpBlock(out, CONTAINER_LISTPACK, value, listpacks.byteLength(value));
      return;
    }
    const { nodes } = quicklists;
    out.writeLength(nodes.nodeCount(value));
    for (let node = nodes.first(value); node !== NONE; node = nodes.next(node)) {
      const data = nodes.data(node);
      if (nodes.compressedBytes(node) > 0) this.#dumpCompressed(out, node);
      else if (nodes.isLarge(node)) this.#dumpBlock(out, CONTAINER_LARGE, data, nodes.largeBytes(node));
      else this.#dumpBlock(out, CONTAINER_LISTPACK, data, listpacks.byteLength(data));
    }
  }

  digest(record: Record, digest: Digest): void {
    const lists = this.#lists;
    for (lists.seek(record, 0); !lists.isAtEnd; lists.next()) {
      lists.locate();
      digest.mix(new Uint8Array(lists.view.buffer, lists.view.byteOffset + lists.start, lists.length));
    }
  }

  debugText(record: Record): string {
    const { records } = this.#keyspace;
    if (records.encoding(record) === LIST_LISTPACK) return "";
    const root = records.valueHandle(record);
    const { quicklists } = this.#lists;
    const { nodes } = quicklists;
    const count = nodes.nodeCount(root);
    return (
      ` ql_nodes:${count} ql_avg_node:${(nodes.count(root) / count).toFixed(2)} ql_listpack_max:${nodes.fill(root)}` +
      ` ql_compressed:${nodes.compressDepth(root) > 0 ? 1 : 0} ql_uncompressed_size:${quicklists.dataBytes(root)}`
    );
  }

  /** A compressed node is LZF already. */
  #dumpCompressed(out: RdbWriter, node: Handle): void {
    const { arena } = this.#keyspace;
    const { nodes } = this.#lists.quicklists;
    const data = nodes.data(node);
    const start = arena.offset(data);
    out.writeLength(nodes.isLarge(node) ? CONTAINER_LARGE : CONTAINER_LISTPACK);
    out.writeLzf(arena.window(data).bytes, start, start + nodes.compressedBytes(node), nodes.rawBytes(node));
  }

  #dumpBlock(out: RdbWriter, container: number, block: Handle, bytes: number): void {
    const { arena } = this.#keyspace;
    const start = arena.offset(block);
    out.writeLength(container);
    out.writeString(arena.window(block).bytes, start, start + bytes);
  }
}

/** Registers how dumped lists are read: as nodes, or (before Redis 3.2) element by element. */
export function registerListLoaders(loaders: (ValueLoader | undefined)[], keyspace: Keyspace, lists: Lists): void {
  loaders[RDB_LIST_QUICKLIST_2] = (reader) => loadQuicklist(reader, keyspace, lists, readNode);
  loaders[RDB_LIST] = (reader) => loadQuicklist(reader, keyspace, lists, readElement);
}

type PartReader = (reader: RdbReader, lists: Lists, root: Handle) => void;

function loadQuicklist(reader: RdbReader, keyspace: Keyspace, lists: Lists, readPart: PartReader): LoadedValue {
  const { quicklists } = lists;
  const { listMaxListpackSize, listCompressDepth } = keyspace.encodingLimits;
  const root = quicklists.create(listMaxListpackSize, listCompressDepth);
  try {
    for (let left = reader.readLength(); left > 0; left--) readPart(reader, lists, root);
    if (quicklists.nodes.count(root) === 0) throw new CorruptDumpError("a list without elements");
  } catch (error) {
    quicklists.free(root);
    throw error;
  }
  return new LoadedList(keyspace, lists, root);
}

function readNode(reader: RdbReader, lists: Lists, root: Handle): void {
  const container = reader.readLength();
  if (container !== CONTAINER_LARGE && container !== CONTAINER_LISTPACK) throw new CorruptDumpError("list container");
  reader.readString();
  const { stringBytes: bytes, stringStart: start, stringEnd: end } = reader;
  if (start === end) throw new CorruptDumpError("an empty list node");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (container === CONTAINER_LARGE) {
    lists.quicklists.appendLarge(root, view, start, end - start);
    return;
  }
  if (!isValidListpack(bytes, start, end - start)) throw new CorruptDumpError("listpack of a list");
  const listpack = lists.listpacks.load(view, start, end - start);
  if (lists.listpacks.isEmpty(listpack)) lists.quicklists.arena.free(listpack);
  else lists.quicklists.appendListpack(root, listpack);
}

function readElement(reader: RdbReader, lists: Lists, root: Handle): void {
  reader.readString();
  const { stringBytes: bytes, stringStart: start, stringEnd: end } = reader;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  lists.quicklists.push(root, view, start, end - start, false);
}

class LoadedList implements LoadedValue {
  readonly #keyspace: Keyspace;
  readonly #lists: Lists;
  readonly #encoding: number;
  readonly #value: Handle;

  constructor(keyspace: Keyspace, lists: Lists, root: Handle) {
    this.#keyspace = keyspace;
    this.#lists = lists;
    const small = lists.isSmall(root, 1);
    this.#encoding = small ? LIST_LISTPACK : LIST_QUICKLIST;
    this.#value = small ? lists.quicklists.detachListpack(root) : root;
  }

  attach(db: Database, key: DataView, start: number, length: number, deadline: Deadline): Record {
    return this.#lists.attach(db, key, start, length, this.#encoding, this.#value, deadline);
  }

  discard(): void {
    this.#keyspace.typeOperations(TYPE_LIST).free(this.#value, this.#encoding);
  }
}
