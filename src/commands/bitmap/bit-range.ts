/** The range arguments of BITCOUNT and BITPOS, in bytes or bits, as a range of bits. */
import { type Args, keyword } from "../../resp/args.js";
import { arg } from "../define.js";

const BYTE = keyword("BYTE");
const BIT = keyword("BIT");

export const UNIT_NONE = 0;
export const UNIT_BYTE = 8;
export const UNIT_BIT = 1;

export const UNIT_ARG = arg.optional(arg.oneOf("unit", [arg.token("BYTE"), arg.token("BIT")], { since: "7.0.0" }));

/** How many bits the unit at argument i has; UNIT_NONE when the word is none. */
export function readUnit(args: Args, i: number): number {
  if (args.is(i, BIT)) return UNIT_BIT;
  return args.is(i, BYTE) ? UNIT_BYTE : UNIT_NONE;
}

/** A range of bits of a string. One object serves all calls. */
export class BitRange {
  /** Bit offsets; empty where from >= to. */
  from = 0;
  to = 0;

  /** From `first` to `last` (both included; negative: from the end), counted in units of so many bits. */
  set(byteLength: number, unit: number, first: number, last: number): void {
    const total = (byteLength * 8) / unit;
    const start = Math.max(first < 0 ? total + first : first, 0);
    const end = Math.min(Math.max(last < 0 ? total + last : last, 0), total - 1);
    this.from = start * unit;
    this.to = (end + 1) * unit;
  }
}
