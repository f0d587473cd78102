// Owns `pyredis stop`, `status` and `logs`: everything that is asked of an instance from outside.
import { once } from "node:events";
import { dateOf } from "../base/timers.js";
import {
  DaemonError,
  type InstanceStatus,
  inspectInstance,
  readLog,
  type StopOptions,
  stopInstance,
  toDaemonError,
} from "../daemon/index.js";
import { EXIT_KILLED, EXIT_OK, STATUS_CODES } from "./exit-codes.js";
import { endWhenUnread } from "./output.js";
import { findInstance } from "./server-instance.js";

const DEFAULT_STOP_TIMEOUT_MS = 30_000;

export async function stop(serverArgs: readonly string[], options: Partial<StopOptions>): Promise<number> {
  const { name, pidfile } = findInstance(serverArgs);
  const result = await stopInstance(pidfile, {
    timeoutMs: options.timeoutMs ?? DEFAULT_STOP_TIMEOUT_MS,
    force: options.force ?? false,
  });
  switch (result.outcome) {
    case "not-running":
      process.stdout.write(`${name} is not running (pidfile ${pidfile})\n`);
      return EXIT_OK;
    case "stopped":
      process.stdout.write(`${name} has stopped (pid ${result.pid})\n`);
      return EXIT_OK;
    case "killed":
      process.stdout.write(`${name} was killed (pid ${result.pid}): it did not stop in time\n`);
      return EXIT_KILLED;
  }
}

function statusLine(status: InstanceStatus): string {
  const { name, state, identity, addresses, pidfile, logFile, watcher, restarts, text, reason } = status;
  const parts = [`${name} is ${state}`];
  if (identity !== undefined) parts.push(`pid ${identity.pid}`, ...addresses);
  if (watcher !== undefined) parts.push(watcher === "foreground" ? "in the foreground" : `under ${watcher}`);
  if (restarts !== undefined) parts.push(`restarts ${restarts}`);
  if (text !== "") parts.push(text);
  if (pidfile !== "") parts.push(`pidfile ${pidfile}`);
  if (logFile !== "") parts.push(`log ${logFile}`);
  if (reason !== "") parts.push(reason);
  return parts.join(", ");
}

function toJson(status: InstanceStatus): object {
  const { name, state, identity, addresses, logFile, pidfile, reason, text, since, worker, restarts, watcher } = status;
  const end = status.end ?? null;
  return {
    name,
    state,
    code: STATUS_CODES[state],
    pid: identity?.pid ?? null,
    addresses,
    logFile,
    pidfile,
    reason,
    text,
    since: since ?? null,
    worker: worker ?? null,
    restarts: restarts ?? 0,
    watcher: watcher ?? null,
    end: end === null ? null : { ...end, at: end.at === null ? null : dateOf(end.at).toISOString() },
  };
}

export function status(serverArgs: readonly string[], options: { json: boolean }): number {
  let found: InstanceStatus;
  try {
    found = inspectInstance(findInstance(serverArgs).pidfile);
  } catch (error) {
    if (!(error instanceof DaemonError) || error.code === "bad-option") throw error;
    found = {
      state: "unknown",
      pidfile: "",
      addresses: [],
      logFile: "",
      reason: error.message,
      name: "pyredis",
      text: "",
    };
  }
  process.stdout.write(`${options.json ? JSON.stringify(toJson(found)) : statusLine(found)}\n`);
  return STATUS_CODES[found.state];
}

export interface LogsOptions {
  lines: number;
  follow: boolean;
}

export async function logs(serverArgs: readonly string[], options: LogsOptions): Promise<number> {
  const { name, pidfile, logFile } = findInstance(serverArgs);
  const path = inspectInstance(pidfile).logFile || logFile;
  if (path === undefined) {
    throw new DaemonError("start-failed", `it is not known where ${name} logs (pidfile ${pidfile})`);
  }
  // `pyredis logs -f | head` ends when head does.
  endWhenUnread();
  try {
    await readLog(path, options, async (chunk) => {
      if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
    });
  } catch (error) {
    throw toDaemonError(error, `cannot read the log ${path} of ${name}`);
  }
  return EXIT_OK;
}
