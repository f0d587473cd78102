/**
 * Streams: records whose value is a head (stream-head.ts) with a tree of nodes and, perhaps, consumer groups. One per
 * keyspace; the stream commands use it. A change never moves the record, and a stream without entries stays a key.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { IdCursor, IdTree } from "../storage/id-tree.js";
import { StreamIterator } from "../storage/stream-iterator.js";
import { type PairSource, StreamNodes } from "../storage/stream-nodes.js";
import type { Database } from "./database.js";
import type { Keyspace } from "./keyspace.js";
import { type Deadline, type Record, TYPE_STREAM } from "./record.js";
import { STREAM_ENCODING } from "./stream-encoding.js";
import { StreamGroups } from "./stream-groups.js";
import { StreamHeads } from "./stream-head.js";

const VALUE_BYTES = 8;
const NO_DEADLINE = -1;
/** No node grows past this, whatever the configuration says; no entry's text is longer either. */
export const NODE_MAX_BYTES = 2 ** 30;
/** No more than this is taken for a node before there is something to fill it with. */
const PREPARED_MAX_BYTES = 4096;

export const MIN_ID: Id = new Id();
export const MAX_ID: Id = new Id();
MAX_ID.setMax();

/** What a trim takes out: entries until only so many are left, or those before an ID. */
export interface TrimPlan {
  readonly byLength: boolean;
  readonly maxLength: number;
  readonly minId: Id;
  /** Whole nodes only. */
  readonly isApproximate: boolean;
  /** At most so many entries; 0 is no limit. */
  readonly limit: number;
}

export class Streams {
  readonly heads: StreamHeads;
  /** The trees of nodes: from master IDs to listpacks. */
  readonly trees: IdTree;
  readonly nodes: StreamNodes;
  readonly groups: StreamGroups;
  /** Of the command that runs, and of this object's own methods. */
  readonly iterator: StreamIterator;
  readonly #keyspace: Keyspace;
  readonly #cursor = new IdCursor();
  readonly #master = new Id();
  readonly #id = new Id();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.heads = new StreamHeads(keyspace.arena);
    this.trees = new IdTree(keyspace.arena, 1);
    this.nodes = new StreamNodes(keyspace.arena);
    this.groups = new StreamGroups(keyspace);
    this.iterator = new StreamIterator(keyspace.arena, this.trees);
  }

  isStream(record: Record): boolean {
    return this.#keyspace.records.type(record) === TYPE_STREAM;
  }

  head(record: Record): Handle {
    return this.#keyspace.records.valueHandle(record);
  }

  /** Adds a key, which must be absent, with an empty stream. */
  create(db: Database, key: DataView, keyStart: number, keyLength: number): Record {
    return this.attach(db, key, keyStart, keyLength, this.createHead(), NO_DEADLINE);
  }

  /** An empty stream that no key has yet. */
  createHead(): Handle {
    const root = this.trees.create();
    try {
      return this.heads.create(root);
    } catch (error) {
      this.trees.destroy(root);
      throw error;
    }
  }

  /** Adds a key, which must be absent, with this value, which is freed when there is no room for the record. */
  attach(db: Database, key: DataView, start: number, length: number, head: Handle, deadline: Deadline): Record {
    let record: Record;
    try {
      record = db.add(key, start, length, TYPE_STREAM, STREAM_ENCODING, VALUE_BYTES, deadline);
    } catch (error) {
      this.free(head);
      throw error;
    }
    const { records } = this.#keyspace;
    records.setValueHandle(record, head);
    records.setValueWord(record, 0);
    return record;
  }

  free(head: Handle): void {
    this.freeSlice(head, Number.POSITIVE_INFINITY);
  }

  /** Frees about so many blocks of a stream that nobody uses any more; true when all of it is gone. */
  freeSlice(head: Handle, blocks: number): boolean {
    const { heads } = this;
    if (!this.groups.freeSlice(heads.groups(head), blocks)) return false;
    heads.setGroups(head, NONE);
    const root = heads.nodes(head);
    if (root !== NONE && !this.trees.freeSlice(root, blocks, this.#freeListpack)) return false;
    this.#keyspace.arena.free(head);
    return true;
  }

  /** Whether an entry with this ID is there. */
  contains(head: Handle, id: Id): boolean {
    const { iterator } = this;
    iterator.start(this.heads.nodes(head), id, id, false);
    return iterator.next();
  }

  /** Reads the ID of the first or last entry that is there; false in an empty stream. */
  readEdgeId(head: Handle, last: boolean, id: Id): boolean {
    const { iterator } = this;
    iterator.start(this.heads.nodes(head), MIN_ID, MAX_ID, last);
    if (!iterator.next()) return false;
    id.copyFrom(iterator.id);
    return true;
  }

  /** The same for the very first entry of the first node, which may be marked as deleted. */
  readFirstKeptId(head: Handle, id: Id): boolean {
    const { iterator } = this;
    iterator.start(this.heads.nodes(head), MIN_ID, MAX_ID, false);
    iterator.skipsDeleted = false;
    if (!iterator.next()) return false;
    id.copyFrom(iterator.id);
    return true;
  }

  /**
   * Adds an entry with an ID behind the last one: pair i is arguments first + 2i and first + 2i + 1. Throws
   * ArenaFullError, with the stream as it was.
   */
  append(head: Handle, id: Id, args: PairSource, first: number, pairs: number, textBytes: number): void {
    const { heads, trees, nodes } = this;
    const root = heads.nodes(head);
    const cursor = this.#cursor;
    const node = trees.seekLast(root, cursor) ? trees.word(cursor, 0) : NONE;
    if (node === NONE) {
      this.#addNode(root, id, nodes.create(args, first, pairs, 0));
    } else if (this.#hasRoom(node, textBytes)) {
      trees.readId(cursor, this.#master);
      const grown = nodes.append(node, this.#master, id, args, first, pairs, textBytes);
      if (grown !== node) trees.setWord(cursor, 0, grown);
    } else {
      // The next node will be about as long, and need not grow step by step.
      const room = Math.min(nodes.byteLength(node) + textBytes, PREPARED_MAX_BYTES);
      trees.setWord(cursor, 0, nodes.seal(node));
      this.#addNode(root, id, nodes.create(args, first, pairs, room));
    }
    heads.countEntry(head, id);
  }

  /** Takes an entry out; false when it is not there. The head's IDs are the caller's. */
  delete(head: Handle, id: Id): boolean {
    const { heads, iterator, nodes, trees } = this;
    const root = heads.nodes(head);
    iterator.start(root, id, id, false);
    if (!iterator.next()) return false;
    const { node, cursor } = iterator;
    const count = nodes.count(node);
    if (count === 1) {
      trees.deleteAt(root, cursor);
      this.#keyspace.arena.free(node);
    } else {
      iterator.mark();
      trees.setWord(cursor, 0, nodes.setCounts(node, count - 1, nodes.deletedCount(node) + 1));
    }
    heads.setLength(head, heads.length(head) - 1);
    return true;
  }

  /** Takes entries out from the front, as many as `plan` says; how many that were. */
  trim(head: Handle, plan: TrimPlan): number {
    const { heads, trees, nodes } = this;
    const root = heads.nodes(head);
    const cursor = this.#cursor;
    let deleted = 0;
    trees.seekFirst(root, cursor);
    while (!cursor.isAtEnd) {
      const length = heads.length(head);
      if (plan.byLength && length <= plan.maxLength) break;
      const node = trees.word(cursor, 0);
      const count = nodes.count(node);
      if (plan.limit > 0 && deleted + count > plan.limit) break;
      if (!this.#mayDrop(plan, length, count, node, cursor)) {
        if (!plan.isApproximate) deleted += this.#trimNode(head, plan, node, cursor);
        break;
      }
      trees.deleteAt(root, cursor);
      this.#keyspace.arena.free(node);
      heads.setLength(head, length - count);
      deleted += count;
    }
    if (deleted > 0) this.updateFirstId(head);
    return deleted;
  }

  /** Writes the ID of the first entry into the head. */
  updateFirstId(head: Handle): void {
    const id = this.#id;
    if (!this.readEdgeId(head, false, id)) id.setMin();
    this.heads.writeFirstId(head, id);
  }

  /** Puts a node, which is freed when there is no room for it, into the tree. */
  #addNode(root: Handle, master: Id, node: Handle): void {
    try {
      this.trees.insert(root, master, this.#cursor);
    } catch (error) {
      this.#keyspace.arena.free(node);
      throw error;
    }
    this.trees.setWord(this.#cursor, 0, node);
  }

  #hasRoom(node: Handle, textBytes: number): boolean {
    const { streamNodeMaxBytes, streamNodeMaxEntries } = this.#keyspace.encodingLimits;
    const isUnlimited = streamNodeMaxBytes === 0 || streamNodeMaxBytes > NODE_MAX_BYTES;
    return this.nodes.accepts(node, textBytes, isUnlimited ? NODE_MAX_BYTES : streamNodeMaxBytes, streamNodeMaxEntries);
  }

  /** Whether the plan lets the whole node at the cursor go. */
  #mayDrop(plan: TrimPlan, length: number, count: number, node: Handle, cursor: IdCursor): boolean {
    if (plan.byLength) return length - count >= plan.maxLength;
    this.trees.readId(cursor, this.#master);
    this.nodes.readLastId(node, this.#master, this.#id);
    return this.#id.compare(plan.minId) < 0;
  }

  /** Takes entries out of the first node, which does not go as a whole. */
  #trimNode(head: Handle, plan: TrimPlan, node: Handle, cursor: IdCursor): number {
    const { heads, nodes, iterator } = this;
    let length = heads.length(head);
    const before = length;
    iterator.start(heads.nodes(head), MIN_ID, MAX_ID, false);
    while (iterator.next()) {
      if (plan.byLength ? length <= plan.maxLength : iterator.id.compare(plan.minId) >= 0) break;
      iterator.mark();
      length--;
    }
    const deleted = before - length;
    const marked = nodes.setCounts(node, nodes.count(node) - deleted, nodes.deletedCount(node) + deleted);
    this.trees.setWord(cursor, 0, marked);
    heads.setLength(head, length);
    return deleted;
  }

  readonly #freeListpack = (listpack: Handle): void => this.#keyspace.arena.free(listpack);
}
