// Repeatable chance for tests, and generators of the values that break servers. The same seed gives the same test on
// every machine and Node version; the seed is printed by whoever reports a failure.

const TWO_32 = 0x1_0000_0000;

/** mulberry32: 32 bits of state, good enough to choose test cases. */
export class Random {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  float(): number {
    return this.uint32() / TWO_32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.float() * (max - min + 1));
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.int(1, n) === 1;
  }

  pick<T>(items: readonly T[]): T {
    const [item] = items.slice(this.int(0, items.length - 1));
    if (item === undefined) throw new RangeError("nothing to pick from");
    return item;
  }

  /** Picks by weight: `weighted([[9, read], [1, write]])`. */
  weighted<T>(choices: readonly (readonly [weight: number, item: T])[]): T {
    let left = this.float() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, item] of choices) {
      left -= weight;
      if (left < 0) return item;
    }
    throw new RangeError("nothing to pick from");
  }

  /** `min` to `max` items, each made by `make`. */
  list<T>(min: number, max: number, make: () => T): T[] {
    return Array.from({ length: this.int(min, max) }, make);
  }

  shuffle<T>(items: readonly T[]): T[] {
    const left = [...items];
    const shuffled: T[] = [];
    while (left.length > 0) shuffled.push(...left.splice(this.int(0, left.length - 1), 1));
    return shuffled;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.uint32() & 0xff));
  }

  /** One of few keys, so that commands meet each other: `key:0` … `key:7`. */
  key(poolSize = 8, prefix = "key:"): string {
    return `${prefix}${this.int(0, poolSize - 1)}`;
  }

  /** A value: often short text, sometimes empty, binary, with CRLF, NUL or high bytes, a number, or longer. */
  value(maxBytes = 64): Buffer {
    const make = this.weighted<() => Buffer>([
      [6, () => Buffer.from(this.pick(["a", "b", "c", "foo", "bar", "hello world", "ABC"]))],
      [1, () => Buffer.alloc(0)],
      [2, () => this.bytes(this.int(1, Math.min(16, maxBytes)))],
      [1, () => Buffer.from(this.pick(["\r\n", "+OK\r\n", "$-1\r\n", "\0", "\0\0", '"', "\\", " ", "a\r\nb"]))],
      [1, () => Buffer.from(this.pick(["ff", "80", "c3a9", "fffe00", "efbfbd"]), "hex")],
      [2, () => Buffer.from(this.integer())],
      [1, () => this.bytes(this.int(1, maxBytes))],
    ]);
    return make().subarray(0, maxBytes);
  }

  /** A 64-bit integer as text: mostly small, else next to 0, ±2^31, ±2^32, ±2^53 or the ends of the range. */
  integer(): string {
    if (!this.oneIn(3)) return String(this.int(-10, 10));
    return String(this.pick(EDGE_INTEGERS));
  }

  /** What may stand where an integer should: an edge, one past the range, or no integer at all. */
  integerLike(): string {
    return this.oneIn(3) ? this.pick(NOT_INTEGERS) : this.integer();
  }

  /** A float as text, including the forms of infinity and the edges of precision. */
  floatText(): string {
    if (this.oneIn(3)) return this.pick(EDGE_FLOATS);
    if (this.oneIn(2)) return String(this.int(-100, 100));
    return String((this.float() - 0.5) * 10 ** this.int(-3, 6));
  }

  /** What may stand where a float should, NaN and nonsense included. */
  floatLike(): string {
    return this.oneIn(4) ? this.pick(NOT_FLOATS) : this.floatText();
  }
}

const EDGE_INTEGERS: readonly bigint[] = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n]
  .flatMap((edge) => [edge - 2n, edge - 1n, edge, edge + 1n, -edge - 1n, -edge, -edge + 1n])
  .filter((value) => value === BigInt.asIntN(64, value));

const NOT_INTEGERS: readonly string[] = [
  ...["9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999999"],
  ...["", " ", "1 ", " 1", "+1", "-0", "01", "0x10", "1e3", "1.0", "1.5", "one", "-", "--1", "1\0"],
];

const EDGE_FLOATS: readonly string[] = [
  ...["0", "-0", "0.1", "-0.1", "1e10", "1E-10", "3.0", "17.5", ".5", "5.", "+5", "1e308", "-1e308", "1e-320"],
  ...["inf", "-inf", "+inf", "Inf", "infinity", "-Infinity", "9007199254740993", "0.30000000000000004", "0x10"],
];

const NOT_FLOATS: readonly string[] = [
  ...["nan", "-nan", "NaN", "1e400", "-1e400", "1e-5000", "", " ", " 1", "1 ", "1,5", "one", "1e", "--1", "1.5.5"],
  ...["infi", "0x", "1_000", "1\0"],
];
