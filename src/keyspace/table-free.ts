/** Frees dicts with their records, at once or in slices: the sets of hashtable encoding. Called by sets.ts. */
import type { Handle } from "../storage/arena.js";
import type { Dict } from "../storage/dict.js";
import { DictScan } from "../storage/dict-scan.js";

export class TableFree {
  readonly #dict: Dict;
  readonly #scan: DictScan;
  readonly #freeRecord: (record: Handle) => void;
  /** Of the tables that are half freed: the segment that is next. */
  readonly #progress = new Map<Handle, number>();

  constructor(dict: Dict, freeRecord: (record: Handle) => void) {
    this.#dict = dict;
    this.#scan = new DictScan(dict);
    this.#freeRecord = freeRecord;
  }

  free(root: Handle): void {
    this.freeSlice(root, Number.POSITIVE_INFINITY);
  }

  /** How many blocks free() gives back. */
  effort(root: Handle): number {
    return this.#dict.count(root) + this.#dict.segmentCount(root);
  }

  /** Frees about so many blocks, at least a segment, of a table that nobody uses any more; true when it is gone. */
  freeSlice(root: Handle, blocks: number): boolean {
    let index = this.#progress.get(root) ?? 0;
    let freed = 0;
    do {
      this.#scan.readSegment(root, index);
      const { segmentRecords, segmentCount } = this.#scan;
      for (let i = 0; i < segmentCount; i++) this.#freeRecord(segmentRecords[i] ?? 0);
      freed += segmentCount + 1;
      index = this.#dict.destroySegment(root, index);
    } while (index !== 0 && freed < blocks);
    if (index === 0) this.#progress.delete(root);
    else this.#progress.set(root, index);
    return index === 0;
  }
}
