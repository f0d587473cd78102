// Owns the supervisor mode: a daemon that does no work but keeps a worker running, which is this program once more.
// The supervisor holds the pidfile and hears the signals; the worker has a copy of the lock, so that the instance is
// taken until both are gone. Called by daemon.ts.
//
//   starter ── daemon = supervisor ── worker (run(), unprivileged)
//                 │  <── ready, status, alive ──┘   Node's channel; its end tells the worker that it is alone
import { type ChildProcess, spawn } from "node:child_process";
import { clearTimeout, delay, monotonicMs, setTimeout } from "../base/timers.js";
import type { DaemonErrorCode } from "./errors.js";
import type { Handback } from "./handback.js";
import { FIRST_PRESERVED_FD, formatHandoff, HANDOFF_VARIABLE, type Handoff } from "./handoff.js";
import { thisProgram } from "./node-program.js";
import type { Notifier } from "./notifier.js";
import { findDirectory } from "./places.js";
import { endGroup, type ProcessGroup } from "./process-group.js";
import type { WorkerMessage } from "./reporter.js";
import { reopenStream } from "./streams.js";

/** All times in milliseconds. */
export interface SupervisePolicy {
  /** More crashes than this within `windowMs` end the supervisor with exit code 1, and `status` says why. Default 5. */
  limit?: number;
  /** How long a crash counts. Default 60 s: longer than any pause, or an endless loop of crashes would never end. */
  windowMs?: number;
  /** The pause before the first restart; it doubles with each crash in the window. Default 100 ms. */
  firstDelayMs?: number;
  /** What the pause never exceeds. Default 30 s. */
  longestDelayMs?: number;
  /** A worker whose event loop stands still for longer, once it is ready, is killed and restarted. Default 0: never. */
  watchdogMs?: number;
  /** "always" restarts a worker that has ended with code 0 too. Default "on-failure". */
  restart?: "on-failure" | "always";
}

export interface SupervisorOptions {
  handback: Handback;
  notifier: Notifier;
  policy: SupervisePolicy;
  handoff: Handoff;
  startTimeoutMs: number;
  stopTimeoutMs: number;
  streams: readonly { fd: number; path: string }[];
  /** The processes that end with the worker. */
  group: ProcessGroup | undefined;
}

interface End {
  /** 0 is the only end that is no crash. */
  code: number;
  why: string;
  /** Of a worker that says what kind of failure it was. */
  failure: DaemonErrorCode | undefined;
  wasReady: boolean;
}

const FORWARDED: readonly NodeJS.Signals[] = ["SIGHUP", "SIGUSR1", "SIGUSR2"];
/** The supervisor's own share of a stop time-out: its caller must not lose patience first. */
const STOP_SHARE = 0.9;
/** The share that children get before SIGKILL. */
const CHILDREN_SHARE = 0.5;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #policy: Required<SupervisePolicy>;
  readonly #stopped = new AbortController();
  #worker: ChildProcess | undefined;
  #crashes: number[] = [];
  #restarts = 0;
  #lastWhy = "";

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#policy = {
      limit: 5,
      windowMs: 60_000,
      firstDelayMs: 100,
      longestDelayMs: 30_000,
      watchdogMs: 0,
      restart: "on-failure",
      ...options.policy,
    };
    for (const signal of FORWARDED) process.on(signal, () => this.#forward(signal));
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.#stop(signal));
  }

  /** Until the worker ends by itself, a signal stops both, or it has crashed too often: the exit code. */
  async run(): Promise<number> {
    const { handback, notifier, startTimeoutMs } = this.#options;
    notifier.extendTimeout(startTimeoutMs);
    for (;;) {
      const end = await this.#runWorker();
      const { group, stopTimeoutMs } = this.#options;
      // What a worker leaves behind would meet its own likeness in the next one's.
      if (group !== undefined) await endGroup(group, [process.pid], stopTimeoutMs * CHILDREN_SHARE);
      if (this.#stopped.signal.aborted) return 0;
      const hasWorked = this.#restarts > 0 || (end.wasReady && !handback.isSettling);
      // It has never worked: that is a failed start and no crash.
      if (!hasWorked) handback.fail(end.why, end.failure);
      if (end.code === 0 && this.#policy.restart === "on-failure") return 0;
      if (!hasWorked) return 1;
      const pauseMs = this.#countCrash();
      if (pauseMs === undefined) {
        const { limit, windowMs } = this.#policy;
        const why = `gave up after ${limit + 1} crashes within ${windowMs / 1000} s: ${end.why}`;
        console.error(`daemon: ${why}`);
        this.#options.notifier.status(why);
        handback.fail(why);
        return 1;
      }
      this.#restarts++;
      this.#lastWhy = end.why;
      const reason = `${end.why}, restart ${this.#restarts} in ${pauseMs / 1000} s`;
      console.error(`daemon: ${reason}`);
      handback.update({ state: "starting", reason, restarts: this.#restarts });
      await delay(pauseMs, { signal: this.#stopped.signal }).catch(() => {});
      if (this.#stopped.signal.aborted) return 0;
    }
  }

  /** The pause before the next start, or undefined if that was one crash too many. */
  #countCrash(): number | undefined {
    const { limit, windowMs, firstDelayMs, longestDelayMs } = this.#policy;
    const now = monotonicMs();
    this.#crashes = [...this.#crashes.filter((time) => time > now - windowMs), now];
    if (this.#crashes.length > limit) return undefined;
    return Math.min(firstDelayMs * 2 ** (this.#crashes.length - 1), longestDelayMs);
  }

  #spawn(): ChildProcess {
    const { handback, handoff } = this.#options;
    const preserved = Array.from({ length: handoff.files }, (_, i) => FIRST_PRESERVED_FD + i);
    const env = { ...process.env, [HANDOFF_VARIABLE]: formatHandoff({ ...handoff, role: "worker" }) };
    const { file, args } = thisProgram();
    return spawn(file, args, {
      cwd: findDirectory(handoff.bootDirectory),
      stdio: [0, 1, 2, "ipc", handback.lockFd, ...preserved],
      env,
    });
  }

  #runWorker(): Promise<End> {
    const { handback, startTimeoutMs, notifier } = this.#options;
    const worker = this.#spawn();
    this.#worker = worker;
    let wasReady = false;
    let why = "";
    let failure: DaemonErrorCode | undefined;
    const fell = (reason: string): void => {
      why = reason;
      worker.kill("SIGKILL");
    };
    let timer = setTimeout(() => fell(`not ready within ${startTimeoutMs / 1000} s`), startTimeoutMs);
    const { watchdogMs } = this.#policy;
    const feed = (): void => {
      if (watchdogMs === 0 || !wasReady) return;
      clearTimeout(timer);
      timer = setTimeout(() => fell(`silent for ${watchdogMs / 1000} s`), watchdogMs);
    };
    handback.update({ worker: worker.pid ?? 0 });
    worker.on("message", (message: WorkerMessage) => {
      switch (message.event) {
        case "ready":
          clearTimeout(timer);
          wasReady = true;
          handback.ready(message.addresses, message.logFile);
          if (this.#restarts > 0) handback.update({ reason: `restarted after: ${this.#lastWhy}` });
          notifier.ready();
          break;
        case "failed":
          why = message.reason;
          failure = message.code;
          break;
        case "status":
          handback.status(message.text);
          notifier.status(message.text);
          break;
        case "reloading":
          notifier.reloading();
          break;
        case "reloaded":
          notifier.ready();
          break;
      }
      feed();
    });
    return new Promise((resolve) => {
      const finish = (code: number, reason: string): void => {
        clearTimeout(timer);
        this.#worker = undefined;
        const text = why === "" || why === reason ? reason : `${reason} (${why})`;
        resolve({ code, why: wasReady ? text : why || reason, failure, wasReady });
      };
      worker.once("error", (error) => finish(1, error.message));
      worker.once("exit", (code, signal) => {
        finish(code ?? 128, signal === null ? `exit code ${code}` : `ended by ${signal}`);
      });
    });
  }

  #forward(signal: NodeJS.Signals): void {
    if (signal === "SIGUSR1") {
      for (const { path, fd } of this.#options.streams) {
        try {
          reopenStream(path, fd);
        } catch (error) {
          console.error(error);
        }
      }
    }
    this.#worker?.kill(signal);
  }

  #stop(signal: NodeJS.Signals): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    const { notifier, stopTimeoutMs } = this.#options;
    notifier.stopping();
    notifier.extendTimeout(stopTimeoutMs);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.kill(signal);
    setTimeout(() => worker.kill("SIGKILL"), stopTimeoutMs * STOP_SHARE).unref();
  }
}
