/** EX, PX, EXAT and PXAT of HGETEX and HSETEX. */
import { type Args, type Keyword, keyword } from "../../resp/args.js";
import { UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";
import { arg } from "../define.js";

export interface TimeOption {
  readonly word: Keyword;
  readonly unit: number;
  readonly isRelative: boolean;
}

const TIME_OPTIONS: readonly TimeOption[] = [
  { word: keyword("EX"), unit: UNIT_SECONDS, isRelative: true },
  { word: keyword("PX"), unit: UNIT_MILLISECONDS, isRelative: true },
  { word: keyword("EXAT"), unit: UNIT_SECONDS, isRelative: false },
  { word: keyword("PXAT"), unit: UNIT_MILLISECONDS, isRelative: false },
];

export const TIME_OPTION_ARGS = [
  arg.integer("seconds", { token: "EX" }),
  arg.integer("milliseconds", { token: "PX" }),
  arg.unixTime("unix-time-seconds", { token: "EXAT" }),
  arg.unixTime("unix-time-milliseconds", { token: "PXAT" }),
];

/** The option that argument i names, or null. */
export function findTimeOption(args: Args, i: number): TimeOption | null {
  for (const option of TIME_OPTIONS) if (args.is(i, option.word)) return option;
  return null;
}
