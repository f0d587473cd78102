// Owns what the starter tells the process it makes: one environment variable and two descriptors.
//
//   3  status pipe (write end)      closed after the one report
//   4  the lock file, locked        open for the daemon's life
//   5… the descriptors of `filesPreserved`, in their order
//
// A supervisor tells its worker the same way, but 3 is the channel that Node itself makes, and `role` says so. A
// rehearsal has no lock: the instance is another process's.
// Node sets close-on-exec on every descriptor it inherits, so none leaks into the daemon's own children.
import { fstatSync } from "node:fs";

export const HANDOFF_VARIABLE = "PYREDIS_DAEMON_HANDOFF";
export const STATUS_FD = 3;
export const LOCK_FD = 4;
export const FIRST_PRESERVED_FD = 5;

export interface Handoff {
  pidfile: string;
  logFile: string;
  /** The files behind descriptors 1 and 2: what is opened anew after a rotation. Empty: not ours. */
  stdout: string;
  stderr: string;
  role: "daemon" | "worker" | "rehearsal";
  /** The starter's directory: relative paths mean the same in both processes. */
  base: string;
  /** Where this process and a worker boot, as the first program did: what --env-file, --import and -r start from. */
  bootDirectory: string;
  /** What the daemon enters when it takes this. */
  workingDirectory: string;
  /** How long the daemon must outlive its ready() for the starter to believe it. */
  settleMs: number;
  /** How many descriptors are preserved. */
  files: number;
  /** The mask to set, where the launcher could not set it between fork and exec. */
  umask?: number;
}

export function formatHandoff(handoff: Handoff): string {
  return JSON.stringify(handoff);
}

function hasDescriptors(role: Handoff["role"]): boolean {
  const status = fstatSync(STATUS_FD);
  if (!(status.isFIFO() || status.isSocket())) return false;
  if (role !== "rehearsal" && !fstatSync(LOCK_FD).isFile()) return false;
  return role !== "worker" || process.send !== undefined;
}

/** The hand-off this process was started with; undefined in a process that no starter made. */
export function peekHandoff(): Handoff | undefined {
  const text = process.env[HANDOFF_VARIABLE];
  if (text === undefined) return undefined;
  try {
    const given: Partial<Handoff> = JSON.parse(text);
    const { pidfile, logFile, stdout, stderr, role, base, bootDirectory, workingDirectory, settleMs, files } = given;
    const texts = [pidfile, logFile, stdout, stderr, base, bootDirectory, workingDirectory];
    if (!texts.every((value) => typeof value === "string")) return undefined;
    const isRole = role === "daemon" || role === "worker" || role === "rehearsal";
    if (!isRole || typeof files !== "number" || typeof settleMs !== "number") {
      return undefined;
    }
    // The variable alone proves nothing, it may have been exported by hand: the descriptors must be there too.
    return hasDescriptors(role) ? (given as Handoff) : undefined;
  } catch {
    return undefined;
  }
}

/** Takes the hand-off if it is meant for this pidfile, and hides it from the process' own children. */
export function takeHandoff(pidfile: string): Handoff | undefined {
  const handoff = peekHandoff();
  if (handoff?.pidfile !== pidfile) return undefined;
  delete process.env[HANDOFF_VARIABLE];
  return handoff;
}
