// What the commands of a soak are made of: few keys, so that commands meet each other, and values on both sides of
// every threshold between encodings.
import { Random } from "../../support/random.js";
import type { Arg, Command } from "../../support/resp-client.js";

/** Keys of one type; a command of another type gets one of them now and then. */
const KEYS_PER_TYPE = 14;
const CROSS_ONE_IN = 25;
/** The first letters of all types' keys: a family that lands adds its own. */
export const PREFIXES = ["str", "list", "set", "hash", "zset", "bits", "hll", "stream"] as const;
export type Prefix = (typeof PREFIXES)[number];

export const DATABASES = 3;

export class Draw extends Random {
  /** Unix ms of the soak's clock. */
  nowMs = 0;
  /** Collections grow and shrink by turns, so that they get large and cross every threshold both ways. */
  isGrowing = true;

  keyOf(prefix: Prefix): string {
    const kind = this.oneIn(CROSS_ONE_IN) ? this.pick(PREFIXES) : prefix;
    return `${kind}:${this.int(0, KEYS_PER_TYPE - 1)}`;
  }

  keysOf(prefix: Prefix, max = 4): string[] {
    return this.list(1, max, () => this.keyOf(prefix));
  }

  anyKey(): string {
    return this.keyOf(this.pick(PREFIXES));
  }

  /** A long name now and then: records keep the length of those in another place. */
  target(prefix: Prefix): string {
    return this.oneIn(40) ? `${prefix}:${"long".repeat(70)}` : this.keyOf(prefix);
  }

  /** One of some hundred, so that it is often there already. */
  member(): Arg {
    return this.weighted<() => Arg>([
      [8, () => `m${this.int(0, 400)}`],
      [4, () => this.int(-150, 150)],
      [1, () => this.integer()],
      [1, () => "x".repeat(this.int(40, 90)) + this.int(0, 20)],
      [1, () => "long".repeat(this.int(60, 100))],
      [1, () => this.value(30)],
    ])();
  }

  /** An element of a list, or a value: rarely a large one. */
  element(): Arg {
    return this.weighted<() => Arg>([
      [10, () => this.member()],
      [4, () => this.value(200)],
      [1, () => "element ".repeat(this.int(20, 400))],
      [0.1, () => this.bytes(this.int(4_000, 20_000))],
      [0.05, () => "z".repeat(this.int(60_000, 200_000))],
    ])();
  }

  /** No -0: a table keeps its sign and a listpack, as in Redis, does not, so that a dump may come back as another value. */
  score(): Arg {
    if (!this.oneIn(3)) return this.int(-30, 30);
    const text = this.floatText();
    return Number(text) === 0 ? "0" : text;
  }

  /** Few, or as many as cross a threshold at once. */
  many<T>(make: () => T): T[] {
    return this.list(1, this.oneIn(this.isGrowing ? 12 : 80) ? 700 : 8, make);
  }

  index(): number {
    return this.oneIn(4) ? this.int(-1500, 1500) : this.int(-12, 12);
  }

  count(): number {
    return this.oneIn(15) ? this.int(0, 900) : this.int(0, 6);
  }

  /** Milliseconds: mostly soon enough for the clock of the soak to get there. */
  ttlMs(): number {
    return this.oneIn(5) ? this.int(1, 10_000_000) : this.int(1, 20_000);
  }

  /** The same in whole seconds. */
  ttlSeconds(): number {
    return this.int(1, 60);
  }

  /** Picks any of the words, each with its chance of one in two. */
  some(...words: readonly Arg[]): Arg[] {
    return words.filter(() => this.oneIn(2));
  }

  maybe(...words: readonly Arg[]): readonly Arg[] {
    return this.oneIn(3) ? words : [];
  }
}

/** A weight, and how to make the command. */
export type Recipe = readonly [weight: number, make: (draw: Draw) => Command];

/** The commands of one group, as COMMAND DOCS names it: the soak's test sees that none is forgotten. */
export interface Family {
  readonly group: string;
  readonly recipes: readonly Recipe[];
  /** Commands of the group that the soak calls elsewhere, or must not call; and why. */
  readonly elsewhere?: Readonly<Record<string, string>>;
}
