// Owns the daemon from inside, between its first moment and its end: what run() can say and hear, the meaning of
// signals, and the end of the process. Made by daemon.ts in the process that does the work.
import type { DaemonErrorCode } from "./errors.js";
import { Notifier } from "./notifier.js";
import { checkReadyDetails } from "./option-shapes.js";
import { askGroup, endGroup, type ProcessGroup } from "./process-group.js";
import type { Reporter } from "./reporter.js";
import { reopenStream } from "./streams.js";

/** What a running daemon tells about itself, in its pidfile and to its starter. */
export interface ReadyDetails {
  /** Where it can be reached, as `status` and `ps` show it. */
  addresses?: readonly string[];
  /** Where the program itself logs, if not to stdout and stderr. */
  logFile?: string;
}

type Hook = () => Promise<void> | void;
type StopHook = (signal: NodeJS.Signals) => Promise<void> | void;

/** Which daemon it is. */
export interface DaemonSelf {
  readonly name: string;
  /** Of `instances`: its number, from 0. Of `instance`: that word. Else undefined. */
  readonly instance: number | string | undefined;
  /** How many there are of `instances`; 1 without. */
  readonly instances: number;
  /** The option `args`. */
  readonly args: readonly unknown[];
  readonly pidfile: string;
  readonly logFile: string;
}

/** What the program sees of its own daemon. */
export interface DaemonContext extends DaemonSelf {
  /** The daemon can be used: start() returns in the starter, and a service manager hears READY=1. Counts once. */
  ready(details?: ReadyDetails): void;
  /**
   * Why it is going to end, for the starter and for `status`: a better reason than the end of the log. `code` where
   * another than `start-failed` fits.
   */
  fail(reason: string, code?: DaemonErrorCode): void;
  /** What `status` and the service manager show from now on; one line. */
  status(text: string): void;
  /** The start or the stop takes up to so many milliseconds more than the service manager expects, from now on. */
  extendTimeout(ms: number): void;
  /** On SIGHUP, one reload after the other. A hook that throws is logged, and the daemon works on. */
  onReload(hook: Hook): void;
  /** On SIGUSR1, after the standard streams have been opened anew. */
  onReopen(hook: Hook): void;
  /** On SIGTERM or SIGINT; last registered, first called, each awaited. One that throws makes the exit code 1. */
  onStop(hook: StopHook): void;
  /** The descriptors of `filesPreserved`, as they are numbered here. */
  readonly files: readonly number[];
}

export type SignalAction = "stop" | "reload" | "reopen" | "ignore" | ((signal: NodeJS.Signals) => void);
export type SignalMap = Partial<Record<NodeJS.Signals, SignalAction>>;

/**
 * SIGHUP would end the daemon when a terminal that it never had goes away, SIGUSR1 would open the inspector's port;
 * the three of the terminal are PEP 3143's.
 */
const DEFAULT_SIGNALS: SignalMap = {
  SIGTERM: "stop",
  SIGINT: "stop",
  SIGHUP: "reload",
  SIGUSR1: "reopen",
  SIGTSTP: "ignore",
  SIGTTIN: "ignore",
  SIGTTOU: "ignore",
};

export interface LifeOptions {
  self: DaemonSelf;
  reporter: Reporter;
  notifier?: Notifier;
  signals: SignalMap;
  /** False: SIGTERM and SIGINT are left to run(). */
  handlesStop: boolean;
  /** Files behind the standard streams. */
  streams: readonly { fd: number; path: string }[];
  files: readonly number[];
  startTimeoutMs: number;
  stopTimeoutMs: number;
  /** The processes that end with this one. */
  group: ProcessGroup | undefined;
  isHealthy(): boolean;
}

/** The share of a stop's time-out that children get before SIGKILL: the stopper must not lose patience first. */
const CHILDREN_SHARE = 0.5;

export class Life implements DaemonContext {
  readonly name: string;
  readonly instance: number | string | undefined;
  readonly instances: number;
  readonly args: readonly unknown[];
  readonly pidfile: string;
  readonly logFile: string;
  readonly files: readonly number[];
  readonly #options: LifeOptions;
  readonly #notifier: Notifier;
  readonly #reload: Hook[] = [];
  readonly #reopen: Hook[] = [];
  readonly #stop: StopHook[] = [];
  #isStopping = false;
  #isReady = false;
  /** Reloads and reopenings come one after the other, however fast the signals do. */
  #queue: Promise<void> = Promise.resolve();

  constructor(options: LifeOptions) {
    this.#options = options;
    const { name, instance, instances, args, pidfile, logFile } = options.self;
    this.name = name;
    this.instance = instance;
    this.instances = instances;
    this.args = args;
    this.pidfile = pidfile;
    this.logFile = logFile;
    this.files = options.files;
    this.#notifier = options.notifier ?? new Notifier();
    this.#notifier.extendTimeout(options.startTimeoutMs);
    const signals: SignalMap = { ...DEFAULT_SIGNALS, ...options.signals };
    for (const name of Object.keys(signals)) {
      if (options.handlesStop || (name !== "SIGTERM" && name !== "SIGINT")) this.#listen(name, signals);
    }
    const { group } = options;
    if (group !== undefined) process.on("exit", () => askGroup(group, [process.pid, process.ppid]));
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  ready(details: ReadyDetails = {}): void {
    checkReadyDetails(details);
    this.#isReady = true;
    this.#options.reporter.ready(details.addresses ?? [], details.logFile);
    this.#notifier.ready(() => this.#options.isHealthy());
  }

  fail(reason: string, code?: DaemonErrorCode): void {
    this.#options.reporter.fail(reason, code);
    this.#notifier.status(reason);
  }

  status(text: string): void {
    this.#options.reporter.status(text);
    this.#notifier.status(text);
  }

  extendTimeout(ms: number): void {
    this.#notifier.extendTimeout(ms);
  }

  onReload(hook: Hook): void {
    this.#reload.push(hook);
  }

  onReopen(hook: Hook): void {
    this.#reopen.push(hook);
  }

  /** Called in the reverse order of their registration: what was built last is taken down first. */
  onStop(hook: StopHook): void {
    this.#stop.unshift(hook);
  }

  /** Runs the stop hooks and ends the process: 0, or 1 if one of them failed. */
  async stop(signal: NodeJS.Signals): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#notifier.stopping();
    this.#notifier.extendTimeout(this.#options.stopTimeoutMs);
    let code = 0;
    for (const hook of this.#stop) {
      try {
        await hook(signal);
      } catch (error) {
        console.error(error);
        code = 1;
      }
    }
    this.#options.reporter.fail(`stopped by ${signal}`);
    await this.end(code);
  }

  /** The last step: the children go first, where they are to go. */
  async end(code: number | undefined): Promise<never> {
    const { group, stopTimeoutMs } = this.#options;
    if (group !== undefined) await endGroup(group, [process.pid, process.ppid], stopTimeoutMs * CHILDREN_SHARE);
    process.exit(code);
  }

  #listen(name: string, signals: SignalMap): void {
    const known: Partial<Record<string, SignalAction>> = signals;
    const action = known[name];
    if (action === undefined) return;
    process.on(name, (signal: NodeJS.Signals) => {
      if (typeof action === "function") action(signal);
      else if (action === "stop") void this.stop(signal);
      else if (action === "reload") this.#enqueue(() => this.#doReload());
      else if (action === "reopen") this.#enqueue(() => this.#doReopen());
    });
  }

  /** A failure is logged and the daemon lives: a broken configuration must not end what works. */
  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => console.error(error));
  }

  async #doReload(): Promise<void> {
    this.#notifier.reloading();
    this.#options.reporter.reloading();
    try {
      for (const hook of this.#reload) await hook();
    } finally {
      if (this.#isReady) this.#notifier.ready(() => this.#options.isHealthy());
      this.#options.reporter.reloaded();
    }
  }

  async #doReopen(): Promise<void> {
    for (const { path, fd } of this.#options.streams) reopenStream(path, fd);
    for (const hook of this.#reopen) await hook();
  }
}
