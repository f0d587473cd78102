// Owns the daemon's hold on its instance, from the first moment to the last: what the pidfile says, the one report to
// the starter, and the removal of the pidfile when the process ends by whatever way runs exit handlers. Called by
// daemon.ts; a daemon that does not detach has one too, without a starter.
import { nowMs, setTimeout } from "../base/timers.js";
import { explain } from "./errors.js";
import { type Handoff, LOCK_FD, STATUS_FD } from "./handoff.js";
import { removeLaunchRecord } from "./launch-record.js";
import { Pidfile } from "./pidfile.js";
import type { PidfileRecord } from "./pidfile-record.js";
import { identifyProcess } from "./process-identity.js";
import { unregisterInstance } from "./registry.js";
import type { Reporter } from "./reporter.js";
import { ENDED, type StatusReport, sendReport } from "./status-pipe.js";

export interface Held {
  pidfile: Pidfile;
  logFile: string;
  name: string;
  /** Where the starter listens; undefined if there is none. */
  statusFd: number | undefined;
  /** How long the starter listens on after ready(). */
  settleMs: number;
}

export class Handback implements Reporter {
  readonly #held: Held;
  #record: PidfileRecord;
  /** What the starter has been told; nothing more is said after "settled" and "failed". */
  #told: "nothing" | "ready" | "settled" | "failed" = "nothing";
  #keepsPidfile = false;

  constructor(held: Held) {
    this.#held = held;
    // Without /proc and addon there is no start time; "unknown" never matches, so such a pid is never signalled.
    const identity = identifyProcess(process.pid) ?? { pid: process.pid, startTime: "unknown" };
    const since = Math.round(nowMs() - process.uptime() * 1000);
    this.#record = { identity, state: "starting", addresses: [], logFile: held.logFile, since, name: held.name };
    held.pidfile.write(this.#record);
    process.on("exit", (code) => {
      this.fail(this.#told === "ready" ? `exit code ${code} right after ready()` : `${ENDED}: exit code ${code}`);
      this.#leave();
    });
    process.on("uncaughtExceptionMonitor", (error) => this.fail(error.message));
  }

  /** In a daemon that a starter has made. */
  static adopt(handoff: Handoff, name: string): Handback {
    if (handoff.umask !== undefined) process.umask(handoff.umask);
    const pidfile = Pidfile.adopt(handoff.pidfile, LOCK_FD);
    const { logFile, settleMs } = handoff;
    return new Handback({ pidfile, logFile, name, statusFd: STATUS_FD, settleMs });
  }

  get lockFd(): number {
    return this.#held.pidfile.fd;
  }

  ready(addresses: readonly string[], ownLogFile: string | undefined): void {
    if (this.#record.state === "running") return;
    const logFile = ownLogFile === undefined || ownLogFile === "" ? this.#held.logFile : ownLogFile;
    // The pidfile first: once start() has returned, status must not say "starting".
    this.update({ state: "running", addresses, logFile });
    this.#tellReady({ event: "ready", pid: process.pid, addresses, logFile });
  }

  /** Counts before ready(), and until the daemon has outlived it for `settleMs`. */
  fail(reason: string): void {
    if (this.#told === "failed" || this.#told === "settled") return;
    this.#told = "failed";
    if (this.#held.statusFd !== undefined) sendReport(this.#held.statusFd, { event: "failed", reason });
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

  /** News that the disk does not take is lost: it must not end what works. */
  update(changes: Partial<PidfileRecord>): void {
    this.#record = { ...this.#record, ...changes };
    try {
      this.#held.pidfile.write(this.#record);
    } catch (error) {
      console.error(`daemon: cannot write to ${this.#held.pidfile.path}: ${explain(error)}`);
    }
  }

  /** The pidfile stays behind, so that `status` can say what happened. */
  keepPidfile(reason: string): void {
    this.#keepsPidfile = true;
    this.update({ reason });
  }

  #leave(): void {
    if (this.#keepsPidfile) return;
    const { pidfile } = this.#held;
    pidfile.remove(() => {
      removeLaunchRecord(pidfile.path);
      unregisterInstance(pidfile.path);
    });
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
