// What the kernel says a server used: CPU time and resident memory, from /proc. Undefined where there is no /proc.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface CpuTimes {
  readonly userUs: number;
  readonly systemUs: number;
}

let ticksPerSecond: number | undefined;

export function readCpuTimes(pid: number): CpuTimes | undefined {
  const stat = readProc(pid, "stat");
  if (stat === undefined) return undefined;
  ticksPerSecond ??= Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  // The second field, the program's name, may hold spaces and parentheses: fields count from behind its last ")".
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const usPerTick = 1_000_000 / ticksPerSecond;
  return { userUs: Number(fields[11]) * usPerTick, systemUs: Number(fields[12]) * usPerTick };
}

export function readRssBytes(pid: number): number | undefined {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readProc(pid, "status") ?? "");
  return match === null ? undefined : Number(match[1]) * 1024;
}

/** What the machine can still give without swapping. */
export function readAvailableBytes(): number | undefined {
  const match = /^MemAvailable:\s+(\d+) kB/m.exec(readProc("meminfo") ?? "");
  return match === null ? undefined : Number(match[1]) * 1024;
}

function readProc(...path: readonly (string | number)[]): string | undefined {
  try {
    return readFileSync(`/proc/${path.join("/")}`, "utf8");
  } catch {
    return undefined;
  }
}
