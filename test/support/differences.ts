// Where pyredis follows a newer Redis than the redis-server at hand, by name and with a reason. Twin scripts list the
// differences they meet; one that is listed and not met fails the test, so that the lists never outlive their truth.
import { isOlder } from "./redis-server.js";
import { fmtCommand } from "./resp-client.js";
import { fmt, type Reply } from "./resp-value.js";
import type { Step } from "./twin-steps.js";

export interface Difference {
  /** A short name: "7.2: XINFO CONSUMERS has an inactive time". */
  readonly name: string;
  /** Why pyredis is right: what the newer version does. */
  readonly reason: string;
  /** The first version that behaves as pyredis does. Against that version and later ones the difference must be gone. */
  readonly since: string;
  /** The first words of the command, in any case: "CONFIG GET". */
  readonly command: string;
  /** What the reference says, as `fmt` text. Any reply if not given. */
  readonly reference?: string | RegExp;
  /** What pyredis says, as `fmt` text: a difference is allowed, an arbitrary reply is not. */
  readonly subject: string | RegExp;
}

export class DifferenceLedger {
  readonly #applicable: readonly Difference[];
  readonly #met = new Set<Difference>();

  constructor(allowed: readonly Difference[], referenceVersion: string) {
    this.#applicable = allowed.filter(({ since }) => isOlder(referenceVersion, since));
  }

  /** True when an entry explains this difference; the entry then counts as met. */
  accepts(step: Step, reference: Reply, subject: Reply): boolean {
    const text = "command" in step ? fmtCommand(step.command) : step.do;
    const entry = this.#applicable.find(
      (difference) =>
        startsWithWords(text, difference.command) &&
        (difference.reference === undefined || matches(fmt(reference), difference.reference)) &&
        matches(fmt(subject), difference.subject),
    );
    if (entry === undefined) return false;
    this.#met.add(entry);
    return true;
  }

  /** Names of entries that no reply needed. */
  unused(): string[] {
    return this.#applicable.filter((difference) => !this.#met.has(difference)).map(({ name }) => name);
  }

  /** What a reader of the test's output must know: differences in force, and comparisons that are left out. */
  preamble(steps: readonly Step[]): string[] {
    const ignored = new Set<string>();
    for (const step of steps) {
      if ("compare" in step && step.compare.ignoredBecause !== undefined) ignored.add(step.compare.ignoredBecause);
    }
    return [
      ...[...ignored].map((reason) => `not compared: ${reason}`),
      ...this.#applicable.map(({ name, reason }) => `known difference: ${name} (${reason})`),
    ];
  }
}

function matches(text: string, pattern: string | RegExp): boolean {
  return typeof pattern === "string" ? text === pattern : pattern.test(text);
}

function startsWithWords(text: string, words: string): boolean {
  const [a, b] = [text.toLowerCase(), words.toLowerCase()];
  return a === b || a.startsWith(`${b} `);
}
