// Owns the daemon's side of the hand-off, from the first moment to the last: adopts the pidfile, reports once to the
// starter, and removes the pidfile when the process ends by whatever way runs exit handlers. Called by daemon.ts.
import { type Handoff, LOCK_FD, STATUS_FD } from "./handoff.js";
import { removeLaunchRecord } from "./launch-record.js";
import { Pidfile } from "./pidfile.js";
import { identifyProcess, type ProcessIdentity } from "./process-identity.js";
import { type StatusReport, sendReport } from "./status-pipe.js";

function ignore(): void {}

export class Handback {
  readonly #handoff: Handoff;
  readonly #pidfile: Pidfile;
  readonly #identity: ProcessIdentity;
  #hasReported = false;

  constructor(handoff: Handoff) {
    this.#handoff = handoff;
    if (handoff.umask !== undefined) process.umask(handoff.umask);
    // Node gives every signal its default action at start-up, whatever was ignored before. SIGHUP would end the
    // daemon when a terminal that it never had goes away, SIGUSR1 would open the inspector's port.
    process.on("SIGHUP", ignore);
    process.on("SIGUSR1", ignore);
    this.#pidfile = Pidfile.adopt(handoff.pidfile, LOCK_FD);
    // Without /proc and addon there is no start time; "unknown" never matches, so such a pid is never signalled.
    this.#identity = identifyProcess(process.pid) ?? { pid: process.pid, startTime: "unknown" };
    this.#pidfile.write({ identity: this.#identity, state: "starting", addresses: [], logFile: handoff.logFile });
    process.on("exit", () => this.#pidfile.remove(() => removeLaunchRecord(handoff.pidfile)));
    process.on("uncaughtExceptionMonitor", (error) => this.fail(error.message));
  }

  ready(addresses: readonly string[], ownLogFile: string | undefined): void {
    if (this.#hasReported) return;
    const logFile = ownLogFile === undefined || ownLogFile === "" ? this.#handoff.logFile : ownLogFile;
    // The pidfile first: once start() has returned, status must not say "starting".
    this.#pidfile.write({ identity: this.#identity, state: "running", addresses, logFile });
    this.#report({ event: "ready", pid: process.pid, addresses, logFile });
  }

  fail(reason: string): void {
    this.#report({ event: "failed", reason });
  }

  #report(report: StatusReport): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    sendReport(STATUS_FD, report);
  }
}
