// Owns where a daemon that is known by a name keeps its files, and where the list of all daemons is. Root gets the
// system's places (FHS), everybody else the XDG ones.
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { DaemonError, errnoCode, explain } from "./errors.js";

/** XDG wants relative values ignored. */
function fromEnvironment(name: string, fallback: string): string {
  const value = process.env[name];
  return value !== undefined && isAbsolute(value) ? value : fallback;
}

function isOwnDirectory(path: string): boolean {
  try {
    const stats = statSync(path);
    return stats.isDirectory() && stats.uid === process.geteuid?.();
  } catch {
    return false;
  }
}

/** The directory, or `/` where it is gone. */
export function findDirectory(path: string): string {
  try {
    return statSync(path).isDirectory() ? path : "/";
  } catch {
    return "/";
  }
}

/** Refuses a working directory that the daemon could not enter. */
export function checkWorkingDirectory(path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (error) {
    const code = errnoCode(error) === "EACCES" ? "not-permitted" : "start-failed";
    throw new DaemonError(code, `cannot enter the working directory ${path}: ${explain(error)}`);
  }
  throw new DaemonError("start-failed", `cannot enter the working directory ${path}: it is no directory`);
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** What is kept over a reboot. */
export function stateDirectory(): string {
  return isRoot() ? "/var/lib" : fromEnvironment("XDG_STATE_HOME", join(homedir(), ".local/state"));
}

/** What a reboot clears; where there is no such place, the state directory. */
export function runDirectory(): string {
  if (isRoot()) return process.platform === "linux" ? "/run" : "/var/run";
  // Set but somebody else's after `su`; unset without a login session.
  const path = fromEnvironment("XDG_RUNTIME_DIR", "");
  return path !== "" && isOwnDirectory(path) ? path : stateDirectory();
}

export function logDirectory(): string {
  return isRoot() ? "/var/log" : stateDirectory();
}

export function registryDirectory(): string {
  return fromEnvironment("PYREDIS_DAEMON_REGISTRY", join(runDirectory(), "pyredis-daemons"));
}

/** `name`, or `name@instance` as systemd writes it: one word that is a file's name. */
export function joinName(name: string, instance: string | undefined): string {
  for (const word of instance === undefined ? [name] : [name, instance]) {
    if (!/^[\w.-]{1,100}$/.test(word) || word.startsWith(".")) {
      throw new DaemonError("bad-option", `a name consists of letters, digits, "_", "-" and ".", unlike "${word}"`);
    }
  }
  return instance === undefined ? name : `${name}@${instance}`;
}

export function namedPidfile(name: string, instance: string | undefined): string {
  return join(runDirectory(), name, `${joinName(name, instance)}.pid`);
}

export function namedLogFile(name: string, instance: string | undefined): string {
  return join(logDirectory(), name, `${joinName(name, instance)}.log`);
}
