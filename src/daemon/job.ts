// Owns function daemons: a function of a module that runs detached, under a name, and whose result lies on disk until
// somebody fetches it; so it survives the process that asked for the work. Called by daemon.ts; the other side, in
// the daemon, is job-host.ts.
//
//   NAME.pid, NAME.log      as of every daemon
//   NAME.result             what came out, written as a whole; v8's format, which keeps Maps, Dates and BigInts
import { mkdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import { DaemonError } from "./errors.js";
import { inspectInstance } from "./instance.js";
import { readLogFrom } from "./log-file.js";
import { joinName, stateDirectory } from "./places.js";

/** What the starter hands to the host, through its standard input. */
export interface JobRequest {
  module: string;
  exportName: string;
  args: readonly unknown[];
}

export interface JobOutcome {
  ok: boolean;
  value?: unknown;
  error?: { name: string; message: string; stack: string };
}

/** The function has thrown, or its process has ended without a result. */
export class JobError extends Error {
  /** The stack of the exception in the daemon, or the end of its log. */
  readonly details: string;

  constructor(message: string, details: string) {
    super(message);
    this.name = "JobError";
    this.details = details;
  }
}

export interface JobPlace {
  /** Default: `pyredis-jobs` in the state directory. */
  directory?: string;
}

export interface JobCallbacks {
  onResult?: (value: unknown) => void;
  onError?: (error: Error) => void;
}

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 500;
const LONGEST_DETAILS_CHARS = 2000;

export interface JobFiles {
  pidfile: string;
  logFile: string;
  resultFile: string;
}

export function jobFiles(name: string, place: JobPlace): JobFiles {
  const directory = resolve(place.directory ?? join(stateDirectory(), "pyredis-jobs"));
  const base = join(directory, joinName(name, undefined));
  return { pidfile: `${base}.pid`, logFile: `${base}.log`, resultFile: `${base}.result` };
}

/** A path (from here), a file URL or a package, as the daemon can import it from wherever it is. */
export function findModule(module: string): string {
  if (module.startsWith("file:")) return fileURLToPath(module);
  if (isAbsolute(module)) return module;
  if (module.startsWith(".")) return resolve(module);
  return createRequire(join(process.cwd(), "package.json")).resolve(module);
}

export function encodeRequest(request: JobRequest): string {
  try {
    return serialize(request).toString("base64");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new DaemonError("bad-option", `the arguments cannot be handed to another process: ${why}`);
  }
}

export function decodeRequest(text: string): JobRequest {
  const request: JobRequest = deserialize(Buffer.from(text, "base64"));
  return request;
}

/** Complete under its name, or not there. Private: the next reader believes what it says. */
export function writeOutcome(resultFile: string, outcome: JobOutcome): void {
  const fresh = `${resultFile}.${process.pid}`;
  writeFileSync(fresh, serialize(outcome), { mode: 0o600, flush: true });
  renameSync(fresh, resultFile);
}

export function removeOutcome(resultFile: string): void {
  try {
    unlinkSync(resultFile);
  } catch {
    // There is none.
  }
}

function readOutcome(resultFile: string): JobOutcome | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(resultFile);
  } catch {
    return undefined;
  }
  const outcome: JobOutcome = deserialize(bytes);
  return outcome;
}

function toResult({ ok, value, error }: JobOutcome): unknown {
  if (ok) return value;
  throw new JobError(error?.message ?? "unknown", error?.stack ?? "");
}

/** The result of the job of this name, as soon as there is one; also one that ended long ago, in another process. */
export async function awaitJob(name: string, place: JobPlace = {}): Promise<unknown> {
  const { pidfile, logFile, resultFile } = jobFiles(name, place);
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    // Asked before the result is looked for: it is written before the process ends.
    const { state } = inspectInstance(pidfile);
    const outcome = readOutcome(resultFile);
    if (outcome !== undefined) return toResult(outcome);
    if (state === "stopped") throw new JobError(`there is no job ${name}, and no result of one`, "");
    if (state === "dead" || state === "unknown") {
      const log = readLogFrom(logFile, 0).slice(-LONGEST_DETAILS_CHARS);
      throw new JobError(`the job ${name} has ended without a result`, log);
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
    if (callbacks.onError === undefined || !(error instanceof Error)) throw error;
    callbacks.onError(error);
    return undefined;
  }
  callbacks.onResult?.(value);
  return value;
}

/** Forgets a result that has been fetched. */
export function forgetJob(name: string, place: JobPlace = {}): void {
  removeOutcome(jobFiles(name, place).resultFile);
}

export function prepareJob(files: JobFiles): void {
  mkdirSync(resolve(files.pidfile, ".."), { recursive: true, mode: 0o700 });
}
