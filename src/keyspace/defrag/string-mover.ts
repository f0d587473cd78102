/** Moves the blocks of large strings. */
import type { BlockMover } from "../../storage/block-mover.js";
import type { Keyspace } from "../keyspace.js";
import type { Record } from "../record.js";
import type { ValueMover } from "./value-mover.js";

export class StringMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;

  constructor(keyspace: Keyspace, mover: BlockMover) {
    this.#keyspace = keyspace;
    this.#mover = mover;
  }

  step(record: Record): boolean {
    const { records } = this.#keyspace;
    records.setValueHandle(record, this.#mover.move(records.valueHandle(record)));
    return true;
  }
}
