// Owns `pyredis stop`, `status` and `logs`: everything that is asked of an instance from outside.
import { once } from "node:events";
import { messageOf } from "../base/errors.js";
import {
  DaemonError,
  type InstanceStatus,
  inspectInstance,
  readLog,
  type StopOptions,
  stopInstance,
} from "../daemon/index.js";
import { EXIT_KILLED, EXIT_OK, STATUS_CODES } from "./exit-codes.js";
import { endWhenUnread } from "./output.js";
import { findInstance } from "./server-instance.js";

const DEFAULT_STOP_TIMEOUT_MS = 30_000;

export async function stop(serverArgs: readonly string[], options: Partial<StopOptions>): Promise<number> {
  const { pidfile } = findInstance(serverArgs);
  const result = await stopInstance(pidfile, {
    timeoutMs: options.timeoutMs ?? DEFAULT_STOP_TIMEOUT_MS,
    force: options.force ?? false,
  });
  switch (result.outcome) {
    case "not-running":
      process.stdout.write("pyredis is not running\n");
      return EXIT_OK;
    case "stopped":
      process.stdout.write(`pyredis has stopped (pid ${result.pid})\n`);
      return EXIT_OK;
    case "killed":
      process.stdout.write(`pyredis was killed (pid ${result.pid}): it did not stop in time\n`);
      return EXIT_KILLED;
  }
}

function statusLine({ state, identity, addresses, logFile, reason }: InstanceStatus): string {
  const parts = [`pyredis is ${state}`];
  if (identity !== undefined) parts.push(`pid ${identity.pid}`, ...addresses, `log ${logFile}`);
  if (reason !== "") parts.push(reason);
  return parts.join(", ");
}

export function status(serverArgs: readonly string[], options: { json: boolean }): number {
  let found: InstanceStatus;
  try {
    found = inspectInstance(findInstance(serverArgs).pidfile);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    found = { state: "unknown", pidfile: "", addresses: [], logFile: "", reason: error.message, name: "", text: "" };
  }
  const code = STATUS_CODES[found.state];
  const { state, identity, pidfile, addresses, logFile, reason } = found;
  const json = { state, code, pid: identity?.pid ?? null, addresses, logFile, pidfile, reason };
  process.stdout.write(`${options.json ? JSON.stringify(json) : statusLine(found)}\n`);
  return code;
}

export interface LogsOptions {
  lines: number;
  follow: boolean;
}

export async function logs(serverArgs: readonly string[], options: LogsOptions): Promise<number> {
  const instance = findInstance(serverArgs);
  const path = inspectInstance(instance.pidfile).logFile || instance.logFile;
  // `pyredis logs -f | head` ends when head does.
  endWhenUnread();
  try {
    await readLog(path, options, async (chunk) => {
      if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
    });
  } catch (error) {
    const why = messageOf(error);
    throw new DaemonError("start-failed", `cannot read the log: ${why}`);
  }
  return EXIT_OK;
}
