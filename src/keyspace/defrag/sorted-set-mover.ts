/** Moves the blocks of sorted sets: a listpack, or a tree and a table of the same members. */
import { type Handle, NONE } from "../../storage/arena.js";
import type { BlockMover } from "../../storage/block-mover.js";
import { DictMover } from "../../storage/dict-mover.js";
import { ScoreTreeMover } from "../../storage/score-tree-mover.js";
import type { Keyspace } from "../keyspace.js";
import type { Record } from "../record.js";
import { SORTED_SET_SKIPLIST } from "../sorted-set-encoding.js";
import type { MoveCursor, ValueMover } from "./value-mover.js";

/** Phases: the roots; the tree with its members, by rank; the table's segments, by hash. */
const ROOTS = 0;
const TREE = 1;
const TABLE = 2;

export class SortedSetMover implements ValueMover {
  readonly #keyspace: Keyspace;
  readonly #mover: BlockMover;
  readonly #tree: ScoreTreeMover;
  readonly #table: DictMover;
  /** The table of the set whose members move. */
  #root: Handle = NONE;
  readonly #moveMember = (member: Handle): Handle => {
    const moved = this.#mover.move(member);
    if (moved === member) return member;
    const { dict } = this.#keyspace.sortedSets.indexed;
    dict.replace(this.#root, dict.hashOfRecord(moved), member, moved);
    return moved;
  };

  constructor(keyspace: Keyspace, mover: BlockMover) {
    this.#keyspace = keyspace;
    this.#mover = mover;
    this.#tree = new ScoreTreeMover(mover);
    this.#table = new DictMover(keyspace.sortedSets.indexed.dict, mover);
  }

  step(record: Record, cursor: MoveCursor): boolean {
    const { records, sortedSets } = this.#keyspace;
    const { tree } = sortedSets.indexed;
    const value = records.valueHandle(record);
    if (records.encoding(record) !== SORTED_SET_SKIPLIST) {
      records.setValueHandle(record, this.#mover.move(value));
      return true;
    }
    if (cursor.phase === ROOTS) {
      const root = this.#tree.moveRoot(value);
      records.setValueHandle(record, root);
      tree.setOwnerWord(root, this.#table.moveRoot(tree.ownerWord(root)));
      cursor.phase = TREE;
      return false;
    }
    this.#root = tree.ownerWord(value);
    if (cursor.phase === TREE) {
      cursor.position = this.#tree.moveLeaf(value, cursor.position, this.#moveMember);
      if (cursor.position === 0) cursor.phase = TABLE;
      return false;
    }
    cursor.position = this.#table.moveBucket(this.#root, cursor.position, null);
    return cursor.position === 0;
  }
}
