/**
 * How much memory the process has in use, as the system sees it. Read by cron and by INFO: Node reads a file for it, which
 * fails when no descriptor is left, and the last answer is the best one then.
 */
let lastBytes = 0;

export function readResidentBytes(): number {
  try {
    lastBytes = process.memoryUsage.rss();
  } catch {
    // EMFILE, ENFILE, or no /proc.
  }
  return lastBytes;
}
