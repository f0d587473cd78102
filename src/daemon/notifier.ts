// Owns what the daemon tells systemd, or whoever set NOTIFY_SOCKET: sd_notify(3) and sd_watchdog_enabled(3). Without
// that variable every method does nothing. Used by life.ts, supervisor.ts and the CLI.
import { monotonicNs, setInterval } from "../base/timers.js";
import { DatagramSender } from "./datagram.js";

/** CLOCK_MONOTONIC in microseconds; Node's hrtime is that clock. systemd wants it with RELOADING=1. */
function monotonicMicroseconds(): bigint {
  return monotonicNs() / 1000n;
}

/** How often to send WATCHDOG=1: at half the time the manager grants; 0 if it does not watch this process. */
function readWatchdogMs(env: NodeJS.ProcessEnv): number {
  const microseconds = Number(env.WATCHDOG_USEC);
  const isForUs = env.WATCHDOG_PID === undefined || Number(env.WATCHDOG_PID) === process.pid;
  return isForUs && microseconds > 0 ? Math.max(1, Math.floor(microseconds / 2000)) : 0;
}

export class Notifier {
  readonly #sender: DatagramSender | undefined;
  readonly #watchdogMs: number;
  #watchdog: NodeJS.Timeout | undefined;

  /** Takes the variables out of `env`: they mean this process and none of its children. */
  constructor(env: NodeJS.ProcessEnv = process.env) {
    const path = env.NOTIFY_SOCKET;
    this.#sender = path === undefined || !/^[/@]/.test(path) ? undefined : new DatagramSender(path);
    this.#watchdogMs = this.#sender === undefined ? 0 : readWatchdogMs(env);
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete env[name];
  }

  /** False without a manager, or if it could not be told. */
  send(...assignments: readonly string[]): boolean {
    return this.#sender?.send(assignments.join("\n")) ?? false;
  }

  /** From now on the watchdog is fed, as long as the event loop turns and `isHealthy` says so. */
  ready(isHealthy: () => boolean = () => true): void {
    this.send("READY=1", `MAINPID=${process.pid}`);
    this.feed(isHealthy);
  }

  /** The watchdog alone, for a program that says READY=1 itself. */
  feed(isHealthy: () => boolean = () => true): void {
    if (this.#watchdogMs === 0 || this.#watchdog !== undefined) return;
    this.#watchdog = setInterval(() => {
      if (isHealthy()) this.send("WATCHDOG=1");
    }, this.#watchdogMs);
    this.#watchdog.unref();
  }

  /** Ended by the next ready(). */
  reloading(): void {
    this.send("RELOADING=1", `MONOTONIC_USEC=${monotonicMicroseconds()}`);
  }

  stopping(): void {
    this.send("STOPPING=1");
  }

  status(text: string): void {
    this.send(`STATUS=${text.replaceAll(/[\r\n]+/g, " ")}`);
  }

  /** Start or stop takes longer than the unit's file allows: so much from now on. */
  extendTimeout(ms: number): void {
    this.send(`EXTEND_TIMEOUT_USEC=${Math.ceil(ms * 1000)}`);
  }
}
