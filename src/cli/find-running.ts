// Owns the way from a configuration file to the instance that runs with it. The pidfile follows from the port where no
// directive names one, and either may have been edited since the start: then the launch records say who reads the file.
import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { listDaemons, type RunningDaemon, readLaunchRecord } from "../daemon/index.js";
import { findServerArgs } from "./server-daemon.js";
import { hasOption, identifyWords, parseServerWords } from "./server-words.js";

export interface RunningOfFile {
  /** Started with this file and the same identity on the command line. */
  same: RunningDaemon[];
  /** Started with this file and another port or socket on the command line. */
  others: RunningDaemon[];
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

export function findRunningOfFile(serverArgs: readonly string[], directory: string): RunningOfFile {
  const found: RunningOfFile = { same: [], others: [] };
  const given = parseServerWords(serverArgs);
  if (given.file === undefined || hasOption(given, "pidfile")) return found;
  const file = realPath(resolve(directory, given.file));
  for (const daemon of listDaemons()) {
    const record = readLaunchRecord(daemon.pidfile);
    const args = record && findServerArgs(record.command);
    if (record === undefined || args === undefined) continue;
    const started = parseServerWords(args);
    if (started.file === undefined || realPath(resolve(record.workingDirectory, started.file)) !== file) continue;
    const list = identifyWords(started) === identifyWords(given) ? found.same : found.others;
    list.push(daemon);
  }
  return found;
}

/** One line for each, for an error. */
export function describeRunning(daemons: readonly RunningDaemon[]): string {
  return daemons
    .map(({ pid, addresses, pidfile }) => `  pid ${pid}, ${addresses.join(", ")}, --pidfile ${pidfile}`)
    .join("\n");
}
