/**
 * The slow log: the latest calls that took longer than `slowlog-log-slower-than`, newest first. Bounded by
 * `slowlog-max-len`, and by a share of the JavaScript heap whatever that says. A call costs what is kept of it: at most
 * 32 words of at most 128 bytes, copied once.
 */
import { getHeapStatistics } from "node:v8";
import { Queue } from "../base/queue.js";
import type { Command } from "../commands/command.js";
import { shownAttribute } from "../commands/connection/client-attribute.js";
import type { SlowlogEntry, SlowlogView } from "../commands/context.js";
import type { Args } from "../resp/args.js";
import { countHidden, viewShown } from "./redact.js";
import type { Session } from "./session.js";

const WORDS_MAX = 32;
const WORD_BYTES_MAX = 128;
/** What an entry takes on the heap beside its words and texts, about, and a word beside its bytes. */
const ENTRY_BYTES = 200;
const WORD_BYTES = 100;
const HEAP_SHARE = 1 / 32;

interface KeptEntry extends SlowlogEntry {
  readonly bytes: number;
}

export class Slowlog implements SlowlogView {
  /** In µs; negative switches it off. */
  thresholdUs = 10_000;
  maxLength = 128;
  /** Oldest first. */
  readonly #entries = new Queue<KeptEntry>();
  #bytes = 0;
  #nextId = 0;
  readonly #maxBytes = getHeapStatistics().heap_size_limit * HEAP_SHARE;

  get length(): number {
    return this.#entries.length;
  }

  add(session: Session, command: Command, args: Args, microseconds: number, nowMs: number): void {
    if (this.maxLength === 0) return;
    const words = keepWords(command, args);
    const name = shownAttribute(session.name);
    let bytes = ENTRY_BYTES + session.address.length + name.length;
    for (const word of words) bytes += WORD_BYTES + word.length;
    this.#entries.push({
      id: this.#nextId++,
      unixSeconds: Math.floor(nowMs / 1000),
      microseconds: Math.floor(microseconds),
      words,
      address: session.address,
      name,
      bytes,
    });
    this.#bytes += bytes;
    this.trim();
  }

  trim(): void {
    while (this.#entries.length > this.maxLength || this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#entries.shift()?.bytes ?? 0;
    }
  }

  /** The latest `count`, newest first; all with a negative one. */
  list(count: number): readonly SlowlogEntry[] {
    const entries = this.#entries;
    const shown = count < 0 ? entries.length : Math.min(count, entries.length);
    const list: SlowlogEntry[] = [];
    for (let i = 1; i <= shown; i++) {
      const entry = entries.at(entries.length - i);
      if (entry !== undefined) list.push(entry);
    }
    return list;
  }

  reset(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}

/** At most 32 words of at most 128 bytes; the rest is told in words. */
function keepWords(command: Command, args: Args): Uint8Array[] {
  const shown = args.count > WORDS_MAX ? WORDS_MAX - 1 : args.count;
  const words: Uint8Array[] = [];
  for (let i = 0; i < shown; i++) {
    const word = viewShown(command, args, i, WORD_BYTES_MAX);
    const hidden = countHidden(command, args, i, WORD_BYTES_MAX);
    words.push(hidden === 0 ? word.slice() : Buffer.concat([word, Buffer.from(`... (${hidden} more bytes)`)]));
  }
  if (args.count > shown) words.push(Buffer.from(`... (${args.count - shown} more arguments)`));
  return words;
}
