/** Moves the blocks of hashes: a listpack, or a head with what hangs on it. The index of hashes names heads, too. */
import { type Handle, NONE } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { DictMover } from "../../storage/dict-mover.js";
import { ENCODING_HASHTABLE, ENCODING_LISTPACK } from "../hash-encoding.js";
import type { HashHead } from "../hash-head.js";
import type { Keyspace } from "../keyspace.js";
import type { Record } from "../record.js";
import type { MoveCursor, ValueMover } from "./value-mover.js";

export class HashMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;
  readonly #table: DictMover;
  /** The hash whose fields move. */
  #head: HashHead = NONE;
  readonly #moveField = (field: Handle): Handle => {
    const moved = this.#mover.move(field);
    if (moved !== field) this.#keyspace.hashes.table.onMoved(this.#head, moved);
    return moved;
  };

  constructor(keyspace: Keyspace, mover: BlockMover) {
    this.#keyspace = keyspace;
    this.#mover = mover;
    this.#table = new DictMover(keyspace.hashes.table.dict, mover);
  }

  step(record: Record, cursor: MoveCursor): boolean {
    const { records, hashes } = this.#keyspace;
    const { heads } = hashes;
    const encoding = records.encoding(record);
    const value = records.valueHandle(record);
    if (encoding === ENCODING_LISTPACK) {
      records.setValueHandle(record, this.#mover.move(value));
      return true;
    }
    if (cursor.phase === 0) {
      const head = this.#moveHead(record, value);
      if (encoding !== ENCODING_HASHTABLE) {
        heads.setContents(head, this.#mover.move(heads.contents(head)));
        return true;
      }
      heads.setContents(head, this.#table.moveRoot(heads.contents(head)));
      hashes.table.moveHeap(head, this.#mover);
      cursor.phase = 1;
      return false;
    }
    if (encoding !== ENCODING_HASHTABLE) return true;
    this.#head = value;
    cursor.position = this.#table.moveBucket(heads.contents(value), cursor.position, this.#moveField);
    return cursor.position === 0;
  }

  #moveHead(record: Record, head: HashHead): HashHead {
    const { records, hashes } = this.#keyspace;
    const moved = this.#mover.move(head);
    if (moved === head) return head;
    records.setValueHandle(record, moved);
    hashes.index.onMoved(moved);
    return moved;
  }
}
