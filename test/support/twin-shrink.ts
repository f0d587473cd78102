// Makes the script of a failing twin short enough to read: leaves out whatever the failure does not need. twin.ts calls
// it after a difference; it knows nothing of servers.

export interface ShrinkBounds {
  readonly maxAttempts?: number;
  readonly maxMs?: number;
}

/**
 * `attempt` runs a candidate on fresh servers and gives the index of the first step that differs, or undefined. The
 * last item of `steps` is the one that failed. Removes runs of steps, long ones first (ddmin), within bounds, and keeps
 * what still fails. Gives `steps` back when not even those fail a second time.
 */
export async function shrinkSteps<T>(
  steps: readonly T[],
  attempt: (candidate: readonly T[]) => Promise<number | undefined>,
  bounds: ShrinkBounds = {},
): Promise<readonly T[]> {
  const { maxAttempts = 200, maxMs = 5_000 } = bounds;
  const deadline = performance.now() + maxMs;
  let attempts = 0;
  let shortest = steps;

  async function stillFails(candidate: readonly T[]): Promise<boolean> {
    attempts++;
    const index = await attempt(candidate);
    if (index === undefined) return false;
    shortest = candidate.slice(0, index + 1);
    return true;
  }

  if (!(await stillFails(steps))) return steps;
  let width = Math.ceil((shortest.length - 1) / 2);
  while (width > 0) {
    let hasShrunk = false;
    for (let at = 0; at < shortest.length - 1; ) {
      if (attempts >= maxAttempts || performance.now() > deadline) return shortest;
      const end = Math.min(at + width, shortest.length - 1);
      if (await stillFails([...shortest.slice(0, at), ...shortest.slice(end)])) hasShrunk = true;
      else at += width;
    }
    if (width === 1 && !hasShrunk) break;
    width = width === 1 ? 1 : Math.floor(width / 2);
  }
  return shortest;
}
