// Owns the starter's side of a start, in this order: take the pidfile's lock, open the log, record how we start, make
// the process, wait for its report. A failure at any step leaves no process and no pidfile behind. Called by
// daemon.ts.
import { closeSync, constants, fstatSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { DaemonError, explain } from "./errors.js";
import { type LaunchRecord, removeLaunchRecord, writeLaunchRecord } from "./launch-record.js";
import { readLogFrom } from "./log-file.js";
import { nativeAddon, nativeProblem } from "./native.js";
import { Pidfile } from "./pidfile.js";
import { identifyProcess, isAlive, type ProcessIdentity } from "./process-identity.js";
import { trySignal } from "./process-signal.js";
import { type Spawned, spawnDaemon } from "./spawn-daemon.js";
import { type ReadyReport, receiveReport } from "./status-pipe.js";
import { waitUntil } from "./wait.js";

export interface LaunchOptions {
  pidfile: string;
  record: LaunchRecord;
  startTimeoutMs: number;
  /** A restart keeps the launch record when the start fails, so that the next restart still knows the options. */
  keepRecordOnFailure: boolean;
}

export interface StartResult {
  pid: number;
  addresses: readonly string[];
  logFile: string;
}

/** How long a daemon that has failed may take to end by itself, and then after SIGTERM. */
const END_WAIT_MS = 3000;
const LOG_LINES_IN_REASON = 10;

function openLog(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o750 });
    // O_NONBLOCK so that a fifo without a reader is an error and not a hang; regular files ignore it.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
    return openSync(path, flags | constants.O_NOCTTY, 0o640);
  } catch (error) {
    throw new DaemonError("start-failed", `cannot write to the log file ${path}: ${explain(error)}`);
  }
}

/** The standard input: /dev/null, or a file that has no name any more with `text` in it. */
function openStdin(pidfile: string, text: string | undefined): number {
  if (text === undefined) return openSync("/dev/null", constants.O_RDONLY);
  const path = `${pidfile}.stdin`;
  try {
    unlinkSync(path);
  } catch {
    // The usual case: there is none.
  }
  const writeEnd = openSync(path, "wx", 0o600);
  try {
    writeSync(writeEnd, text);
    return openSync(path, constants.O_RDONLY);
  } finally {
    closeSync(writeEnd);
    unlinkSync(path);
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

async function waitForReady(spawned: Spawned, options: LaunchOptions, logStart: number): Promise<ReadyReport> {
  const { startTimeoutMs, record } = options;
  const identity = identifyProcess(spawned.pid);
  const outcome = await receiveReport(spawned.status, startTimeoutMs);
  if (outcome.event === "ready") return outcome;
  if (identity !== undefined) await end(identity, outcome.event === "timeout" ? 0 : END_WAIT_MS);
  const log = readLogEnd(record.logFile, logStart);
  switch (outcome.event) {
    case "timeout": {
      const seconds = startTimeoutMs / 1000;
      throw new DaemonError("start-timeout", `not ready within ${seconds} s; stopped it`, spawned.pid, log);
    }
    case "failed":
      throw new DaemonError("start-failed", outcome.reason, spawned.pid, log);
    case "ended": {
      const said = log === "" ? ", and wrote nothing to its log" : "";
      throw new DaemonError("start-failed", `ended before it was ready${said}`, spawned.pid, log);
    }
  }
}

function warnOfFallback(logFd: number): void {
  if (nativeAddon() !== undefined) return;
  const what = "started with spawn(detached): the daemon leads its session and a recycled pid is told less surely";
  writeSync(logFd, `daemon: native addon not available (${nativeProblem()}); ${what}\n`);
}

async function spawnAndWait(options: LaunchOptions, lockFd: number, logFd: number): Promise<StartResult> {
  const { pidfile, record } = options;
  const stdinFd = openStdin(pidfile, record.stdin);
  let spawned: Spawned;
  const logStart = fstatSync(logFd).size;
  try {
    writeLaunchRecord(pidfile, record);
    warnOfFallback(logFd);
    const handoff = { pidfile, logFile: record.logFile };
    spawned = await spawnDaemon({ ...record, handoff, stdinFd, logFd, lockFd });
  } finally {
    closeSync(stdinFd);
  }
  const { pid, addresses, logFile } = await waitForReady(spawned, options, logStart);
  return { pid, addresses, logFile };
}

/** Starts the daemon; returns when it is ready. Throws a DaemonError with the reason otherwise. */
export async function launch(options: LaunchOptions): Promise<StartResult> {
  const pidfile = await Pidfile.acquire(options.pidfile);
  try {
    const logFd = openLog(options.record.logFile);
    try {
      return await spawnAndWait(options, pidfile.fd, logFd);
    } finally {
      closeSync(logFd);
    }
  } catch (error) {
    // Our copy of the lock is still held, and the daemon is dead.
    pidfile.remove(() => {
      if (!options.keepRecordOnFailure) removeLaunchRecord(options.pidfile);
    });
    throw error;
  } finally {
    pidfile.close();
  }
}
