// Owns the daemon's hold on its instance, from the first moment to the last: its record, the one report to the starter,
// the pidfile from readiness on, and what is left when the process ends by whatever way runs exit handlers. Called by
// become.ts; a daemon that does not detach has one too, without a starter, and so has a server in the foreground.
import { messageOf } from "../base/errors.js";
import { nowMs, setTimeout } from "../base/timers.js";
import { nativeAddon } from "../native/addon.js";
import { type DaemonErrorCode, failureCode, logText } from "./errors.js";
import { type Handoff, LOCK_FD, STATUS_FD } from "./handoff.js";
import { Claim } from "./instance/claim.js";
import { readLastWords, readLogLength, readOomKills } from "./instance/ending.js";
import { identifyProcess } from "./instance/process-identity.js";
import { cleanText, type InstanceEnd, type InstanceRecord, type Watcher } from "./instance/state-file.js";
import type { Reporter } from "./reporter.js";
import { ENDED, type FailedReport, type StatusReport, sendReport } from "./status-pipe.js";

export interface Held {
  claim: Claim;
  logFile: string;
  name: string;
  /** Where the starter listens; undefined if there is none. */
  statusFd: number | undefined;
  /** How long the starter listens on after ready(). */
  settleMs: number;
  /** Who watches the process, if it is no detached daemon. */
  watcher?: Watcher;
  /** Of the pidfile; "none": there is not to be one. Default 0644. */
  pidfileMode?: number | "none";
}

function toReport(reason: string, code: DaemonErrorCode | undefined): FailedReport {
  return code === undefined ? { event: "failed", reason } : { event: "failed", reason, code };
}

export class Handback implements Reporter {
  readonly #held: Held;
  #record: InstanceRecord;
  /** What the starter has been told; nothing more is said after "settled" and "failed". */
  #told: "nothing" | "ready" | "settled" | "failed" = "nothing";
  /** The exception, or what the program has said of its failure. */
  #lastError = "";
  #hasComplained = false;

  /** Throws a DaemonError if the record cannot be written. */
  constructor(held: Held) {
    this.#held = held;
    // Without /proc and addon there is no start time; "unknown" never matches, so such a pid is never signalled.
    const identity = identifyProcess(process.pid) ?? { pid: process.pid, startTime: "unknown" };
    const { logFile, name, watcher } = held;
    const record: InstanceRecord = { identity, state: "starting", addresses: [], logFile };
    record.since = Math.round(nowMs() - process.uptime() * 1000);
    record.logStart = readLogLength(logFile);
    if (name !== "") record.name = name;
    if (watcher !== undefined) record.watcher = watcher;
    if (held.pidfileMode === "none") record.isPassing = true;
    const oomKills = readOomKills();
    if (oomKills !== undefined) record.oomKills = oomKills;
    if (nativeAddon()?.markFatalSignals(held.claim.lockFd) === 0) record.leavesMarks = true;
    this.#record = record;
    held.claim.writeState(record);
    process.on("exit", (code) => this.#leave(code));
    process.on("uncaughtExceptionMonitor", (error) => this.fail(error.message, failureCode(error)));
  }

  /** In a daemon that a starter has made. Tells it, and ends the process, if the instance cannot be had. */
  static adopt(handoff: Handoff, name: string): Handback {
    if (handoff.umask !== undefined) process.umask(handoff.umask);
    try {
      const claim = Claim.adopt(handoff.pidfile, LOCK_FD);
      const { logFile, settleMs } = handoff;
      return new Handback({ claim, logFile, name, statusFd: STATUS_FD, settleMs });
    } catch (error) {
      console.error(logText(error));
      sendReport(STATUS_FD, toReport(messageOf(error), failureCode(error)));
      process.exit(1);
    }
  }

  get lockFd(): number {
    return this.#held.claim.lockFd;
  }

  /** Throws a DaemonError if the pidfile cannot be written: then it is not ready. */
  ready(addresses: readonly string[], ownLogFile: string | undefined): void {
    if (this.#record.state === "running") return;
    const logFile = ownLogFile === undefined || ownLogFile === "" ? this.#held.logFile : ownLogFile;
    const { claim, pidfileMode } = this.#held;
    if (pidfileMode !== "none") claim.announce(pidfileMode);
    const logStart = logFile === this.#held.logFile ? (this.#record.logStart ?? 0) : 0;
    // The record first: once start() has returned, status must not say "starting".
    this.#change({ state: "running", addresses, logFile, logStart });
    this.#tellReady({ event: "ready", pid: process.pid, addresses, logFile });
  }

  /** Fails the start before ready(), and until the daemon has outlived it for `settleMs`. */
  fail(reason: string, code?: DaemonErrorCode): void {
    this.#lastError = reason;
    this.#tellFailed(reason, code);
  }

  /** Whether the start still depends on the daemon's not ending. */
  get isSettling(): boolean {
    return this.#told === "nothing" || this.#told === "ready";
  }

  status(text: string): void {
    this.update({ text });
  }

  // Of a reload the manager hears from this very process (life.ts), and nobody else wants to know.
  reloading(): void {}

  reloaded(): void {}

  /** What cannot be written (a full disk) is told once in the log, and the daemon works on. */
  update(changes: Partial<InstanceRecord>): void {
    try {
      this.#change(changes);
      this.#hasComplained = false;
    } catch (error) {
      if (!this.#hasComplained) console.error(`daemon: ${messageOf(error)}`);
      this.#hasComplained = true;
    }
  }

  /** Before the process gives its user or its root directory away: see Claim.giveAway. */
  giveAway(uid: number | undefined): void {
    this.#held.claim.giveAway(uid);
  }

  #change(changes: Partial<InstanceRecord>): void {
    this.#record = { ...this.#record, ...changes };
    this.#held.claim.writeState(this.#record);
  }

  #describeEnd(code: number): InstanceEnd | undefined {
    if (code === 0 || this.#record.isPassing === true) return undefined;
    const { logFile, logStart } = this.#record;
    const words = this.#lastError === "" ? readLastWords(logFile, logStart) : cleanText(this.#lastError);
    return { code, signal: null, at: nowMs(), words };
  }

  #leave(code: number): void {
    // Of a start that has failed, its starter removes the files: it has the lock too, and must find its name.
    const hasStarter = this.#held.statusFd !== undefined && this.#told !== "settled";
    const end = this.#describeEnd(code);
    this.#held.claim.leave(this.#record, end, hasStarter);
    this.#tellFailed(this.#told === "ready" ? `exit code ${code} right after ready()` : `${ENDED}: exit code ${code}`);
  }

  #tellFailed(reason: string, code?: DaemonErrorCode): void {
    if (this.#told === "failed" || this.#told === "settled") return;
    this.#told = "failed";
    if (this.#held.statusFd !== undefined) sendReport(this.#held.statusFd, toReport(reason, code));
  }

  #tellReady(report: StatusReport): void {
    const { statusFd, settleMs } = this.#held;
    if (this.#told !== "nothing") return;
    const isFinal = statusFd === undefined || settleMs === 0;
    this.#told = isFinal ? "settled" : "ready";
    if (statusFd === undefined) return;
    sendReport(statusFd, report, !isFinal);
    if (!isFinal) setTimeout(() => this.#tellSettled(statusFd), settleMs).unref();
  }

  #tellSettled(statusFd: number): void {
    if (this.#told !== "ready") return;
    this.#told = "settled";
    sendReport(statusFd, { event: "settled" });
  }
}
