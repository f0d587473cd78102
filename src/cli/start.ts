// Owns `pyredis start` and `restart`, and `daemonize yes` of a server in the foreground.
import { closeSync, mkdirSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import {
  currentDirectory,
  DaemonError,
  ERROR_CODES,
  inspectInstance,
  instanceName,
  readLaunchRecord,
  type StartResult,
  type StopOptions,
  toDaemonError,
} from "../daemon/index.js";
import { EXIT_OK, EXIT_USAGE, reportError } from "./exit-codes.js";
import { describeRunning, findRunningOfFile } from "./find-running.js";
import { findServerArgs, ServerDaemon, type ServerDaemonOptions } from "./server-daemon.js";
import {
  describeRefusal,
  findInstance,
  type Refused,
  readName,
  resolveInstance,
  type ServerInstance,
  type Target,
} from "./server-instance.js";
import { formatServerWords, overlayServerWords, parseServerWords } from "./server-words.js";

export interface StartOptions {
  startTimeoutMs?: number;
  umask?: number;
  /** False: this process is the server, and ends when it does. */
  detach?: boolean;
}

function print(refused: Refused): number {
  process.stdout.write(refused.stdout);
  process.stderr.write(refused.stderr);
  if (refused.cause === "arguments") return EXIT_USAGE;
  return refused.cause === "permission" ? ERROR_CODES["not-permitted"] : refused.code;
}

/** By writing: access(2) says yes to root even where nobody can create a file. */
function prepareDataDirectory(instance: ServerInstance): void {
  const path = instance.dataDirectory;
  const probe = join(path, `.pyredis-${process.pid}.probe`);
  try {
    if (instance.ownsDataDirectory) mkdirSync(path, { recursive: true, mode: 0o750 });
    closeSync(openSync(probe, "wx", 0o600));
    unlinkSync(probe);
  } catch (error) {
    throw toDaemonError(error, `cannot write to the data directory ${path}`);
  }
}

/** The server reads its configuration in the directory of the start, as redis-server does, and then enters `dir`. */
function createDaemon(instance: ServerInstance, options: StartOptions, next?: NextStart): ServerDaemon {
  const { pidfile, logFile, serverArgs, stdin } = instance;
  const all: ServerDaemonOptions = { pidfile, logFile, serverArgs, workingDirectory: currentDirectory(), ...options };
  if (next !== undefined) all.restartsWith = { logFile, serverArgs: next.serverArgs, stdin: next.stdin };
  return new ServerDaemon(stdin === undefined ? all : { ...all, stdin });
}

function printStarted(name: string, pidfile: string, result: StartResult): void {
  const addresses = result.addresses.length === 0 ? "no address" : result.addresses.join(", ");
  const files = `pidfile ${pidfile}, log ${result.logFile}`;
  process.stdout.write(`${name} is running: pid ${result.pid}, ${addresses}, ${files}\n`);
}

function printWarnings({ warnings }: ServerInstance): void {
  for (const text of warnings) process.stderr.write(`pyredis: warning: ${text}\n`);
}

async function startInstance(instance: ServerInstance, options: StartOptions): Promise<number> {
  prepareDataDirectory(instance);
  printWarnings(instance);
  const { pidfile } = instance;
  printStarted(instanceName(pidfile, ""), pidfile, await createDaemon(instance, options).start());
  return EXIT_OK;
}

export async function start(serverArgs: readonly string[], options: StartOptions): Promise<number> {
  if (readName(serverArgs) !== undefined) {
    const target = findInstance(serverArgs);
    if (target.instance === undefined) return await startAgain(target, options);
  }
  const resolved = resolveInstance(serverArgs, { cwd: currentDirectory() });
  if (resolved.kind === "refused") return print(resolved.refused);
  return await startInstance(resolved.instance, options);
}

/** By its name: as it was started last. */
async function startAgain(target: Target, options: StartOptions): Promise<number> {
  const { name, pidfile } = target;
  const { state, identity } = inspectInstance(pidfile);
  if (identity !== undefined) {
    const text = `${name} is already ${state}, pid ${identity.pid} (pidfile ${pidfile})`;
    throw new DaemonError("already-running", text, identity.pid);
  }
  printStarted(name, pidfile, await createRecorded(target, options).restart());
  return EXIT_OK;
}

/** The daemon of an instance that only its own record describes. */
function createRecorded({ name, pidfile }: Target, options: StartOptions): ServerDaemon {
  if (readLaunchRecord(pidfile) === undefined) {
    const { watcher } = inspectInstance(pidfile);
    const why = watcher === undefined ? "it is not known how it was started" : "it was not started by `pyredis start`";
    throw new DaemonError("start-failed", `cannot start ${name} (pidfile ${pidfile}): ${why}`);
  }
  return new ServerDaemon({ pidfile, serverArgs: [], ...options });
}

/** `daemonize yes`: the server has read the configuration, and standard input if that belongs to it. */
export async function startFromConfig(serverArgs: readonly string[], config: { stdin?: string }): Promise<number> {
  try {
    if (config.stdin === undefined && (serverArgs[0] === "-" || serverArgs.at(-1) === "-")) {
      // It can be read only once. Starting without it would be starting something else.
      throw new DaemonError("start-failed", "daemonize yes with the configuration on standard input: use start");
    }
    const stdin = config.stdin === undefined ? {} : { stdin: config.stdin };
    const resolved = resolveInstance(serverArgs, { cwd: currentDirectory(), ...stdin });
    if (resolved.kind === "refused") return print(resolved.refused);
    // As redis-server's: whoever asks in Redis's words gets files with Redis's modes.
    return await startInstance(resolved.instance, { umask: process.umask() });
  } catch (error) {
    return reportError(error);
  }
}

/** How the instance starts again: what was recorded, with the given arguments on top. */
interface NextStart {
  serverArgs: readonly string[];
  stdin: string | undefined;
  instance: ServerInstance;
}

/**
 * Undefined if it never ran. A configuration that has been broken since the start is told before the running server is
 * stopped, not after.
 */
function planRestart(found: ServerInstance, given: readonly string[]): NextStart | undefined {
  const record = readLaunchRecord(found.pidfile);
  const recorded = record && findServerArgs(record.command);
  if (record === undefined || recorded === undefined) return undefined;
  const before = parseServerWords(recorded);
  const serverArgs = formatServerWords(overlayServerWords(before, parseServerWords(given), currentDirectory()));
  const stdin = found.stdin ?? record.stdin;
  const resolved = resolveInstance(serverArgs, { cwd: record.workingDirectory, stdin: stdin ?? "" });
  if (resolved.kind === "instance")
    return { serverArgs: resolved.instance.serverArgs, stdin, instance: resolved.instance };
  const [code, why] = describeRefusal(resolved.refused);
  throw new DaemonError(code, `not restarted, the server would not start again:\n${why}`);
}

/** A second server beside one that reads the same file is what `start` is for. */
function refuseSecondOfFile(instance: ServerInstance, given: readonly string[]): void {
  if (isAlive(instance.pidfile)) return;
  const { others } = findRunningOfFile(given, currentDirectory());
  if (others.length === 0) return;
  const why = `this file runs with other options: name it by its pidfile to restart it, or start a second one`;
  throw new DaemonError("bad-option", `not restarted, ${why}:\n${describeRunning(others)}`);
}

function isAlive(pidfile: string): boolean {
  const { state } = inspectInstance(pidfile);
  return state !== "stopped" && state !== "dead";
}

/** A pidfile that the file has named differently since: the instance moves there, if nobody is there. */
async function moveInstance(
  old: string,
  instance: ServerInstance,
  options: StartOptions,
  stopOptions: Partial<StopOptions>,
): Promise<StartResult> {
  if (isAlive(instance.pidfile)) {
    throw new DaemonError("already-running", `not restarted, another instance has the pidfile ${instance.pidfile}`);
  }
  await createDaemon({ ...instance, pidfile: old }, options).stop(stopOptions);
  return await createDaemon(instance, options).start();
}

export async function restart(
  serverArgs: readonly string[],
  options: StartOptions,
  stopOptions: Partial<StopOptions>,
): Promise<number> {
  const target = findInstance(serverArgs);
  const { name, pidfile, instance: found } = target;
  if (found === undefined) {
    printStarted(name, pidfile, await createRecorded(target, options).restart(stopOptions));
    return EXIT_OK;
  }
  refuseSecondOfFile(found, serverArgs);
  const wasRunning = isAlive(found.pidfile);
  const next = planRestart(found, serverArgs);
  const instance = next?.instance ?? readyInstance(serverArgs, found.stdin);
  prepareDataDirectory(instance);
  printWarnings(instance);
  if (!wasRunning) process.stdout.write(`${name} was not running\n`);
  const result =
    next === undefined || next.instance.pidfile === found.pidfile
      ? await createDaemon(instance, options, next).restart(stopOptions)
      : await moveInstance(found.pidfile, instance, options, stopOptions);
  printStarted(instanceName(instance.pidfile, ""), instance.pidfile, result);
  return EXIT_OK;
}

/** The instance of arguments that were never started with. */
function readyInstance(serverArgs: readonly string[], stdin: string | undefined): ServerInstance {
  const options = { cwd: currentDirectory() };
  const resolved = resolveInstance(serverArgs, stdin === undefined ? options : { ...options, stdin });
  if (resolved.kind === "instance") return resolved.instance;
  throw new DaemonError(...describeRefusal(resolved.refused));
}
