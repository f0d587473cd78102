// Owns the list of instances as `Daemon.list()` and `pyredis ps` show it: what the registry names, as its own files
// describe it.
import { nowMs } from "../../base/timers.js";
import { removeLeftovers } from "./claim.js";
import { type InstanceState, type InstanceStatus, inspectInstance } from "./inspect.js";
import { readResidentBytes } from "./process-identity.js";
import { readRegistry, unregisterInstance } from "./registry.js";
import type { InstanceEnd, Watcher } from "./state-file.js";

export interface ListedInstance {
  name: string;
  /** Undefined if it does not run. */
  pid: number | undefined;
  pidfile: string;
  state: InstanceState;
  uptimeMs: number | undefined;
  /** Resident memory, that of a supervisor and its worker together. */
  memoryBytes: number | undefined;
  addresses: readonly string[];
  logFile: string;
  reason: string;
  watcher: Watcher | undefined;
  end: InstanceEnd | undefined;
}

export interface RunningDaemon extends ListedInstance {
  pid: number;
  state: "running" | "starting";
}

function describe(status: InstanceStatus): ListedInstance {
  const { name, state, identity, pidfile, addresses, logFile, reason, watcher, end } = status;
  const runs = identity !== undefined;
  const own = runs ? readResidentBytes(identity.pid) : undefined;
  const worker = status.worker === undefined ? 0 : (readResidentBytes(status.worker) ?? 0);
  return {
    name,
    pid: identity?.pid,
    pidfile,
    state,
    uptimeMs: runs && status.since !== undefined ? Math.max(0, nowMs() - status.since) : undefined,
    memoryBytes: own === undefined ? undefined : own + worker,
    addresses,
    logFile,
    reason,
    watcher,
    end,
  };
}

/**
 * All instances of this user that run, start, or have ended otherwise than in order; by name. Entries of those that are
 * gone are dropped. Never throws.
 */
export function listInstances(): ListedInstance[] {
  const found: ListedInstance[] = [];
  for (const { pidfile } of readRegistry()) {
    const status = inspectInstance(pidfile);
    const isOver = status.state === "dead" && status.isPassing === true && removeLeftovers(pidfile);
    if (status.state === "stopped" || isOver) unregisterInstance(pidfile);
    else found.push(describe(status));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name) || a.pidfile.localeCompare(b.pidfile));
}

function isRunning(instance: ListedInstance): instance is RunningDaemon {
  return instance.pid !== undefined;
}

/** All daemons of this user that run or start, by name. Never throws. */
export function listDaemons(): RunningDaemon[] {
  return listInstances().filter(isRunning);
}
