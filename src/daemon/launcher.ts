// Owns the starter's side of a start, in this order: take the pidfile's lock, open the log, record how we start, make
// the process, wait for its report. A failure at any step leaves no process and no pidfile behind. Called by
// daemon.ts.
import { closeSync, constants, fchownSync, fstatSync, mkdirSync, openSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { nativeAddon, nativeProblem } from "../native/addon.js";
import { DaemonError, toDaemonError } from "./errors.js";
import type { Handoff } from "./handoff.js";
import { Claim } from "./instance/claim.js";
import { inspectInstance } from "./instance/inspect.js";
import { type LaunchRecord, writeLaunchRecord } from "./instance/launch-record.js";
import { identifyProcess, isAlive, type ProcessIdentity } from "./instance/process-identity.js";
import { trySignal } from "./instance/process-signal.js";
import { registerInstance } from "./instance/registry.js";
import { createBeside, writeAll } from "./instance/safe-file.js";
import { readLogFrom } from "./log-file.js";
import { checkWorkingDirectory, findDirectory } from "./places.js";
import { type Spawned, spawnDaemon } from "./spawn-daemon.js";
import { ENDED, type ReadyReport, receiveReport } from "./status-pipe.js";
import { openForAppend } from "./streams.js";
import { waitUntil } from "./wait.js";

export interface LaunchOptions {
  pidfile: string;
  record: LaunchRecord;
  startTimeoutMs: number;
  /** A restart keeps the launch record when the start fails, so that the next restart still knows the options. */
  keepRecordOnFailure: boolean;
  /** Descriptors of this process that the daemon gets, from 5 on. */
  preserved: readonly number[];
  /** How long the daemon must outlive its ready(). */
  settleMs: number;
  /** What a daemon that says nothing has not done; `hasCome`: it has come to its start(). */
  explainSilence(hasCome: boolean): string;
  /** Told once, when it has been silent for a few seconds. */
  onSlow(message: string): void;
}

export interface StartResult {
  pid: number;
  addresses: readonly string[];
  logFile: string;
  /** Of several daemons that are one object's: each one's own. */
  instances?: readonly StartResult[];
  /** In a launched daemon: this is another instance, which its starter starts, and nothing was done here. */
  skipped?: true;
}

/** How long a daemon that has failed may take to end by itself, and then after SIGTERM. */
const END_WAIT_MS = 3000;
const LOG_LINES_IN_REASON = 20;
/** A daemon that has said nothing for so long is worth a word, if it has more time than that. */
const SILENCE_MS = 3000;

function openLog(path: string, owner: LaunchRecord["logOwner"]): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    const fd = openForAppend(path);
    // So that a daemon without privileges can open it anew after a rotation.
    if (owner !== undefined && fstatSync(fd).isFile()) fchownSync(fd, owner.uid, owner.gid);
    return fd;
  } catch (error) {
    throw toDaemonError(error, `cannot write to the log file ${path}`);
  }
}

/** The standard input: /dev/null, a file, or one that has no name any more with a text in it. */
function openStdin(pidfile: string, { stdin: text, stdinFile }: LaunchRecord): number {
  if (stdinFile !== undefined) {
    try {
      return openSync(stdinFile, constants.O_RDONLY | constants.O_NOCTTY);
    } catch (error) {
      throw toDaemonError(error, `cannot read the standard input ${stdinFile}`);
    }
  }
  if (text === undefined) return openSync("/dev/null", constants.O_RDONLY);
  try {
    const { fd: writeEnd, path } = createBeside(pidfile);
    try {
      writeAll(writeEnd, Buffer.from(text));
      return openSync(path, constants.O_RDONLY);
    } finally {
      closeSync(writeEnd);
      unlinkSync(path);
    }
  } catch (error) {
    throw toDaemonError(error, `cannot keep the standard input beside ${pidfile}`);
  }
}

/** Nothing of a failed start stays alive: it may end by itself, then it is asked, then killed. */
async function end(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const isGone = () => !isAlive(identity);
  if (await waitUntil(isGone, graceMs)) return;
  trySignal(identity, "SIGTERM");
  if (await waitUntil(isGone, END_WAIT_MS)) return;
  trySignal(identity, "SIGKILL");
  await waitUntil(isGone, END_WAIT_MS);
}

/** The last lines since `logStart`, each ended. */
function readLogEnd(logFile: string, logStart: number): string {
  const written = readLogFrom(logFile, logStart).trimEnd();
  if (written === "") return "";
  const lines = written.split("\n").slice(-LOG_LINES_IN_REASON);
  return lines.map((line) => `${line}\n`).join("");
}

/** Whether the new process has taken its hand-off: it has written its pid then. */
function hasCome(pidfile: string, pid: number): boolean {
  return inspectInstance(pidfile).identity?.pid === pid;
}

async function waitForReady(
  spawned: Spawned,
  options: LaunchOptions,
  logFile: string,
  logStart: number,
): Promise<ReadyReport> {
  const { pidfile, startTimeoutMs, settleMs } = options;
  const { pid } = spawned;
  const identity = identifyProcess(pid);
  const seconds = startTimeoutMs / 1000;
  const outcome = await receiveReport(spawned.status, {
    timeoutMs: startTimeoutMs,
    settleMs,
    silenceMs: SILENCE_MS,
    onSilence() {
      const missing = options.explainSilence(hasCome(pidfile, pid));
      options.onSlow(`pid ${pid} is not ready yet: ${missing}. Waiting up to ${seconds} s; its log is ${logFile}`);
    },
  });
  if (outcome.event === "ready") return outcome;
  const missing = outcome.event === "timeout" ? options.explainSilence(hasCome(pidfile, pid)) : "";
  if (identity !== undefined) await end(identity, outcome.event === "timeout" ? 0 : END_WAIT_MS);
  const log = readLogEnd(logFile, logStart);
  const said = log === "" ? ", and wrote nothing to its log" : "";
  switch (outcome.event) {
    case "timeout":
      throw new DaemonError("start-timeout", `not ready within ${seconds} s; stopped it: ${missing}`, pid, log);
    case "failed": {
      const reason = outcome.reason.startsWith(ENDED) ? `${outcome.reason}${said}` : outcome.reason;
      throw new DaemonError(outcome.code ?? "start-failed", reason, pid, log);
    }
    case "ended":
      throw new DaemonError(
        "start-failed",
        `${outcome.wasReady ? "ended right after ready()" : ENDED}${said}`,
        pid,
        log,
      );
  }
}

function warnOfFallback(logFd: number): void {
  if (nativeAddon() !== undefined) return;
  const what = "started with spawn(detached): the daemon leads its session and a recycled pid is told less surely";
  try {
    writeAll(logFd, Buffer.from(`daemon: native addon not available (${nativeProblem()}); ${what}\n`));
  } catch {
    // A full disk: the daemon may still run, and says itself what it misses.
  }
}

/** The descriptors of one start, closed together whatever becomes of it. */
class Streams {
  readonly #open = new Map<string, number>();

  append(path: string, owner: LaunchRecord["logOwner"]): number {
    const fd = this.#open.get(path) ?? openLog(path, owner);
    this.#open.set(path, fd);
    return fd;
  }

  close(): void {
    for (const fd of this.#open.values()) closeSync(fd);
  }
}

/** How far a start has come. */
interface Progress {
  /** Something of this start lies beside the pidfile. */
  hasWritten: boolean;
}

async function spawnAndWait(
  options: LaunchOptions,
  lockFd: number,
  streams: Streams,
  progress: Progress,
): Promise<StartResult> {
  const { pidfile, record, preserved } = options;
  const { base, logFile, logOwner, workingDirectory } = record;
  checkWorkingDirectory(workingDirectory);
  const logFd = streams.append(logFile, logOwner);
  const { stdout = logFile, stderr = logFile } = record;
  const stdoutFd = streams.append(stdout, logOwner);
  const stderrFd = streams.append(stderr, logOwner);
  const stdinFd = openStdin(pidfile, record);
  const logStart = fstatSync(stderrFd).size;
  let spawned: Spawned;
  try {
    writeLaunchRecord(pidfile, record);
    progress.hasWritten = true;
    registerInstance(pidfile, record.name ?? "");
    warnOfFallback(logFd);
    const bootDirectory = findDirectory(record.bootDirectory ?? base);
    const places = { pidfile, logFile, stdout, stderr, base, bootDirectory, workingDirectory };
    const handoff: Handoff = { ...places, role: "daemon", files: preserved.length, settleMs: options.settleMs };
    const streamFds = { stdinFd, stdoutFd, stderrFd, lockFd, preserved };
    spawned = await spawnDaemon({ command: record.command, umask: record.umask, handoff, ...streamFds });
  } finally {
    closeSync(stdinFd);
  }
  const ready = await waitForReady(spawned, options, stderr, logStart);
  return { pid: ready.pid, addresses: ready.addresses, logFile: ready.logFile };
}

/** Starts the daemon; returns when it is ready. Throws a DaemonError with the reason otherwise. */
export async function launch(options: LaunchOptions): Promise<StartResult> {
  const claim = await Claim.acquire(options.pidfile);
  const progress: Progress = { hasWritten: false };
  try {
    const streams = new Streams();
    try {
      return await spawnAndWait(options, claim.lockFd, streams, progress);
    } finally {
      streams.close();
    }
  } catch (error) {
    // Our copy of the lock is still held, and the daemon is dead.
    if (progress.hasWritten) claim.discard({ keepLaunch: options.keepRecordOnFailure });
    else claim.release();
    throw error;
  } finally {
    claim.close();
  }
}
