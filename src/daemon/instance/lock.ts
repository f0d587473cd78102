// Owns `<pidfile>.lock`, whose lock is the instance: the starter takes it, the daemon inherits its descriptor, and the
// kernel gives it back when the last of them has ended, however that was. Private (0600) to its owner: a user who
// could open it could hold it and so prevent every start. Called by claim.ts and inspect.ts.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  unlinkSync,
} from "node:fs";
import { DaemonError, explain } from "../errors.js";
import { tryLock } from "./file-lock.js";
import { isSameFile, openRegular, readStart, removeQuietly } from "./safe-file.js";

const MODE = 0o600;
const LONGEST_MARK_BYTES = 64;

export function lockPath(pidfile: string): string {
  return `${pidfile}.lock`;
}

function labelOf(path: string): string {
  return `the lock file ${path}`;
}

/** The mark of native/last-signal.h, or nothing; undefined: somebody else's file has this name. */
function readMark(fd: number): string | undefined {
  if (fstatSync(fd).size > LONGEST_MARK_BYTES) return undefined;
  const text = readStart(fd, LONGEST_MARK_BYTES);
  return /^[\d \n\0]*$/.test(text) ? text : undefined;
}

export class InstanceLock {
  readonly path: string;
  readonly fd: number;

  private constructor(path: string, fd: number) {
    this.path = path;
    this.fd = fd;
  }

  /** One attempt; undefined: somebody holds it, or held it a moment ago. Throws a DaemonError. */
  static tryTake(pidfile: string): InstanceLock | undefined {
    const path = lockPath(pidfile);
    const fd = openRegular(labelOf(path), path, constants.O_RDWR | constants.O_CREAT, MODE) ?? -1;
    let kept = false;
    try {
      if (tryLock(fd, false) === "busy") return undefined;
      const held = fstatSync(fd);
      // The former owner unlinked it between our open and our lock: what we hold has no name any more.
      if (!isSameFile(path, held)) return undefined;
      if (readMark(fd) === undefined) {
        throw new DaemonError("bad-pidfile", `cannot use ${labelOf(path)}: it exists and is no lock of ours`);
      }
      // Windows has no users of this kind.
      if ((process.geteuid !== undefined && held.uid !== process.geteuid()) || held.nlink > 1) {
        // Its owner could open it whenever he likes, and a second name would be locked with it: make one of our own.
        replaceForeign(path, held.uid);
        return undefined;
      }
      fchmodSync(fd, MODE);
      ftruncateSync(fd);
      kept = true;
      return new InstanceLock(path, fd);
    } finally {
      if (!kept) closeSync(fd);
    }
  }

  /** The daemon's side: `fd` came through exec, already locked. Throws a DaemonError if it is not this instance's. */
  static adopt(pidfile: string, fd: number): InstanceLock {
    const path = lockPath(pidfile);
    if (!isSameFile(path, fstatSync(fd))) {
      throw new DaemonError("bad-pidfile", `cannot use ${labelOf(path)}: the inherited descriptor is not this file`);
    }
    return new InstanceLock(path, fd);
  }

  /** Whether the names beside the pidfile are still ours to write and remove. */
  ownsNames(): boolean {
    return isSameFile(this.path, fstatSync(this.fd));
  }

  /** From now on another starter may take the name. The lock itself ends with the last descriptor. */
  removeName(): void {
    removeQuietly(this.path);
  }

  close(): void {
    closeSync(this.fd);
  }
}

function replaceForeign(path: string, uid: number): void {
  try {
    unlinkSync(path);
  } catch (error) {
    const why = `it belongs to uid ${uid} and cannot be replaced (${explain(error)})`;
    throw new DaemonError("bad-pidfile", `cannot use ${labelOf(path)}: ${why}`);
  }
}

/** What lookers learn from the lock file: `mark` is what a dying process may have left there. */
export interface LockView {
  isHeld: boolean;
  mark: string;
}

/** Whether somebody holds the lock; false where this user may not look. Throws nothing that concerns the file. */
export function viewLock(pidfile: string): LockView {
  const path = lockPath(pidfile);
  let fd: number | undefined;
  try {
    fd = openRegular(labelOf(path), path, constants.O_RDONLY);
    if (fd === undefined) return { isHeld: false, mark: "" };
    const mark = readMark(fd);
    if (mark === undefined) return { isHeld: false, mark: "" };
    return { isHeld: tryLock(fd, true) === "busy", mark };
  } catch (error) {
    if (error instanceof DaemonError) return { isHeld: false, mark: "" };
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readName(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function hasOpen(pid: string, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`) === path;
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // gone, or another user's
  }
}

/** Who has the lock file open besides us, as far as that can be seen: "pid 4711 (sleep)". Linux. */
export function describeHolders(pidfile: string): string {
  const found: string[] = [];
  try {
    const path = realpathSync(lockPath(pidfile));
    for (const pid of readdirSync("/proc")) {
      if (!/^\d+$/.test(pid) || Number(pid) === process.pid || !hasOpen(pid, path)) continue;
      found.push(`pid ${pid} (${readName(pid)})`);
    }
  } catch {
    // No /proc, or the file is gone.
  }
  return found.length === 0 ? "a process that cannot be seen" : found.join(" and ");
}
