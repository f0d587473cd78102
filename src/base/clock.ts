/** What the server asks for the time. server/clock.ts has the system's and a manual one. */
export interface Clock {
  /** Unix milliseconds, whole. */
  nowMs(): number;
  /** Microseconds of a clock that never goes back; any origin. */
  nowUs(): number;
}
