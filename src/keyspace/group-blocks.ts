/**
 * The memory layout of consumer groups. stream-groups.ts decides what happens to them, pending-entries.ts keeps what is
 * pending; this is where the fields are.
 *
 * A stream's head names a list of its groups, a group one of its consumers (storage/name-list.ts). Blocks never move.
 *
 *   group:      0 u32 length of the name
 *               4 list of consumers, NONE without any
 *               8 pending entries: root of an ID tree
 *              12 last delivered ID, four words
 *              28 entries read, i64; -1: not known
 *              36 name
 *   consumer:   0 u32 length of the name
 *               4 pending entries of its own: root of an ID tree
 *               8 seen time, i64 in Unix ms
 *              16 active time, i64 in Unix ms; -1: never
 *              24 name
 */
import type { Arena, Handle } from "../storage/arena.js";
import type { Id } from "../storage/id.js";
import { NameList } from "../storage/name-list.js";

const GROUP_CONSUMERS = 1;
const GROUP_PENDING = 2;
const GROUP_LAST_ID = 3;
const GROUP_ENTRIES_READ = 7;
const GROUP_NAME_BYTE = 36;

const CONSUMER_PENDING = 1;
const CONSUMER_SEEN = 2;
const CONSUMER_ACTIVE = 4;
const CONSUMER_NAME_BYTE = 24;

const TWO_32 = 2 ** 32;

/** A counter or a time of 64 bits: a BigInt only where a double would not be exact. */
export type Count = number | bigint;

/** Entries read: not known. Active time: never. */
export const UNKNOWN = -1;

export class GroupBlocks {
  /** Lists of groups, and of consumers. */
  readonly groups: NameList;
  readonly consumers: NameList;
  readonly #arena: Arena;

  constructor(arena: Arena) {
    this.#arena = arena;
    this.groups = new NameList(arena, GROUP_NAME_BYTE);
    this.consumers = new NameList(arena, CONSUMER_NAME_BYTE);
  }

  initGroup(group: Handle, pending: Handle, lastId: Id, entriesRead: Count): void {
    this.setConsumerList(group, 0);
    this.setPending(group, pending);
    this.writeLastId(group, lastId);
    this.setEntriesRead(group, entriesRead);
  }

  consumerList(group: Handle): Handle {
    return this.#word(group, GROUP_CONSUMERS);
  }

  setConsumerList(group: Handle, list: Handle): void {
    this.#setWord(group, GROUP_CONSUMERS, list);
  }

  pending(group: Handle): Handle {
    return this.#word(group, GROUP_PENDING);
  }

  setPending(group: Handle, root: Handle): void {
    this.#setWord(group, GROUP_PENDING, root);
  }

  readLastId(group: Handle, id: Id): void {
    id.readWords(this.#arena.window(group).words, this.#place(group) + GROUP_LAST_ID);
  }

  writeLastId(group: Handle, id: Id): void {
    id.writeWords(this.#arena.window(group).words, this.#place(group) + GROUP_LAST_ID);
  }

  entriesRead(group: Handle): Count {
    return this.#count(group, GROUP_ENTRIES_READ);
  }

  setEntriesRead(group: Handle, count: Count): void {
    this.#setCount(group, GROUP_ENTRIES_READ, count);
  }

  initConsumer(consumer: Handle, pending: Handle, seen: Count, active: Count): void {
    this.setOwnPending(consumer, pending);
    this.setSeenTime(consumer, seen);
    this.setActiveTime(consumer, active);
  }

  ownPending(consumer: Handle): Handle {
    return this.#word(consumer, CONSUMER_PENDING);
  }

  setOwnPending(consumer: Handle, root: Handle): void {
    this.#setWord(consumer, CONSUMER_PENDING, root);
  }

  seenTime(consumer: Handle): Count {
    return this.#count(consumer, CONSUMER_SEEN);
  }

  setSeenTime(consumer: Handle, time: Count): void {
    this.#setCount(consumer, CONSUMER_SEEN, time);
  }

  activeTime(consumer: Handle): Count {
    return this.#count(consumer, CONSUMER_ACTIVE);
  }

  setActiveTime(consumer: Handle, time: Count): void {
    this.#setCount(consumer, CONSUMER_ACTIVE, time);
  }

  #count(block: Handle, word: number): Count {
    const { words, view } = this.#arena.window(block);
    const place = this.#place(block) + word;
    const count = fromWords(words[place] ?? 0, words[place + 1] ?? 0);
    return Number.isSafeInteger(count) ? count : view.getBigInt64(place << 2, true);
  }

  #setCount(block: Handle, word: number, count: Count): void {
    const place = this.#place(block) + word;
    if (typeof count === "bigint") return this.#arena.window(block).view.setBigInt64(place << 2, count, true);
    const { words } = this.#arena.window(block);
    words[place] = lowWord(count);
    words[place + 1] = highWord(count);
  }

  #word(block: Handle, word: number): number {
    return this.#arena.window(block).words[this.#place(block) + word] ?? 0;
  }

  #setWord(block: Handle, word: number, value: number): void {
    this.#arena.window(block).words[this.#place(block) + word] = value;
  }

  /** The block's first word in its window's words. */
  #place(block: Handle): number {
    return this.#arena.offset(block) >>> 2;
  }
}

/** The nearest double to a signed 64-bit integer in two words. */
export function fromWords(low: number, high: number): number {
  return high * TWO_32 + (low >>> 0);
}

/** The words of a safe integer. */
export function lowWord(value: number): number {
  return value | 0;
}

export function highWord(value: number): number {
  return Math.floor(value / TWO_32) | 0;
}

/** a - b, as a signed 64-bit integer that wraps. */
export function subtractCounts(a: Count, b: Count): Count {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return shortenCount(BigInt.asIntN(64, BigInt(a) - BigInt(b)));
}

/** The same number, as a double where one is exact. */
export function shortenCount(count: bigint): Count {
  const near = Number(count);
  return Number.isSafeInteger(near) ? near : count;
}
