/** Rates over the last 1.6 seconds, as INFO's instantaneous_… fields show them. Sampled by cron, ten times a second. */

const SAMPLES = 16;

/** Ratios of the growth of two counters: commands by time, or time by cycles. The average is over the samples. */
export class Rate {
  readonly #samples = new Float64Array(SAMPLES);
  #next = 0;
  #value = 0;
  #base = 0;

  /** Takes a sample: the counters as they are now. */
  sample(value: number, base: number): void {
    const grown = base - this.#base;
    // A counter that was reset must not show as a negative rate.
    this.#samples[this.#next] = grown > 0 && value >= this.#value ? (value - this.#value) / grown : 0;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#value = value;
    this.#base = base;
  }

  /** The counters begin anew: what they are from here on counts as no growth. */
  restart(value: number, base: number): void {
    this.#samples.fill(0);
    this.#value = value;
    this.#base = base;
  }

  get average(): number {
    let sum = 0;
    for (const sample of this.#samples) sum += sample;
    return sum / SAMPLES;
  }

  /** The average where the base is milliseconds. */
  get perSecond(): number {
    return this.average * 1000;
  }
}
