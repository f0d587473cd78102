/**
 * The decimal digits of a double by Grisu2 (Florian Loitsch, "Printing Floating-Point Numbers Quickly and Accurately
 * with Integers", 2010): digits that read back to the same double, nearly always the fewest. Redis prints scores by it,
 * so where it misses the shortest or the nearest digits, so must we. Called by double-text.ts.
 *
 * JavaScript has no 64-bit integers that cost nothing. A significand is two words, a high and a low one, and a product
 * is summed up in steps of 16 bits, each exact in a double: no string, no BigInt, no object a call.
 */

/** A significand's bits. */
const BITS = 64;
/** Bits of a double's own significand, the hidden one included; and what its stored exponent is off by. */
const SIGNIFICAND_BITS = 53;
const EXPONENT_BIAS = 1023 + SIGNIFICAND_BITS - 1;
const HIDDEN_BIT_HIGH = 1 << 20;
const FRACTION_HIGH = HIDDEN_BIT_HIGH - 1;
const EXPONENT_BITS = 0x7ff;

const TWO_16 = 2 ** 16;
const TWO_32 = 2 ** 32;
const MAX_WORD = TWO_32 - 1;

/** The cached powers are 10^-348, 10^-340, … 10^340. */
const FIRST_POWER = -348;
const POWER_STEP = 8;
const POWER_COUNT = 87;
/** A scaled double has its binary exponent in here: its integer part has 32 bits at most, its fraction 60. */
const SCALED_EXPONENT_MIN = -60;
const SCALED_EXPONENT_MAX = -32;
const LOG10_2 = 0.30102999566398114;

/** Digits of an integer part of 32 bits, and the power of ten that its first one stands for. */
const INTEGER_DIGITS = 10;
const INTEGER_POWER = 1e9;
const POWERS_OF_TWO = Float64Array.from({ length: 32 }, (_, i) => 2 ** i);
/** Room for the digits: no double has more than 17. */
const DIGITS_MAX = 18;

/** Significands of the powers, rounded to 64 bits, in words of 16 bits, the lowest first; and their exponents. */
const powerWords = new Uint16Array(4 * POWER_COUNT);
const powerExponents = new Int16Array(POWER_COUNT);

for (let i = 0; i < POWER_COUNT; i++) {
  const power = FIRST_POWER + i * POWER_STEP;
  // 10^n times 2^shift with some 128 bits, cut to 64 with rounding.
  const shift = 128 - Math.floor(power / LOG10_2);
  const scale = 10n ** BigInt(Math.abs(power));
  const scaled =
    power < 0 ? (1n << BigInt(shift)) / scale : shift < 0 ? scale >> BigInt(-shift) : scale << BigInt(shift);
  const excess = scaled.toString(2).length - BITS;
  const rounded = (scaled + (1n << BigInt(excess - 1))) >> BigInt(excess);
  for (let word = 0; word < 4; word++) powerWords[4 * i + word] = Number((rounded >> BigInt(16 * word)) & 0xffffn);
  powerExponents[i] = excess - shift;
}

const doubles = new Float64Array(1);
const words = new Uint32Array(doubles.buffer);
/** Which of the two words of a double is the high one: 1 on little-endian machines. */
const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;

/**
 * Significands as high and low words: the value's, its upper and its lower bound's. Numbers beyond 31 bits travel
 * between functions in typed arrays: as arguments, V8 would put each on the heap.
 */
const significands = new Uint32Array(6);
const VALUE = 0;
const UPPER = 2;
const LOWER = 4;

/** What #round works on, as high and low words. */
const rounding = new Float64Array(7);
const DELTA = 0;
const GAP = 2;
const REST = 4;
const STEP = 6;

/** One object serves all calls: its fields are the result of the last. The value is d1 d2 … dn * 10^exponent. */
export class Grisu2 {
  /** ASCII digits, `count` of them. */
  readonly digits = new Uint8Array(DIGITS_MAX);
  count = 0;
  /** The decimal exponent of the last digit. */
  exponent = 0;

  /** Finds the digits of a finite double that is not 0; its sign is left out. */
  generate(value: number): void {
    doubles[0] = value;
    const stored = (words[HIGH]! >>> 20) & EXPONENT_BITS;
    const shift = setBounds(stored > 0);
    const exponent = Math.max(stored, 1) - EXPONENT_BIAS - shift;
    const power = findPower(exponent);
    scale(VALUE, power);
    scale(UPPER, power);
    scale(LOWER, power);
    // The product may be off by one in the last place: the bounds are drawn in by that.
    if (significands[UPPER + 1]!-- === 0) significands[UPPER]!--;
    if (significands[LOWER + 1]!++ === MAX_WORD) significands[LOWER]!++;
    this.exponent = -(FIRST_POWER + power * POWER_STEP);
    this.#generate(-(exponent + powerExponents[power]! + BITS) - 32);
  }

  /**
   * The digits of the upper bound, until what is left of it is below `delta`, the distance of the bounds; `gap` is the
   * distance from the value itself. The integer part begins above bit `shift` of the high words.
   */
  #generate(shift: number): void {
    const { digits } = this;
    const upperHigh = significands[UPPER]!;
    const upperLow = significands[UPPER + 1]!;
    let deltaHigh = upperHigh - significands[LOWER]!;
    let deltaLow = upperLow - significands[LOWER + 1]!;
    if (deltaLow < 0) {
      deltaLow += TWO_32;
      deltaHigh--;
    }
    let gapHigh = upperHigh - significands[VALUE]!;
    let gapLow = upperLow - significands[VALUE + 1]!;
    if (gapLow < 0) {
      gapLow += TWO_32;
      gapHigh--;
    }
    const unit = 1 << shift;
    const mask = unit - 1;
    let integer = upperHigh >>> shift;
    let restHigh = upperHigh & mask;
    let restLow = upperLow;
    let count = 0;
    let step = 0;
    let divisor = INTEGER_POWER;
    for (let left = INTEGER_DIGITS - 1; left >= 0; left--) {
      const digit = Math.floor(integer / divisor);
      if (digit > 0 || count > 0) digits[count++] = 48 + digit;
      integer -= digit * divisor;
      const wholeHigh = integer * unit + restHigh;
      if (wholeHigh < deltaHigh || (wholeHigh === deltaHigh && restLow <= deltaLow)) {
        this.exponent += left;
        restHigh = wholeHigh;
        step = divisor * unit;
        break;
      }
      divisor = Math.floor(divisor / 10);
    }
    while (step === 0) {
      const rest = restLow * 10;
      const restCarry = Math.floor(rest / TWO_32);
      restLow = rest - restCarry * TWO_32;
      restHigh = restHigh * 10 + restCarry;
      const delta = deltaLow * 10;
      const deltaCarry = Math.floor(delta / TWO_32);
      deltaLow = delta - deltaCarry * TWO_32;
      deltaHigh = deltaHigh * 10 + deltaCarry;
      const gap = gapLow * 10;
      const gapCarry = Math.floor(gap / TWO_32);
      gapLow = gap - gapCarry * TWO_32;
      gapHigh = gapHigh * 10 + gapCarry;
      this.exponent--;
      const digit = restHigh >>> shift;
      if (digit > 0 || count > 0) digits[count++] = 48 + digit;
      restHigh &= mask;
      if (restHigh < deltaHigh || (restHigh === deltaHigh && restLow < deltaLow)) step = unit;
    }
    this.count = count;
    if (restHigh > gapHigh || (restHigh === gapHigh && restLow >= gapLow)) return;
    rounding[DELTA] = deltaHigh;
    rounding[DELTA + 1] = deltaLow;
    rounding[GAP] = gapHigh;
    rounding[GAP + 1] = gapLow;
    rounding[REST] = restHigh;
    rounding[REST + 1] = restLow;
    rounding[STEP] = step;
    this.#round();
  }

  /**
   * Lowers the last digit as long as that comes nearer to the value: `rest` is what the digits are below the upper
   * bound, `step` (a high word) what one of the last digit is worth.
   */
  #round(): void {
    const deltaHigh = rounding[DELTA]!;
    const deltaLow = rounding[DELTA + 1]!;
    const gapHigh = rounding[GAP]!;
    const gapLow = rounding[GAP + 1]!;
    let restHigh = rounding[REST]!;
    const restLow = rounding[REST + 1]!;
    const step = rounding[STEP]!;
    while (restHigh < gapHigh || (restHigh === gapHigh && restLow < gapLow)) {
      const next = restHigh + step;
      if (next > deltaHigh || (next === deltaHigh && restLow > deltaLow)) return;
      if (next > gapHigh || (next === gapHigh && restLow >= gapLow)) {
        // Beyond the value: only where it is nearer than before.
        const borrow = restLow < gapLow ? 1 : 0;
        const overHigh = next - gapHigh - borrow;
        const overLow = restLow - gapLow + borrow * TWO_32;
        const underBorrow = gapLow < restLow ? 1 : 0;
        const underHigh = gapHigh - restHigh - underBorrow;
        const underLow = gapLow - restLow + underBorrow * TWO_32;
        if (overHigh > underHigh || (overHigh === underHigh && overLow >= underLow)) return;
      }
      this.digits[this.count - 1]!--;
      restHigh = next;
    }
  }
}

/**
 * Sets the significands of the double in `words`, all with the highest bit of the value's own at the top; returns by
 * how much they are shifted. The bounds are half a step away, the lower one of a power of two a quarter: below it the
 * steps are half as large.
 */
function setBounds(isNormal: boolean): number {
  const low = words[1 - HIGH]!;
  const fraction = words[HIGH]! & FRACTION_HIGH;
  const high = isNormal ? fraction + HIDDEN_BIT_HIGH : fraction;
  const shift = high > 0 ? Math.clz32(high) : 32 + Math.clz32(low);
  significands[VALUE] = shift < 32 ? (high << shift) | (low >>> (32 - shift)) : low << (shift - 32);
  significands[VALUE + 1] = shift < 32 ? low << shift : 0;
  const isPowerOfTwo = isNormal && fraction === 0 && low === 0;
  setSum(UPPER, shift - 1, 1);
  setSum(LOWER, isPowerOfTwo ? shift - 2 : shift - 1, -1);
  return shift;
}

/** Sets a significand to the value's, plus or minus 2^bit. */
function setSum(at: number, bit: number, sign: number): void {
  const high = significands[VALUE]!;
  if (bit >= 32) {
    significands[at] = high + sign * POWERS_OF_TWO[bit - 32]!;
    significands[at + 1] = significands[VALUE + 1]!;
    return;
  }
  const sum = significands[VALUE + 1]! + sign * POWERS_OF_TWO[bit]!;
  significands[at] = sum < 0 ? high - 1 : sum >= TWO_32 ? high + 1 : high;
  significands[at + 1] = sum < 0 ? sum + TWO_32 : sum;
}

/** The index of the cached power that brings a significand of this binary exponent into the scaled range. */
function findPower(exponent: number): number {
  const approximate = Math.trunc(-(exponent + POWER_COUNT) * LOG10_2);
  let index = Math.trunc((approximate - FIRST_POWER) / POWER_STEP);
  while (true) {
    const scaled = exponent + powerExponents[index]! + BITS;
    if (scaled < SCALED_EXPONENT_MIN) index++;
    else if (scaled > SCALED_EXPONENT_MAX) index--;
    else return index;
  }
}

/** Multiplies a significand by a power, to the upper 64 bits of the product, rounded. */
function scale(significand: number, power: number): void {
  const high = significands[significand]!;
  const low = significands[significand + 1]!;
  const at = 4 * power;
  const w0 = powerWords[at]!;
  const w1 = powerWords[at + 1]!;
  const w2 = powerWords[at + 2]!;
  const w3 = powerWords[at + 3]!;
  let sum = Math.floor((low * w0) / TWO_16) + low * w1;
  sum = Math.floor(sum / TWO_16) + low * w2 + high * w0;
  // Half of the last bit that stays.
  sum = Math.floor(sum / TWO_16) + low * w3 + high * w1 + TWO_16 / 2;
  const lowest = Math.floor(sum / TWO_16) + high * w2;
  const upper = Math.floor(lowest / TWO_16) + high * w3;
  const upperHigh = Math.floor(upper / TWO_16);
  significands[significand] = upperHigh;
  significands[significand + 1] =
    (upper - upperHigh * TWO_16) * TWO_16 + (lowest - Math.floor(lowest / TWO_16) * TWO_16);
}
