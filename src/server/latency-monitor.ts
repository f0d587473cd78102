/**
 * The latency monitor: events that took at least `latency-monitor-threshold` ms, the latest 160 of each kind, one a
 * second at most (the worst of that second). 0 switches it off.
 */
import type { LatencyEvent, LatencyView } from "../commands/context.js";

const SAMPLES_MAX = 160;

interface Series {
  readonly name: string;
  readonly samples: [number, number][];
  maxMs: number;
}

export class LatencyMonitor implements LatencyView {
  thresholdMs = 0;
  readonly #series = new Map<string, Series>();

  get events(): readonly LatencyEvent[] {
    return [...this.#series.values()];
  }

  find(name: string): LatencyEvent | null {
    return this.#series.get(name) ?? null;
  }

  add(name: string, ms: number, nowMs: number): void {
    const duration = Math.floor(ms);
    if (this.thresholdMs === 0 || duration < this.thresholdMs) return;
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { name, samples: [], maxMs: 0 };
      this.#series.set(name, series);
    }
    series.maxMs = Math.max(series.maxMs, duration);
    const second = Math.floor(nowMs / 1000);
    const last = series.samples.at(-1);
    if (last !== undefined && last[0] === second) {
      last[1] = Math.max(last[1], duration);
      return;
    }
    series.samples.push([second, duration]);
    if (series.samples.length > SAMPLES_MAX) series.samples.shift();
  }

  reset(names: readonly string[]): number {
    if (names.length === 0) {
      const count = this.#series.size;
      this.#series.clear();
      return count;
    }
    return names.filter((name) => this.#series.delete(name)).length;
  }
}
