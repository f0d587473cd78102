// Owns the sending of signals to a process that a pidfile names. Called by instance.ts and launcher.ts.
import { closeSync } from "node:fs";
import { constants } from "node:os";
import { errnoName, nativeAddon } from "../../native/addon.js";
import { DaemonError, errnoCode } from "../errors.js";
import { type ProcessIdentity, probeProcess } from "./process-identity.js";

function refused(identity: ProcessIdentity, signal: NodeJS.Signals): DaemonError {
  return new DaemonError("not-permitted", `not permitted to send ${signal} to pid ${identity.pid}`, identity.pid);
}

function trySignalByPid(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (probeProcess(identity) !== "alive") return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch (error) {
    if (errnoCode(error) === "ESRCH") return false;
    if (errnoCode(error) === "EPERM") throw refused(identity, signal);
    throw error;
  }
}

/**
 * Sends `signal` to exactly this process; false if it has ended. A pidfd is opened first and the identity is checked
 * after: from then on the descriptor cannot come to mean another process. Without pidfd (old kernel, no addon,
 * macOS) a recycled pid could slip in between the check and the kill, within microseconds.
 */
export function trySignal(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  const native = nativeAddon();
  const pidfd = native?.pidfdOpen(identity.pid) ?? -1;
  if (native === undefined || pidfd < 0) return trySignalByPid(identity, signal);
  try {
    if (probeProcess(identity) !== "alive") return false;
    const result = native.pidfdSendSignal(pidfd, constants.signals[signal]);
    if (result === 0) return true;
    if (errnoName(result) === "ESRCH") return false;
    // A seccomp filter that knows pidfd_open but not pidfd_send_signal answers EPERM too: let kill(2) decide.
    return trySignalByPid(identity, signal);
  } finally {
    closeSync(pidfd);
  }
}
