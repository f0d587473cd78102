// Owns the answer to "who started this process?": a daemon does not detach from a manager that watches it. Called by
// daemon.ts for `detach: "auto"`, and by spawn-daemon.ts.
//
// Whatever a manager leaves in the environment is inherited by all descendants of its service: a shell in a session, a
// program that a service starts. So a variable counts only together with a proof that the manager means this very
// process: its own pid in a variable, or the manager as its parent.
import { spawnSync } from "node:child_process";
import { fstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

export type ServiceManager = "systemd" | "supervisor" | "upstart" | "launchd" | "inetd" | "container" | "init";

const INIT_NAMES = ["init", "systemd", "launchd", "runit", "runsvdir", "s6-svscan", "openrc-init", "busybox"];
/** Inits of containers: their child is the container's service. */
const CONTAINER_INIT_NAMES = ["tini", "docker-init", "dumb-init", "catatonit"];

function readName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

/** The command line of a process, its words separated by spaces; "" if it cannot be read. */
function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    if (process.platform === "linux" || process.platform === "win32") return "";
    return spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
}

function isInetdSocket(): boolean {
  try {
    return fstatSync(0).isSocket() && fstatSync(1).isSocket() && fstatSync(0).ino === fstatSync(1).ino;
  } catch {
    return false;
  }
}

/** Whether the process has bound the datagram socket of this path (`@name`: an abstract one). */
function hasBound(pid: number, path: string): boolean {
  try {
    const inodes = readFileSync("/proc/net/unix", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields.slice(7).join(" ") === path)
      .map((fields) => `socket:[${fields[6]}]`);
    if (inodes.length === 0) return false;
    return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.includes(readLink(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

/**
 * SYSTEMD_EXEC_PID names the service's process, where the manager is systemd 248 or later. Without it NOTIFY_SOCKET
 * counts if the parent is systemd, the system's or a user's, or whoever has bound that socket.
 */
function isSystemdService(env: NodeJS.ProcessEnv, parent: number): boolean {
  if (Number(env.LISTEN_PID) === process.pid) return true;
  if (env.SYSTEMD_EXEC_PID !== undefined) return Number(env.SYSTEMD_EXEC_PID) === process.pid;
  if (env.NOTIFY_SOCKET === undefined) return false;
  return readName(parent) === "systemd" || hasBound(parent, env.NOTIFY_SOCKET);
}

/**
 * The manager whose direct child this process is, or undefined. A shell script between the two must `exec`. (INVOCATION_ID
 * proves nothing, every shell of a desktop session has it.)
 */
export function detectServiceManager(
  env: NodeJS.ProcessEnv = process.env,
  parent: number = process.ppid,
): ServiceManager | undefined {
  if (isSystemdService(env, parent)) return "systemd";
  if (env.SUPERVISOR_ENABLED !== undefined && /\bsupervisord?\b/.test(readCommandLine(parent))) return "supervisor";
  if (env.UPSTART_JOB !== undefined && (parent === 1 || /^(init|upstart)$/.test(readName(parent)))) return "upstart";
  if (process.platform === "darwin" && parent === 1 && env.XPC_SERVICE_NAME !== undefined) return "launchd";
  if (process.pid === 1) return "container";
  if (isInetdSocket()) return "inetd";
  // A shell may be PID 1 of a container; its children are no services.
  if (parent !== 1) return undefined;
  const init = readName(1);
  if (CONTAINER_INIT_NAMES.includes(init)) return "container";
  return INIT_NAMES.includes(init) ? "init" : undefined;
}
