/**
 * Small hashes: fields and values in a listpack, in tuples of `width` entries.
 *
 *   width 2:  field, value                 in the order of insertion
 *   width 3:  field, value, deadline       by deadline; those without one (0) last, in the order of insertion
 *
 * A tuple is named by the position of its field. hashes.ts is the only caller.
 */
import type { Handle } from "../storage/arena.js";
import { Listpack, NO_POSITION } from "../storage/listpack.js";
import { DEADLINE_NONE } from "./field-records.js";

export const PAIR = 2;
export const TRIPLE = 3;

/** How a listpack says that a field has no deadline. */
const NO_DEADLINE_ENTRY = 0;

export class HashPairs {
  /** Two, so that a field and a value can be located at the same time: each has a place for the text of an integer. */
  readonly fields: Listpack;
  readonly values: Listpack;

  constructor(listpacks: Listpack) {
    this.fields = listpacks;
    this.values = new Listpack(listpacks.arena);
  }

  /** The tuple of a field, or NO_POSITION. */
  find(lp: Handle, width: number, field: DataView, start: number, length: number): number {
    return this.fields.find(lp, field, start, length, width - 1);
  }

  /** The tuple behind this one, or NO_POSITION. */
  next(lp: Handle, tuple: number, width: number): number {
    let pos = tuple;
    for (let i = 0; i < width && pos !== NO_POSITION; i++) pos = this.fields.next(lp, pos);
    return pos;
  }

  /** Decodes the value of a tuple: see Listpack.locate. */
  locateValue(lp: Handle, tuple: number): void {
    this.values.locate(lp, this.fields.next(lp, tuple));
  }

  /** The deadline of a triple, or DEADLINE_NONE. */
  deadline(lp: Handle, tuple: number): number {
    const { fields } = this;
    fields.read(lp, this.#deadlineEntry(lp, tuple));
    return fields.integer === NO_DEADLINE_ENTRY ? DEADLINE_NONE : fields.integer;
  }

  setValue(lp: Handle, tuple: number, value: DataView, start: number, length: number): Handle {
    const { staged } = this.fields;
    staged.clear();
    staged.add(value, start, length);
    return this.fields.replace(lp, this.fields.next(lp, tuple), 1);
  }

  /** Adds a tuple whose field must be absent. */
  add(
    lp: Handle,
    width: number,
    field: DataView,
    fieldStart: number,
    fieldLength: number,
    value: DataView,
    valueStart: number,
    valueLength: number,
    deadline: number,
  ): Handle {
    const { fields } = this;
    const { staged } = fields;
    staged.clear();
    staged.add(field, fieldStart, fieldLength);
    staged.add(value, valueStart, valueLength);
    if (width === PAIR) return fields.append(lp);
    if (deadline === DEADLINE_NONE) {
      staged.addInteger(NO_DEADLINE_ENTRY);
      return fields.append(lp);
    }
    staged.addInteger(deadline);
    return fields.insert(lp, this.#findPlace(lp, deadline, NO_POSITION));
  }

  /** Sets, moves or (with DEADLINE_NONE) removes the deadline of a triple, and moves it to its place. */
  setDeadline(lp: Handle, tuple: number, deadline: number): Handle {
    const { fields } = this;
    const { staged } = fields;
    const entry = this.#deadlineEntry(lp, tuple);
    const place = deadline === DEADLINE_NONE ? fields.end(lp) : this.#findPlace(lp, deadline, tuple);
    staged.clear();
    // It stays where it is: in front of itself or of the one behind it.
    if (place === tuple || place === fields.past(lp, entry)) {
      staged.addInteger(deadline === DEADLINE_NONE ? NO_DEADLINE_ENTRY : deadline);
      return fields.replace(lp, entry, 1);
    }
    const window = fields.arena.window(lp);
    staged.addEncoded(window.view, fields.arena.offset(lp) + tuple, entry - tuple, PAIR);
    staged.addInteger(deadline === DEADLINE_NONE ? NO_DEADLINE_ENTRY : deadline);
    const shift = place <= tuple ? staged.length : 0;
    return fields.delete(fields.insert(lp, place), tuple + shift, TRIPLE);
  }

  /** Takes out `count` tuples from this one on. */
  delete(lp: Handle, tuple: number, width: number, count: number): Handle {
    return this.fields.delete(lp, tuple, width * count);
  }

  /** A listpack with the same fields as triples, none with a deadline. The pairs stay. */
  widen(lp: Handle): Handle {
    const { fields } = this;
    const { staged, arena } = fields;
    const { view } = arena.window(lp);
    const at = arena.offset(lp);
    const triples = fields.create();
    staged.clear();
    for (let pair = fields.first(lp); pair !== NO_POSITION; pair = this.next(lp, pair, PAIR)) {
      const past = fields.past(lp, fields.next(lp, pair));
      staged.addEncoded(view, at + pair, past - pair, PAIR);
      staged.addInteger(NO_DEADLINE_ENTRY);
    }
    try {
      return fields.append(triples);
    } catch (error) {
      arena.free(triples);
      throw error;
    }
  }

  /** The first deadline of a listpack of triples: the earliest; or DEADLINE_NONE. */
  firstDeadline(lp: Handle): number {
    const first = this.fields.first(lp);
    return first === NO_POSITION ? DEADLINE_NONE : this.deadline(lp, first);
  }

  /** How many triples have a deadline before `time`. */
  countBefore(lp: Handle, time: number): number {
    let count = 0;
    for (let tuple = this.fields.first(lp); tuple !== NO_POSITION; tuple = this.next(lp, tuple, TRIPLE)) {
      const deadline = this.deadline(lp, tuple);
      if (deadline === DEADLINE_NONE || deadline >= time) break;
      count++;
    }
    return count;
  }

  /** Where a triple with this deadline belongs: in front of the first that is not earlier, `ignored` left out. */
  #findPlace(lp: Handle, deadline: number, ignored: number): number {
    for (let tuple = this.fields.first(lp); tuple !== NO_POSITION; tuple = this.next(lp, tuple, TRIPLE)) {
      if (tuple === ignored) continue;
      const other = this.deadline(lp, tuple);
      if (other === DEADLINE_NONE || other >= deadline) return tuple;
    }
    return this.fields.end(lp);
  }

  #deadlineEntry(lp: Handle, tuple: number): number {
    return this.fields.next(lp, this.fields.next(lp, tuple));
  }
}
