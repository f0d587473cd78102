/** The slow log: the latest calls that took longer than `slowlog-log-slower-than`, newest first, bounded. */

import type { Command } from "../commands/command.js";
import { shownAttribute } from "../commands/connection/client-attribute.js";
import type { SlowlogEntry, SlowlogView } from "../commands/context.js";
import type { Args } from "../resp/args.js";
import { redactArgs } from "./redact.js";
import type { Session } from "./session.js";

const WORDS_MAX = 32;
const WORD_BYTES_MAX = 128;

export class Slowlog implements SlowlogView {
  /** In µs; negative switches it off. */
  thresholdUs = 10_000;
  maxLength = 128;
  #entries: SlowlogEntry[] = [];
  #nextId = 0;

  get length(): number {
    return this.#entries.length;
  }

  add(session: Session, command: Command, args: Args, microseconds: number, nowMs: number): void {
    if (this.maxLength === 0) return;
    this.#entries.unshift({
      id: this.#nextId++,
      unixSeconds: Math.floor(nowMs / 1000),
      microseconds: Math.floor(microseconds),
      words: clipWords(redactArgs(command, args)),
      address: session.address,
      name: shownAttribute(session.name),
    });
    this.trim();
  }

  trim(): void {
    if (this.#entries.length > this.maxLength) this.#entries.length = this.maxLength;
  }

  list(count: number): readonly SlowlogEntry[] {
    return count < 0 ? this.#entries : this.#entries.slice(0, count);
  }

  reset(): void {
    this.#entries = [];
  }
}

/** At most 32 words of at most 128 bytes; the rest is told in words. */
function clipWords(words: readonly Uint8Array[]): Uint8Array[] {
  const clipped = words.slice(0, words.length > WORDS_MAX ? WORDS_MAX - 1 : WORDS_MAX).map((word) => {
    if (word.length <= WORD_BYTES_MAX) return word;
    const more = Buffer.from(`... (${word.length - WORD_BYTES_MAX} more bytes)`);
    return Buffer.concat([word.subarray(0, WORD_BYTES_MAX), more]);
  });
  if (words.length > WORDS_MAX) clipped.push(Buffer.from(`... (${words.length - WORDS_MAX + 1} more arguments)`));
  return clipped;
}
