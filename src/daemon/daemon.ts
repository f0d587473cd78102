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
import { resolve } from "node:path";
import { DaemonError } from "./errors.js";
import { Handback } from "./handback.js";
import { takeHandoff } from "./handoff.js";
import { type InstanceStatus, inspectInstance, type StopOptions, type StopResult, stopInstance } from "./instance.js";
import { type Command, type LaunchRecord, readLaunchRecord } from "./launch-record.js";
import { launch, type StartResult } from "./launcher.js";

export interface DaemonOptions {
  /** Identifies the instance. Relative to the current directory; the directory is created if missing. */
  pidfile: string;
  /** Gets the daemon's stdout and stderr, appended. Default: /dev/null. */
  logFile?: string;
  /** Default "/", so that no file system is kept busy. */
  workingDirectory?: string;
  /** Default 027: the group may read, others nothing. */
  umask?: number;
  /** What the new process runs. Default: this program with the same arguments. */
  command?: Command;
  /** The text of the daemon's standard input. Default: none (/dev/null). */
  stdin?: string;
  /** How long run() may take to call ready(). Default 30 s. */
  startTimeoutMs?: number;
  /** How long the daemon may take to end after SIGTERM. Default 30 s. */
  stopTimeoutMs?: number;
  /** "immediate": there is nothing to wait for, run() counts as ready when it is called. Default "explicit". */
  readiness?: "explicit" | "immediate";
  /** False if run() handles SIGTERM and SIGINT itself and then returns. Default true: see stopping(). */
  handlesSignals?: boolean;
}

/** What a running daemon tells about itself, in its pidfile and to its starter. */
export interface ReadyDetails {
  addresses?: readonly string[];
  /** Where the program itself logs, if not to stdout and stderr. */
  logFile?: string;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_UMASK = 0o027;

/** This program, its arguments and Node's options, without those that would make both processes want one port. */
function thisProgram(): Command {
  const script = process.argv[1];
  if (script === undefined) throw new DaemonError("bad-option", "there is no script to run again: give a command");
  const nodeOptions = process.execArgv.filter((option) => !option.startsWith("--inspect"));
  return { file: process.execPath, args: [...nodeOptions, script, ...process.argv.slice(2)] };
}

function checkTimeout(name: string, timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new DaemonError("bad-option", `${name} must be a number of milliseconds, not ${timeoutMs}`);
}

export abstract class Daemon {
  readonly pidfile: string;
  readonly #options: DaemonOptions;
  #handback: Handback | undefined;

  constructor(options: DaemonOptions) {
    if (options.umask !== undefined && !(options.umask >= 0 && options.umask <= 0o777)) {
      throw new DaemonError("bad-option", `umask must lie between 0 and 0777, not ${options.umask}`);
    }
    this.pidfile = resolve(options.pidfile);
    this.#options = options;
  }

  /**
   * The daemon's work, in the new process. Its end is the end of the daemon, its number the exit code. An exception
   * goes to the log, and to the starter if the daemon is not ready yet.
   */
  abstract run(): Promise<number> | Promise<void> | number | void;

  /** Called once on SIGTERM or SIGINT; the process ends with code 0 when it is done. */
  protected stopping(_signal: NodeJS.Signals): Promise<void> | void {}

  /** Called by run() when the daemon can be used: only now start() returns in the starter. */
  protected ready(details: ReadyDetails = {}): void {
    this.#handback?.ready(details.addresses ?? [], details.logFile);
  }

  /** Called by run() before it returns or throws, to give the starter a better reason than the end of the log. */
  protected fail(reason: string): void {
    this.#handback?.fail(reason);
  }

  /** In the starter: returns when the daemon is ready, or throws a DaemonError. In the daemon: never returns. */
  async start(): Promise<StartResult> {
    await this.#becomeDaemonIfChosen();
    return await this.#launch(this.#newRecord(), false);
  }

  /** Ends the instance. Throws a DaemonError `stop-timeout` if it still runs. */
  async stop(options: Partial<StopOptions> = {}): Promise<StopResult> {
    const timeoutMs = checkTimeout(
      "the stop timeout",
      options.timeoutMs ?? this.#options.stopTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    );
    return await stopInstance(this.pidfile, { timeoutMs, force: options.force ?? false });
  }

  /** Stops, then starts with the options the instance was last started with; with ours if it never was. */
  async restart(options: Partial<StopOptions> = {}): Promise<StartResult> {
    await this.#becomeDaemonIfChosen();
    const record = readLaunchRecord(this.pidfile) ?? this.#newRecord();
    await this.stop(options);
    return await this.#launch(record, true);
  }

  status(): InstanceStatus {
    return inspectInstance(this.pidfile);
  }

  #newRecord(): LaunchRecord {
    const { logFile, workingDirectory, umask, command, stdin } = this.#options;
    const record: LaunchRecord = {
      command: command ?? thisProgram(),
      workingDirectory: resolve(workingDirectory ?? "/"),
      umask: umask ?? DEFAULT_UMASK,
      logFile: resolve(logFile ?? "/dev/null"),
    };
    if (stdin !== undefined) record.stdin = stdin;
    return record;
  }

  async #launch(record: LaunchRecord, keepRecordOnFailure: boolean): Promise<StartResult> {
    const startTimeoutMs = checkTimeout("the start timeout", this.#options.startTimeoutMs ?? DEFAULT_TIMEOUT_MS);
    return await launch({ pidfile: this.pidfile, record, startTimeoutMs, keepRecordOnFailure });
  }

  async #becomeDaemonIfChosen(): Promise<void> {
    const handoff = takeHandoff(this.pidfile);
    if (handoff === undefined) return;
    const handback = new Handback(handoff);
    this.#handback = handback;
    if (this.#options.handlesSignals !== false) this.#installSignals();
    try {
      if (this.#options.readiness === "immediate") this.ready();
      const code = await this.run();
      process.exit(typeof code === "number" ? code : undefined);
    } catch (error) {
      console.error(error);
      handback.fail(error instanceof Error ? error.message : String(error));
      process.exit(1);
    }
  }

  #installSignals(): void {
    let isStopping = false;
    const stop = async (signal: NodeJS.Signals): Promise<void> => {
      if (isStopping) return;
      isStopping = true;
      try {
        await this.stopping(signal);
        process.exit(0);
      } catch (error) {
        console.error(error);
        process.exit(1);
      }
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  }
}
