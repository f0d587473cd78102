// Owns the file beside the pidfile (`<pidfile>.launch`) that says how the instance was started, so that a restart
// starts the same again. Private to its owner: arguments can hold passwords, and whoever could write it would decide
// what the next restart executes.
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { errnoCode } from "./errors.js";

/** A program and its arguments; `file` is absolute. */
export interface Command {
  file: string;
  args: readonly string[];
}

export interface LaunchRecord {
  command: Command;
  workingDirectory: string;
  umask: number;
  logFile: string;
  /** What the daemon reads as its standard input; absent means /dev/null. */
  stdin?: string;
  /** A file as its standard input, and others than the log as its output. */
  stdinFile?: string;
  stdout?: string;
  stderr?: string;
  /** Where the start was asked for: what relative paths in the program's own options mean. */
  base: string;
  /** Where the program booted that asked for it: what its relative Node options mean. Default: the base. */
  bootDirectory?: string;
  /** Of the list of daemons. */
  name?: string;
  /** Whom the log belongs to, when the daemon gives its privileges away. */
  logOwner?: { uid: number; gid: number };
}

const MODE = 0o600;

export function launchRecordPath(pidfile: string): string {
  return `${pidfile}.launch`;
}

/** Replaces the record as a whole. The caller holds the pidfile's lock, so nobody else is writing. */
export function writeLaunchRecord(pidfile: string, record: LaunchRecord): void {
  const path = launchRecordPath(pidfile);
  const fresh = `${path}.new`;
  removeFile(fresh);
  writeFileSync(fresh, `${JSON.stringify(record)}\n`, { mode: MODE, flag: "wx" });
  renameSync(fresh, path);
}

export function removeLaunchRecord(pidfile: string): void {
  removeFile(launchRecordPath(pidfile));
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return;
    // It stays behind; the next start replaces it or says why it cannot.
  }
}

/** The record, or undefined if there is none or it is not safe to execute what it says. */
export function readLaunchRecord(pidfile: string): LaunchRecord | undefined {
  let fd: number;
  try {
    fd = openSync(launchRecordPath(pidfile), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.uid !== process.geteuid?.() || (stats.mode & 0o022) !== 0) return undefined;
    return parseLaunchRecord(readFileSync(fd, "utf8"));
  } catch {
    return undefined;
  } finally {
    closeSync(fd);
  }
}

function parseLaunchRecord(text: string): LaunchRecord | undefined {
  const value: Partial<LaunchRecord> = JSON.parse(text);
  const { command, workingDirectory, umask, logFile, base, logOwner } = value;
  if (typeof command?.file !== "string" || !Array.isArray(command.args)) return undefined;
  if (!command.args.every((arg) => typeof arg === "string")) return undefined;
  if (typeof workingDirectory !== "string" || typeof umask !== "number" || typeof logFile !== "string")
    return undefined;
  if (typeof base !== "string") return undefined;
  const record: LaunchRecord = { command, workingDirectory, umask, logFile, base };
  for (const key of ["stdin", "stdinFile", "stdout", "stderr", "name", "bootDirectory"] as const) {
    const given = value[key];
    if (typeof given === "string") record[key] = given;
  }
  if (typeof logOwner?.uid === "number" && typeof logOwner.gid === "number") {
    record.logOwner = { uid: logOwner.uid, gid: logOwner.gid };
  }
  return record;
}
