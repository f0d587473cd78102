/** A set of 32-bit numbers for drawing without repetition: open addressing in one array. Used by set-draws.ts. */

/** Slots for each number to come: a probe meets few others. */
const SLOTS_PER_NUMBER = 2;
const SLOTS_MIN = 64;
/** A larger array is given up at the next reset. */
const KEEP_MAX_SLOTS = 2 ** 16;
const GOLDEN_RATIO = 0x9e3779b1;

export class DrawnNumbers {
  #slots = new Int32Array(SLOTS_MIN);
  #used = new Uint8Array(SLOTS_MIN);
  #shift = 32 - Math.log2(SLOTS_MIN);

  /** Empties the set and makes room for `count` numbers, which are all that may be added. */
  reset(count: number): void {
    const bits = Math.max(Math.ceil(Math.log2(count * SLOTS_PER_NUMBER + 1)), Math.log2(SLOTS_MIN));
    const size = 2 ** bits;
    if (size > this.#slots.length || this.#slots.length > KEEP_MAX_SLOTS) {
      this.#slots = new Int32Array(size);
      this.#used = new Uint8Array(size);
    } else {
      this.#used.fill(0, 0, size);
    }
    this.#shift = 32 - bits;
  }

  /** False when the number was there. */
  add(number: number): boolean {
    const last = 2 ** (32 - this.#shift) - 1;
    let at = Math.imul(number, GOLDEN_RATIO) >>> this.#shift;
    while (this.#used[at] === 1) {
      if (this.#slots[at] === number) return false;
      at = at === last ? 0 : at + 1;
    }
    this.#slots[at] = number;
    this.#used[at] = 1;
    return true;
  }
}
