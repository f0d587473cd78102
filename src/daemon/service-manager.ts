// Owns the answer to "who started this process?": a daemon does not detach from a manager that watches it. Called by
// daemon.ts for `detach: "auto"`.
import { fstatSync, readFileSync } from "node:fs";

export type ServiceManager = "systemd" | "supervisor" | "upstart" | "launchd" | "inetd" | "container" | "init";

const INIT_NAMES = ["init", "systemd", "launchd", "runit", "runsvdir", "s6-svscan", "openrc-init", "busybox"];

function readName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function isInetdSocket(): boolean {
  try {
    return fstatSync(0).isSocket() && fstatSync(1).isSocket() && fstatSync(0).ino === fstatSync(1).ino;
  } catch {
    return false;
  }
}

/**
 * The manager whose direct child this process is, or undefined. INVOCATION_ID alone proves nothing, every shell of a
 * desktop session has it; SYSTEMD_EXEC_PID names the very process.
 */
export function detectServiceManager(env: NodeJS.ProcessEnv = process.env): ServiceManager | undefined {
  if (env.NOTIFY_SOCKET !== undefined || Number(env.SYSTEMD_EXEC_PID) === process.pid) return "systemd";
  if (Number(env.LISTEN_PID) === process.pid) return "systemd";
  if (env.SUPERVISOR_ENABLED !== undefined) return "supervisor";
  if (env.UPSTART_JOB !== undefined) return "upstart";
  if (process.platform === "darwin" && process.ppid === 1 && env.XPC_SERVICE_NAME !== undefined) return "launchd";
  if (process.pid === 1) return "container";
  if (isInetdSocket()) return "inetd";
  // A shell may be PID 1 of a container; its children are no services.
  return process.ppid === 1 && INIT_NAMES.includes(readName(1)) ? "init" : undefined;
}
