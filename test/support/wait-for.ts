// Waiting with a bound. Tests use this in place of sleeping; the server starters use it to find out that a port answers.

/** A safety net, far above what a loaded machine needs: nothing is expected to take this long. */
const DEFAULT_TIMEOUT_MS = 30_000;

export interface WaitOptions {
  readonly timeoutMs?: number;
  readonly intervalMs?: number;
}

/**
 * Polls `condition` until it gives something truthy, and returns that. A condition that throws counts as not yet true;
 * the time-out error then carries what it threw last. `what` completes the sentence "timed out waiting for …".
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, false | 0 | "" | null | undefined>> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, intervalMs = 10 } = options;
  const deadline = performance.now() + timeoutMs;
  let thrown: unknown;
  for (;;) {
    thrown = undefined;
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | 0 | "" | null | undefined>;
    } catch (error) {
      thrown = error;
    }
    if (performance.now() >= deadline) {
      const because = thrown instanceof Error ? ` (${thrown.message})` : "";
      throw new Error(`timed out after ${timeoutMs} ms waiting for ${what}${because}`, { cause: thrown });
    }
    await sleep(intervalMs);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Gives what `promise` gives, or fails with "timed out after … ms: what". The promise itself is not cancelled. */
export async function withTimeout<T>(what: string, timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${timeoutMs} ms: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
