/** Moves the blocks of streams: the head, the nodes with their tree, the groups with their consumers and pending entries. */
import { type Handle, NONE } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { Id } from "../../storage/id.js";
import { IdCursor } from "../../storage/id-tree.js";
import { IdTreeMover } from "../../storage/id-tree-mover.js";
import type { Keyspace } from "../keyspace.js";
import type { Record } from "../record.js";
import type { MoveCursor, ValueMover } from "./value-mover.js";

/**
 * Phases: the head and what it names; the nodes, by ID; a group's block, `position` in the list; its pending entries,
 * by ID; one after the other of its consumers, `inner` in the list, and what each has pending, by ID.
 */
const HEAD = 0;
const NODES = 1;
const GROUP = 2;
const PENDING = 3;
const CONSUMER = 4;
const OWN_PENDING = 5;

/** A consumer with more pending entries stays where it is: each of them names it. */
const NAMED_MAX = 256;

export class StreamMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;
  readonly #nodes: IdTreeMover;
  readonly #pending: IdTreeMover;
  readonly #ownPending: IdTreeMover;
  readonly #ownCursor = new IdCursor();
  readonly #id = new Id();
  readonly #moveNode = (node: Handle): Handle => this.#mover.move(node);

  constructor(keyspace: Keyspace, mover: BlockMover) {
    const { trees, groups } = keyspace.streams;
    this.#keyspace = keyspace;
    this.#mover = mover;
    this.#nodes = new IdTreeMover(trees, mover);
    this.#pending = new IdTreeMover(groups.pending.all, mover);
    this.#ownPending = new IdTreeMover(groups.pending.own, mover);
  }

  step(record: Record, cursor: MoveCursor): boolean {
    const { records, streams } = this.#keyspace;
    const value = records.valueHandle(record);
    if (cursor.phase === HEAD) {
      this.#moveHead(record, value);
      cursor.phase = NODES;
      return false;
    }
    if (cursor.phase === NODES) {
      if (!this.#nodes.moveLeaf(streams.heads.nodes(value), cursor.id, this.#moveNode)) cursor.phase = GROUP;
      return false;
    }
    return this.#stepGroups(value, cursor);
  }

  #moveHead(record: Record, value: Handle): void {
    const { records, streams } = this.#keyspace;
    const { heads } = streams;
    const head = this.#mover.move(value);
    records.setValueHandle(record, head);
    heads.setNodes(head, this.#nodes.moveRoot(heads.nodes(head)));
    if (heads.groups(head) !== NONE) heads.setGroups(head, this.#mover.move(heads.groups(head)));
  }

  #stepGroups(head: Handle, cursor: MoveCursor): boolean {
    const { heads, groups } = this.#keyspace.streams;
    const { blocks } = groups;
    const list = heads.groups(head);
    if (cursor.position >= groups.count(list)) return true;
    if (cursor.phase === GROUP) {
      this.#moveGroup(list, cursor.position);
      cursor.phase = PENDING;
      cursor.inner = 0;
      cursor.id.setMin();
      return false;
    }
    const group = blocks.groups.block(list, cursor.position);
    if (cursor.phase === PENDING) {
      if (!this.#pending.moveLeaf(blocks.pending(group), cursor.id, null)) cursor.phase = CONSUMER;
      return false;
    }
    const consumers = blocks.consumerList(group);
    if (cursor.inner >= blocks.consumers.count(consumers)) {
      cursor.position++;
      cursor.phase = GROUP;
      return false;
    }
    if (cursor.phase === CONSUMER) {
      this.#moveConsumer(group, consumers, cursor.inner);
      cursor.phase = OWN_PENDING;
      cursor.id.setMin();
      return false;
    }
    const root = blocks.ownPending(blocks.consumers.block(consumers, cursor.inner));
    if (this.#ownPending.moveLeaf(root, cursor.id, null)) return false;
    cursor.inner++;
    cursor.phase = CONSUMER;
    return false;
  }

  #moveGroup(list: Handle, index: number): void {
    const { blocks } = this.#keyspace.streams.groups;
    const group = this.#mover.move(blocks.groups.block(list, index));
    blocks.groups.replace(list, index, group);
    blocks.setPending(group, this.#pending.moveRoot(blocks.pending(group)));
    const consumers = blocks.consumerList(group);
    if (consumers !== NONE) blocks.setConsumerList(group, this.#mover.move(consumers));
  }

  #moveConsumer(group: Handle, list: Handle, index: number): void {
    const { blocks, pending } = this.#keyspace.streams.groups;
    const present = blocks.consumers.block(list, index);
    const consumer = pending.ownCount(present) > NAMED_MAX ? present : this.#mover.move(present);
    blocks.setOwnPending(consumer, this.#ownPending.moveRoot(blocks.ownPending(consumer)));
    if (consumer === present) return;
    blocks.consumers.replace(list, index, consumer);
    const cursor = this.#ownCursor;
    const root = blocks.ownPending(consumer);
    for (let more = pending.own.seekFirst(root, cursor); more; more = pending.own.next(cursor)) {
      pending.own.readId(cursor, this.#id);
      if (pending.find(group, this.#id)) pending.setConsumer(consumer);
    }
  }
}
