/**
 * The consumer groups of streams. A stream's head names the list of its groups; each has its name, the last ID that it
 * delivered, its consumers and what is pending. Commands find and change them through here and through
 * pending-entries.ts; StreamOperations frees, copies, measures, dumps and loads them. All of it lies in the arena:
 * group-blocks.ts draws it.
 *
 * Invariant: an entry that is pending in a group is in the tree of exactly one of its consumers, the one that it names.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { IdCursor, type IdTree } from "../storage/id-tree.js";
import type { NameList } from "../storage/name-list.js";
import { type Count, GroupBlocks, UNKNOWN } from "./group-blocks.js";
import { GroupCounters } from "./group-counters.js";
import { dumpGroups, loadGroups } from "./group-rdb.js";
import type { Keyspace } from "./keyspace.js";
import { PendingEntries } from "./pending-entries.js";
import type { RdbReader } from "./rdb-reader.js";
import type { RdbWriter } from "./rdb-writer.js";
import { StreamHeads } from "./stream-head.js";

/** A slice of freeing was not enough. */
const UNFINISHED = -1;

export class StreamGroups {
  readonly blocks: GroupBlocks;
  readonly pending: PendingEntries;
  readonly counters: GroupCounters;
  readonly #keyspace: Keyspace;
  readonly #heads: StreamHeads;
  readonly #id = new Id();
  readonly #cursor = new IdCursor();

  constructor(keyspace: Keyspace) {
    this.#keyspace = keyspace;
    this.#heads = new StreamHeads(keyspace.arena);
    this.blocks = new GroupBlocks(keyspace.arena);
    this.pending = new PendingEntries(keyspace.arena, this.blocks);
    this.counters = new GroupCounters(this.#heads, this.blocks);
  }

  /** The stream's group of this name, or NONE. */
  find(head: Handle, view: DataView, start: number, length: number): Handle {
    return this.blocks.groups.find(this.#heads.groups(head), view, start, length);
  }

  /** Makes a group; NONE when there is one of this name. */
  create(head: Handle, view: DataView, start: number, length: number, lastId: Id, entriesRead: Count): Handle {
    const { blocks } = this;
    const list = this.#heads.groups(head);
    const index = blocks.groups.search(list, view, start, length);
    if (index >= 0) return NONE;
    const group = blocks.groups.createBlock(view, start, length);
    blocks.initGroup(group, NONE, lastId, entriesRead);
    this.#heads.setGroups(head, this.#insertGroup(list, -1 - index, group));
    try {
      blocks.setPending(group, this.pending.all.create());
    } catch (error) {
      this.destroy(head, group);
      throw error;
    }
    return group;
  }

  destroy(head: Handle, group: Handle): void {
    const { groups } = this.blocks;
    const list = this.#heads.groups(head);
    this.#heads.setGroups(head, groups.remove(list, this.#indexOf(groups, list, group)));
    this.#freeGroup(group, Number.POSITIVE_INFINITY);
  }

  findConsumer(group: Handle, view: DataView, start: number, length: number): Handle {
    return this.blocks.consumers.find(this.blocks.consumerList(group), view, start, length);
  }

  /** Makes a consumer, seen now; NONE when there is one of this name. */
  createConsumer(group: Handle, view: DataView, start: number, length: number): Handle {
    const { blocks } = this;
    const index = blocks.consumers.search(blocks.consumerList(group), view, start, length);
    if (index >= 0) return NONE;
    const consumer = this.#addConsumer(group, -1 - index, view, start, length, this.#keyspace.nowMs, UNKNOWN);
    try {
      blocks.setOwnPending(consumer, this.pending.own.create());
    } catch (error) {
      this.#dropConsumer(group, consumer);
      throw error;
    }
    return consumer;
  }

  /** Removes a consumer with all that it has pending; how much that was. */
  removeConsumer(group: Handle, consumer: Handle): number {
    const { blocks, pending } = this;
    const root = blocks.ownPending(consumer);
    const cursor = this.#cursor;
    for (let more = pending.own.seekFirst(root, cursor); more; more = pending.own.next(cursor)) {
      pending.own.readId(cursor, this.#id);
      pending.all.delete(blocks.pending(group), this.#id);
    }
    const count = pending.own.count(root);
    this.#dropConsumer(group, consumer);
    return count;
  }

  // What follows takes what a head names: the list of its groups, NONE when there are none.

  count(list: Handle): number {
    return this.blocks.groups.count(list);
  }

  free(list: Handle): void {
    this.freeSlice(list, Number.POSITIVE_INFINITY);
  }

  /** About how many blocks free() gives back: the first group stands for all. */
  freeEffort(list: Handle): number {
    const count = this.count(list);
    if (count === 0) return 0;
    const { blocks } = this;
    const first = blocks.groups.block(list, 0);
    const consumers = blocks.consumers.count(blocks.consumerList(first));
    return count * (1 + consumers + this.pending.all.blockCount(blocks.pending(first)));
  }

  /** Frees about so many blocks; true when all is gone. */
  freeSlice(list: Handle, blocks: number): boolean {
    const { groups } = this.blocks;
    let left = blocks;
    for (let count = this.count(list); count > 0; count--) {
      left = left > 0 ? this.#freeGroup(groups.block(list, count - 1), left) : UNFINISHED;
      if (left === UNFINISHED) return false;
      groups.pop(list);
    }
    groups.destroy(list);
    return true;
  }

  copy(list: Handle): Handle {
    const { groups } = this.blocks;
    const count = this.count(list);
    let copied = NONE;
    try {
      for (let i = 0; i < count; i++) {
        const group = groups.block(list, i);
        const copy = this.#copyGroupBlock(group);
        copied = this.#insertGroup(copied, i, copy);
        this.#copyContents(group, copy);
      }
    } catch (error) {
      this.free(copied);
      throw error;
    }
    return copied;
  }

  sizeOf(list: Handle): number {
    const { blocks, pending } = this;
    const { arena } = this.#keyspace;
    let bytes = blocks.groups.sizeOf(list);
    for (let i = this.count(list) - 1; i >= 0; i--) {
      const group = blocks.groups.block(list, i);
      const consumers = blocks.consumerList(group);
      bytes += arena.sizeOf(group) + pending.all.treeBytes(blocks.pending(group)) + blocks.consumers.sizeOf(consumers);
      for (let k = blocks.consumers.count(consumers) - 1; k >= 0; k--) {
        const consumer = blocks.consumers.block(consumers, k);
        bytes += arena.sizeOf(consumer) + pending.own.treeBytes(blocks.ownPending(consumer));
      }
    }
    return bytes;
  }

  /** Writes the number of groups, and all of them. */
  dump(list: Handle, out: RdbWriter): void {
    dumpGroups(this, this.#keyspace.arena, list, out);
  }

  /**
   * Reads what dump() wrote, or an older form of it, into the stream of this head, which has its entries already. Where
   * it throws, the head has what was read so far: free() frees it.
   */
  load(reader: RdbReader, rdbType: number, head: Handle): void {
    loadGroups(this, reader, rdbType, head);
  }

  /** Puts a group with nothing in it into a list, or frees it where there is no room. Returns the list. */
  #insertGroup(list: Handle, index: number, group: Handle): Handle {
    try {
      return this.blocks.groups.insert(list, index, group);
    } catch (error) {
      this.#keyspace.arena.free(group);
      throw error;
    }
  }

  /** Adds a consumer with nothing pending yet, not even a tree for it. */
  #addConsumer(
    group: Handle,
    index: number,
    view: DataView,
    start: number,
    length: number,
    seen: Count,
    active: Count,
  ): Handle {
    const { blocks } = this;
    const consumer = blocks.consumers.createBlock(view, start, length);
    blocks.initConsumer(consumer, NONE, seen, active);
    try {
      blocks.setConsumerList(group, blocks.consumers.insert(blocks.consumerList(group), index, consumer));
    } catch (error) {
      this.#keyspace.arena.free(consumer);
      throw error;
    }
    return consumer;
  }

  #dropConsumer(group: Handle, consumer: Handle): void {
    const { blocks } = this;
    const list = blocks.consumerList(group);
    blocks.setConsumerList(group, blocks.consumers.remove(list, this.#indexOf(blocks.consumers, list, consumer)));
    this.#freeTree(this.pending.own, blocks.ownPending(consumer), Number.POSITIVE_INFINITY);
    this.#keyspace.arena.free(consumer);
  }

  #indexOf(names: NameList, list: Handle, block: Handle): number {
    const { view } = this.#keyspace.arena.window(block);
    return names.search(list, view, names.nameStart(block), names.nameLength(block));
  }

  /** Frees a group that is in no list; how many blocks of `limit` are left, or UNFINISHED. */
  #freeGroup(group: Handle, limit: number): number {
    const { blocks, pending } = this;
    let left = this.#freeTree(pending.all, blocks.pending(group), limit);
    if (left === UNFINISHED) return UNFINISHED;
    blocks.setPending(group, NONE);
    const list = blocks.consumerList(group);
    for (let count = blocks.consumers.count(list); count > 0; count--) {
      const consumer = blocks.consumers.block(list, count - 1);
      left = left > 0 ? this.#freeTree(pending.own, blocks.ownPending(consumer), left) : UNFINISHED;
      if (left === UNFINISHED) return UNFINISHED;
      this.#keyspace.arena.free(consumer);
      blocks.consumers.pop(list);
    }
    blocks.consumers.destroy(list);
    this.#keyspace.arena.free(group);
    return left;
  }

  /** The same for a tree, or NONE. */
  #freeTree(tree: IdTree, root: Handle, limit: number): number {
    if (root === NONE) return limit;
    const blocks = tree.blockCount(root);
    return tree.freeSlice(root, limit) ? Math.max(0, limit - blocks) : UNFINISHED;
  }

  /** A group of the same name and state, with nothing in it, that is in no list. */
  #copyGroupBlock(group: Handle): Handle {
    const { blocks } = this;
    const { groups } = blocks;
    const { view } = this.#keyspace.arena.window(group);
    const copy = groups.createBlock(view, groups.nameStart(group), groups.nameLength(group));
    blocks.readLastId(group, this.#id);
    blocks.initGroup(copy, NONE, this.#id, blocks.entriesRead(group));
    return copy;
  }

  #copyContents(group: Handle, copy: Handle): void {
    const { blocks, pending } = this;
    const { consumers } = blocks;
    const { arena } = this.#keyspace;
    blocks.setPending(copy, pending.all.copy(blocks.pending(group)));
    const copies = new Map<Handle, Handle>();
    const list = blocks.consumerList(group);
    for (let i = 0; i < consumers.count(list); i++) {
      const consumer = consumers.block(list, i);
      const { view } = arena.window(consumer);
      const start = consumers.nameStart(consumer);
      const seen = blocks.seenTime(consumer);
      const active = blocks.activeTime(consumer);
      const own = this.#addConsumer(copy, i, view, start, consumers.nameLength(consumer), seen, active);
      copies.set(consumer, own);
      blocks.setOwnPending(own, pending.own.copy(blocks.ownPending(consumer)));
    }
    for (let more = pending.seekFirst(copy); more; more = pending.next()) {
      pending.setConsumer(copies.get(pending.consumer) ?? NONE);
    }
  }
}
