/** Members drawn by chance, each equally likely: for SPOP and SRANDMEMBER. Belongs to Sets. */
import type { Handle } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import { DrawnNumbers } from "./drawn-numbers.js";
import { readListpackMember } from "./set-cursor.js";
import { SetMember } from "./set-member.js";
import { SET_HASHTABLE, SET_INTSET, type SetValue } from "./set-value.js";
import type { Sets } from "./sets.js";

export class SetDraws {
  /** What pick has drawn. */
  readonly member = new SetMember();
  readonly random: (limit: number) => number;
  readonly #sets: Sets;
  readonly #scan: DictScan;
  readonly #drawn = new DrawnNumbers();
  /** The drawn member's record or, in an intset or listpack, its index. */
  #place: Handle | number = 0;

  constructor(sets: Sets, random: (limit: number) => number) {
    this.#sets = sets;
    this.random = random;
    this.#scan = new DictScan(sets.table.dict);
  }

  /** Draws a member of a set that is not empty. */
  pick(set: SetValue): void {
    const { intsets, listpacks, table } = this.#sets;
    if (set.encoding === SET_HASHTABLE) {
      this.#place = this.#scan.pickRandom(set.value, this.random);
      return table.read(this.#place, this.member);
    }
    const index = this.random(this.#sets.size(set));
    this.#place = index;
    if (set.encoding === SET_INTSET) {
      intsets.read(set.value, index);
      this.member.setInteger(intsets.value.high, intsets.value.low);
    } else {
      readListpackMember(listpacks, set.value, listpacks.seek(set.value, index), this.member);
    }
  }

  /** Takes out what pick has just drawn. */
  removePicked(set: SetValue): void {
    if (set.encoding === SET_HASHTABLE) this.#sets.table.removeRecord(set.value, this.#place);
    else this.#sets.removeAt(set, this.#place);
  }

  /** Forgets what pickNew has drawn; about `count` draws are to come. */
  beginNew(count: number): void {
    this.#drawn.reset(count);
  }

  /** Draws a member that pickNew has not drawn since beginNew. Quick while few of the set's members were drawn. */
  pickNew(set: SetValue): void {
    do this.pick(set);
    while (!this.#drawn.add(this.#place));
  }
}
