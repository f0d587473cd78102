/** What a DEBUG subcommand is, and the arguments that several of them read. One file a group of subcommands. */
import type { Args } from "../../../resp/args.js";
import type { CommandRun } from "../../define.js";

export interface DebugSubcommand {
  /** Upper case. */
  readonly name: string;
  /** How many words may follow the name. */
  readonly min: number;
  readonly max: number;
  /** HELP's words behind the name, and its lines; none hide the subcommand. */
  readonly usage?: string;
  readonly help: readonly string[];
  readonly run: CommandRun;
}

/** A switch as DEBUG reads it: anything that is no number is 0, and 0 is off. */
export function readSwitch(args: Args, i: number): boolean {
  return (Number.parseInt(args.cText(i, 64), 10) || 0) !== 0;
}
