/**
 * Log lines of exceptions that nobody expected. Each is a bug of ours, or of whoever embeds the server; what it met is
 * given up, and the server lives. A fault that a client can provoke, or cron meets ten times a second, must not fill the
 * disk: a place gets so many lines a minute, and the next line says how many were left out.
 */
import { stackOf } from "../base/errors.js";
import { mapStack } from "../base/source-map.js";

const LINES_PER_MINUTE = 10;
const MINUTE_MS = 60_000;
/** Places are fixed texts; this is for the one that is not. */
const PLACES_MAX = 64;

interface Place {
  sinceMs: number;
  lines: number;
  omitted: number;
}

export class FailureLog {
  readonly #places = new Map<string, Place>();

  /** The line for an exception at this place, or null when it has had its lines. Never throws. */
  describe(place: string, error: unknown, nowMs: number): string | null {
    const entry = this.#enter(place, nowMs);
    if (entry.lines === LINES_PER_MINUTE) {
      entry.omitted++;
      return null;
    }
    entry.lines++;
    const omitted = entry.omitted === 0 ? "" : ` (${entry.omitted} more of these were not logged)`;
    entry.omitted = 0;
    return `BUG ${place}: ${describeError(error)}${omitted}`;
  }

  #enter(place: string, nowMs: number): Place {
    let entry = this.#places.get(place);
    if (entry === undefined) {
      if (this.#places.size === PLACES_MAX) this.#places.clear();
      entry = { sinceMs: nowMs, lines: 0, omitted: 0 };
      this.#places.set(place, entry);
    } else if (Math.abs(nowMs - entry.sinceMs) >= MINUTE_MS) {
      entry.sinceMs = nowMs;
      entry.lines = 0;
    }
    return entry;
  }
}

/** An exception for people, with its stack where it has one. Anything can be thrown, an object that throws included. */
export function describeError(error: unknown): string {
  try {
    return mapStack(stackOf(error));
  } catch {
    return "an exception that cannot be described";
  }
}
