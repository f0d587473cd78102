// Owns `pyredis start` and `restart`, and `daemonize yes` of a server in the foreground.
import { closeSync, mkdirSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { DaemonError, readLaunchRecord, type StartResult, type StopOptions } from "../daemon/index.js";
import { EXIT_OK, reportError } from "./exit-codes.js";
import { findServerArgs, ServerDaemon, type ServerDaemonOptions } from "./server-daemon.js";
import { findInstance, type Refused, resolveInstance, type ServerInstance, startDirectory } from "./server-instance.js";

export interface StartOptions {
  startTimeoutMs?: number;
  umask?: number;
  /** False: this process is the server, and ends when it does. */
  detach?: boolean;
}

function print(refused: Refused): number {
  process.stdout.write(refused.stdout);
  process.stderr.write(refused.stderr);
  return refused.code;
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
    const why = error instanceof Error ? error.message : String(error);
    throw new DaemonError("start-failed", `cannot write to the data directory ${path}: ${why}`);
  }
}

/** The server reads its configuration in the directory of the start, as redis-server does, and then enters `dir`. */
function createDaemon(instance: ServerInstance, options: StartOptions): ServerDaemon {
  const { pidfile, logFile, serverArgs, stdin } = instance;
  const all: ServerDaemonOptions = { pidfile, logFile, serverArgs, workingDirectory: startDirectory(), ...options };
  return new ServerDaemon(stdin === undefined ? all : { ...all, stdin });
}

function printStarted(result: StartResult): void {
  const addresses = result.addresses.length === 0 ? "no address" : result.addresses.join(", ");
  process.stdout.write(`pyredis is running: pid ${result.pid}, ${addresses}, log ${result.logFile}\n`);
}

async function startInstance(instance: ServerInstance, options: StartOptions): Promise<number> {
  prepareDataDirectory(instance);
  printStarted(await createDaemon(instance, options).start());
  return EXIT_OK;
}

export async function start(serverArgs: readonly string[], options: StartOptions): Promise<number> {
  const resolved = resolveInstance(serverArgs, { cwd: startDirectory() });
  if (resolved.kind === "refused") return print(resolved.refused);
  return await startInstance(resolved.instance, options);
}

/** `daemonize yes`: the server has read the configuration, and standard input if that belongs to it. */
export async function startFromConfig(serverArgs: readonly string[], config: { stdin?: string }): Promise<number> {
  try {
    if (config.stdin === undefined && (serverArgs[0] === "-" || serverArgs.at(-1) === "-")) {
      // It can be read only once. Starting without it would be starting something else.
      throw new DaemonError("start-failed", "daemonize yes with the configuration on standard input: use start");
    }
    const stdin = config.stdin === undefined ? {} : { stdin: config.stdin };
    const resolved = resolveInstance(serverArgs, { cwd: startDirectory(), ...stdin });
    if (resolved.kind === "refused") return print(resolved.refused);
    // As redis-server's: whoever asks in Redis's words gets files with Redis's modes.
    return await startInstance(resolved.instance, { umask: process.umask() });
  } catch (error) {
    return reportError(error);
  }
}

/** A configuration that has been broken since the start is told before the running server is stopped, not after. */
function refuseBrokenRestart(pidfile: string): void {
  const record = readLaunchRecord(pidfile);
  const serverArgs = record && findServerArgs(record.command);
  if (record === undefined || serverArgs === undefined) return;
  const resolved = resolveInstance(serverArgs, { cwd: record.workingDirectory, stdin: record.stdin ?? "" });
  if (resolved.kind === "instance") return;
  const why = (resolved.refused.stderr || resolved.refused.stdout).trim();
  throw new DaemonError("start-failed", `not restarted, the server would not start again:\n${why}`);
}

export async function restart(
  serverArgs: readonly string[],
  options: StartOptions,
  stopOptions: Partial<StopOptions>,
): Promise<number> {
  const instance = findInstance(serverArgs);
  refuseBrokenRestart(instance.pidfile);
  if (readLaunchRecord(instance.pidfile) === undefined) prepareDataDirectory(instance);
  printStarted(await createDaemon(instance, options).restart(stopOptions));
  return EXIT_OK;
}
