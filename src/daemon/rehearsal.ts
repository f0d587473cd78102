// Owns the rehearsal of a restart: before the old daemon is stopped, the program that is to follow is run up to the
// point where it would be the daemon, and ends there. It shows that the program exists, loads and takes its options.
// It is handed over as a start is, with the role `rehearsal` and without the lock. Called by controller.ts; the other
// side is in become.ts.
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { clearTimeout, setTimeout } from "../base/timers.js";
import { DaemonError, toDaemonError } from "./errors.js";
import { formatHandoff, HANDOFF_VARIABLE, type Handoff, STATUS_FD } from "./handoff.js";
import type { LaunchRecord } from "./instance/launch-record.js";
import { checkWorkingDirectory, findDirectory } from "./places.js";
import { receiveReport, type StatusOutcome } from "./status-pipe.js";

const LONGEST_OUTPUT_CHARS = 16 * 1024;
const LINES_IN_REASON = 20;
/** How long it may take to end by itself when it has said all. */
const END_WAIT_MS = 3000;

function collect(stream: Readable | null): () => string {
  let text = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-LONGEST_OUTPUT_CHARS);
  });
  stream?.on("error", () => {}); // it ends with the process
  return () => text.trim().split("\n").slice(-LINES_IN_REASON).join("\n");
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function openInput({ stdinFile }: LaunchRecord): number | "pipe" {
  if (stdinFile === undefined) return "pipe";
  try {
    return openSync(stdinFile, constants.O_RDONLY | constants.O_NOCTTY);
  } catch (error) {
    throw toDaemonError(error, `not restarted, the standard input ${stdinFile} cannot be read`);
  }
}

function checkProgram(file: string): void {
  try {
    accessSync(file, constants.X_OK);
  } catch (error) {
    throw toDaemonError(error, `not restarted, ${file} cannot be run`);
  }
}

function spawnRehearsal(pidfile: string, record: LaunchRecord, input: number | "pipe"): ChildProcess {
  const { command, base, logFile, workingDirectory } = record;
  const bootDirectory = findDirectory(record.bootDirectory ?? base);
  const places = { pidfile, logFile, stdout: "", stderr: "", base, bootDirectory, workingDirectory };
  const handoff: Handoff = { ...places, role: "rehearsal", settleMs: 0, files: 0 };
  const env: NodeJS.ProcessEnv = { ...process.env, [HANDOFF_VARIABLE]: formatHandoff(handoff) };
  for (const name of ["PWD", "OLDPWD"]) delete env[name];
  return spawn(command.file, command.args, { cwd: bootDirectory, env, stdio: [input, "pipe", "pipe", "pipe"] });
}

function describeFailure(outcome: StatusOutcome, timeoutMs: number, end: string, output: string): string {
  switch (outcome.event) {
    case "failed":
      return outcome.reason;
    case "timeout":
      return `it did not come to its start within ${timeoutMs / 1000} s`;
    default:
      return output === "" ? `it ended before it came to its start: ${end}` : output;
  }
}

/**
 * Throws a DaemonError if what the record says would not come to its start within `timeoutMs`: with the reason it gives,
 * or what it has printed. Changes nothing about the instance.
 */
export async function rehearse(pidfile: string, record: LaunchRecord, timeoutMs: number): Promise<void> {
  checkProgram(record.command.file);
  checkWorkingDirectory(record.workingDirectory);
  const input = openInput(record);
  try {
    const child = spawnRehearsal(pidfile, record, input);
    const ended = endOf(child);
    ended.catch(() => {}); // awaited below
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.stdin?.on("error", () => {}); // a program that never reads it
    child.stdin?.end(record.stdin ?? "");
    const pipe = child.stdio[STATUS_FD];
    if (!(pipe instanceof Socket)) throw await ended.then(() => new Error("spawn gave no status pipe"));
    const outcome = await receiveReport(pipe, { timeoutMs, settleMs: 0, silenceMs: timeoutMs, onSilence() {} });
    const killer = setTimeout(() => child.kill("SIGKILL"), outcome.event === "timeout" ? 0 : END_WAIT_MS);
    const end = await ended.finally(() => clearTimeout(killer));
    if (outcome.event === "ready") return;
    const why = describeFailure(outcome, timeoutMs, end, stderr() || stdout());
    const code = outcome.event === "failed" ? outcome.code : undefined;
    throw new DaemonError(code ?? "start-failed", `not restarted, it would not start again: ${why}`);
  } catch (error) {
    throw toDaemonError(error, `not restarted, ${record.command.file} cannot be run`);
  } finally {
    if (typeof input === "number") closeSync(input);
  }
}
