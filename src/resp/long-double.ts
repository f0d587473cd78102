/**
 * The x87 long double, which Redis computes INCRBYFLOAT and HINCRBYFLOAT with: 64 bits of mantissa, 15 of exponent,
 * round half to even. Reading (strtold), adding and printing (%.17Lf) give the very digits that Redis gives.
 *
 * A finite value is mantissa * 2^exponent, exactly. The sign of zero is not kept: no reply shows it.
 */

const MANTISSA_BITS = 64;
/** The exponent of the smallest denormal's only bit. */
const EXPONENT_MIN = -16445;
/** The largest exponent of a 64-bit mantissa. */
const EXPONENT_MAX = 16320;
const FRACTION_DIGITS = 17;
const SCALE = 10n ** BigInt(FRACTION_DIGITS);

/** Longer texts are refused: Redis copies them into a buffer of 5 KiB, with a NUL behind. */
export const LONG_DOUBLE_TEXT_MAX_BYTES = 5 * 1024 - 1;
/** Decimal exponents beyond this overflow or vanish whatever the digits are (there are fewer than 5 Ki). */
const DECIMAL_EXPONENT_MAX = 20_000;
const BINARY_EXPONENT_MAX = 80_000;

const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i;
const HEXADECIMAL = /^([+-]?)0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

export interface LongDouble {
  /** |mantissa| < 2^64; carries the sign. */
  readonly mantissa: bigint;
  /** Infinity when the value is infinite. */
  readonly exponent: number;
}

const ZERO: LongDouble = { mantissa: 0n, exponent: 0 };

/** An int64: all of them are exact. */
export function longDoubleOf(value: number | bigint): LongDouble {
  return { mantissa: BigInt(value), exponent: 0 };
}

/** Reads what strtold and Redis take: the whole text, no blank, no NaN, nothing that overflows or vanishes; else null. */
export function readLongDouble(text: string): LongDouble | null {
  if (text.length === 0 || text.length > LONG_DOUBLE_TEXT_MAX_BYTES) return null;
  const infinite = INFINITE.exec(text);
  if (infinite) return { mantissa: infinite[1] === "-" ? -1n : 1n, exponent: Number.POSITIVE_INFINITY };
  const decimal = DECIMAL.exec(text);
  const parts = decimal ?? HEXADECIMAL.exec(text);
  if (parts === null) return null;
  const [, sign = "", whole = "", fraction = "", exponentText = "0"] = parts;
  if (whole === "" && fraction === "") return null;
  const exponent = Number(exponentText);
  const magnitude =
    decimal !== null
      ? roundDecimal(BigInt(whole + fraction), exponent - fraction.length)
      : roundHexadecimal(BigInt(`0x${whole}${fraction}`), exponent - 4 * fraction.length);
  if (magnitude === null || !isFiniteLongDouble(magnitude)) return null;
  return sign === "-" ? { mantissa: -magnitude.mantissa, exponent: magnitude.exponent } : magnitude;
}

/** The sum, rounded; null where it is not a number (infinities of both signs). */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | null {
  if (!isFiniteLongDouble(a)) return isFiniteLongDouble(b) || a.mantissa === b.mantissa ? a : null;
  if (!isFiniteLongDouble(b)) return b;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent));
  if (sum >= 0n) return round(sum, 1n, exponent);
  const magnitude = round(-sum, 1n, exponent);
  return { mantissa: -magnitude.mantissa, exponent: magnitude.exponent };
}

export function isFiniteLongDouble(value: LongDouble): boolean {
  return value.exponent !== Number.POSITIVE_INFINITY;
}

/** `%.17Lf` without the zeros at its end: how Redis prints a finite long double for people. */
export function formatLongDouble(value: LongDouble): string {
  const { mantissa, exponent } = value;
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  const scaled = divideRounded(magnitude * SCALE, 1n, -exponent);
  if (scaled === 0n) return "0";
  const digits = scaled.toString().padStart(FRACTION_DIGITS + 1, "0");
  const point = digits.length - FRACTION_DIGITS;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  const fraction = end > point ? `.${digits.slice(point, end)}` : "";
  return `${mantissa < 0n ? "-" : ""}${digits.slice(0, point)}${fraction}`;
}

/** digits * 10^exponent; null when it vanishes though it is not zero. */
function roundDecimal(digits: bigint, exponent: number): LongDouble | null {
  if (digits === 0n) return ZERO;
  if (Math.abs(exponent) > DECIMAL_EXPONENT_MAX) return null;
  const power = 10n ** BigInt(Math.abs(exponent));
  return refuseZero(exponent >= 0 ? round(digits * power, 1n, 0) : round(digits, power, 0));
}

/** digits * 2^exponent; null when it vanishes though it is not zero. */
function roundHexadecimal(digits: bigint, exponent: number): LongDouble | null {
  if (digits === 0n) return ZERO;
  if (Math.abs(exponent) > BINARY_EXPONENT_MAX) return null;
  return refuseZero(round(digits, 1n, exponent));
}

function refuseZero(value: LongDouble): LongDouble | null {
  return value.mantissa === 0n ? null : value;
}

/** numerator / denominator * 2^exponent, positive or zero, rounded to what a long double holds. */
function round(numerator: bigint, denominator: bigint, exponent: number): LongDouble {
  if (numerator === 0n) return ZERO;
  // The quotient gets 64 or 65 bits, fewer for a denormal: the exponent of its lowest bit is `lowest`.
  const quotientBits = bitLength(numerator) - bitLength(denominator);
  let lowest = Math.max(exponent + quotientBits - MANTISSA_BITS, EXPONENT_MIN);
  let mantissa = divideRounded(numerator, denominator, lowest - exponent);
  if (bitLength(mantissa) > MANTISSA_BITS) {
    // Once more from the start, one bit shorter: rounding twice would go wrong.
    lowest++;
    mantissa = divideRounded(numerator, denominator, lowest - exponent);
    // All ones rounded up to a power of two: its low bit is zero.
    if (bitLength(mantissa) > MANTISSA_BITS) {
      mantissa >>= 1n;
      lowest++;
    }
  }
  if (lowest > EXPONENT_MAX) return { mantissa: 1n, exponent: Number.POSITIVE_INFINITY };
  return { mantissa, exponent: lowest };
}

/** numerator / (denominator * 2^shift), half to even. */
function divideRounded(numerator: bigint, denominator: bigint, shift: number): bigint {
  const dividend = shift < 0 ? numerator << BigInt(-shift) : numerator;
  const divisor = shift > 0 ? denominator << BigInt(shift) : denominator;
  const quotient = dividend / divisor;
  const twice = (dividend - quotient * divisor) * 2n;
  if (twice > divisor || (twice === divisor && (quotient & 1n) === 1n)) return quotient + 1n;
  return quotient;
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * hex.length - (Math.clz32(Number.parseInt(hex.charAt(0), 16)) - 28);
}
