/**
 * The options of SET and GETEX. They are scanned into one number, so that nothing is allocated: a bit for each option,
 * and above them the index of the argument with the time.
 */
import type { Deadline } from "../../keyspace/record.js";
import { type Args, type Keyword, keyword } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { BASE_ABSOLUTE, readDeadlineOrReply, UNIT_MILLISECONDS, UNIT_SECONDS } from "../deadline.js";

export const OPTION_NX = 1;
export const OPTION_XX = 2;
export const OPTION_GET = 4;
export const OPTION_KEEPTTL = 8;
export const OPTION_PERSIST = 16;
export const OPTION_EX = 32;
export const OPTION_PX = 64;
export const OPTION_EXAT = 128;
export const OPTION_PXAT = 256;
/** Any of the options that a time follows. */
export const OPTION_TIMED = OPTION_EX | OPTION_PX | OPTION_EXAT | OPTION_PXAT;

/** A request has less than 2^20 arguments, so that bits and index fit 31 bits. */
const TIME_INDEX_SHIFT = 9;

/** What the scanners return for options that do not go together, or are none. */
export const SYNTAX_ERROR = -1;

interface Option {
  readonly word: Keyword;
  readonly bit: number;
  /** Options that may not stand before this one. The same one again is fine: the last time counts. */
  readonly excludes: number;
}

function option(word: string, bit: number, excludes: number): Option {
  return { word: keyword(word), bit, excludes };
}

function timedOption(word: string, bit: number): Option {
  return option(word, bit, OPTION_KEEPTTL | OPTION_PERSIST | (OPTION_TIMED & ~bit));
}

const TIMED_OPTIONS: readonly Option[] = [
  timedOption("EX", OPTION_EX),
  timedOption("PX", OPTION_PX),
  timedOption("EXAT", OPTION_EXAT),
  timedOption("PXAT", OPTION_PXAT),
];

const SET_OPTIONS: readonly Option[] = [
  ...TIMED_OPTIONS,
  option("NX", OPTION_NX, OPTION_XX),
  option("XX", OPTION_XX, OPTION_NX),
  option("GET", OPTION_GET, 0),
  option("KEEPTTL", OPTION_KEEPTTL, OPTION_TIMED),
];

const GETEX_OPTIONS: readonly Option[] = [...TIMED_OPTIONS, option("PERSIST", OPTION_PERSIST, OPTION_TIMED)];

export function scanSetOptions(args: Args): number {
  return scanOptions(args, 3, SET_OPTIONS);
}

export function scanGetexOptions(args: Args): number {
  return scanOptions(args, 2, GETEX_OPTIONS);
}

/** Whether argument i of SET is the word GET, which is not propagated. */
export function isGetOption(args: Args, i: number): boolean {
  return args.is(i, GET);
}

/** The deadline that a timed option asks for; NaN when the client has its error. */
export function readOptionDeadlineOrReply(
  ctx: CommandContext,
  args: Args,
  options: number,
  out: ReplyWriter,
): Deadline {
  const unit = options & (OPTION_EX | OPTION_EXAT) ? UNIT_SECONDS : UNIT_MILLISECONDS;
  const base = options & (OPTION_EX | OPTION_PX) ? ctx.nowMs : BASE_ABSOLUTE;
  return readDeadlineOrReply(ctx, args, options >>> TIME_INDEX_SHIFT, unit, base, out);
}

const GET = keyword("GET");

function scanOptions(args: Args, from: number, allowed: readonly Option[]): number {
  let bits = 0;
  let timeIndex = 0;
  for (let i = from; i < args.count; i++) {
    const found = findOption(args, i, allowed);
    if (found === null || (bits & found.excludes) !== 0) return SYNTAX_ERROR;
    bits |= found.bit;
    if ((found.bit & OPTION_TIMED) === 0) continue;
    timeIndex = ++i;
    if (timeIndex === args.count) return SYNTAX_ERROR;
  }
  return bits | (timeIndex << TIME_INDEX_SHIFT);
}

function findOption(args: Args, i: number, allowed: readonly Option[]): Option | null {
  for (const candidate of allowed) if (args.is(i, candidate.word)) return candidate;
  return null;
}
