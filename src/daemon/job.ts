// Owns function daemons: a function of a module that runs detached, under a name, and whose result lies on disk until
// somebody fetches it; so it survives the process that asked for the work. Called by daemon.ts; the other side, in
// the daemon, is job-host.ts.
//
//   NAME.pid, NAME.log      as of every daemon
//   NAME.result             what came out, written as a whole (job-outcome.ts)
import { randomUUID } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { basename } from "node:path";
import { isError } from "../base/errors.js";
import { delay, nowMs, setImmediate } from "../base/timers.js";
import { DaemonError } from "./errors.js";
import { encodeValue } from "./hosted.js";
import { removeLeftovers } from "./instance/claim.js";
import { inspectInstance } from "./instance/inspect.js";
import { readLaunchRecord } from "./instance/launch-record.js";
import { JobError, type JobFiles, type JobPlace, jobFiles, prepareJob, readOutcome, toResult } from "./job-outcome.js";
import type { StartResult } from "./launcher.js";
import { readLogFrom } from "./log-file.js";
import { findModule } from "./module-path.js";
import { hostProgram } from "./node-program.js";
import { checkRunOptions } from "./option-shapes.js";
import type { DaemonOptions } from "./options.js";

export interface JobCallbacks {
  onResult?: (value: unknown) => void;
  onError?: (error: Error) => void;
}

export interface JobOptions extends JobPlace, JobCallbacks {
  /** Under which the result can be asked for. Default: a new one. */
  name?: string;
  /** Default "default". */
  exportName?: string;
  /** How long the module may take to load, in milliseconds. Default 30 s. */
  startTimeoutMs?: number;
  /**
   * How old the result and the log of an ended job in this directory get, in milliseconds: older ones are removed when
   * the next job starts. Default 7 days.
   */
  keepMs?: number;
}

export interface Job {
  name: string;
  pid: number;
  result(): Promise<unknown>;
}

const DEFAULT_KEEP_MS = 7 * 86_400_000;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
const LONGEST_DETAILS_CHARS = 2000;

export async function launchJob(
  module: unknown,
  args: readonly unknown[],
  options: JobOptions,
  start: (options: DaemonOptions) => Promise<StartResult>,
): Promise<Job> {
  checkRunOptions(options);
  if (!Array.isArray(args)) throw new DaemonError("bad-option", "the arguments of a job must be an array");
  const {
    name = `job-${randomUUID()}`,
    exportName = "default",
    directory,
    startTimeoutMs,
    onResult,
    onError,
  } = options;
  const place: JobPlace = directory === undefined ? {} : { directory };
  const files = jobFiles(name, place);
  const request = encodeValue("the arguments", { module: findModule(module), exportName, args });
  prepareJob(files);
  sweepJobs(files, options.keepMs ?? DEFAULT_KEEP_MS);
  const { pidfile, logFile } = files;
  const daemonOptions: DaemonOptions = {
    pidfile,
    logFile,
    command: hostProgram("job-host", name, files.directory),
    stdin: request.toString("base64"),
    detach: true,
    settleMs: 0, // a function may return as soon as it likes
  };
  const { pid } = await start(startTimeoutMs === undefined ? daemonOptions : { ...daemonOptions, startTimeoutMs });
  // The callbacks come after the caller has its job, however fast that was.
  if (onResult !== undefined || onError !== undefined) setImmediate(() => void deliverJob(name, place, options));
  return { name, pid, result: () => awaitJob(name, place) };
}

/** The result of the job of this name, as soon as there is one; also one that ended long ago, in another process. */
export async function awaitJob(name: string, place: JobPlace = {}): Promise<unknown> {
  const { pidfile, logFile, resultFile } = jobFiles(name, place);
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    // Asked before the result is looked for: it is written before the process ends.
    const { state } = inspectInstance(pidfile);
    const outcome = readOutcome(resultFile);
    const log = (): string => readLogFrom(logFile, 0).slice(-LONGEST_DETAILS_CHARS);
    if (outcome !== undefined) return toResult(outcome, log);
    if (state === "stopped") throw new JobError(`there is no job ${name}, and no result of one`, "");
    if (state === "dead" || state === "unknown") {
      throw new JobError(`the job ${name} has ended without a result`, log());
    }
    await delay(pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}

/** As awaitJob, for callbacks. Without onError a failure is thrown, unhandled: nobody may miss it. */
export async function deliverJob(name: string, place: JobPlace, callbacks: JobCallbacks): Promise<unknown> {
  let value: unknown;
  try {
    value = await awaitJob(name, place);
  } catch (error) {
    if (callbacks.onError === undefined || !isError(error)) throw error;
    callbacks.onError(error);
    return undefined;
  }
  callbacks.onResult?.(value);
  return value;
}

function hasEnded(pidfile: string): boolean {
  const { state } = inspectInstance(pidfile);
  return state === "stopped" || state === "dead";
}

/** What a job that has ended left behind: the result, the log, and the pidfile of one that was killed. */
function removeFiles(files: JobFiles): void {
  const { pidfile, logFile, resultFile } = files;
  removeLeftovers(pidfile);
  for (const path of [resultFile, logFile]) {
    try {
      rmSync(path, { force: true });
    } catch {
      // Not ours to remove.
    }
  }
}

/** Forgets a job that has ended; of one that runs, only an older result. */
export function forgetJob(name: string, place: JobPlace = {}): void {
  const files = jobFiles(name, place);
  if (hasEnded(files.pidfile)) removeFiles(files);
  else rmSync(files.resultFile, { force: true });
}

/** Whether a job has left these files: the directory may be one where others keep logs too. */
function isJob(name: string, { resultFile, pidfile }: JobFiles): boolean {
  if (/^job-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name) || readOutcome(resultFile) !== undefined)
    return true;
  return readLaunchRecord(pidfile)?.command.args.some((word) => basename(word) === "job-host.js") === true;
}

/** Removes what ended jobs have left long ago. */
function sweepJobs({ directory }: JobFiles, keepMs: number): void {
  const names = new Set(
    readdirSync(directory).map((file) => file.replace(/\.(pid(\.(state|launch|lock))?|log|result)$/, "")),
  );
  const oldest = nowMs() - keepMs;
  for (const name of names) {
    try {
      const files = jobFiles(name, { directory });
      const paths = [files.resultFile, files.logFile, files.pidfile, `${files.pidfile}.state`];
      const times = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (Math.max(...times) < oldest && isJob(name, files) && hasEnded(files.pidfile)) removeFiles(files);
    } catch {
      // A name that no job can have, or a file that is no result.
    }
  }
}
