// Owns the options of a daemon: their meaning, their defaults and their checks. Called by daemon.ts.
import { resolve } from "node:path";
import { type Confinement, checkConfinement, resolveIdentity } from "./confine.js";
import { DaemonError } from "./errors.js";
import type { Command, LaunchRecord } from "./instance/launch-record.js";
import type { SignalMap } from "./life.js";
import { thisProgram } from "./node-program.js";
import { joinName, namedLogFile, namedPidfile } from "./places.js";
import { BOOT_DIRECTORY } from "./role.js";
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
  /**
   * So many daemons of this kind, or one for each processor core. Their instances are 0, 1, …; pidfile and log of each
   * get `@0`, `@1`, … before the extension. start(), stop() and the others mean all of them.
   */
  instances?: number | "cores";
  /** What the daemon is told, `context.args`; for Daemon.ofModule also the arguments behind the context. */
  args?: readonly unknown[];
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
  /**
   * How long the daemon must outlive its ready() until start() believes it, in milliseconds. Default 50: one that ends
   * at once is no success. 0: ready() is enough.
   */
  settleMs?: number;
  /** How long the daemon may take to end after SIGTERM, in milliseconds. Later is `stop-timeout`. Default 30 s. */
  stopTimeoutMs?: number;
  /** "immediate": there is nothing to wait for, run() counts as ready when it is called. Default "explicit". */
  readiness?: "explicit" | "immediate";
  /**
   * True: what the daemon has spawned and has not made a session of its own ends with it, on stop(), on SIGTERM and
   * when run() returns: SIGTERM, then SIGKILL. Default false: children outlive their daemon. Linux.
   */
  stopGroup?: boolean;
  /** False if run() handles SIGTERM and SIGINT itself and then returns. Default true: see stopping(). */
  handlesSignals?: boolean;
  /** Keeps a worker running and starts it again when it crashes. True: with the policy's defaults. */
  supervise?: boolean | SupervisePolicy;
}

export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_SETTLE_MS = 50;
const DEFAULT_UMASK = 0o027;

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
    bootDirectory: BOOT_DIRECTORY,
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
