// Owns how the files of an instance are opened and replaced: without following a link, without waiting for a fifo,
// and so that a reader finds the old content or the new one. Called by the other files of this folder and by the
// launcher.
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DaemonError, errnoCode, toDaemonError } from "../errors.js";

// O_NOFOLLOW: a link planted in a shared directory must not choose what is opened. O_NONBLOCK: the open of a fifo
// returns.
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Opens a regular file. `label` names it in errors ("the pidfile /run/x.pid"). Undefined: there is none, and `flags`
 * do not create one. Throws a DaemonError `bad-pidfile` or `not-permitted`.
 */
export function openRegular(label: string, path: string, flags: number, mode = 0o600): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, flags | SAFE, mode);
  } catch (error) {
    const code = errnoCode(error);
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    if (isMissing && (flags & constants.O_CREAT) === 0) return undefined;
    throw toDaemonError(error, `cannot use ${label}`, "bad-pidfile");
  }
  const stats = fstatSync(fd);
  if (stats.isFile()) return fd;
  closeSync(fd);
  const what = stats.isDirectory() ? "a directory" : "not a regular file";
  throw new DaemonError("bad-pidfile", `cannot use ${label}: it is ${what}`);
}

/** The first `limit` bytes of a file, as text. */
export function readStart(fd: number, limit: number): string {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, limit - length, length);
    length += count;
    if (count === 0 || length === limit) return buffer.toString("utf8", 0, length);
  }
}

/** Whether the name still means the file behind `held`. */
export function isSameFile(path: string, held: Stats): boolean {
  try {
    const named = lstatSync(path);
    return named.ino === held.ino && named.dev === held.dev;
  } catch {
    return false;
  }
}

export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It was never there, or the directory is not ours to change any more.
  }
}

export function writeAll(fd: number, bytes: Buffer, position: number | null = null): void {
  for (let at = 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position === null ? null : position + at);
  }
}

/** A new file in the directory of `path`, under a name that nobody else has. Throws what open(2) says. */
export function createBeside(path: string): { fd: number; path: string } {
  // Not a longer form of the name, which may be as long as a name can be.
  const fresh = join(dirname(path), `.pyredis-${process.pid}-${randomBytes(6).toString("hex")}.tmp`);
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  return { fd: openSync(fresh, flags | SAFE, 0o600), path: fresh };
}

/**
 * Replaces a file as a whole; gives its descriptor, open for reading and writing. `prepare` sees the new file before
 * it has its name. A failure leaves the old file as it was and nothing beside it. Throws what the system says.
 */
export function replaceFile(path: string, text: string, mode: number, prepare?: (fd: number) => void): number {
  const { fd, path: fresh } = createBeside(path);
  try {
    writeAll(fd, Buffer.from(text));
    fchmodSync(fd, mode);
    prepare?.(fd);
    renameSync(fresh, path);
    return fd;
  } catch (error) {
    closeSync(fd);
    removeQuietly(fresh);
    throw error;
  }
}
