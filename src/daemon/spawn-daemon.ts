// Owns the making of the process: by the addon (fork, setsid, fork, exec), or without it by Node's spawn. The caller
// (launcher.ts) owns the descriptors it passes and closes them afterwards.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { errnoName, type NativeAddon, nativeAddon, type SpawnedNatively } from "../native/addon.js";
import { DaemonError, explain } from "./errors.js";
import { formatHandoff, HANDOFF_VARIABLE, type Handoff, LOCK_FD } from "./handoff.js";
import type { Command } from "./instance/launch-record.js";
import { detectServiceManager } from "./service-manager.js";

export interface SpawnRequest {
  command: Command;
  /** Its boot directory is where the process begins. */
  handoff: Handoff;
  umask: number;
  stdinFd: number;
  stdoutFd: number;
  stderrFd: number;
  lockFd: number;
  /** They become descriptors 5, 6, … */
  preserved: readonly number[];
}

export interface Spawned {
  pid: number;
  status: Readable;
}

// They describe channels and roles of the starter, not of the daemon. PWD would be a lie after chdir.
const NOT_INHERITED = [
  "NODE_CHANNEL_FD",
  "NODE_CHANNEL_SERIALIZATION_MODE",
  "NODE_UNIQUE_ID",
  "PWD",
  "OLDPWD",
  "LISTEN_PID",
  "LISTEN_FDS",
  "LISTEN_FDNAMES",
];

const OF_SYSTEMD = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC", "SYSTEMD_EXEC_PID"];

function buildEnvironment(handoff: Handoff): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, [HANDOFF_VARIABLE]: formatHandoff(handoff) };
  for (const name of NOT_INHERITED) delete env[name];
  // An ancestor's manager would hear of a daemon that is none of its services.
  if (detectServiceManager() !== "systemd") for (const name of OF_SYSTEMD) delete env[name];
  return env;
}

function spawnNatively(native: NativeAddon, request: SpawnRequest): Spawned {
  const { command, handoff, stdinFd, stdoutFd, stderrFd, lockFd, preserved } = request;
  const pipe = native.makePipe();
  if (typeof pipe === "number") throw new DaemonError("start-failed", `cannot make a pipe: ${errnoName(pipe)}`);
  const [readEnd, writeEnd] = pipe;
  const env = Object.entries(buildEnvironment(handoff)).map(([name, value]) => `${name}=${value ?? ""}`);
  let isMade = false;
  let spawned: SpawnedNatively;
  try {
    spawned = native.spawnDaemon(
      command.file,
      [command.file, ...command.args],
      env,
      handoff.bootDirectory,
      request.umask,
      [stdinFd, stdoutFd, stderrFd, writeEnd, lockFd, ...preserved],
    );
    isMade = spawned.stage === "";
  } finally {
    closeSync(writeEnd);
    if (!isMade) closeSync(readEnd);
  }
  const { pid, stage, error } = spawned;
  if (isMade) return { pid, status: new Socket({ fd: readEnd, readable: true, writable: false }) };
  const subject = stage === "execve" ? command.file : stage === "chdir" ? handoff.bootDirectory : "the daemon";
  throw new DaemonError("start-failed", `${stage} failed for ${subject}: ${errnoName(error)}`);
}

/**
 * Descriptors of this process that an exec would keep, from 5 on. Node marks what it inherits close-on-exec only up to
 * the first gap in the numbers (uv_disable_stdio_inheritance), so a shell's descriptor 251 would reach the daemon.
 */
function inheritableFds(): number[] {
  const O_CLOEXEC = 0o2000000;
  const found: number[] = [];
  try {
    for (const name of readdirSync("/proc/self/fdinfo")) {
      const fd = Number(name);
      if (fd <= LOCK_FD) continue;
      try {
        const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, "utf8"))?.[1];
        if (flags !== undefined && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0) found.push(fd);
      } catch {
        // The descriptor that listed the directory is gone.
      }
    }
  } catch {
    // No /proc: what leaks, leaks.
  }
  return found;
}

/** The daemon's descriptors. One that would leak is replaced by /dev/null: Node's spawn can replace but not close. */
function buildStdio(request: SpawnRequest, nullFd: number): StdioOptions {
  const { stdinFd, stdoutFd, stderrFd, lockFd, preserved } = request;
  const stdio: (number | "pipe" | "ignore")[] = [stdinFd, stdoutFd, stderrFd, "pipe", lockFd, ...preserved];
  const given = stdio.length;
  for (const fd of inheritableFds()) {
    if (fd < given) continue;
    while (stdio.length < fd) stdio.push("ignore"); // from 3 on this means: leave alone
    stdio[fd] = nullFd;
  }
  return stdio;
}

/**
 * One fork and setsid, no more: the daemon stays the leader of its session, so a terminal that it opened without
 * O_NOCTTY would become its controlling terminal. It sets its own umask, when it takes the hand-off.
 */
async function spawnWithNode(request: SpawnRequest): Promise<Spawned> {
  const { command, umask } = request;
  const nullFd = openSync("/dev/null", "r+");
  let child: ChildProcess;
  try {
    child = spawn(command.file, command.args, {
      cwd: request.handoff.bootDirectory,
      detached: true,
      env: buildEnvironment({ ...request.handoff, umask }),
      stdio: buildStdio(request, nullFd),
    });
  } finally {
    closeSync(nullFd);
  }
  const status = child.stdio[3];
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => {
      // Node ends its own side of the standard streams only.
      if (status instanceof Socket) status.destroy();
      reject(new DaemonError("start-failed", `cannot run ${command.file}: ${explain(error)}`));
    });
  });
  child.unref();
  if (child.pid === undefined || !(status instanceof Socket)) throw new Error("spawn gave no pid or no status pipe");
  return { pid: child.pid, status };
}

export async function spawnDaemon(request: SpawnRequest): Promise<Spawned> {
  const native = nativeAddon();
  return native === undefined ? await spawnWithNode(request) : spawnNatively(native, request);
}
