/** The source strings of a BITOP: their records, found once. One list serves all calls. */
import { NO_ENTRY } from "../../keyspace/database.js";
import type { Strings } from "../../keyspace/strings.js";
import type { Args } from "../../resp/args.js";
import type { CommandContext } from "../context.js";

const INITIAL_CAPACITY = 16;

export class OperandList {
  count = 0;
  /** The byte length of the longest one. */
  longest = 0;
  #records = new Int32Array(INITIAL_CAPACITY);

  /** Finds the keys from argument `first` on; false where one holds no string. Valid until the next write. */
  open(ctx: CommandContext, args: Args, first: number): boolean {
    const { strings } = ctx;
    this.count = args.count - first;
    this.longest = 0;
    // A call with very many sources keeps its room for that call only.
    if (this.count > this.#records.length || this.#records.length > INITIAL_CAPACITY) {
      this.#records = new Int32Array(Math.max(this.count, INITIAL_CAPACITY));
    }
    for (let i = 0; i < this.count; i++) {
      const record = ctx.db.find(args, first + i);
      this.#records[i] = record;
      if (record === NO_ENTRY) continue;
      if (!strings.isString(record)) return false;
      this.longest = Math.max(this.longest, strings.byteLength(record));
    }
    return true;
  }

  /** Points `strings` at source i, and returns its byte length; 0 where there is no key. */
  locate(strings: Strings, i: number): number {
    const record = this.#records[i] ?? NO_ENTRY;
    if (record === NO_ENTRY) return 0;
    strings.locate(record);
    return strings.length;
  }
}
