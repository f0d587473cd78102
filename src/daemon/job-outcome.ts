// Owns what a job leaves: its files and the result in them, v8's format, which keeps Maps, Dates and BigInts; and the
// way of an exception from one process to the other, with its code and its causes. Called by job.ts and job-host.ts.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { deserialize, serialize } from "node:v8";
import { joinName, stateDirectory } from "./places.js";

export interface JobPlace {
  /** Default: `pyredis-jobs` in the state directory. */
  directory?: string;
}

export interface JobFiles {
  directory: string;
  pidfile: string;
  logFile: string;
  resultFile: string;
}

/** What the starter hands to the host, through its standard input. */
export interface JobRequest {
  module: string;
  exportName: string;
  args: readonly unknown[];
}

/** An exception as data. */
interface Failure {
  name: string;
  message: string;
  stack: string;
  code?: string | number;
  cause?: { failure: Failure } | { value: unknown };
}

export type JobOutcome = { ok: true; value: unknown } | { ok: false; error: Failure };

/** The function has thrown, or its process has ended without a result. */
export class JobError extends Error {
  /** The stack of the exception in the daemon, or the end of its log. */
  readonly details: string;
  /** The code of the exception in the daemon, where it had one. */
  readonly code: string | number | undefined;

  constructor(message: string, details: string, code?: string | number, cause?: { cause: unknown }) {
    super(message, cause);
    this.name = "JobError";
    this.details = details;
    this.code = code;
  }
}

const MOST_CAUSES = 10;

export function jobFiles(name: string, place: JobPlace): JobFiles {
  const directory = resolve(place.directory ?? join(stateDirectory(), "pyredis-jobs"));
  const base = join(directory, joinName(name, undefined));
  return { directory, pidfile: `${base}.pid`, logFile: `${base}.log`, resultFile: `${base}.result` };
}

export function prepareJob(files: JobFiles): void {
  mkdirSync(dirname(files.pidfile), { recursive: true, mode: 0o700 });
}

export function decodeRequest(text: string): JobRequest {
  const request: JobRequest = deserialize(Buffer.from(text, "base64"));
  return request;
}

function canBeKept(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}

/** Whatever was thrown: an error of any realm by its fields, anything else by what it says. */
export function describeFailure(error: unknown, depth = 0): Failure {
  if (typeof error !== "object" || error === null || typeof Reflect.get(error, "message") !== "string") {
    return { name: "Error", message: String(error), stack: "" };
  }
  const { name, message, stack, code, cause }: Partial<Failure & { cause: unknown }> = error;
  const failure: Failure = { name: String(name ?? "Error"), message: String(message), stack: String(stack ?? "") };
  if (typeof code === "string" || typeof code === "number") failure.code = code;
  if (cause === undefined || depth >= MOST_CAUSES) return failure;
  const isError = typeof cause === "object" && cause !== null && typeof Reflect.get(cause, "stack") === "string";
  if (isError) failure.cause = { failure: describeFailure(cause, depth + 1) };
  else failure.cause = { value: canBeKept(cause) ? cause : String(cause) };
  return failure;
}

function rebuildCause(cause: NonNullable<Failure["cause"]>): unknown {
  if ("value" in cause) return cause.value;
  const { name, message, stack, code, cause: next } = cause.failure;
  const error = new Error(message, next === undefined ? undefined : { cause: rebuildCause(next) });
  for (const [key, value] of Object.entries({ name, stack, code })) {
    if (value !== undefined) Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return error;
}

/** The value, or a JobError. `readLog` gives the details of an end that has no stack. */
export function toResult(outcome: JobOutcome, readLog: () => string): unknown {
  if (outcome.ok) return outcome.value;
  const { message, stack, code, cause } = outcome.error;
  throw new JobError(
    message,
    stack || readLog(),
    code,
    cause === undefined ? undefined : { cause: rebuildCause(cause) },
  );
}

/** Complete under its name, or not there. Private: the next reader believes what it says. */
export function writeOutcome(resultFile: string, outcome: JobOutcome): void {
  const bytes = serialize(outcome);
  const fresh = `${resultFile}.${process.pid}`;
  writeFileSync(fresh, bytes, { mode: 0o600, flush: true });
  renameSync(fresh, resultFile);
}

export function removeOutcome(resultFile: string): void {
  rmSync(resultFile, { force: true });
}

export function readOutcome(resultFile: string): JobOutcome | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resultFile);
  } catch {
    return undefined;
  }
  const outcome: JobOutcome = deserialize(bytes);
  return outcome;
}
