// Owns what can be done to one daemon from outside, by the options it has: start, stop, restart, signals, status.
// Called by daemon.ts, once for each instance.
import { DaemonError } from "./errors.js";
import {
  type InstanceStatus,
  inspectInstance,
  type StopOptions,
  type StopResult,
  signalInstance,
  stopInstance,
} from "./instance/inspect.js";
import { type LaunchRecord, readLaunchRecord } from "./instance/launch-record.js";
import { launch, type StartResult } from "./launcher.js";
import { type DaemonOptions, DEFAULT_SETTLE_MS, DEFAULT_TIMEOUT_MS, findPidfile, toLaunchRecord } from "./options.js";
import { endGroup, ownGroup } from "./process-group.js";
import { rehearse } from "./rehearsal.js";

export interface StartOptions {
  /** In the place of the option startTimeoutMs. */
  timeoutMs?: number;
  /** Told, with a sentence that says why, when the daemon is not ready after a few seconds. Default: a warning. */
  onSlow?: (message: string) => void;
}

export interface LaunchRequest extends StartOptions {
  /** Stops the instance first, and starts what ran. */
  restart?: Partial<StopOptions>;
  explainSilence(hasCome: boolean): string;
  /** What a restart changes of the recorded start. */
  reviseRecord(record: LaunchRecord): LaunchRecord;
}

function warn(message: string): void {
  process.emitWarning(message, "DaemonWarning");
}

export class Controller {
  readonly options: DaemonOptions;
  readonly pidfile: string;
  /** Of one of several. */
  readonly instance: number | undefined;
  readonly #base: string;

  constructor(options: DaemonOptions, base: string, instance?: number) {
    this.options = options;
    this.instance = instance;
    this.#base = base;
    this.pidfile = findPidfile(options, base);
  }

  async launch(request: LaunchRequest): Promise<StartResult> {
    if (process.platform === "win32") {
      const instead = "run it in the foreground (detach: false, --no-detach) under a service wrapper";
      throw new DaemonError("start-failed", `Windows has no daemons: ${instead}`);
    }
    const { restart, onSlow = warn, explainSilence } = request;
    const recorded = restart === undefined ? undefined : readLaunchRecord(this.pidfile);
    const record = recorded === undefined ? toLaunchRecord(this.options, this.#base) : request.reviseRecord(recorded);
    const { startTimeoutMs = DEFAULT_TIMEOUT_MS, settleMs = DEFAULT_SETTLE_MS, filesPreserved = [] } = this.options;
    if (restart !== undefined) {
      await this.#prepareRestart(record, request.timeoutMs ?? startTimeoutMs);
      await this.stop(restart);
    }
    return await launch({
      pidfile: this.pidfile,
      record,
      startTimeoutMs: request.timeoutMs ?? startTimeoutMs,
      settleMs,
      keepRecordOnFailure: restart !== undefined,
      preserved: filesPreserved,
      onSlow,
      explainSilence,
    });
  }

  /** What would keep it from starting again is told while it still runs. */
  async #prepareRestart(record: LaunchRecord, timeoutMs: number): Promise<void> {
    const { watcher, identity, name } = inspectInstance(this.pidfile);
    if (identity === undefined) return;
    if (watcher !== undefined) {
      // Who watches it starts it again, or gets a second one in his way.
      const where = watcher === "foreground" ? "in the foreground" : `under ${watcher}`;
      const what = `${name} (pid ${identity.pid}, pidfile ${this.pidfile}) runs ${where}`;
      throw new DaemonError("start-failed", `not restarted: ${what}, and is restarted there`, identity.pid);
    }
    await rehearse(this.pidfile, record, timeoutMs);
  }

  async stop(options: Partial<StopOptions>): Promise<StopResult> {
    const { stopTimeoutMs = DEFAULT_TIMEOUT_MS, stopGroup = false } = this.options;
    const timeoutMs = options.timeoutMs ?? stopTimeoutMs;
    // Asked while it runs: afterwards nothing says which group was its own.
    const pid = stopGroup ? inspectInstance(this.pidfile).identity?.pid : undefined;
    const group = pid === undefined ? undefined : ownGroup(pid);
    const result = await stopInstance(this.pidfile, { timeoutMs, force: options.force ?? false });
    if (group !== undefined && !(await endGroup(group, [process.pid], timeoutMs))) {
      throw new DaemonError("stop-timeout", `children of pid ${pid} do not end even after SIGKILL`, pid);
    }
    return result;
  }

  signal(signal: NodeJS.Signals): boolean {
    return signalInstance(this.pidfile, signal);
  }

  status(): InstanceStatus {
    return inspectInstance(this.pidfile);
  }
}
