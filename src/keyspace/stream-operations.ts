/** What the commands on keys need of streams: see type-operations.ts. Registered by the keyspace. */
import type { Handle } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { IdCursor } from "../storage/id-tree.js";
import { isStringEntry, readEncodedSize, stringHeaderSize } from "../storage/listpack-entry.js";
import type { Digest } from "./digest.js";
import type { Keyspace } from "./keyspace.js";
import { RDB_STREAM_3, RDB_VERSION_STREAM_3 } from "./rdb-format.js";
import type { RdbWriter } from "./rdb-writer.js";
import type { Record } from "./record.js";
import { MAX_ID, MIN_ID } from "./streams.js";
import type { TypeOperations } from "./type-operations.js";

const ID_BYTES = 16;

export class StreamOperations implements TypeOperations {
  readonly #keyspace: Keyspace;
  readonly #cursor = new IdCursor();
  readonly #copyCursor = new IdCursor();
  readonly #id = new Id();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
  }

  free(value: Handle): void {
    this.#keyspace.streams.free(value);
  }

  sizeOf(value: Handle): number {
    const { arena, streams } = this.#keyspace;
    const { heads, trees, groups } = streams;
    const root = heads.nodes(value);
    let bytes = arena.sizeOf(value) + trees.treeBytes(root) + groups.sizeOf(heads.groups(value));
    const cursor = this.#cursor;
    trees.seekFirst(root, cursor);
    for (; !cursor.isAtEnd; trees.next(cursor)) bytes += arena.sizeOf(trees.word(cursor, 0));
    return bytes;
  }

  freeEffort(value: Handle): number {
    const { heads, trees, groups } = this.#keyspace.streams;
    const root = heads.nodes(value);
    return trees.count(root) + trees.blockCount(root) + groups.freeEffort(heads.groups(value));
  }

  freeSlice(value: Handle, _encoding: number, blocks: number): boolean {
    return this.#keyspace.streams.freeSlice(value, blocks);
  }

  copy(value: Handle): Handle {
    const { streams } = this.#keyspace;
    const { heads, trees, groups } = streams;
    const copy = heads.copy(value);
    try {
      heads.setNodes(copy, trees.create());
      this.#copyNodes(heads.nodes(value), heads.nodes(copy));
      heads.setGroups(copy, groups.copy(heads.groups(value)));
    } catch (error) {
      streams.free(copy);
      throw error;
    }
    return copy;
  }

  encodingName(): string {
    return "stream";
  }

  rdbType(): number {
    return RDB_STREAM_3;
  }

  dump(record: Record, out: RdbWriter): void {
    out.requireVersion(RDB_VERSION_STREAM_3);
    const { arena, streams } = this.#keyspace;
    const { heads, trees, nodes } = streams;
    const head = streams.head(record);
    const root = heads.nodes(head);
    const cursor = this.#cursor;
    const id = this.#id;
    out.writeLength(trees.count(root));
    trees.seekFirst(root, cursor);
    for (; !cursor.isAtEnd; trees.next(cursor)) {
      trees.readId(cursor, id);
      out.writeLength(ID_BYTES);
      out.writeRawId(id);
      const node = trees.word(cursor, 0);
      const start = arena.offset(node);
      out.writeString(arena.window(node).bytes, start, start + nodes.byteLength(node));
    }
    out.writeLength(heads.length(head));
    heads.readLastId(head, id);
    out.writeId(id);
    heads.readFirstId(head, id);
    out.writeId(id);
    heads.readMaxDeletedId(head, id);
    out.writeId(id);
    out.writeLength(heads.entriesAddedExact(head));
    streams.groups.dump(heads.groups(head), out);
  }

  /** The entries in order, each by its ID, fields and values; consumer groups are left out. */
  digest(record: Record, digest: Digest): void {
    const { streams } = this.#keyspace;
    const { iterator } = streams;
    iterator.start(streams.heads.nodes(streams.head(record)), MIN_ID, MAX_ID, false);
    while (iterator.next()) {
      digest.mix(Buffer.from(`${iterator.id.msExact()}.${iterator.id.seqExact()}`));
      for (let i = 0; i < iterator.fieldCount; i++) {
        iterator.nextPair();
        digest.mix(this.#text(iterator.fieldAt));
        digest.mix(this.#text(iterator.valueAt));
      }
    }
  }

  /** The text of the element at this place of the iterator's node. */
  #text(at: number): Uint8Array {
    const { listpacks, arena, streams } = this.#keyspace;
    const { bytes, node } = streams.iterator;
    const head = bytes[at] ?? 0;
    if (isStringEntry(head)) return bytes.subarray(at + stringHeaderSize(head), at + readEncodedSize(bytes, at));
    listpacks.locate(node, at - arena.offset(node));
    return new Uint8Array(listpacks.view.buffer, listpacks.view.byteOffset + listpacks.start, listpacks.length);
  }

  #copyNodes(root: Handle, copy: Handle): void {
    const { trees } = this.#keyspace.streams;
    const { arena, listpacks } = this.#keyspace;
    const cursor = this.#cursor;
    const copyCursor = this.#copyCursor;
    trees.seekFirst(root, cursor);
    for (; !cursor.isAtEnd; trees.next(cursor)) {
      trees.readId(cursor, this.#id);
      const node = listpacks.copy(trees.word(cursor, 0));
      try {
        trees.insert(copy, this.#id, copyCursor);
      } catch (error) {
        arena.free(node);
        throw error;
      }
      trees.setWord(copyCursor, 0, node);
    }
  }
}
