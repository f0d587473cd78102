// Owns the pidfile: the file, its lock and its content. The starter acquires it, the daemon adopts the inherited
// descriptor, readers look without taking anything. Whoever holds the lock is the instance; what the file says is
// only information. Hence a stale, empty or recycled pidfile never prevents a start.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { delay, nowMs } from "../base/timers.js";
import { DaemonError, errnoCode, explain } from "./errors.js";
import { tryLock } from "./file-lock.js";
import { formatRecord, type PidfileRecord, type PidfileText, parsePidfile } from "./pidfile-record.js";
import { isEnding, probeProcess, readProcessOwner } from "./process-identity.js";

const MODE = 0o644;
const LONGEST_RECORD_BYTES = 64 * 1024;
/** A file without a pid that is longer than this is somebody's data, given as the pidfile by mistake. */
const LONGEST_GARBAGE_BYTES = 256;
/** How long a winner may take from its lock to its record (a boot of Node on a busy machine). */
const RECORD_WAIT_MS = 10_000;
const RETRY_MS = 10;

// O_NOFOLLOW: a link planted in a shared directory must not choose what is overwritten. O_NONBLOCK: the open of a
// fifo returns.
const SAFE = constants.O_NOFOLLOW | constants.O_NONBLOCK;

function bad(path: string, why: string): DaemonError {
  return new DaemonError("bad-pidfile", `cannot use the pidfile ${path}: ${why}`);
}

/** Opens without following, waiting or trusting. Throws a DaemonError, except for a missing file: undefined. */
function openSafely(path: string, flags: number): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, flags | SAFE, MODE);
  } catch (error) {
    const code = errnoCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      if ((flags & constants.O_CREAT) === 0) return undefined;
    }
    const permission = code === "EACCES" || code === "EPERM" || code === "EROFS";
    if (permission) throw new DaemonError("not-permitted", `cannot open the pidfile ${path}: ${explain(error)}`);
    throw bad(path, explain(error));
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw bad(path, "it is not a regular file");
}

function readText(fd: number): PidfileText {
  const buffer = Buffer.alloc(LONGEST_RECORD_BYTES);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return parsePidfile(buffer.toString("utf8", 0, length));
}

function isSameFile(path: string, held: Stats): boolean {
  try {
    const named = lstatSync(path);
    return named.ino === held.ino && named.dev === held.dev;
  } catch {
    return false;
  }
}

function replaceForeign(path: string, held: Stats): void {
  try {
    unlinkSync(path);
  } catch (error) {
    throw bad(path, `it belongs to uid ${held.uid} and cannot be replaced (${explain(error)})`);
  }
}

function alreadyRunning(record: PidfileRecord): DaemonError {
  const { pid } = record.identity;
  const verb = record.state === "starting" ? "starting" : "running";
  return new DaemonError("already-running", `already ${verb}, pid ${pid}`, pid);
}

export class Pidfile {
  readonly path: string;
  readonly fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  /**
   * Takes the lock and empties the file, or throws: `already-running` with the owner's pid, or what is wrong with
   * the file. Of any number of concurrent callers exactly one gets it.
   */
  static async acquire(path: string): Promise<Pidfile> {
    createParent(path);
    const deadline = nowMs() + RECORD_WAIT_MS;
    for (;;) {
      const pidfile = Pidfile.#tryAcquire(path);
      if (pidfile !== undefined) return pidfile;
      if (nowMs() > deadline) {
        throw new DaemonError("already-running", `${path} is locked by a process that does not say its pid`);
      }
      await delay(RETRY_MS); // the winner has not written its record yet, or somebody only looked
    }
  }

  /** One attempt; undefined asks for another. */
  static #tryAcquire(path: string): Pidfile | undefined {
    const fd = openSafely(path, constants.O_RDWR | constants.O_CREAT) ?? -1;
    let kept = false;
    try {
      const lock = tryLock(fd, false);
      const text = readText(fd);
      if (text.kind === "record" && probeProcess(text.record.identity) !== "dead") {
        // A killed owner is worth the wait for its last breath; a living one is the answer.
        if (isEnding(text.record.identity.pid)) return undefined;
        throw alreadyRunning(text.record);
      }
      if (lock === "busy") return undefined;
      const held = fstatSync(fd);
      // The former owner unlinked it between our open and our lock: what we hold has no name any more.
      if (!isSameFile(path, held)) return undefined;
      if (text.kind === "garbage" && held.size > LONGEST_GARBAGE_BYTES) {
        throw bad(path, "it exists and does not look like a pidfile; remove it or name another");
      }
      // Windows has no users of this kind.
      if ((process.geteuid !== undefined && held.uid !== process.geteuid()) || held.nlink > 1) {
        // Its owner could rewrite it later, and a second name would share our writes: make one of our own.
        replaceForeign(path, held);
        return undefined;
      }
      fchmodSync(fd, MODE);
      ftruncateSync(fd);
      kept = true;
      return new Pidfile(path, fd);
    } finally {
      if (!kept) closeSync(fd);
    }
  }

  /** The daemon's side: `fd` came through exec, already locked. Throws if it is not this pidfile. */
  static adopt(path: string, fd: number): Pidfile {
    if (!isSameFile(path, fstatSync(fd))) throw bad(path, "the inherited descriptor is not this file");
    return new Pidfile(path, fd);
  }

  /** One write, then the cut: a reader in between finds the new record, and the end of the old one behind its text. */
  write(record: PidfileRecord): void {
    const bytes = Buffer.from(formatRecord(record));
    writeSync(this.fd, bytes, 0, bytes.length, 0);
    ftruncateSync(this.fd, bytes.length);
  }

  /**
   * Removes the file if its name still means the one we hold, and first, through `removeOthers`, what lies beside it:
   * from then on all those names may be another starter's. The lock stays until `close` or the process' end.
   */
  remove(removeOthers: () => void): void {
    try {
      if (!isSameFile(this.path, fstatSync(this.fd))) return;
      removeOthers();
      unlinkSync(this.path);
    } catch {
      // The directory is gone or no longer writable: the file stays behind, stale, and disturbs nobody.
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}

function createParent(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw new DaemonError("not-permitted", `cannot create the directory of ${path}: ${explain(error)}`);
  }
}

export type PidfileView =
  | { kind: "absent" }
  | { kind: "distrusted"; why: string }
  | { kind: "present"; text: PidfileText; locked: boolean };

/** Whether this user may act on what the file says: see "hostile pidfiles" in docs/daemon.md. */
function whyDistrusted(stats: Stats, text: PidfileText): string | undefined {
  if (text.kind !== "record") return undefined; // it says nothing that anybody acts on
  if ((stats.mode & 0o022) !== 0) return "other users can write to it";
  if (stats.uid === 0 || stats.uid === process.geteuid?.()) return undefined;
  const owner = readProcessOwner(text.record.identity.pid);
  if (owner === undefined || owner === stats.uid) return undefined;
  return `it belongs to uid ${stats.uid} but names a process of uid ${owner}`;
}

/** Looks at a pidfile without changing it. The lock is only tried where the record leaves the answer open. */
export function viewPidfile(path: string): PidfileView {
  let fd: number | undefined;
  try {
    fd = openSafely(path, constants.O_RDONLY);
    if (fd === undefined) return { kind: "absent" };
    const text = readText(fd);
    const why = whyDistrusted(fstatSync(fd), text);
    if (why !== undefined) return { kind: "distrusted", why: `cannot trust the pidfile ${path}: ${why}` };
    if (text.kind === "record" && probeProcess(text.record.identity) === "alive") {
      return { kind: "present", text, locked: true };
    }
    return { kind: "present", text, locked: tryLock(fd, true) === "busy" };
  } catch (error) {
    if (error instanceof DaemonError) return { kind: "distrusted", why: error.message };
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Removes a pidfile that a dead daemon of ours left behind, and first, through `removeOthers`, what lies beside it.
 * All of it under the lock, so that no starter is robbed. False if there is nothing to remove.
 */
export function removeStale(path: string, removeOthers: () => void): boolean {
  let fd: number | undefined;
  try {
    fd = openSafely(path, constants.O_RDWR);
    if (fd === undefined) return false;
    if (tryLock(fd, false) === "busy") return false;
    const text = readText(fd);
    const ours = text.kind === "record" && probeProcess(text.record.identity) === "dead";
    if (!(ours || text.kind === "empty") || !isSameFile(path, fstatSync(fd))) return false;
    removeOthers();
    unlinkSync(path);
    return true;
  } catch {
    return false; // not ours to remove after all
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
