/**
 * Splits an inline request into arguments: blanks separate, "double quotes" know \n \r \t \b \a \xHH, 'single quotes'
 * know \'. Called by the request parser.
 *
 * Unquoting only ever shortens, so the arguments are written back into the request's own bytes: no allocation, and
 * the same lifetime as multibulk arguments.
 */
import type { Args } from "./args.js";

const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;

/** What stands between words, and behind a closing quote. */
function isBlank(byte: number): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13);
}

/** What ends a word: fewer bytes than those that are skipped between words, so `a\vb` is one. */
function isWordEnd(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13 || byte === 0;
}

function readHexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

const ESCAPES: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 97: 7 };

/** Pushes the arguments of bytes[start, end); false when a quote is not closed, or is followed by a non-blank. */
export function splitInline(args: Args, start: number, end: number): boolean {
  const bytes = args.bytes;
  let at = start;
  while (true) {
    while (at < end && isBlank(bytes[at]!)) at++;
    if (at >= end || bytes[at] === 0) return true;
    const wordStart = at;
    let write = at;
    word: while (at < end && !isWordEnd(bytes[at]!)) {
      const byte = bytes[at]!;
      if (byte !== DOUBLE_QUOTE && byte !== SINGLE_QUOTE) {
        bytes[write++] = byte;
        at++;
        continue;
      }
      at++;
      while (true) {
        if (at >= end) return false;
        const inner = bytes[at]!;
        if (inner === byte) {
          at++;
          if (at < end && !isBlank(bytes[at]!)) return false;
          break word;
        }
        if (byte === DOUBLE_QUOTE && inner === BACKSLASH && at + 1 < end) {
          const high = bytes[at + 1] === 120 && at + 3 < end ? readHexDigit(bytes[at + 2]) : -1;
          const low = high < 0 ? -1 : readHexDigit(bytes[at + 3]);
          if (low >= 0) {
            bytes[write++] = high * 16 + low;
            at += 4;
          } else {
            const escaped = bytes[at + 1]!;
            bytes[write++] = ESCAPES[escaped] ?? escaped;
            at += 2;
          }
        } else if (byte === SINGLE_QUOTE && inner === BACKSLASH && bytes[at + 1] === SINGLE_QUOTE && at + 1 < end) {
          bytes[write++] = SINGLE_QUOTE;
          at += 2;
        } else {
          bytes[write++] = inner;
          at++;
        }
      }
    }
    args.push(wordStart, write);
  }
}
