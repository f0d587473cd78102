/** Moves the blocks of lists. The quicklist itself keeps the place, as a bookmark that follows when its node goes. */
import type { BlockMover } from "../../storage/block-mover.js";
import type { Keyspace } from "../keyspace.js";
import { LIST_QUICKLIST } from "../list-encoding.js";
import type { Record } from "../record.js";
import type { MoveCursor, ValueMover } from "./value-mover.js";

const NODES_PER_STEP = 32;

export class ListMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;

  constructor(keyspace: Keyspace, mover: BlockMover) {
    this.#keyspace = keyspace;
    this.#mover = mover;
  }

  step(record: Record, cursor: MoveCursor): boolean {
    const { records, lists } = this.#keyspace;
    const { quicklists } = lists;
    const value = records.valueHandle(record);
    if (records.encoding(record) !== LIST_QUICKLIST) {
      records.setValueHandle(record, this.#mover.move(value));
      return true;
    }
    const isFirst = cursor.phase === 0;
    if (isFirst) {
      cursor.root = quicklists.moveRoot(value, this.#mover);
      records.setValueHandle(record, cursor.root);
      cursor.phase = 1;
    } else if (value !== cursor.root) {
      // Another list by now. The bookmark belongs to one that is gone, or has another key.
      return true;
    }
    return quicklists.moveNodes(cursor.root, isFirst, NODES_PER_STEP, this.#mover);
  }
}
