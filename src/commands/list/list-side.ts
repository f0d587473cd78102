/** LEFT and RIGHT: the ends of a list as LMOVE, LMPOP and their blocking forms name them. */
import { type Args, keyword } from "../../resp/args.js";
import { type ArgSpec, arg } from "../define.js";

export type Side = "head" | "tail";

const LEFT = keyword("LEFT");
const RIGHT = keyword("RIGHT");

/** The end that argument i names; null when it names none. */
export function readSide(args: Args, i: number): Side | null {
  if (args.is(i, LEFT)) return "head";
  return args.is(i, RIGHT) ? "tail" : null;
}

export function sideArg(name: string): ArgSpec {
  return arg.oneOf(name, [arg.token("LEFT"), arg.token("RIGHT")]);
}

/** The commands that take one element from an end: what blocking and multi-key pops are propagated as. */
export function popName(side: Side): string {
  return side === "head" ? "LPOP" : "RPOP";
}
