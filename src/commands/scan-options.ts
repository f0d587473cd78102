/** The cursor and the options of SCAN and its relatives (HSCAN, SSCAN, ZSCAN). */
import { type Args, keyword } from "../resp/args.js";
import { matchGlob } from "../resp/glob.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX } from "./errors.js";

const COUNT = keyword("COUNT");
const MATCH = keyword("MATCH");
const TYPE = keyword("TYPE");
const NOVALUES = keyword("NOVALUES");

const ERR_CURSOR = encodeReply("-ERR invalid cursor\r\n");
const ERR_NOVALUES = encodeReply("-ERR NOVALUES option can only be used in HSCAN\r\n");

const CURSOR_RANGE = 2 ** 32;
/** A longer argument is no cursor. */
const CURSOR_MAX_BYTES = 128;
const UINT64_MAX = 2n ** 64n - 1n;
const COUNT_DEFAULT = 10;
const STAR = 42;
/** Steps for each element asked for, before a sparse table is left for the next call. */
const STEPS_PER_COUNT = 10;

export interface ScanOptions {
  readonly count: number;
  readonly maxSteps: number;
  /** The argument with the pattern; 0 when everything matches. */
  readonly pattern: number;
  /** The argument with the name of a type; 0 without. */
  readonly type: number;
  readonly noValues: boolean;
}

/** Argument i as a cursor; NaN when it is none, and then the client has its error. */
export function readCursorOrReply(args: Args, i: number, out: ReplyWriter): number {
  const value = args.readInteger(i);
  if (value >= 0 && value < CURSOR_RANGE) return value;
  const text = args.text(i, CURSOR_MAX_BYTES);
  const cursor = text === null ? null : readUnsigned(text);
  if (cursor !== null) return Number(cursor % BigInt(CURSOR_RANGE));
  out.error(ERR_CURSOR);
  return Number.NaN;
}

/** Options from argument `from` on; null when they are wrong, and then the client has its error. */
export function readScanOptionsOrReply(
  args: Args,
  from: number,
  command: string,
  out: ReplyWriter,
): ScanOptions | null {
  let count = COUNT_DEFAULT;
  let pattern = 0;
  let type = 0;
  let noValues = false;
  for (let i = from; i < args.count; i++) {
    const hasValue = i + 1 < args.count;
    if (hasValue && args.is(i, COUNT)) {
      count = args.readInteger(++i);
      if (Number.isNaN(count) || count < 1) {
        out.error(Number.isNaN(count) ? ERR_NOT_INTEGER : ERR_SYNTAX);
        return null;
      }
    } else if (hasValue && args.is(i, MATCH)) {
      i++;
      pattern = args.byteLength(i) === 1 && args.byteAt(i, 0) === STAR ? 0 : i;
    } else if (hasValue && command === "scan" && args.is(i, TYPE)) {
      type = ++i;
    } else if (args.is(i, NOVALUES)) {
      if (command !== "hscan") {
        out.error(ERR_NOVALUES);
        return null;
      }
      noValues = true;
    } else {
      out.error(ERR_SYNTAX);
      return null;
    }
  }
  return { count, maxSteps: count * STEPS_PER_COUNT, pattern, type, noValues };
}

/** Whether bytes[start, end) pass MATCH. */
export function passesMatch(args: Args, options: ScanOptions, bytes: Uint8Array, start: number, end: number): boolean {
  const i = options.pattern;
  return i === 0 || matchGlob(args.bytes, args.start(i), args.end(i), bytes, start, end, false);
}

/** What C's strtoull takes, as Redis uses it: blanks, a sign and zeros in front are fine, a plain negative is not. */
function readUnsigned(text: string): bigint | null {
  const parts = /^[ \t-\r]*([+-]?)(\d+)$/.exec(text.split("\0", 1)[0] ?? "");
  if (parts === null) return null;
  const [whole = "", sign = "", digits = ""] = parts;
  const value = BigInt(digits);
  if (value > UINT64_MAX) return null;
  if (sign !== "-") return value;
  if (/^-[1-9]/.test(whole) && value <= 2n ** 63n) return null;
  return BigInt.asUintN(64, -value);
}
