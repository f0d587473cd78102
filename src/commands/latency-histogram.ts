/**
 * A histogram of command durations: log-linear buckets from 1 µs to about a second, each at most 1/16 wide of its
 * value. INFO latencystats and LATENCY HISTOGRAM read it. Fixed size, allocated once a command.
 *
 *   bucket 0 to 31: 0 to 31 µs, one each; then 16 buckets for every doubling
 */

const LINEAR = 32;
const STEPS = 16;
const DOUBLINGS = 26;
const BUCKET_COUNT = LINEAR + STEPS * DOUBLINGS;

export class LatencyHistogram {
  count = 0;
  readonly #buckets = new Float64Array(BUCKET_COUNT);

  record(microseconds: number, times: number): void {
    const bucket = bucketOf(microseconds);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + times;
    this.count += times;
  }

  /** The value, in µs, that `percent` of the durations do not exceed. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.ceil((this.count * percent) / 100));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= wanted) return highestOf(bucket);
    }
    return 0;
  }

  /** [upper bound in µs, how many durations do not exceed it] at powers of two, up to where all are counted. */
  cumulativeByPowerOfTwo(): [number, number][] {
    const rows: [number, number][] = [];
    let seen = 0;
    let bucket = 0;
    for (let limit = 1; seen < this.count; limit *= 2) {
      const before = seen;
      while (bucket < BUCKET_COUNT && highestOf(bucket) <= limit) seen += this.#buckets[bucket++] ?? 0;
      if (seen > before) rows.push([limit, seen]);
      if (bucket === BUCKET_COUNT) break;
    }
    return rows;
  }
}

function bucketOf(microseconds: number): number {
  const value = Math.min(Math.max(0, Math.floor(microseconds)), 2 ** 31 - 1);
  if (value < LINEAR) return value;
  const log = 31 - Math.clz32(value);
  return Math.min(BUCKET_COUNT - 1, LINEAR + (log - 5) * STEPS + ((value >>> (log - 4)) - STEPS));
}

function highestOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const log = Math.floor((bucket - LINEAR) / STEPS) + 5;
  const step = ((bucket - LINEAR) % STEPS) + STEPS;
  return (step + 1) * 2 ** (log - 4) - 1;
}
