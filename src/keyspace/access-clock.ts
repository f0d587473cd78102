/**
 * The 24-bit access clock of a record, which eviction, OBJECT IDLETIME and OBJECT FREQ read.
 *
 *   LRU:  seconds, modulo 2^24
 *   LFU:  minutes of the last decrement, modulo 2^16 (high 16 bits) | logarithmic counter (low 8 bits)
 *
 * The counter grows with probability 1 / ((counter - 5) * factor + 1), and loses one for every `decayMinutes` without
 * an access. Source: redis.conf(5), lfu-log-factor and lfu-decay-time.
 */

const CLOCK_RANGE = 2 ** 24;
const LFU_NEW = 5;
const MINUTES_RANGE = 2 ** 16;

export class AccessClock {
  lfu = false;
  logFactor = 10;
  decayMinutes = 1;
  /** Seconds modulo 2^24, updated by cron and dispatch. */
  #seconds = 0;
  #minutes = 0;
  readonly #random: (limit: number) => number;

  constructor(random: (limit: number) => number) {
    this.#random = random;
  }

  setTime(nowMs: number): void {
    const seconds = Math.floor(nowMs / 1000);
    this.#seconds = seconds % CLOCK_RANGE;
    this.#minutes = Math.floor(seconds / 60) % MINUTES_RANGE;
  }

  /** The access value of a new record. */
  fresh(): number {
    return this.lfu ? (this.#minutes << 8) | LFU_NEW : this.#seconds;
  }

  /** The access value after one more access. */
  touch(access: number): number {
    if (!this.lfu) return this.#seconds;
    const counter = this.frequency(access);
    return (this.#minutes << 8) | this.#grow(counter);
  }

  /** LRU: seconds since the last access. */
  idleSeconds(access: number): number {
    return (this.#seconds - access + CLOCK_RANGE) % CLOCK_RANGE;
  }

  /** The access value of a record that was last used so many seconds ago. */
  fromIdleSeconds(seconds: number): number {
    return (this.#seconds - (seconds % CLOCK_RANGE) + CLOCK_RANGE) % CLOCK_RANGE;
  }

  /** LFU: the counter with the decay that is due. */
  frequency(access: number): number {
    const counter = access & 255;
    if (this.decayMinutes === 0) return counter;
    const idle = (this.#minutes - (access >>> 8) + MINUTES_RANGE) % MINUTES_RANGE;
    return Math.max(0, counter - Math.floor(idle / this.decayMinutes));
  }

  fromFrequency(counter: number): number {
    return (this.#minutes << 8) | counter;
  }

  #grow(counter: number): number {
    if (counter === 255) return 255;
    const chance = 1 / (Math.max(0, counter - LFU_NEW) * this.logFactor + 1);
    return this.#random(2 ** 24) < chance * 2 ** 24 ? counter + 1 : counter;
  }
}
