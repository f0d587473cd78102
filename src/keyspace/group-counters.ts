/**
 * How far a consumer group has read: the number of entries up to its last delivered ID, counted from the first one ever
 * added, and the lag, which is how many there are behind. Deleted entries in the middle of a stream (tombstones; the
 * head knows the greatest ID of one) make either unknown until the group has passed them. Used by XREADGROUP, XINFO and
 * by the loading of old dumps.
 */
import type { Handle } from "../storage/arena.js";
import { Id } from "../storage/id.js";
import { type Count, type GroupBlocks, subtractCounts, UNKNOWN } from "./group-blocks.js";
import type { StreamHeads } from "./stream-head.js";

export class GroupCounters {
  readonly #heads: StreamHeads;
  readonly #blocks: GroupBlocks;
  readonly #lastId = new Id();
  readonly #firstId = new Id();
  readonly #deletedId = new Id();
  readonly #groupId = new Id();

  constructor(heads: StreamHeads, blocks: GroupBlocks) {
    this.#heads = heads;
    this.#blocks = blocks;
  }

  /** Entries that the group has yet to get; null when that is not known. */
  lag(head: Handle, group: Handle): Count | null {
    const added = this.#added(head);
    if (added === 0) return 0;
    const id = this.#groupId;
    this.#blocks.readLastId(group, id);
    let read = this.#blocks.entriesRead(group);
    if (read === UNKNOWN || this.#hasTombstoneFrom(head, id)) read = this.estimate(head, id);
    return read === UNKNOWN ? null : subtractCounts(added, read);
  }

  /** The group's last delivered ID moves on to the entry `id`. */
  advance(head: Handle, group: Handle, id: Id): void {
    const blocks = this.#blocks;
    const read = blocks.entriesRead(group);
    if (read !== UNKNOWN && !this.#hasTombstoneFrom(head, id)) blocks.setEntriesRead(group, subtractCounts(read, -1));
    else if (this.#added(head) !== 0) blocks.setEntriesRead(group, this.estimate(head, id));
    blocks.writeLastId(group, id);
  }

  /** How many entries were added up to this ID; UNKNOWN where that depends on entries in the middle of the stream. */
  estimate(head: Handle, id: Id): Count {
    const heads = this.#heads;
    const added = this.#added(head);
    if (added === 0) return 0;
    heads.readLastId(head, this.#lastId);
    const order = id.compare(this.#lastId);
    const length = heads.length(head);
    if (order === 0 || (order < 0 && length === 0)) return added;
    if (order > 0) return UNKNOWN;
    heads.readFirstId(head, this.#firstId);
    heads.readMaxDeletedId(head, this.#deletedId);
    if (!this.#deletedId.isZero && this.#deletedId.compare(this.#firstId) >= 0) return UNKNOWN;
    const fromFirst = id.compare(this.#firstId);
    if (fromFirst > 0) return UNKNOWN;
    return subtractCounts(added, fromFirst < 0 ? length : length - 1);
  }

  /** Whether an entry at this ID or behind it was deleted, and others in front of that one were not. */
  #hasTombstoneFrom(head: Handle, id: Id): boolean {
    const heads = this.#heads;
    if (heads.length(head) === 0) return false;
    const deleted = this.#deletedId;
    heads.readMaxDeletedId(head, deleted);
    if (deleted.isZero) return false;
    heads.readFirstId(head, this.#firstId);
    return this.#firstId.compare(deleted) <= 0 && id.compare(deleted) <= 0;
  }

  #added(head: Handle): Count {
    const added = this.#heads.entriesAdded(head);
    // A u64; a BigInt only where a double would not be exact.
    return Number.isSafeInteger(added) ? added : BigInt.asIntN(64, this.#heads.entriesAddedExact(head));
  }
}
