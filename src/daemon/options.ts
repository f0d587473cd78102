// Owns the options of a daemon: their meaning, their defaults and their checks. Called by daemon.ts.
import { resolve } from "node:path";
import { type Confinement, checkConfinement, resolveIdentity } from "./confine.js";
import { DaemonError } from "./errors.js";
import type { Command, LaunchRecord } from "./launch-record.js";
import type { SignalMap } from "./life.js";
import { joinName, namedLogFile, namedPidfile } from "./places.js";
import type { SupervisePolicy } from "./supervisor.js";

/**
 * The names are PEP 3143's (DaemonContext) where it has the option, in camel case. An option that makes no sense is a
 * DaemonError `bad-option`, from the constructor or from start().
 */
export interface DaemonOptions extends Confinement {
  /**
   * Identifies the instance, and is locked for its life. Relative to the current directory; the directory is created if
   * missing. One that cannot be used safely (a link, a directory, somebody's data) is a DaemonError `bad-pidfile`.
   */
  pidfile?: string;
  /**
   * In the place of a pidfile: pidfile and log get their places by this word, below /run and /var/log for root and in
   * the XDG directories for others. Letters, digits, "_", "-" and ".".
   */
  name?: string;
  /** Which of several instances of `name`, as systemd.unit(5) writes them: NAME@INSTANCE. */
  instance?: string;
  /** Gets the daemon's stdout and stderr, appended: daemon(7), step 9. Default: by the name, or /dev/null. */
  logFile?: string;
  /** Default "/", so that no file system is kept busy: daemon(7), step 11. Inside the chroot, if there is one. */
  workingDirectory?: string;
  /** umask(2), 0 to 0o777. Default 0o027: the group may read, others nothing. (daemon(7) and PEP 3143 have 0.) */
  umask?: number;
  /** What the new process runs. Default: this program with the same arguments. */
  command?: Command;
  /** The text of the daemon's standard input, or a file. Default: none (/dev/null). */
  stdin?: string | { file: string };
  /** A file for the standard output alone. Default: the log. */
  stdout?: string;
  /** A file for the standard error alone. Default: the log. */
  stderr?: string;
  /** Open descriptors that the daemon keeps; there they are `files`, in this order. All others are closed. */
  filesPreserved?: readonly number[];
  /**
   * "auto" (the default): not if a service manager has started this process (PEP 3143, detach_process). False: start()
   * runs the daemon in this very process and does not return.
   */
  detach?: boolean | "auto";
  /** What signals do (signal(7)); added to the defaults: stop, reload (SIGHUP), reopen (SIGUSR1). */
  signals?: SignalMap;
  /** How long run() may take to call ready(), in milliseconds. Later is `start-timeout`, and it is stopped. Default 30 s. */
  startTimeoutMs?: number;
  /** How long the daemon may take to end after SIGTERM, in milliseconds. Later is `stop-timeout`. Default 30 s. */
  stopTimeoutMs?: number;
  /** "immediate": there is nothing to wait for, run() counts as ready when it is called. Default "explicit". */
  readiness?: "explicit" | "immediate";
  /** False if run() handles SIGTERM and SIGINT itself and then returns. Default true: see stopping(). */
  handlesSignals?: boolean;
  /** Keeps a worker running and starts it again when it crashes. True: with the policy's defaults. */
  supervise?: boolean | SupervisePolicy;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_UMASK = 0o027;

export function checkTimeout(name: string, timeoutMs: number): number {
  if (Number.isFinite(timeoutMs) && timeoutMs >= 0) return timeoutMs;
  throw new DaemonError("bad-option", `${name} must be a number of milliseconds, not ${timeoutMs}`);
}

/** This program, its arguments and Node's options, without those that would make both processes want one port. */
function thisProgram(): Command {
  const script = process.argv[1];
  if (script === undefined) throw new DaemonError("bad-option", "there is no script to run again: give a command");
  const nodeOptions = process.execArgv.filter((option) => !option.startsWith("--inspect"));
  return { file: process.execPath, args: [...nodeOptions, script, ...process.argv.slice(2)] };
}

export function findPidfile(options: DaemonOptions, base: string): string {
  if (options.pidfile !== undefined) return resolve(base, options.pidfile);
  if (options.name !== undefined) return namedPidfile(options.name, options.instance);
  throw new DaemonError("bad-option", "give a pidfile or a name");
}

export function findLogFile(options: DaemonOptions, base: string): string {
  if (options.logFile !== undefined) return resolve(base, options.logFile);
  return options.name === undefined ? "/dev/null" : namedLogFile(options.name, options.instance);
}

export function findName(options: DaemonOptions): string {
  return options.name === undefined ? "" : joinName(options.name, options.instance);
}

/** Wherever the process has gone since, and also where that directory does not exist any more. */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

export function checkOptions(options: DaemonOptions): void {
  const { umask } = options;
  if (umask !== undefined && !(umask >= 0 && umask <= 0o777)) {
    throw new DaemonError("bad-option", `umask must lie between 0 and 0777, not ${umask}`);
  }
  for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
    if (options.signals?.[signal] !== undefined) throw new DaemonError("bad-option", `${signal} cannot be handled`);
  }
}

export function umaskOf(options: DaemonOptions): number {
  return options.umask ?? DEFAULT_UMASK;
}

/** What the starter hands to the launcher. Refuses what the daemon itself could only fail of. */
export function toLaunchRecord(options: DaemonOptions, base: string): LaunchRecord {
  checkConfinement(options);
  const { stdin, stdout, stderr, chroot } = options;
  const record: LaunchRecord = {
    command: options.command ?? thisProgram(),
    workingDirectory: chroot === undefined ? resolve(base, options.workingDirectory ?? "/") : "/",
    umask: umaskOf(options),
    logFile: findLogFile(options, base),
    base,
  };
  if (typeof stdin === "string") record.stdin = stdin;
  else if (stdin !== undefined) record.stdinFile = resolve(base, stdin.file);
  if (stdout !== undefined) record.stdout = resolve(base, stdout);
  if (stderr !== undefined) record.stderr = resolve(base, stderr);
  const name = findName(options);
  if (name !== "") record.name = name;
  const identity = resolveIdentity(options);
  if (identity !== undefined) record.logOwner = { uid: identity.uid, gid: identity.gid };
  return record;
}
