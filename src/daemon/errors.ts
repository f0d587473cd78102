// Owns the errors this library throws. Their messages are complete sentences for a user's eyes; their codes are for
// programs, and the CLI maps each to an exit code.
import { codeOf, messageOf } from "../base/errors.js";

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

  constructor(code: DaemonErrorCode, message: string, pid?: number, log = "") {
    super(message);
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
  ENXIO: "it is a fifo or socket that nobody reads",
};

/** What a failed system call means, without the path (the caller names it). */
export function explain(error: unknown): string {
  const code = errnoCode(error);
  if (code !== undefined) return ERRNO_TEXT[code] ?? code;
  return messageOf(error);
}
