/**
 * A histogram of command durations: log-linear buckets from 1 ns to a second, each at most 1/128 wide of its value, so
 * that percentiles have two exact digits, as Redis's have. INFO latencystats and LATENCY HISTOGRAM read it. Fixed
 * size (24 KiB), allocated once a command.
 *
 *   bucket 0 to 255: 0 to 255 ns, one each; then 128 buckets for every doubling
 */

const LINEAR = 256;
const LINEAR_LOG = 8;
const STEPS = 128;
const STEPS_LOG = 7;
const DOUBLINGS = 22;
const BUCKET_COUNT = LINEAR + STEPS * DOUBLINGS;
/** Longer durations count as this: a second. */
const MAX_NS = 1e9;
/** The first row of LATENCY HISTOGRAM ends here; each further one at twice the one before. */
const FIRST_ROW_NS = 1024;

export class LatencyHistogram {
  count = 0;
  readonly #buckets = new Float64Array(BUCKET_COUNT);

  record(microseconds: number, times: number): void {
    const bucket = bucketOf(microseconds * 1000);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + times;
    this.count += times;
  }

  /** The value, in µs, that `percent` of the durations do not exceed. */
  percentile(percent: number): number {
    const wanted = Math.max(1, Math.floor((percent / 100) * this.count + 0.5));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
      seen += this.#buckets[bucket] ?? 0;
      if (seen >= wanted) return highestOf(bucket) / 1000;
    }
    return 0;
  }

  /** [upper bound in µs, how many durations do not exceed it] for every doubling that has some of its own. */
  listRows(): [number, number][] {
    const rows: [number, number][] = [];
    let seen = 0;
    let bucket = 0;
    for (let limit = FIRST_ROW_NS; seen < this.count && bucket < BUCKET_COUNT; limit *= 2) {
      const end = bucketOf(limit);
      const before = seen;
      // A row includes the bucket that its limit is in: its bound is that bucket's.
      while (bucket <= end) seen += this.#buckets[bucket++] ?? 0;
      if (seen > before) rows.push([Math.floor(highestOf(end) / 1000), seen]);
    }
    return rows;
  }
}

function bucketOf(ns: number): number {
  const value = Math.round(Math.min(Math.max(0, ns), MAX_NS));
  if (value < LINEAR) return value;
  const log = 31 - Math.clz32(value);
  return LINEAR + (log - LINEAR_LOG) * STEPS + ((value >>> (log - STEPS_LOG)) - STEPS);
}

/** The largest value of a bucket, in ns. */
function highestOf(bucket: number): number {
  if (bucket < LINEAR) return bucket;
  const log = Math.floor((bucket - LINEAR) / STEPS) + LINEAR_LOG;
  const step = ((bucket - LINEAR) % STEPS) + STEPS;
  return (step + 1) * 2 ** (log - STEPS_LOG) - 1;
}
