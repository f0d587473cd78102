// Owns bounded waiting. Daemons are not children of the processes that ask about them, so there is no event to await.

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/** Asks until `condition` holds; false if it did not within `timeoutMs`. Asks at least once. */
import { delay, monotonicMs } from "../base/timers.js";
export async function waitUntil(condition: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = monotonicMs() + timeoutMs;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    if (condition()) return true;
    const left = deadline - monotonicMs();
    if (left <= 0) return false;
    await delay(Math.min(pause, left));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}
