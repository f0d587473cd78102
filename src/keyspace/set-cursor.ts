/**
 * Walks the members of a set of any encoding, without allocating:
 *
 *   cursor.begin(set);
 *   while (cursor.next()) use(cursor.member);
 *
 * The set must not change meanwhile, but may be freed once next() has answered false. Sets owns the cursors.
 */
import { type Handle, NONE } from "../storage/arena.js";
import { DictScan } from "../storage/dict-scan.js";
import type { Intset } from "../storage/intset.js";
import { type Listpack, NO_POSITION } from "../storage/listpack.js";
import type { MemberTable } from "./member-table.js";
import { SetMember } from "./set-member.js";
import { SET_INTSET, SET_LISTPACK, type SetValue } from "./set-value.js";

export class SetCursor {
  readonly member = new SetMember();
  readonly #intsets: Intset;
  readonly #listpacks: Listpack;
  readonly #table: MemberTable;
  readonly #scan: DictScan;
  #encoding = SET_INTSET;
  #value: Handle = NONE;
  /** The next integer, the next listpack entry, or the next record of the segment. */
  #at = 0;
  /** How many integers, or records of the segment, there are. */
  #count = 0;
  /** The segment behind the one that is read; 0 when that is the last. */
  #segment = 0;

  constructor(intsets: Intset, listpacks: Listpack, table: MemberTable) {
    this.#intsets = intsets;
    this.#listpacks = listpacks;
    this.#table = table;
    this.#scan = new DictScan(table.dict);
  }

  begin(set: SetValue): void {
    this.#encoding = set.encoding;
    this.#value = set.value;
    this.#at = 0;
    if (set.encoding === SET_INTSET) this.#count = this.#intsets.count(set.value);
    else if (set.encoding === SET_LISTPACK) this.#at = this.#listpacks.first(set.value);
    else this.#readSegment(0);
  }

  next(): boolean {
    if (this.#encoding === SET_INTSET) return this.#nextInteger();
    if (this.#encoding === SET_LISTPACK) return this.#nextEntry();
    while (this.#at === this.#count) {
      if (this.#segment === 0) return false;
      this.#readSegment(this.#segment);
    }
    this.#table.read(this.#scan.segmentRecords[this.#at++] ?? NONE, this.member);
    return true;
  }

  #nextInteger(): boolean {
    if (this.#at === this.#count) return false;
    this.#intsets.read(this.#value, this.#at++);
    const { high, low } = this.#intsets.value;
    this.member.setInteger(high, low);
    return true;
  }

  #nextEntry(): boolean {
    if (this.#at === NO_POSITION) return false;
    readListpackMember(this.#listpacks, this.#value, this.#at, this.member);
    this.#at = this.#listpacks.next(this.#value, this.#at);
    return true;
  }

  #readSegment(index: number): void {
    this.#segment = this.#scan.readSegment(this.#value, index);
    this.#count = this.#scan.segmentCount;
    this.#at = 0;
  }
}

/** Points `member` at a listpack's entry; an integer is taken over, for the listpack has one scratch text for all. */
export function readListpackMember(listpacks: Listpack, lp: Handle, pos: number, member: SetMember): void {
  listpacks.read(lp, pos);
  if (!listpacks.isInteger) return member.setText(listpacks.view, listpacks.start, listpacks.length);
  member.isInteger = true;
  if (Number.isSafeInteger(listpacks.integer)) return member.integer.setNumber(listpacks.integer);
  listpacks.locate(lp, pos);
  member.integer.tryReadText(listpacks.view, listpacks.start, listpacks.length);
}
