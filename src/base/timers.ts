/**
 * The only source of timers and of the system's time in src/: taken when this module loads, so that a test's fake timers
 * (sinon, Jest, Vitest, node:test), which replace the functions later, do not stop a server that runs in the test's own
 * process. check-layers.mjs and Biome see to it that nothing else takes them from elsewhere.
 *
 * Where fakes of @sinonjs/fake-timers (in Jest and Vitest too) are in place already, what they have replaced is taken
 * from them. node:test keeps it to itself: its timers have to be enabled after the import.
 */
import { performance } from "node:perf_hooks";
import timers from "node:timers";

/** The fake's clock has each original under its name with "_" in front. */
interface Fake {
  readonly clock?: Readonly<Record<string, unknown>>;
}

function original<T extends object>(taken: T, name: string): T {
  const replaced = (taken as Fake).clock?.[`_${name}`];
  return typeof replaced === typeof taken ? (replaced as T) : taken;
}

const RealDate = original(Date, "Date");
const readHrtime = original(process.hrtime, "hrtime").bigint;
const readPerformance = performance.now.bind(performance);
const readDate = RealDate.now.bind(RealDate);

/** Node's own, not the global: it also knows of the event loop. */
export const systemPerformance: typeof performance = performance;

export const setTimeout = original(timers.setTimeout, "setTimeout");
export const clearTimeout = original(timers.clearTimeout, "clearTimeout");
export const setInterval = original(timers.setInterval, "setInterval");
export const clearInterval = original(timers.clearInterval, "clearInterval");
export const setImmediate = original(timers.setImmediate, "setImmediate");
export const clearImmediate = original(timers.clearImmediate, "clearImmediate");

/** Unix milliseconds. */
export function nowMs(): number {
  return readDate();
}

/** Milliseconds of a clock that never goes back. */
export function monotonicMs(): number {
  return readPerformance();
}

/** Nanoseconds of CLOCK_MONOTONIC, which other processes read too. */
export function monotonicNs(): bigint {
  return readHrtime();
}

/** The calendar's reading of a time, in local time. */
export function dateOf(ms: number): Date {
  return new RealDate(ms);
}

/** Resolves after so many milliseconds; rejects with the signal's reason when that aborts. */
export function delay(ms: number, options: { ref?: boolean; signal?: AbortSignal } = {}): Promise<void> {
  const { ref = true, signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    if (!ref) timer.unref();
  });
}
