/**
 * Pending entries: what was delivered to the consumers of a group and is not acknowledged. Each is in two ID trees, the
 * group's (when and how often it was delivered, to whom) and its consumer's (the ID only). One object serves all groups
 * of an arena; stream-groups.ts and the commands work through it.
 *
 *   value in a group's tree:  0 delivery time, i64 in Unix ms | 2 delivery count, u64 | 4 the consumer's block
 *
 * `cursor` is on one entry of a group; find, add, seek… and next move it.
 */
import type { Arena, Handle } from "../storage/arena.js";
import type { Id } from "../storage/id.js";
import { IdCursor, IdTree } from "../storage/id-tree.js";
import { type Count, fromWords, type GroupBlocks, highWord, lowWord } from "./group-blocks.js";

const TIME = 0;
const DELIVERIES = 2;
const CONSUMER = 4;
const VALUE_WORDS = 5;

const BITS_32 = 0xffffffffn;

export class PendingEntries {
  /** Trees of groups, and of consumers. */
  readonly all: IdTree;
  readonly own: IdTree;
  readonly cursor = new IdCursor();
  readonly #blocks: GroupBlocks;
  readonly #ownCursor = new IdCursor();

  constructor(arena: Arena, blocks: GroupBlocks) {
    this.all = new IdTree(arena, VALUE_WORDS);
    this.own = new IdTree(arena, 0);
    this.#blocks = blocks;
  }

  count(group: Handle): number {
    return this.all.count(this.#blocks.pending(group));
  }

  ownCount(consumer: Handle): number {
    return this.own.count(this.#blocks.ownPending(consumer));
  }

  find(group: Handle, id: Id): boolean {
    return this.all.find(this.#blocks.pending(group), id, this.cursor);
  }

  seekFirst(group: Handle): boolean {
    return this.all.seekFirst(this.#blocks.pending(group), this.cursor);
  }

  seekLast(group: Handle): boolean {
    return this.all.seekLast(this.#blocks.pending(group), this.cursor);
  }

  seekAtLeast(group: Handle, id: Id): boolean {
    return this.all.seekAtLeast(this.#blocks.pending(group), id, this.cursor);
  }

  next(): boolean {
    return this.all.next(this.cursor);
  }

  readId(id: Id): void {
    this.all.readId(this.cursor, id);
  }

  /**
   * Makes the entry pending, delivered to this consumer, whoever had it before. True when it was not pending: then its
   * time and count are the caller's to set. Throws ArenaFullError, with all as it was.
   */
  add(group: Handle, consumer: Handle, id: Id): boolean {
    const { all, own, cursor } = this;
    const root = this.#blocks.pending(group);
    if (!all.insert(root, id, cursor)) {
      this.assign(consumer, id);
      return false;
    }
    try {
      own.insert(this.#blocks.ownPending(consumer), id, this.#ownCursor);
    } catch (error) {
      all.deleteAt(root, cursor);
      throw error;
    }
    all.setWord(cursor, CONSUMER, consumer);
    return true;
  }

  /** Gives the cursor's entry, of this ID, to another consumer. */
  assign(consumer: Handle, id: Id): void {
    const before = this.consumer;
    if (before === consumer) return;
    this.own.insert(this.#blocks.ownPending(consumer), id, this.#ownCursor);
    this.own.delete(this.#blocks.ownPending(before), id);
    this.all.setWord(this.cursor, CONSUMER, consumer);
  }

  /** Takes the cursor's entry, of this ID, out; the cursor goes to the next one. */
  removeHere(group: Handle, id: Id): void {
    this.own.delete(this.#blocks.ownPending(this.consumer), id);
    this.all.deleteAt(this.#blocks.pending(group), this.cursor);
  }

  /** XACK: false when it is not pending. */
  remove(group: Handle, id: Id): boolean {
    if (!this.find(group, id)) return false;
    this.removeHere(group, id);
    return true;
  }

  get consumer(): Handle {
    return this.all.word(this.cursor, CONSUMER);
  }

  setConsumer(consumer: Handle): void {
    this.all.setWord(this.cursor, CONSUMER, consumer);
  }

  get deliveryTime(): Count {
    return this.#get(TIME);
  }

  setDeliveryTime(time: Count): void {
    this.#set(TIME, time);
  }

  /** The count of deliveries as a signed number: Redis shows it so. */
  get deliveries(): Count {
    return this.#get(DELIVERIES);
  }

  setDeliveries(count: Count): void {
    this.#set(DELIVERIES, count);
  }

  addDelivery(): void {
    const { all, cursor } = this;
    const low = (all.word(cursor, DELIVERIES) + 1) | 0;
    all.setWord(cursor, DELIVERIES, low);
    if (low === 0) all.setWord(cursor, DELIVERIES + 1, (all.word(cursor, DELIVERIES + 1) + 1) | 0);
  }

  #get(word: number): Count {
    const { all, cursor } = this;
    const low = all.word(cursor, word);
    const high = all.word(cursor, word + 1);
    const near = fromWords(low, high);
    return Number.isSafeInteger(near) ? near : (BigInt(high) << 32n) | BigInt(low >>> 0);
  }

  #set(word: number, value: Count): void {
    const { all, cursor } = this;
    const isBig = typeof value === "bigint";
    all.setWord(cursor, word, isBig ? Number(value & BITS_32) | 0 : lowWord(value));
    all.setWord(cursor, word + 1, isBig ? Number((value >> 32n) & BITS_32) | 0 : highWord(value));
  }
}
