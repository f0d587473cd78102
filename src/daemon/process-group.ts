// Owns the processes that a daemon has started and that share its process group: who they are, and their end together
// with it. Each is signalled by its identity, so a group number that came to mean others harms nobody. Called by
// controller.ts (a stop from outside), life.ts and supervisor.ts (the daemon's own end). Linux only: elsewhere nothing
// is found.
import { readdirSync, readFileSync } from "node:fs";
import { identifyProcess, isAlive, type ProcessIdentity } from "./instance/process-identity.js";
import { trySignal } from "./instance/process-signal.js";
import { waitUntil } from "./wait.js";

export interface ProcessGroup {
  /** Fields 5 and 6 of proc_pid_stat(5). */
  group: number;
  session: number;
}

/** After SIGKILL only the kernel's own work is left. */
const KILL_WAIT_MS = 5000;

export function readGroup(pid: number): ProcessGroup | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { group: Number(group), session: Number(session) };
  } catch {
    return undefined;
  }
}

/**
 * The group of a daemon, if it has one of its own, the first of a session: it leads it, or the child that was between
 * it and its starter did. In a shell's job, or among a manager's other processes, the group is theirs.
 */
export function ownGroup(pid: number): ProcessGroup | undefined {
  const found = readGroup(pid);
  if (found === undefined || found.group <= 1 || found.group !== found.session) return undefined;
  return found.group === pid || readGroup(found.group) === undefined ? found : undefined;
}

/** The others of the group that run, `except` for these. */
export function listGroup({ group, session }: ProcessGroup, except: readonly number[]): ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return found;
  }
  for (const name of names) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 1 || except.includes(pid)) continue;
    const its = readGroup(pid);
    if (its?.group !== group || its.session !== session) continue;
    const identity = identifyProcess(pid);
    if (identity !== undefined) found.push(identity);
  }
  return found;
}

function signalAll(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const identity of processes) {
    try {
      trySignal(identity, signal);
    } catch {
      // It has given itself other privileges: not ours to end any more.
    }
  }
}

/** At once and without waiting: SIGTERM to the others of the group. For the last moment of a process. */
export function askGroup(group: ProcessGroup, except: readonly number[]): void {
  signalAll(listGroup(group, except), "SIGTERM");
}

/** SIGTERM to the others of the group, SIGKILL to those that are left after `graceMs`. False if some are left still. */
export async function endGroup(group: ProcessGroup, except: readonly number[], graceMs: number): Promise<boolean> {
  const isEmpty = (): boolean => !listGroup(group, except).some(isAlive);
  askGroup(group, except);
  if (await waitUntil(isEmpty, graceMs)) return true;
  signalAll(listGroup(group, except), "SIGKILL");
  return await waitUntil(isEmpty, KILL_WAIT_MS);
}
