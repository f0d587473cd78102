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
// start() call; that one finds the hand-off of the first, calls run(), and ends the process when run() ends. The
// start() of every other instance that it meets on its way does nothing (role.ts).
import { resolve } from "node:path";
import { type Body, becomeForeground, becomeLaunched } from "./become.js";
import { type CliOptions, runDaemonCli } from "./command-line.js";
import { Controller, type LaunchRequest, type StartOptions } from "./controller.js";
import { DaemonError, type DaemonErrorCode } from "./errors.js";
import { describeFleet, restartFleet, startFleet, stopFleet } from "./fleet.js";
import { peekHandoff } from "./handoff.js";
import { encodeHosted } from "./hosted.js";
import type { InstanceStatus, StopOptions, StopResult } from "./instance/inspect.js";
import type { LaunchRecord } from "./instance/launch-record.js";
import { listDaemons, type RunningDaemon } from "./instance/list.js";
import { awaitJob, deliverJob, forgetJob, type Job, type JobCallbacks, type JobOptions, launchJob } from "./job.js";
import type { JobPlace } from "./job-outcome.js";
import type { StartResult } from "./launcher.js";
import type { DaemonContext, Life, ReadyDetails } from "./life.js";
import { countInstances, displayName, findInstance, listInstances, memberOptions } from "./members.js";
import { findModule } from "./module-path.js";
import { hostProgram } from "./node-program.js";
import {
  checkDaemonOptions,
  checkJobPlace,
  checkRestartOptions,
  checkResultOptions,
  checkStartOptions,
  checkStopOptions,
} from "./option-shapes.js";
import { type DaemonOptions, findLogFile, findPidfile } from "./options.js";
import { currentDirectory } from "./program.js";
import { isLiving, isPreamble, ownPidfile, takeRole } from "./role.js";
import { detectServiceManager } from "./service-manager.js";

export interface RestartOptions extends Partial<StopOptions> {
  /** In the place of the option startTimeoutMs; `timeoutMs` is for the stop. */
  startTimeoutMs?: number;
  /** As of StartOptions. */
  onSlow?: (message: string) => void;
}

export abstract class Daemon {
  /** Of several instances: that of this process in a daemon, elsewhere the first one's. */
  readonly pidfile: string;
  /** What it is called in messages: the option, or the pidfile's name. */
  readonly name: string;
  readonly #options: DaemonOptions;
  readonly #base: string;
  #life: Life | undefined;

  constructor(options: DaemonOptions) {
    checkDaemonOptions(options);
    // In the daemon, relative paths mean what they meant to its starter.
    this.#base = peekHandoff()?.base ?? currentDirectory();
    this.#options = { ...options };
    this.pidfile = this.#own?.pidfile ?? this.#first.pidfile;
    this.name = displayName(options, this.pidfile);
  }

  /** All daemons of this user that run or start, of every program that uses this library; by name. Never throws. */
  static list(): RunningDaemon[] {
    return listDaemons();
  }

  /**
   * A daemon that is no subclass: `module` exports a function, as its default or as `main`, that is called with the
   * context and the option `args`. The options are handed to another process: functions among them are refused.
   * Throws a DaemonError `bad-option`, also where there is no such module.
   */
  static ofModule(module: string | URL, options: DaemonOptions): Daemon {
    checkDaemonOptions(options);
    const base = currentDirectory();
    const path = findModule(module);
    const { pidfile, logFile } = options;
    const all: DaemonOptions = { ...options, detach: true };
    if (pidfile !== undefined) all.pidfile = resolve(base, pidfile);
    if (logFile !== undefined) all.logFile = resolve(base, logFile);
    return new ModuleStarter(path, { ...options, command: hostProgram("module-host", path, encodeHosted(all)) });
  }

  /**
   * Calls a function of `module` (the default export, or `exportName`) with `args` in a daemon of its own; returns
   * when the module is loaded and the function is called. The result waits on disk for the callbacks, or for whoever
   * asks by name later. Arguments and result are what `v8.serialize` keeps. Throws a DaemonError: `bad-option` for other
   * arguments and for a module that is not there, `already-running` while a job of this name runs, `start-failed` also
   * where the module cannot be loaded or has no such function.
   */
  static async run(module: string | URL, args: readonly unknown[] = [], options: JobOptions = {}): Promise<Job> {
    return await launchJob(module, args, options, (daemonOptions) => new JobStarter(daemonOptions).start());
  }

  /**
   * The result of a function daemon that this or another process has started: once it is there. Throws a JobError if
   * the function has thrown, if its process has ended without a result, or if there is no job of this name; with
   * `onError` that gets it instead.
   */
  static async result(name: string, options: JobPlace & JobCallbacks = {}): Promise<unknown> {
    checkResultOptions(options);
    const { onResult, onError } = options;
    if (onResult === undefined && onError === undefined) return await awaitJob(name, options);
    return await deliverJob(name, options, options);
  }

  /** Removes what an ended job has left: its result and its log. */
  static forget(name: string, place: JobPlace = {}): void {
    checkJobPlace("Daemon.forget()", place);
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

  /**
   * Called before a restart, in a process of the program that is to follow and while the old one still works: throws
   * what would keep it from starting. Changes nothing that the old one uses.
   */
  protected rehearse(): Promise<void> | void {}

  /** Called by run() when the daemon can be used: only now start() returns in the starter. */
  protected ready(details: ReadyDetails = {}): void {
    this.#life?.ready(details);
  }

  /**
   * Called by run() before it returns or throws, to give the starter and `status` a better reason than the end of the
   * log; `code` where another than `start-failed` fits.
   */
  protected fail(reason: string, code?: DaemonErrorCode): void {
    this.#life?.fail(reason, code);
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

  /** All of the above as one object, for code that is no subclass, and which daemon this is. Only in the daemon. */
  protected get context(): DaemonContext {
    if (this.#life === undefined) throw new Error("there is no context outside of run()");
    return this.#life;
  }

  /** What a daemon has not done that its starter still waits for. `hasCome`: it has come to its start(). */
  protected explainSilence(hasCome: boolean): string {
    return hasCome ? "run() has not called this.ready()" : "its program has not come to this start() yet";
  }

  /**
   * In the starter: returns when the daemon is ready, or throws a DaemonError: `already-running` with the pid,
   * `start-failed` with the reason and the end of the log, `start-timeout`, `not-permitted`, `bad-pidfile`, `bad-option`.
   * In the daemon, and where it does not detach: never returns. In the daemon of another instance: does nothing.
   */
  async start(options: StartOptions = {}): Promise<StartResult> {
    checkStartOptions(options);
    await this.#becomeIfChosen();
    if (this.#isElsewhere()) return this.#skip();
    const { detach = "auto", instances } = this.#options;
    if (detach === false || (detach === "auto" && detectServiceManager() !== undefined)) {
      if (instances !== undefined) {
        const instead = "give each a service of its own, with the option instance";
        throw new DaemonError("bad-option", `several instances cannot share the foreground: ${instead}`);
      }
      await becomeForeground(this.pidfile, this.#toBody(this.#first));
    }
    const request = this.#request(options);
    if (instances === undefined) return await this.#first.launch(request);
    return await startFleet(this.#wanted(), (member) => member.launch(request));
  }

  /**
   * Ends the instance: SIGTERM, `timeoutMs` (default: the option stopTimeoutMs), then SIGKILL if `force`. That nothing
   * runs is no error. Throws a DaemonError: `stop-timeout` if it still runs, `not-permitted`, `bad-pidfile`.
   */
  async stop(options: Partial<StopOptions> = {}): Promise<StopResult> {
    checkStopOptions(options);
    if (isPreamble()) return { outcome: "not-running" };
    if (this.#options.instances === undefined) return await this.#first.stop(options);
    return await stopFleet(this.#all(), (member) => member.stop(options));
  }

  /**
   * Stops, then starts with the options the instance was last started with; with ours if it never was. Several
   * instances restart one after the other. Throws what stop() and start() throw.
   */
  async restart(options: RestartOptions = {}): Promise<StartResult> {
    checkRestartOptions(options);
    await this.#becomeIfChosen();
    if (this.#isElsewhere()) return this.#skip();
    const { startTimeoutMs, onSlow, ...restart } = options;
    const start: StartOptions = {};
    if (startTimeoutMs !== undefined) start.timeoutMs = startTimeoutMs;
    if (onSlow !== undefined) start.onSlow = onSlow;
    const request = { ...this.#request(start), restart };
    if (this.#options.instances === undefined) return await this.#first.launch(request);
    const wanted = this.#wanted();
    const surplus = this.#all().filter(({ instance }) => !wanted.some((member) => member.instance === instance));
    await stopFleet(surplus, (member) => member.stop(restart));
    return await restartFleet(wanted, (member) => member.launch(request));
  }

  /**
   * Sends a signal to the daemon and to no other process, pidfd_send_signal(2); false if it does not run. Throws a
   * DaemonError `not-permitted` or `bad-pidfile`.
   */
  signal(signal: NodeJS.Signals): boolean {
    if (isPreamble()) return false;
    const members = this.#options.instances === undefined ? [this.#first] : this.#wanted();
    // Each of them: one that does not run must not keep the signal from the others.
    return members.map((member) => member.signal(signal)).every(Boolean);
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
    if (text !== undefined) {
      this.#life?.status(text);
      return undefined;
    }
    return this.#options.instances === undefined ? this.#first.status() : describeFleet(this.#wanted());
  }

  /** For subclasses: what a restart changes of the recorded start. */
  protected reviseRecord(record: LaunchRecord): LaunchRecord {
    return record;
  }

  /**
   * The command line of this daemon: `start`, `stop`, `restart`, `status`, `reload`, `reopen` and `logs`, with help and
   * exit codes, as the words of the process say. See runDaemonCli, which takes several daemons.
   */
  async cli(options: CliOptions = {}): Promise<number> {
    return await runDaemonCli(this, options);
  }

  /** The files that the daemon's output goes to, one for each instance. */
  get logFiles(): string[] {
    const members = this.#options.instances === undefined ? [this.#first] : this.#wanted();
    return members.map(({ options }) => findLogFile(options, this.#base));
  }

  #member(instance: number): Controller {
    return new Controller(memberOptions(this.#options, instance), this.#base, instance);
  }

  /** The one daemon, or the first of several. */
  get #first(): Controller {
    const { instances } = this.#options;
    return instances === undefined ? new Controller(this.#options, this.#base) : this.#member(0);
  }

  /** The one among several that this process is; undefined elsewhere. */
  get #own(): Controller | undefined {
    const { instances } = this.#options;
    const own = ownPidfile();
    const number = instances === undefined || own === "" ? undefined : findInstance(this.#options, this.#base, own);
    return number === undefined ? undefined : this.#member(number);
  }

  /** The several that the options ask for. */
  #wanted(): Controller[] {
    return Array.from({ length: countInstances(this.#options) ?? 0 }, (_, instance) => this.#member(instance));
  }

  /** Those, and what is left of a larger number. */
  #all(): Controller[] {
    return listInstances(this.#options, this.#base).map((instance) => this.#member(instance));
  }

  #request(options: StartOptions): LaunchRequest {
    return {
      ...options,
      explainSilence: (hasCome) => this.explainSilence(hasCome),
      reviseRecord: (record) => this.reviseRecord(record),
    };
  }

  async #becomeIfChosen(): Promise<void> {
    const handoff = takeRole(this.pidfile);
    if (handoff !== undefined) await becomeLaunched(handoff, this.#toBody(this.#own ?? this.#first));
  }

  /**
   * Whether this process is a daemon of the same program, in which the start of another instance comes by once more: its
   * starter does that. A daemon starts another one by a program of its own, ofModule() or `command`.
   */
  #isElsewhere(): boolean {
    if (isPreamble()) return true;
    return isLiving() && this.#options.command === undefined;
  }

  #skip(): StartResult {
    if (isLiving()) {
      const other = "ofModule() or the option command start another daemon from inside of one";
      console.error(`daemon: start() of ${this.pidfile} did nothing in the daemon of ${ownPidfile()}: ${other}`);
    }
    const [logFile = ""] = this.logFiles;
    return { pid: this.status().identity?.pid ?? 0, addresses: [], logFile, skipped: true };
  }

  #toBody({ options, instance }: Controller): Body {
    const pidfile = findPidfile(options, this.#base);
    return {
      options,
      base: this.#base,
      self: {
        name: this.name,
        instance: instance ?? options.instance,
        instances: countInstances(this.#options) ?? 1,
        args: options.args ?? [],
        pidfile,
        logFile: findLogFile(options, this.#base),
      },
      run: () => this.run(),
      rehearse: () => this.rehearse(),
      stopping: (signal) => this.stopping(signal),
      isHealthy: () => this.isHealthy(),
      adopt: (life) => {
        this.#life = life;
      },
    };
  }
}

/** The starter's half of a daemon whose other half is module-host.ts; all of it where it does not detach. */
class ModuleStarter extends Daemon {
  readonly #module: string;

  constructor(module: string, options: DaemonOptions) {
    super(options);
    this.#module = module;
  }

  override async run(): Promise<number> {
    const { callModule } = await import("./module-call.js");
    return await callModule(this.#module, this.context);
  }

  protected override explainSilence(): string {
    return "its module has not called ready() of the context it was given";
  }
}

/** The starter's half of a job, whose other half is job-host.ts. */
class JobStarter extends Daemon {
  override run(): never {
    throw new Error("a job has a program of its own");
  }

  protected override explainSilence(): string {
    return "its module is not loaded yet";
  }
}
