/**
 * Glob matching over bytes, as KEYS, SCAN MATCH, PSUBSCRIBE and CONFIG GET define it: `*`, `?`, `[a-z]`, `[^a]`, `\x`.
 *
 * Iterative with one point of return (the last `*`), so a hostile pattern such as `a*a*a*…b` costs O(pattern x text)
 * and no stack. What follows the last `*` of all has one place, the end of the text, so a pattern with one `*` costs
 * O(pattern + text). An unclosed class ends at the end of the pattern; a trailing backslash matches itself.
 */

/** A pattern with more stars than this (a last one does not count) matches nothing: Redis's bound, and so ours. */
const STARS_MAX = 1000;

const STAR = 42;
const QUESTION = 63;
const OPEN = 91;
const CLOSE = 93;
const CARET = 94;
const BACKSLASH = 92;
const DASH = 45;

function foldCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}

/** A byte as Redis compares it in a range, where its chars have a sign: 0x80 to 0xff are below 0. */
function toSigned(byte: number): number {
  return (byte << 24) >> 24;
}

/** Where the class that opens at `start` (just past `[`) ends: the offset past its `]`, or `end` when unclosed. */
function skipClass(pattern: Uint8Array, start: number, end: number): number {
  let at = start;
  if (at < end && pattern[at] === CARET) at++;
  while (at < end && pattern[at] !== CLOSE) {
    if (pattern[at] === BACKSLASH && at + 1 < end) at += 2;
    // A range may end in the bracket: `[+-]]` is `+` to `]`.
    else at += at + 2 < end && pattern[at + 1] === DASH ? 3 : 1;
  }
  return at < end ? at + 1 : end;
}

/** Whether `byte` is in the class that opens at `start` (just past `[`). */
function matchClass(pattern: Uint8Array, start: number, end: number, byte: number, ignoreCase: boolean): boolean {
  let at = start;
  const negated = at < end && pattern[at] === CARET;
  if (negated) at++;
  const wanted = ignoreCase ? foldCase(byte) : byte;
  let found = false;
  while (at < end && pattern[at] !== CLOSE) {
    if (pattern[at] === BACKSLASH && at + 1 < end) {
      at++;
      if (pattern[at] === byte) found = true;
      at++;
    } else if (at + 2 < end && pattern[at + 1] === DASH) {
      let low = toSigned(pattern[at]!);
      let high = toSigned(pattern[at + 2]!);
      if (low > high) [low, high] = [high, low];
      if (ignoreCase) {
        low = foldCase(low);
        high = foldCase(high);
      }
      const signed = toSigned(wanted);
      if (signed >= low && signed <= high) found = true;
      at += 3;
    } else {
      const member = pattern[at]!;
      if ((ignoreCase ? foldCase(member) : member) === wanted) found = true;
      at++;
    }
  }
  return found !== negated;
}

/** The offset past the symbol at `at`: a byte, an escaped byte, a class or a star. */
function skipSymbol(pattern: Uint8Array, at: number, end: number): number {
  const symbol = pattern[at];
  if (symbol === OPEN) return skipClass(pattern, at + 1, end);
  return symbol === BACKSLASH && at + 1 < end ? at + 2 : at + 1;
}

/** Where countNeeded has seen a star last, or -1. */
let lastStarSeen = -1;

/**
 * How many bytes of text pattern[start, end) needs at least, one for each symbol that is no star; more than `limit` when
 * it needs more, which ends the count: a long pattern costs a short text nothing.
 */
function countNeeded(pattern: Uint8Array, start: number, end: number, limit: number): number {
  let needed = 0;
  lastStarSeen = -1;
  for (let at = start; at < end && needed <= limit; at = skipSymbol(pattern, at, end)) {
    if (pattern[at] === STAR) lastStarSeen = at;
    else needed++;
  }
  return needed;
}

/** Whether text[ts, te) matches the glob pattern[ps, pe). */
export function matchGlob(
  pattern: Uint8Array,
  ps: number,
  pe: number,
  text: Uint8Array,
  ts: number,
  te: number,
  ignoreCase: boolean,
): boolean {
  // As in Redis: not even `*` matches an empty text. (KEYS and SCAN do not ask for `*` alone.)
  if (ts === te) return ps === pe;
  let p = ps;
  let t = ts;
  let starPattern = -1;
  let starText = 0;
  let stars = 0;
  let lastStar = -1;
  // What the pattern needs of the text from p on; known from the first star on.
  let needed = 0;
  let neededAtStar = 0;
  while (t < te) {
    let next = -1;
    if (p < pe) {
      const symbol = pattern[p]!;
      if (symbol === STAR) {
        while (p < pe && pattern[p] === STAR) p++;
        if (p === pe) return true;
        if (++stars > STARS_MAX) return false;
        if (stars === 1) {
          needed = countNeeded(pattern, p, pe, te - t);
          lastStar = lastStarSeen;
        }
        if (te - t < needed) return false;
        if (p > lastStar) {
          t = te - needed;
          starPattern = -1;
        } else {
          starPattern = p;
          starText = t;
          neededAtStar = needed;
        }
        continue;
      }
      const byte = text[t]!;
      if (symbol === QUESTION) {
        next = p + 1;
      } else if (symbol === OPEN) {
        if (matchClass(pattern, p + 1, pe, byte, ignoreCase)) next = skipClass(pattern, p + 1, pe);
      } else {
        const at = symbol === BACKSLASH && p + 1 < pe ? p + 1 : p;
        const wanted = pattern[at]!;
        if (wanted === byte || (ignoreCase && foldCase(wanted) === foldCase(byte))) next = at + 1;
      }
    }
    if (next >= 0) {
      p = next;
      t++;
      needed--;
    } else {
      if (starPattern < 0) return false;
      p = starPattern;
      t = ++starText;
      needed = neededAtStar;
      if (te - t < needed) return false;
    }
  }
  while (p < pe && pattern[p] === STAR) p++;
  return p === pe;
}
