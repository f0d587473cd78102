// Owns the hold on an instance, from the start to the end: the lock, what is written beside the pidfile, the pidfile
// itself, and what is left of it all. A starter makes a claim and the daemon adopts it; a program that does not detach
// has it alone. One set of rules for all of them:
//
//   <pidfile>          the pid, from the moment on that the instance is ready until it ends     pidfile.ts
//   <pidfile>.state    what is known of it; stays after an end that was not in order            state-file.ts
//   <pidfile>.launch   how to start it again                                                    launch-record.ts
//   <pidfile>.lock     whoever has it locked is the instance                                    lock.ts
import { closeSync, fchownSync, ftruncateSync, mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { delay, nowMs } from "../../base/timers.js";
import { DaemonError, toDaemonError } from "../errors.js";
import { removeLaunchRecord } from "./launch-record.js";
import { describeHolders, InstanceLock } from "./lock.js";
import { checkPidfile, readPidfile, removePidfile, writePidfile } from "./pidfile.js";
import { isEnding, probeProcess } from "./process-identity.js";
import { unregisterInstance } from "./registry.js";
import { removeQuietly, replaceFile, writeAll } from "./safe-file.js";
import {
  formatState,
  type InstanceEnd,
  type InstanceRecord,
  readState,
  type StateContent,
  statePath,
} from "./state-file.js";

const STATE_MODE = 0o644;
/** Whatever the mask is: everybody may know the pid. */
const PIDFILE_MODE = 0o644;
/** How long a winner may take from its lock to its record (a boot of Node on a busy machine). */
const RECORD_WAIT_MS = 10_000;
const RETRY_MS = 10;

/** What an instance is called where it has no name: by its pidfile. */
export function instanceName(pidfile: string, name: string | undefined): string {
  return name === undefined || name === "" ? basename(pidfile).replace(/\.pid$/, "") : name;
}

function alreadyRunning(pidfile: string, { identity, state, name }: InstanceRecord): DaemonError {
  const verb = state === "starting" ? "starting" : "running";
  const text = `${instanceName(pidfile, name)} is already ${verb}, pid ${identity.pid} (pidfile ${pidfile})`;
  return new DaemonError("already-running", text, identity.pid);
}

function createParent(pidfile: string): void {
  try {
    mkdirSync(dirname(pidfile), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw toDaemonError(error, `cannot create the directory of the pidfile ${pidfile}`, "bad-pidfile");
  }
}

/** Whether the process of a record still runs and has not said its last. */
function isAtWork({ identity, end }: InstanceRecord): boolean {
  return end === undefined && probeProcess(identity) !== "dead" && !isEnding(identity.pid);
}

function isGone({ identity }: InstanceRecord): boolean {
  return probeProcess(identity) === "dead";
}

/** Removes what `state` and the pidfile leave behind; the caller holds the lock. */
function removeFiles(lock: InstanceLock, pidfile: string, state: StateContent, keepLaunch: boolean): void {
  if (state.kind === "record") removePidfile(pidfile, { pid: state.record.identity.pid });
  if (state.kind !== "other") removeQuietly(statePath(pidfile));
  if (!keepLaunch) removeLaunchRecord(pidfile);
  unregisterInstance(pidfile);
  // Last: from then on all the names may be another starter's.
  lock.removeName();
}

export class Claim {
  readonly pidfile: string;
  readonly #lock: InstanceLock;
  #writes = 0;
  #pidfileFd: number | undefined;
  /** The file behind the state's name. */
  #stateFd: number | undefined;
  /** The rights are given away: names mean nothing any more, only descriptors do. */
  #writesInPlace = false;

  private constructor(pidfile: string, lock: InstanceLock) {
    this.pidfile = pidfile;
    this.#lock = lock;
  }

  /**
   * Takes the instance, or throws a DaemonError: `already-running` with the pid, `bad-pidfile` or `not-permitted`. Of
   * any number of concurrent callers exactly one gets it. Changes nothing but the lock file, and a pidfile that a dead
   * daemon of ours has left; the directory is created unless `makesDirectory` is false.
   */
  static async acquire(pidfile: string, makesDirectory = true): Promise<Claim> {
    if (makesDirectory) createParent(pidfile);
    const deadline = nowMs() + RECORD_WAIT_MS;
    for (;;) {
      const claim = Claim.#tryAcquire(pidfile);
      if (claim !== undefined) return claim;
      if (nowMs() > deadline) {
        const why = `its lock is held by ${describeHolders(pidfile)}, and no daemon of ours says that it runs`;
        throw new DaemonError("bad-pidfile", `cannot use the pidfile ${pidfile}: ${why}`);
      }
      await delay(RETRY_MS); // the winner has not written its record yet, or somebody only looked
    }
  }

  /** One attempt; undefined asks for another. */
  static #tryAcquire(pidfile: string): Claim | undefined {
    checkPidfile(pidfile);
    const lock = InstanceLock.tryTake(pidfile);
    let kept = false;
    try {
      const state = readState(pidfile);
      if (state.kind === "other") throw new DaemonError("bad-pidfile", state.why);
      if (state.kind === "record" && !isGone(state.record)) {
        // A killed owner is worth the wait for its last breath; a living one is the answer.
        if (isAtWork(state.record)) throw alreadyRunning(pidfile, state.record);
        return undefined;
      }
      if (lock === undefined) return undefined;
      if (state.kind === "record") removePidfile(pidfile, { pid: state.record.identity.pid });
      kept = true;
      return new Claim(pidfile, lock);
    } finally {
      if (!kept) lock?.close();
    }
  }

  /** The daemon's side: the lock came through exec. Throws a DaemonError if it is not this pidfile's. */
  static adopt(pidfile: string, fd: number): Claim {
    return new Claim(pidfile, InstanceLock.adopt(pidfile, fd));
  }

  get lockFd(): number {
    return this.#lock.fd;
  }

  /** Replaces the record. Throws a DaemonError if it cannot be written; the former one is whole then. */
  writeState(record: InstanceRecord): void {
    const text = formatState(record, ++this.#writes);
    try {
      if (this.#writesInPlace) this.#overwrite(text);
      else if (this.#lock.ownsNames()) this.#replaceState(text);
    } catch (error) {
      throw toDaemonError(error, `cannot write ${statePath(this.pidfile)}`);
    }
  }

  #replaceState(text: string): void {
    try {
      const fd = replaceFile(statePath(this.pidfile), text, STATE_MODE);
      if (this.#stateFd !== undefined) closeSync(this.#stateFd);
      this.#stateFd = fd;
    } catch (error) {
      // No room for another file: there may be some in the one that is there.
      if (this.#stateFd === undefined) throw error;
      this.#overwrite(text);
    }
  }

  #overwrite(text: string): void {
    if (this.#stateFd === undefined) return;
    const bytes = Buffer.from(text);
    writeAll(this.#stateFd, bytes, 0);
    ftruncateSync(this.#stateFd, bytes.length);
  }

  /** Writes the pidfile: the instance is ready. Once. Throws a DaemonError. */
  announce(mode = PIDFILE_MODE): void {
    if (this.#pidfileFd !== undefined || this.#writesInPlace || !this.#lock.ownsNames()) return;
    this.#pidfileFd = writePidfile(this.pidfile, process.pid, mode);
  }

  /**
   * The process is about to give its user or its root directory away, and can neither create nor remove a name after:
   * the pidfile is written now, and the record becomes one that is written in place. It belongs to `uid` then, so
   * that readers trust it with no more than that user's own processes. Throws a DaemonError.
   */
  giveAway(uid: number | undefined): void {
    this.announce();
    try {
      if (uid !== undefined && this.#stateFd !== undefined) fchownSync(this.#stateFd, uid, -1);
    } catch (error) {
      throw toDaemonError(error, `cannot give ${statePath(this.pidfile)} to uid ${uid}`);
    }
    this.#writesInPlace = true;
  }

  /**
   * The last act of the process. With an `end` the record stays, so that `status` can tell it, and so does the launch
   * record; without one nothing does. Never throws: there is nobody left to tell.
   */
  leave(record: InstanceRecord, end: InstanceEnd | undefined, keepsLock = false): void {
    try {
      if (this.#writesInPlace) {
        this.writeState({ ...record, end: end ?? { code: 0, signal: null, at: nowMs(), words: "" } });
        return;
      }
      if (!this.#lock.ownsNames()) return;
      if (this.#pidfileFd !== undefined) removePidfile(this.pidfile, { fd: this.#pidfileFd });
      if (end === undefined) {
        removeFiles(this.#lock, this.pidfile, readState(this.pidfile), false);
        return;
      }
      this.writeState({ ...record, end });
      if (!keepsLock) this.#lock.removeName();
    } catch {
      // The directory is gone or full: what stays behind is stale, and disturbs nobody.
    }
  }

  /** The starter's end of a start that has failed: nothing stays but, if asked, the launch record. */
  discard(options: { keepLaunch: boolean }): void {
    if (!this.#lock.ownsNames()) return;
    removeFiles(this.#lock, this.pidfile, readState(this.pidfile), options.keepLaunch);
  }

  /** Gives up a claim under which nothing was written: what a former daemon has left stays as it is. */
  release(): void {
    if (this.#lock.ownsNames()) this.#lock.removeName();
  }

  /** Lets go of the lock, unless another process has a copy of it. */
  close(): void {
    this.#lock.close();
    for (const fd of [this.#stateFd, this.#pidfileFd]) if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Removes what a dead daemon of ours has left behind, under the lock, so that no starter is robbed. False if there is
 * nothing to remove.
 */
export function removeLeftovers(pidfile: string): boolean {
  let lock: InstanceLock | undefined;
  try {
    const state = readState(pidfile);
    const content = readPidfile(pidfile);
    if (state.kind !== "record" && content.kind !== "empty") return false;
    lock = InstanceLock.tryTake(pidfile);
    if (lock === undefined) return false;
    // Under the lock it is the truth.
    const now = readState(pidfile);
    if (now.kind === "record" && !isGone(now.record)) return false;
    if (readPidfile(pidfile).kind === "empty") removeQuietly(pidfile);
    removeFiles(lock, pidfile, now, false);
    return true;
  } catch (error) {
    if (error instanceof DaemonError) return false; // not ours to remove after all
    throw error;
  } finally {
    lock?.close();
  }
}
