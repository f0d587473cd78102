// Owns `pyredis ps`: all instances of this user that run or have ended otherwise than in order, those of other programs
// that use the library included.
import { type ListedInstance, listInstances } from "../daemon/index.js";
import { EXIT_OK } from "./exit-codes.js";

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** The two largest units: `3d 4h`, `12s`. */
export function formatDuration(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first === -1) return "0s";
  let left = ms;
  const words: string[] = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0) words.push(`${count}${unit}`);
  }
  return words.join(" ");
}

function formatMemory(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)}M`;
}

/** "running", or "running (systemd)" of one that is no daemon of its own. */
function formatState({ state, watcher }: ListedInstance): string {
  return watcher === undefined ? state : `${state} (${watcher})`;
}

function toRow(instance: ListedInstance): string[] {
  const { name, pid, uptimeMs, memoryBytes, addresses, pidfile, reason } = instance;
  return [
    name,
    pid === undefined ? "-" : String(pid),
    formatState(instance),
    uptimeMs === undefined ? "-" : formatDuration(uptimeMs),
    memoryBytes === undefined ? "-" : formatMemory(memoryBytes),
    (pid === undefined ? "" : addresses.join(",")) || "-",
    pidfile,
    reason,
  ];
}

export function ps(options: { json: boolean }): number {
  const instances = listInstances();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(instances)}\n`);
    return EXIT_OK;
  }
  const titles = ["NAME", "PID", "STATE", "UPTIME", "MEMORY", "ADDRESS", "PIDFILE", "REASON"];
  const rows = [titles, ...instances.map(toRow)];
  const widths = titles.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    process.stdout.write(`${line.trimEnd()}\n`);
  }
  return EXIT_OK;
}
