// Owns the list of all daemons: one small file for each in a directory of the user (root's daemons in root's). It only
// says where the pidfiles are; whether something runs, the pidfile decides. Written by launcher.ts and by daemons
// that do not detach, read by `Daemon.list()` and `pyredis ps`.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nameOf } from "../base/errors.js";
import { nowMs } from "../base/timers.js";
import { type InstanceStatus, inspectInstance } from "./instance.js";
import { registryDirectory } from "./places.js";
import { readResidentBytes } from "./process-identity.js";

export interface RunningDaemon {
  name: string;
  pid: number;
  pidfile: string;
  state: "running" | "starting";
  uptimeMs: number | undefined;
  /** Resident memory, that of a supervisor and its worker together. */
  memoryBytes: number | undefined;
  addresses: readonly string[];
  logFile: string;
  reason: string;
}

function entryPath(pidfile: string): string {
  return join(registryDirectory(), createHash("sha256").update(pidfile).digest("hex").slice(0, 32));
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Gone already, or not ours any more (the privileges are given away): the next list drops it.
  }
}

/** A daemon that cannot be listed still runs: no failure here is one of the start. */
export function registerInstance(pidfile: string, name: string): void {
  try {
    mkdirSync(registryDirectory(), { recursive: true, mode: 0o755 });
    const path = entryPath(pidfile);
    const fresh = `${path}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify({ pidfile, name })}\n`, { mode: 0o644 });
    renameSync(fresh, path);
  } catch {
    // No such directory and no right to make it.
  }
}

export function unregisterInstance(pidfile: string): void {
  removeQuietly(entryPath(pidfile));
}

function describe(name: string, status: InstanceStatus): RunningDaemon | undefined {
  const { state, identity, pidfile, addresses, logFile, reason } = status;
  if (identity === undefined || (state !== "running" && state !== "starting")) return undefined;
  const { pid } = identity;
  const uptimeMs = status.since === undefined ? undefined : Math.max(0, nowMs() - status.since);
  const own = readResidentBytes(pid);
  const worker = status.worker === undefined ? 0 : (readResidentBytes(status.worker) ?? 0);
  const memoryBytes = own === undefined ? undefined : own + worker;
  const shown = status.name || name || pidfile;
  return { name: shown, pid, pidfile, state, uptimeMs, memoryBytes, addresses, logFile, reason };
}

/** All daemons of this user that run or start, by name. Entries of those that are gone are dropped. */
export function listDaemons(): RunningDaemon[] {
  const directory = registryDirectory();
  let entries: string[];
  try {
    entries = readdirSync(directory);
  } catch {
    return [];
  }
  const found: RunningDaemon[] = [];
  for (const entry of entries.filter((name) => /^[0-9a-f]{32}$/.test(name))) {
    const path = join(directory, entry);
    try {
      const { pidfile, name }: { pidfile?: unknown; name?: unknown } = JSON.parse(readFileSync(path, "utf8"));
      if (typeof pidfile !== "string") throw new TypeError("no pidfile");
      const status = inspectInstance(pidfile);
      const daemon = describe(typeof name === "string" ? name : "", status);
      if (daemon !== undefined) found.push(daemon);
      else if (status.state === "stopped") removeQuietly(path);
    } catch (error) {
      if (["SyntaxError", "TypeError"].includes(nameOf(error))) removeQuietly(path);
    }
  }
  return found.sort((a, b) => a.name.localeCompare(b.name) || a.pid - b.pid);
}
