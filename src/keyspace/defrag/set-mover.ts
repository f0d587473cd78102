/** Moves the blocks of sets: an intset, a listpack, or a table with its members. */
import type { Handle } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { DictMover } from "../../storage/dict-mover.js";
import type { Keyspace } from "../keyspace.js";
import type { Record } from "../record.js";
import { SET_HASHTABLE } from "../set-value.js";
import type { MoveCursor, ValueMover } from "./value-mover.js";

export class SetMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;
  readonly #table: DictMover;
  readonly #moveMember = (member: Handle): Handle => this.#mover.move(member);

  constructor(keyspace: Keyspace, mover: BlockMover) {
    this.#keyspace = keyspace;
    this.#mover = mover;
    this.#table = new DictMover(keyspace.sets.table.dict, mover);
  }

  step(record: Record, cursor: MoveCursor): boolean {
    const { records } = this.#keyspace;
    const value = records.valueHandle(record);
    if (records.encoding(record) !== SET_HASHTABLE) {
      records.setValueHandle(record, this.#mover.move(value));
      return true;
    }
    if (cursor.phase === 0) {
      records.setValueHandle(record, this.#table.moveRoot(value));
      cursor.phase = 1;
      return false;
    }
    cursor.position = this.#table.moveBucket(value, cursor.position, this.#moveMember);
    return cursor.position === 0;
  }
}
