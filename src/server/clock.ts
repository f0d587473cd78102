/**
 * Time. The only place that reads a clock: everything else is handed one, so that tests and the embedded API can stop
 * it and move it.
 */

import type { Clock } from "../base/clock.js";
import { monotonicMs, nowMs } from "../base/timers.js";

export type { Clock } from "../base/clock.js";

export class SystemClock implements Clock {
  nowMs(): number {
    return nowMs();
  }

  nowUs(): number {
    return monotonicMs() * 1000;
  }
}

/** Stands still until it is told to move. */
export class ManualClock implements Clock {
  #ms: number;
  #us = 0;

  constructor(startMs = 1_700_000_000_000) {
    this.#ms = startMs;
  }

  nowMs(): number {
    return this.#ms;
  }

  nowUs(): number {
    return this.#us;
  }

  advance(ms: number): void {
    this.#ms += ms;
    this.#us += ms * 1000;
  }

  /** Moves the wall clock, forward or back; the monotonic one stays. */
  set(ms: number): void {
    this.#ms = ms;
  }
}
