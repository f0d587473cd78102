// Owns the errors this library throws. Their messages are complete sentences for a user's eyes; their codes are for
// programs, and the CLI maps each to an exit code.
import { getSystemErrorMap, inspect } from "node:util";
import { codeOf, isError, messageOf } from "../base/errors.js";

export type DaemonErrorCode =
  | "already-running" // another process holds the pidfile
  | "start-failed" // the daemon ended before it was ready, or could not be started at all
  | "start-timeout" // it was not ready in time, and was stopped
  | "stop-timeout" // it did not end in time, and still runs
  | "not-permitted" // the kernel refused: not our process, not our file
  | "bad-pidfile" // the pidfile is something this library neither trusts nor overwrites
  | "bad-option"; // the caller's options make no sense

export class DaemonError extends Error {
  readonly code: DaemonErrorCode;
  /** The process the error is about, where there is one. */
  readonly pid: number | undefined;
  /** The last lines that a daemon whose start has failed wrote to its log. */
  readonly log: string;

  /** `options.cause` is the system's error, where one is behind it. */
  constructor(code: DaemonErrorCode, message: string, pid?: number, log = "", options: ErrorOptions = {}) {
    super(message, options);
    this.name = "DaemonError";
    this.code = code;
    this.pid = pid;
    this.log = log;
  }
}

/** The errno name of a system error ("ENOENT"), or undefined for anything else that was thrown. */
export function errnoCode(error: unknown): string | undefined {
  return codeOf(error) || undefined;
}

const ERRNO_TEXT: Record<string, string> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "it is a directory",
  ELOOP: "it is a symbolic link",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than this process may write",
  ENAMETOOLONG: "the name is too long",
  ENXIO: "it is a fifo or socket that nobody reads",
};

/** The system's own words for an error that has none above. */
function systemText(code: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return code;
}

/** What a failed system call means, without the path (the caller names it). */
export function explain(error: unknown): string {
  const code = errnoCode(error);
  if (code !== undefined) return ERRNO_TEXT[code] ?? systemText(code);
  return messageOf(error);
}

/** Whether this user lacks a right that another one may have. */
export function isPermissionError(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(errnoCode(error) ?? "");
}

/**
 * The error for a failed system call; `failed` is the sentence without the reason ("cannot write the pidfile /x").
 * A missing right is `not-permitted`, which has an exit code of its own, everything else `code`.
 */
export function toDaemonError(error: unknown, failed: string, code: DaemonErrorCode = "start-failed"): DaemonError {
  if (error instanceof DaemonError) return error;
  const actual = isPermissionError(error) ? "not-permitted" : code;
  return new DaemonError(actual, `${failed}: ${explain(error)}`, undefined, "", { cause: error });
}

/** The code for a daemon's failure, where another than `start-failed` fits. */
export function failureCode(error: unknown): DaemonErrorCode | undefined {
  if (isPermissionError(error)) return "not-permitted";
  return error instanceof DaemonError ? error.code : undefined;
}

/** For a log: the message of what a user can act on, the stack of everything else. */
export function logText(error: unknown): string {
  return error instanceof DaemonError || !isError(error) ? messageOf(error) : inspect(error);
}
