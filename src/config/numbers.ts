/**
 * Numbers as redis.conf spells them. Values are doubles, so everything beyond 2^53 is the caller's to refuse: the
 * readers here answer BigInt, exactly, and only the setter narrows. Used by the kinds of directive, never hot.
 */

const UNITS: Readonly<Record<string, bigint>> = {
  "": 1n,
  b: 1n,
  k: 1000n,
  kb: 1024n,
  m: 1000n ** 2n,
  mb: 1024n ** 2n,
  g: 1000n ** 3n,
  gb: 1024n ** 3n,
};

export const INT_MIN = -2147483648n;
export const INT_MAX = 2147483647n;
export const UINT_MAX = 4294967295n;
export const LONG_MIN = -(2n ** 63n);
export const LONG_MAX = 2n ** 63n - 1n;
export const ULONG_MAX = 2n ** 64n - 1n;
const LONGEST_INTEGER_CHARS = 21;

/** A strict decimal integer of 64 bits: no blanks, plus sign, leading zeros or `-0`. */
export function readInteger(text: string): bigint | null {
  if (text.length > LONGEST_INTEGER_CHARS || !/^(?:0|-?[1-9][0-9]*)$/.test(text)) return null;
  const value = BigInt(text);
  return value < LONG_MIN || value > LONG_MAX ? null : value;
}

/**
 * An integer as strtoll reads it: leading blanks, a sign and leading zeros are fine, an empty text is 0, and a value
 * out of range saturates.
 */
export function readLooseInteger(text: string): bigint | null {
  if (text === "") return 0n;
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/.exec(text);
  if (match === null) return null;
  const magnitude = BigInt(match[2] ?? "0");
  const value = match[1] === "-" ? -magnitude : magnitude;
  return value < LONG_MIN ? LONG_MIN : value > LONG_MAX ? LONG_MAX : value;
}

/** An octal integer, with the same freedoms. Null also beyond 64 bits. */
export function readOctal(text: string): bigint | null {
  if (text === "") return 0n;
  const match = /^[ \t\n\v\f\r]*([+-]?)([0-7]+)$/.exec(text);
  if (match === null) return null;
  const magnitude = BigInt(`0o${match[2] ?? "0"}`);
  const value = match[1] === "-" ? -magnitude : magnitude;
  return value < LONG_MIN || value > LONG_MAX ? null : value;
}

/** An amount of memory: digits and a unit, `1k` being 1000 and `1kb` 1024. No digits at all mean 0, as in Redis. */
export function readMemory(text: string): bigint | null {
  const match = /^([0-9]{0,127})([a-z]{0,2})$/i.exec(text);
  if (match === null) return null;
  const unit = UNITS[(match[2] ?? "").toLowerCase()];
  return unit === undefined ? null : BigInt(match[1] ?? "") * unit;
}

/** The shortest exact spelling with a unit, as CONFIG REWRITE writes it. */
export function formatMemory(bytes: number): string {
  for (const [unit, size] of [
    ["gb", 1024 ** 3],
    ["mb", 1024 ** 2],
    ["kb", 1024],
  ] as const) {
    if (bytes !== 0 && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** A floating-point number as strtod reads it, without leading blanks. Null for NaN and for a value beyond range. */
export function readDouble(text: string): number | null {
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  const hex = /^([+-]?)(0x[0-9a-f]+)$/i.exec(text);
  if (hex !== null) return (hex[1] === "-" ? -1 : 1) * Number(hex[2]);
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** At most six decimals, trailing zeros cut. The few exact ties (odd multiples of 1/128) round to even, as printf. */
export function formatPercentile(value: number): string {
  const micros = value * 1e6;
  const tie = Number.isInteger(value * 128) && micros % 1 === 0.5;
  const even = tie ? Math.floor(micros) + (Math.floor(micros) % 2) : null;
  return (even === null ? value.toFixed(6) : (even / 1e6).toFixed(6)).replace(/\.?0+$/, "");
}
