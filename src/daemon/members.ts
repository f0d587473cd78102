// Owns which daemons one object of options means: one, or with `instances` several, each with files of its own.
// Called by daemon.ts.
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, parse } from "node:path";
import { DaemonError } from "./errors.js";
import { type DaemonOptions, findPidfile } from "./options.js";

/** `crawler.pid` and 2 are `crawler@2.pid`. */
function numberFile(path: string, instance: number): string {
  const { dir, name, ext } = parse(path);
  return join(dir, `${name}@${instance}${ext}`);
}

/** The cores that this process may use, by their numbers; undefined where that cannot be told. */
export function readAllowedCores(): number[] | undefined {
  let list: string | undefined;
  try {
    list = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return undefined;
  }
  if (list === undefined) return undefined;
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function pinToCore(instance: number): readonly number[] {
  const cores = readAllowedCores() ?? [];
  const core = cores[instance % Math.max(1, cores.length)];
  if (core === undefined) throw new DaemonError("bad-option", "cpuAffinity: the cores of this system cannot be told");
  return [core];
}

/** How many daemons the options mean, or undefined for the one that has no number. */
export function countInstances({ instances }: DaemonOptions): number | undefined {
  return instances === "cores" ? availableParallelism() : instances;
}

/** The options of one of several daemons. */
export function memberOptions(options: DaemonOptions, instance: number): DaemonOptions {
  const { instances: _, cpuAffinity, ...rest } = options;
  const member: DaemonOptions = { ...rest };
  if (options.name !== undefined) member.instance = String(instance);
  for (const key of ["pidfile", "logFile", "stdout", "stderr"] as const) {
    const path = options[key];
    if (path !== undefined && path !== "/dev/null") member[key] = numberFile(path, instance);
  }
  if (cpuAffinity === true) member.cpuAffinity = pinToCore(instance);
  else if (cpuAffinity !== undefined) member.cpuAffinity = cpuAffinity;
  return member;
}

/** For questions about files, which need no core. */
function withoutCores({ cpuAffinity: _, ...rest }: DaemonOptions): DaemonOptions {
  return rest;
}

/** The number in the name of a pidfile of one of several daemons, or undefined if it is none of theirs. */
export function findInstance(options: DaemonOptions, base: string, pidfile: string): number | undefined {
  const number = /@(0|[1-9]\d{0,3})(\.[^./]*)?$/.exec(basename(pidfile))?.[1];
  if (number === undefined) return undefined;
  const member = memberOptions(withoutCores(options), Number(number));
  return findPidfile(member, base) === pidfile ? Number(number) : undefined;
}

/**
 * The numbers of all that can exist: those the options ask for, and further ones that an earlier, larger number has
 * left. A stop means these too.
 */
export function listInstances(options: DaemonOptions, base: string): number[] {
  const found = new Set(Array.from({ length: countInstances(options) ?? 0 }, (_, i) => i));
  const directory = dirname(findPidfile(memberOptions(withoutCores(options), 0), base));
  try {
    for (const name of readdirSync(directory)) {
      const instance = findInstance(options, base, join(directory, name));
      if (instance !== undefined) found.add(instance);
    }
  } catch {
    // No directory, no further ones.
  }
  return [...found].sort((a, b) => a - b);
}

/** What the daemon is called where it has to be called something. */
export function displayName(options: DaemonOptions, pidfile: string): string {
  return options.name ?? basename(pidfile).replace(/(@\d+)?\.[^.]*$/, "");
}
