// Owns the daemon's hold on its instance, from the first moment to the last: what the pidfile says, the one report to
// the starter, and the removal of the pidfile when the process ends by whatever way runs exit handlers. Called by
// daemon.ts; a daemon that does not detach has one too, without a starter.
import { type Handoff, LOCK_FD, STATUS_FD } from "./handoff.js";
import { removeLaunchRecord } from "./launch-record.js";
import { Pidfile } from "./pidfile.js";
import type { PidfileRecord } from "./pidfile-record.js";
import { identifyProcess } from "./process-identity.js";
import { unregisterInstance } from "./registry.js";
import type { Reporter } from "./reporter.js";
import { type StatusReport, sendReport } from "./status-pipe.js";

export interface Held {
  pidfile: Pidfile;
  logFile: string;
  name: string;
  /** Where the starter listens; undefined if there is none. */
  statusFd: number | undefined;
}

export class Handback implements Reporter {
  readonly #held: Held;
  #record: PidfileRecord;
  #hasReported = false;
  #keepsPidfile = false;

  constructor(held: Held) {
    this.#held = held;
    // Without /proc and addon there is no start time; "unknown" never matches, so such a pid is never signalled.
    const identity = identifyProcess(process.pid) ?? { pid: process.pid, startTime: "unknown" };
    const since = Math.round(Date.now() - process.uptime() * 1000);
    this.#record = { identity, state: "starting", addresses: [], logFile: held.logFile, since, name: held.name };
    held.pidfile.write(this.#record);
    process.on("exit", () => this.#leave());
    process.on("uncaughtExceptionMonitor", (error) => this.fail(error.message));
  }

  /** In a daemon that a starter has made. */
  static adopt(handoff: Handoff, name: string): Handback {
    if (handoff.umask !== undefined) process.umask(handoff.umask);
    const pidfile = Pidfile.adopt(handoff.pidfile, LOCK_FD);
    return new Handback({ pidfile, logFile: handoff.logFile, name, statusFd: STATUS_FD });
  }

  get lockFd(): number {
    return this.#held.pidfile.fd;
  }

  ready(addresses: readonly string[], ownLogFile: string | undefined): void {
    if (this.#record.state === "running") return;
    const logFile = ownLogFile === undefined || ownLogFile === "" ? this.#held.logFile : ownLogFile;
    // The pidfile first: once start() has returned, status must not say "starting".
    this.update({ state: "running", addresses, logFile });
    this.#report({ event: "ready", pid: process.pid, addresses, logFile });
  }

  fail(reason: string): void {
    this.#report({ event: "failed", reason });
  }

  status(text: string): void {
    this.update({ text });
  }

  // Of a reload the manager hears from this very process (life.ts), and nobody else wants to know.
  reloading(): void {}

  reloaded(): void {}

  update(changes: Partial<PidfileRecord>): void {
    this.#record = { ...this.#record, ...changes };
    this.#held.pidfile.write(this.#record);
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

  #report(report: StatusReport): void {
    if (this.#hasReported || this.#held.statusFd === undefined) return;
    this.#hasReported = true;
    sendReport(this.#held.statusFd, report);
  }
}
