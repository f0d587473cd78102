// Owns the face of this library: the class a program overrides.
//
//   class MyDaemon extends Daemon {
//     async run() {                       // in the daemon
//       const server = createServer().listen(7000, () => this.ready());
//       await once(server, "close");
//     }
//   }
//   await new MyDaemon({ pidfile: "/run/my.pid" }).start();
//
// Node cannot fork without exec. So start() runs the same program again in the new process, which comes to the same
// start() call; that one finds the hand-off of the first, calls run(), and ends the process when run() ends.
import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { chdir } from "node:process";
import { codeDirectory } from "../base/code-directory.js";
import { checkConfinement, confine } from "./confine.js";
import { DaemonError } from "./errors.js";
import { Handback } from "./handback.js";
import { FIRST_PRESERVED_FD, type Handoff, peekHandoff, takeHandoff } from "./handoff.js";
import {
  type InstanceStatus,
  inspectInstance,
  type StopOptions,
  type StopResult,
  signalInstance,
  stopInstance,
} from "./instance.js";
import {
  awaitJob,
  deliverJob,
  encodeRequest,
  findModule,
  forgetJob,
  type JobCallbacks,
  type JobPlace,
  jobFiles,
  prepareJob,
} from "./job.js";
import { type Command, readLaunchRecord } from "./launch-record.js";
import { launch, type StartResult } from "./launcher.js";
import { type DaemonContext, Life, type ReadyDetails } from "./life.js";
import { Notifier } from "./notifier.js";
import {
  checkOptions,
  checkTimeout,
  currentDirectory,
  type DaemonOptions,
  DEFAULT_TIMEOUT_MS,
  findLogFile,
  findName,
  findPidfile,
  toLaunchRecord,
  umaskOf,
} from "./options.js";
import { Pidfile } from "./pidfile.js";
import { listDaemons, type RunningDaemon, registerInstance } from "./registry.js";
import { type Reporter, WorkerReporter } from "./reporter.js";
import { detectServiceManager } from "./service-manager.js";
import { type SupervisePolicy, Supervisor } from "./supervisor.js";

export interface JobOptions extends JobPlace, JobCallbacks {
  /** Under which the result can be asked for. Default: a new one. */
  name?: string;
  /** Default "default". */
  exportName?: string;
}

export interface Job {
  name: string;
  pid: number;
  result(): Promise<unknown>;
}

/** The standard streams that are files of ours. */
function streamsOf({ stdout, stderr }: Handoff): { fd: number; path: string }[] {
  const streams = [
    { fd: 1, path: stdout },
    { fd: 2, path: stderr },
  ];
  return streams.filter(({ path }) => path !== "" && path !== "/dev/null");
}

function hostCommand(host: string, ...args: readonly string[]): Command {
  const path = join(codeDirectory(), "daemon", `${host}.js`);
  return { file: process.execPath, args: [path, ...args] };
}

export abstract class Daemon {
  readonly pidfile: string;
  readonly #options: DaemonOptions;
  readonly #base: string;
  #life: Life | undefined;

  constructor(options: DaemonOptions) {
    checkOptions(options);
    // In the daemon, relative paths mean what they meant to its starter.
    this.#base = peekHandoff()?.base ?? currentDirectory();
    this.pidfile = findPidfile(options, this.#base);
    this.#options = options;
  }

  /** All daemons of this user that run or start, of every program that uses this library; by name. Never throws. */
  static list(): RunningDaemon[] {
    return listDaemons();
  }

  /**
   * A daemon that is no subclass: `module` exports a function, as its default or as `main`, that is called with the
   * context. The options must survive JSON. Throws a DaemonError `bad-option`, or what resolving the module throws.
   */
  static ofModule(module: string, options: DaemonOptions): Daemon {
    const base = currentDirectory();
    const all = { ...options, pidfile: findPidfile(options, base), logFile: findLogFile(options, base), detach: true };
    const command = hostCommand("module-host", findModule(module), JSON.stringify(all));
    return new HostedDaemon({ ...options, command });
  }

  /**
   * Calls a function of `module` (the default export, or `exportName`) with `args` in a daemon of its own; returns
   * when that runs. The result waits on disk for the callbacks, or for whoever asks by name later. Arguments and result
   * are what `v8.serialize` keeps. Throws a DaemonError: `bad-option` for other arguments, `already-running` while a job
   * of this name runs, `start-failed`.
   */
  static async run(module: string, args: readonly unknown[], options: JobOptions = {}): Promise<Job> {
    const name = options.name ?? `job-${randomUUID()}`;
    const place: JobPlace = options.directory === undefined ? {} : { directory: options.directory };
    const files = jobFiles(name, place);
    prepareJob(files);
    const stdin = encodeRequest({ module: findModule(module), exportName: options.exportName ?? "default", args });
    const command = hostCommand("job-host", name, dirname(files.pidfile));
    const { pidfile, logFile } = files;
    const { pid } = await new HostedDaemon({ pidfile, logFile, command, stdin, detach: true }).start();
    const { onResult, onError } = options;
    // The callbacks come after the caller has its job, however fast that was.
    if (onResult !== undefined || onError !== undefined) setImmediate(() => void deliverJob(name, place, options));
    return { name, pid, result: () => awaitJob(name, place) };
  }

  /**
   * The result of a function daemon that this or another process has started: once it is there. Throws a JobError if
   * the function has thrown, if its process has ended without a result, or if there is no job of this name; with
   * `onError` that gets it instead.
   */
  static async result(name: string, options: JobPlace & JobCallbacks = {}): Promise<unknown> {
    const { onResult, onError } = options;
    if (onResult === undefined && onError === undefined) return await awaitJob(name, options);
    return await deliverJob(name, options, options);
  }

  /** Removes a result that is not needed any more. */
  static forget(name: string, place: JobPlace = {}): void {
    forgetJob(name, place);
  }

  /**
   * The daemon's work, in the new process. Its end is the end of the daemon, its number the exit code. An exception
   * goes to the log, and to the starter if the daemon is not ready yet.
   */
  abstract run(): Promise<number> | Promise<void> | number | void;

  /** Called once on SIGTERM or SIGINT, after the onStop hooks; the process ends with code 0, or 1 if this throws. */
  protected stopping(_signal: NodeJS.Signals): Promise<void> | void {}

  /** Whether the watchdog is to be fed, sd_watchdog_enabled(3): asked at half its period. A daemon that says false for too long is ended by its manager. */
  protected isHealthy(): boolean {
    return true;
  }

  /** Called by run() when the daemon can be used: only now start() returns in the starter. */
  protected ready(details: ReadyDetails = {}): void {
    this.#life?.ready(details);
  }

  /** Called by run() before it returns or throws, to give the starter a better reason than the end of the log. */
  protected fail(reason: string): void {
    this.#life?.fail(reason);
  }

  /** On SIGHUP, in order, one reload after the other. A hook that throws is logged, and the daemon works on. */
  protected onReload(hook: () => Promise<void> | void): void {
    this.#life?.onReload(hook);
  }

  /** On SIGUSR1, after the standard streams have been opened anew. */
  protected onReopen(hook: () => Promise<void> | void): void {
    this.#life?.onReopen(hook);
  }

  /** On SIGTERM or SIGINT; last registered, first called, each awaited. One that throws makes the exit code 1. */
  protected onStop(hook: (signal: NodeJS.Signals) => Promise<void> | void): void {
    this.#life?.onStop(hook);
  }

  /** All of the above as one object, for code that is no subclass. Only in the daemon. */
  protected get context(): DaemonContext {
    if (this.#life === undefined) throw new Error("there is no context outside of run()");
    return this.#life;
  }

  /**
   * In the starter: returns when the daemon is ready, or throws a DaemonError: `already-running` with the pid,
   * `start-failed` with the reason and the end of the log, `start-timeout`, `not-permitted`, `bad-pidfile`, `bad-option`.
   * In the daemon, and where it does not detach: never returns.
   */
  async start(): Promise<StartResult> {
    await this.#becomeDaemonIfChosen();
    const { detach = "auto" } = this.#options;
    if (detach === false || (detach === "auto" && detectServiceManager() !== undefined)) await this.#runAttached();
    return await this.#launch(false);
  }

  /**
   * Ends the instance: SIGTERM, `timeoutMs` (default: the option stopTimeoutMs), then SIGKILL if `force`. That nothing
   * runs is no error. Throws a DaemonError: `stop-timeout` if it still runs, `not-permitted`, `bad-pidfile`.
   */
  async stop(options: Partial<StopOptions> = {}): Promise<StopResult> {
    const timeoutMs = options.timeoutMs ?? this.#stopTimeoutMs;
    checkTimeout("the stop timeout", timeoutMs);
    return await stopInstance(this.pidfile, { timeoutMs, force: options.force ?? false });
  }

  /**
   * Stops, then starts with the options the instance was last started with; with ours if it never was. Throws what
   * stop() and start() throw.
   */
  async restart(options: Partial<StopOptions> = {}): Promise<StartResult> {
    await this.#becomeDaemonIfChosen();
    return await this.#launch(true, options);
  }

  /**
   * Sends a signal to the daemon and to no other process, pidfd_send_signal(2); false if it does not run. Throws a
   * DaemonError `not-permitted` or `bad-pidfile`.
   */
  signal(signal: NodeJS.Signals): boolean {
    return signalInstance(this.pidfile, signal);
  }

  /** Has its onReload hooks run (SIGHUP); as signal(). Returns before they have. */
  reload(): boolean {
    return this.signal("SIGHUP");
  }

  /** Lets it open its logs anew, after they were renamed (SIGUSR1); as signal(). Returns before it has. */
  reopen(): boolean {
    return this.signal("SIGUSR1");
  }

  /** Outside: what is known of the instance. In the daemon, with a text: what `status` shows from now on. */
  status(): InstanceStatus;
  status(text: string): void;
  status(text?: string): InstanceStatus | undefined {
    if (text === undefined) return inspectInstance(this.pidfile);
    this.#life?.status(text);
    return undefined;
  }

  get #startTimeoutMs(): number {
    return checkTimeout("the start timeout", this.#options.startTimeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  get #stopTimeoutMs(): number {
    return checkTimeout("the stop timeout", this.#options.stopTimeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  async #launch(isRestart: boolean, stopOptions: Partial<StopOptions> = {}): Promise<StartResult> {
    if (process.platform === "win32") {
      const instead = "run it in the foreground (detach: false, --no-detach) under a service wrapper";
      throw new DaemonError("start-failed", `Windows has no daemons: ${instead}`);
    }
    const recorded = isRestart ? readLaunchRecord(this.pidfile) : undefined;
    const record = recorded ?? toLaunchRecord(this.#options, this.#base);
    if (isRestart) await this.stop(stopOptions);
    return await launch({
      pidfile: this.pidfile,
      record,
      startTimeoutMs: this.#startTimeoutMs,
      keepRecordOnFailure: isRestart,
      preserved: this.#options.filesPreserved ?? [],
    });
  }

  async #becomeDaemonIfChosen(): Promise<void> {
    const handoff = takeHandoff(this.pidfile);
    if (handoff === undefined) return;
    // From now on the pidfile invites signals: none of those that reload may end what does not listen yet.
    for (const signal of ["SIGHUP", "SIGUSR1"] as const) process.on(signal, () => {});
    if (handoff.role === "worker") {
      const policy = this.#options.supervise;
      const watchdogMs = typeof policy === "object" ? (policy.watchdogMs ?? 0) : 0;
      await this.#live(new WorkerReporter(watchdogMs), handoff.files, streamsOf(handoff), true);
    }
    await this.#liveAsOwner(Handback.adopt(handoff, findName(this.#options)), handoff);
  }

  /** In this very process, for a service manager that watches it. */
  async #runAttached(): Promise<void> {
    checkConfinement(this.#options);
    const { chroot, workingDirectory, filesPreserved = [] } = this.#options;
    const pidfile = await Pidfile.acquire(this.pidfile);
    const name = findName(this.#options);
    const logFile = this.#options.logFile === undefined ? "" : findLogFile(this.#options, this.#base);
    registerInstance(this.pidfile, name);
    process.umask(umaskOf(this.#options));
    if (chroot === undefined) chdir(workingDirectory ?? "/");
    const handback = new Handback({ pidfile, logFile, name, statusFd: undefined });
    // The standard streams are the manager's own; what it does with them is its affair.
    const streams = { stdout: "", stderr: "" };
    const handoff: Handoff = { pidfile: this.pidfile, logFile, ...streams, role: "daemon", base: this.#base, files: 0 };
    await this.#liveAsOwner(handback, handoff, filesPreserved);
  }

  async #liveAsOwner(handback: Handback, handoff: Handoff, files?: readonly number[]): Promise<never> {
    const streams = streamsOf(handoff);
    const { supervise } = this.#options;
    if (supervise === undefined || supervise === false) {
      return await this.#live(handback, files ?? handoff.files, streams, false);
    }
    const policy: SupervisePolicy = supervise === true ? {} : supervise;
    const options = { handback, notifier: new Notifier(), policy, handoff, streams };
    const times = { startTimeoutMs: this.#startTimeoutMs, stopTimeoutMs: this.#stopTimeoutMs };
    process.exit(await new Supervisor({ ...options, ...times }).run());
  }

  async #live(
    reporter: Reporter,
    files: number | readonly number[],
    streams: readonly { fd: number; path: string }[],
    isWorker: boolean,
  ): Promise<never> {
    const { handlesSignals = true, signals = {}, chroot, workingDirectory } = this.#options;
    const life = new Life({
      reporter,
      signals,
      handlesStop: handlesSignals,
      streams,
      files: typeof files === "number" ? Array.from({ length: files }, (_, i) => FIRST_PRESERVED_FD + i) : files,
      startTimeoutMs: this.#startTimeoutMs,
      stopTimeoutMs: this.#stopTimeoutMs,
      isHealthy: () => this.isHealthy(),
    });
    this.#life = life;
    life.onStop((signal) => this.stopping(signal));
    // A supervisor that is gone leaves nobody to answer to.
    if (isWorker) process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
    try {
      confine(this.#options);
      if (chroot !== undefined && workingDirectory !== undefined) chdir(workingDirectory);
      if (this.#options.readiness === "immediate") life.ready();
      const code = await this.run();
      process.exit(typeof code === "number" ? code : undefined);
    } catch (error) {
      console.error(error);
      life.fail(error instanceof Error ? error.message : String(error));
      // The channel to a supervisor sends when the event loop turns again.
      if (isWorker) await new Promise((resolve) => setImmediate(resolve));
      process.exit(1);
    }
  }
}

/** The starter's half of a daemon whose other half is one of the host programs. */
class HostedDaemon extends Daemon {
  override run(): never {
    throw new Error("this daemon has a program of its own");
  }
}
