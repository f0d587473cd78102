// Owns the tables of options: every object of options that this library takes, with the values each option may have,
// and the checks that need more than one of them. Called by daemon.ts, job.ts and command-line.ts, before anything
// is done.
import { constants } from "node:os";
import { DaemonError } from "./errors.js";
import type { DaemonOptions } from "./options.js";
import {
  type Check,
  checkShape,
  isArrayOf,
  isCallback,
  isEither,
  isFlag,
  isInteger,
  isMapOf,
  isMilliseconds,
  isObject,
  isOneOf,
  isPath,
  isText,
  type Shape,
} from "./shape.js";

const DAEMON = "the daemon's options";
const LARGEST_ID = 2 ** 32 - 2;
const MOST_INSTANCES = 1024;
const LIMIT_NAMES = "AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO SIGPENDING STACK".split(
  " ",
);

const isCount = isInteger(0, Number.MAX_SAFE_INTEGER);
const isId = isEither(isInteger(0, LARGEST_ID, "a number"), isText);
const isLimitValue = isEither(isInteger(0, Number.MAX_SAFE_INTEGER, "a number from 0"), isOneOf("unlimited"));

const LIMIT: Shape = { soft: isLimitValue, hard: isLimitValue };
const isLimit: Check = (value, path) => {
  if (isLimitValue(value, path) === undefined) return undefined;
  const wanted = 'a number from 0, "unlimited" or { soft, hard }';
  const wrong = isObject(DAEMON, LIMIT, wanted)(value, path);
  if (wrong !== undefined) return wrong;
  const { soft, hard }: { soft?: unknown; hard?: unknown } = Object(value);
  return soft === undefined || hard === undefined ? "complete: both soft and hard" : undefined;
};

const SUPERVISE: Shape = {
  limit: isCount,
  windowMs: isMilliseconds,
  firstDelayMs: isMilliseconds,
  longestDelayMs: isMilliseconds,
  watchdogMs: isMilliseconds,
  restart: isOneOf("on-failure", "always"),
};

const isAction = isEither(isOneOf("stop", "reload", "reopen", "ignore"), isCallback);
const isFileObject: Check = (value, path) => {
  const wrong = isObject(DAEMON, { file: isPath }, "a text or { file }")(value, path);
  return wrong ?? (Object.hasOwn(Object(value), "file") ? undefined : "a text or { file }");
};

const COMMAND: Shape = { file: isPath, args: isArrayOf(isText, "an array of texts") };
const isCommand: Check = (value, path) => {
  const wrong = isObject(DAEMON, COMMAND, "{ file, args }")(value, path);
  if (wrong !== undefined) return wrong;
  const { file, args }: { file?: unknown; args?: unknown } = Object(value);
  return file === undefined || args === undefined ? "complete: both file and args" : undefined;
};

const DAEMON_OPTIONS: Shape & Record<keyof DaemonOptions, Check> = {
  pidfile: isPath,
  name: isText,
  instance: isText,
  instances: isEither(isInteger(1, MOST_INSTANCES), isOneOf("cores")),
  cpuAffinity: isEither(isOneOf(true), isArrayOf(isInteger(0, 4095), "an array of the numbers of cores")),
  args: isArrayOf(() => undefined, "an array"),
  logFile: isPath,
  workingDirectory: isPath,
  umask: isInteger(0, 0o777, "a number from 0 to 0o777"),
  command: isCommand,
  stdin: isEither(isText, isFileObject),
  stdout: isPath,
  stderr: isPath,
  filesPreserved: isArrayOf(isInteger(0, 2 ** 31 - 1), "an array of descriptors"),
  detach: isOneOf(true, false, "auto"),
  signals: isMapOf(DAEMON, Object.keys(constants.signals), isAction, "an object of signals and what they do"),
  startTimeoutMs: isMilliseconds,
  settleMs: isMilliseconds,
  stopTimeoutMs: isMilliseconds,
  readiness: isOneOf("explicit", "immediate"),
  stopGroup: isFlag,
  handlesSignals: isFlag,
  supervise: isEither(isFlag, isObject(DAEMON, SUPERVISE, "a policy")),
  chroot: isPath,
  uid: isId,
  gid: isId,
  initgroups: isFlag,
  preventCore: isFlag,
  rlimits: isMapOf(DAEMON, LIMIT_NAMES, isLimit, "an object of limits"),
  oomScoreAdj: isInteger(-1000, 1000),
};

/** Refuses what makes no sense, before anything is done. */
export function checkDaemonOptions(options: DaemonOptions): void {
  checkShape(DAEMON, "", options, DAEMON_OPTIONS);
  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    if (options.signals?.[signal] !== undefined) throw new DaemonError("bad-option", `${signal} cannot be handled`);
  }
  if (options.instance !== undefined && options.instances !== undefined) {
    throw new DaemonError("bad-option", "instance names one daemon and instances counts several: give one of them");
  }
  if (Array.isArray(options.cpuAffinity) && options.cpuAffinity.length === 0) {
    throw new DaemonError("bad-option", "cpuAffinity names no core: a daemon needs at least one");
  }
  if (options.cpuAffinity === true && options.instances === undefined) {
    throw new DaemonError(
      "bad-option",
      "cpuAffinity: true needs instances; a single daemon names its cores, as [0, 1]",
    );
  }
}

const STOP: Shape = { timeoutMs: isMilliseconds, force: isFlag };
const START: Shape = { timeoutMs: isMilliseconds, onSlow: isCallback };

export function checkStopOptions(options: unknown): void {
  checkShape("the options of stop()", "", options, STOP);
}

export function checkStartOptions(options: unknown): void {
  checkShape("the options of start()", "", options, START);
}

export function checkRestartOptions(options: unknown): void {
  checkShape("the options of restart()", "", options, { ...STOP, startTimeoutMs: isMilliseconds, onSlow: isCallback });
}

const JOB_PLACE: Shape = { directory: isPath };
const JOB_CALLBACKS: Shape = { onResult: isCallback, onError: isCallback };

export function checkJobPlace(what: string, options: unknown): void {
  checkShape(`the options of ${what}`, "", options, JOB_PLACE);
}

export function checkResultOptions(options: unknown): void {
  checkShape("the options of Daemon.result()", "", options, { ...JOB_PLACE, ...JOB_CALLBACKS });
}

export function checkRunOptions(options: unknown): void {
  checkShape("the options of Daemon.run()", "", options, {
    ...JOB_PLACE,
    ...JOB_CALLBACKS,
    name: isText,
    exportName: isText,
    startTimeoutMs: isMilliseconds,
    keepMs: isInteger(0, Number.MAX_SAFE_INTEGER, "a number of milliseconds"),
  });
}

export function checkReadyDetails(details: unknown): void {
  checkShape("the details of ready()", "", details, {
    addresses: isArrayOf(isText, "an array of texts"),
    logFile: isText,
  });
}

export function checkCliOptions(options: unknown): void {
  checkShape("the options of the command line", "", options, { argv: isArrayOf(isText, "an array of texts") });
}
