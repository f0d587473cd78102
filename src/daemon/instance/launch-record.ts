// Owns the file beside the pidfile (`<pidfile>.launch`) that says how the instance was started, so that a restart
// starts the same again. Private to its owner: arguments can hold passwords, and whoever could write it would decide
// what the next restart executes.
import { closeSync, constants, fstatSync, readFileSync } from "node:fs";
import { DaemonError, toDaemonError } from "../errors.js";
import { openRegular, removeQuietly, replaceFile } from "./safe-file.js";

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
/** The text of a standard input is in it. */
const LONGEST_BYTES = 128 * 1024 ** 2;

export function launchRecordPath(pidfile: string): string {
  return `${pidfile}.launch`;
}

/**
 * Replaces the record as a whole. The caller holds the instance's lock, so nobody else is writing. Throws a DaemonError
 * if it cannot, or if something that is no launch record has the name.
 */
export function writeLaunchRecord(pidfile: string, record: LaunchRecord): void {
  const path = launchRecordPath(pidfile);
  const content = readFile(pidfile);
  if (content.kind === "other") throw content.error;
  try {
    closeSync(replaceFile(path, `${JSON.stringify(record)}\n`, MODE));
  } catch (error) {
    throw toDaemonError(error, `cannot write ${path}`);
  }
}

/** Removes it, unless something else has the name. */
export function removeLaunchRecord(pidfile: string): void {
  if (readFile(pidfile).kind !== "other") removeQuietly(launchRecordPath(pidfile));
}

type Content =
  | { kind: "absent" }
  /** A record that it is not safe to execute. */
  | { kind: "distrusted" }
  | { kind: "record"; record: LaunchRecord }
  | { kind: "other"; error: DaemonError };

function readFile(pidfile: string): Content {
  const path = launchRecordPath(pidfile);
  let fd: number | undefined;
  try {
    fd = openRegular(path, path, constants.O_RDONLY);
    if (fd === undefined) return { kind: "absent" };
    const stats = fstatSync(fd);
    const text = stats.size > LONGEST_BYTES ? "-" : readFileSync(fd, "utf8");
    if (/^[\0\s]*$/.test(text)) return { kind: "distrusted" }; // what a power failure can leave
    const record = parseLaunchRecord(text);
    if (record === undefined) {
      const error = new DaemonError("bad-pidfile", `cannot use ${path}: it exists and is no launch record`);
      return { kind: "other", error };
    }
    const isOurs = stats.uid === process.geteuid?.() && (stats.mode & 0o022) === 0;
    return isOurs ? { kind: "record", record } : { kind: "distrusted" };
  } catch (error) {
    if (error instanceof DaemonError) return { kind: "other", error };
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** The record, or undefined if there is none or it is not safe to execute what it says. */
export function readLaunchRecord(pidfile: string): LaunchRecord | undefined {
  const content = readFile(pidfile);
  return content.kind === "record" ? content.record : undefined;
}

function parseLaunchRecord(text: string): LaunchRecord | undefined {
  let value: Partial<LaunchRecord>;
  try {
    value = { ...JSON.parse(text) };
  } catch {
    return undefined;
  }
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
