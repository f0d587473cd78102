// Owns the pidfile itself: the pid and a newline, for other tools, and nothing else. What more is known of an instance
// lies beside it (state-file.ts, lock.ts, launch-record.ts). A file that is no pidfile is neither overwritten nor
// removed. Called by claim.ts and inspect.ts.
import { closeSync, constants, fstatSync, unlinkSync } from "node:fs";
import { DaemonError, errnoCode, toDaemonError } from "../errors.js";
import { tryLock } from "./file-lock.js";
import { isSameFile, openRegular, readStart, replaceFile } from "./safe-file.js";

/** A longer file is somebody's data, whatever is in it. */
const LONGEST_BYTES = 64;
const LARGEST_PID = 2 ** 22; // PID_MAX_LIMIT of 64-bit Linux; macOS stays below 100000

/** `empty`: also one full of NULs, which a power failure can leave. `other`: no pidfile at all. */
export type PidfileContent =
  | { kind: "absent" }
  | { kind: "empty" }
  | { kind: "pid"; pid: number }
  | { kind: "other"; why: string };

function parse(text: string): PidfileContent {
  if (/^[\0\s]*$/.test(text)) return { kind: "empty" };
  const pid = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : 0;
  // 0 means "my own process group" to kill(2). 1 may be ours, in a container.
  if (pid > 0 && pid <= LARGEST_PID) return { kind: "pid", pid };
  return { kind: "other", why: "it exists and is no pidfile; remove it or name another" };
}

/** What lies under the pidfile's name. Throws a DaemonError `not-permitted`. */
export function readPidfile(path: string): PidfileContent {
  let fd: number | undefined;
  try {
    fd = openRegular(`the pidfile ${path}`, path, constants.O_RDONLY);
    if (fd === undefined) return { kind: "absent" };
    const { size } = fstatSync(fd);
    if (size > LONGEST_BYTES) return { kind: "other", why: "it exists and is no pidfile; remove it or name another" };
    return parse(readStart(fd, LONGEST_BYTES));
  } catch (error) {
    if (error instanceof DaemonError && error.code === "bad-pidfile") {
      return { kind: "other", why: error.message.slice(error.message.lastIndexOf(": ") + 2) };
    }
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Throws a DaemonError `bad-pidfile` if what lies there must not be replaced, `not-permitted` if it cannot be read. */
export function checkPidfile(path: string): void {
  const content = readPidfile(path);
  if (content.kind === "other") throw new DaemonError("bad-pidfile", `cannot use the pidfile ${path}: ${content.why}`);
}

/**
 * Writes it as a whole; gives its descriptor, through which the file is locked (flock) for tools that ask that way.
 * Nothing of ours depends on that lock: whoever may read the file could take it. Throws a DaemonError.
 */
export function writePidfile(path: string, pid: number, mode: number): number {
  checkPidfile(path);
  try {
    return replaceFile(path, `${pid}\n`, mode, (fd) => tryLock(fd, false));
  } catch (error) {
    throw toDaemonError(error, `cannot write the pidfile ${path}`);
  }
}

/** Removes it if it still is the file behind `fd`, or, without one, if it says this pid. */
export function removePidfile(path: string, owner: { fd: number } | { pid: number }): void {
  try {
    if ("fd" in owner) {
      if (!isSameFile(path, fstatSync(owner.fd))) return;
    } else {
      const content = readPidfile(path);
      if (content.kind !== "pid" || content.pid !== owner.pid) return;
    }
    unlinkSync(path);
  } catch (error) {
    if (error instanceof DaemonError || errnoCode(error) !== undefined) return; // it stays, stale
    throw error;
  }
}
