// A clock that goes on by being read: time passes in a soak, and slices of work end, the same way on every machine.
import { ManualClock } from "#src/server/clock.js";

const READING_US = 500;

export class TickingClock extends ManualClock {
  #readUs = 0;

  override nowMs(): number {
    return super.nowMs() + Math.floor(this.#readUs / 1000);
  }

  override nowUs(): number {
    this.#readUs += READING_US;
    return super.nowUs() + this.#readUs;
  }
}
