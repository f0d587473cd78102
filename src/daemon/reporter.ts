// Owns the way of a daemon's news to the outside, whoever listens: its starter (handback.ts) or its supervisor.
import { monotonicMs, setInterval } from "../base/timers.js";
import { type DaemonErrorCode, failureCode } from "./errors.js";

export interface Reporter {
  /** Heard once. */
  ready(addresses: readonly string[], logFile: string | undefined): void;
  /** `code` where another than `start-failed` fits. */
  fail(reason: string, code?: DaemonErrorCode): void;
  /** Whether the start still depends on the daemon's not ending: it is not ready, or has been for a moment only. */
  readonly isSettling: boolean;
  /** What the daemon says of itself. */
  status(text: string): void;
  /** The hooks of a reload begin to run. */
  reloading(): void;
  /** They have run, whatever came of them. */
  reloaded(): void;
}

/** What a worker sends to its supervisor over Node's channel. */
export type WorkerMessage =
  | { event: "ready"; addresses: readonly string[]; logFile?: string }
  | { event: "failed"; reason: string; code?: DaemonErrorCode }
  | { event: "status"; text: string }
  | { event: "reloading" }
  | { event: "reloaded" }
  | { event: "alive" };

export class WorkerReporter implements Reporter {
  readonly #settleMs: number;
  #hasReported = false;
  #readyAt = Number.POSITIVE_INFINITY;

  constructor(watchdogMs: number, settleMs: number) {
    this.#settleMs = settleMs;
    process.on("uncaughtExceptionMonitor", (error) => this.fail(error.message, failureCode(error)));
    if (watchdogMs > 0) setInterval(() => this.#send({ event: "alive" }), Math.ceil(watchdogMs / 3)).unref();
  }

  ready(addresses: readonly string[], logFile: string | undefined): void {
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#readyAt = monotonicMs();
    const message = { event: "ready", addresses } as const;
    this.#send(logFile === undefined ? message : { ...message, logFile });
  }

  get isSettling(): boolean {
    return !this.#hasReported || monotonicMs() - this.#readyAt < this.#settleMs;
  }

  fail(reason: string, code?: DaemonErrorCode): void {
    this.#send(code === undefined ? { event: "failed", reason } : { event: "failed", reason, code });
  }

  status(text: string): void {
    this.#send({ event: "status", text });
  }

  reloading(): void {
    this.#send({ event: "reloading" });
  }

  reloaded(): void {
    this.#send({ event: "reloaded" });
  }

  #send(message: WorkerMessage): void {
    // The supervisor may be gone; the channel's end is handled elsewhere.
    if (process.connected) process.send?.(message, undefined, {}, () => {});
  }
}
