// Owns the exit codes of `pyredis`, in the ranges that the Linux Standard Base gives to init scripts: 1-7 have its
// meanings, 150-199 are the application's own. docs/daemon.md has the table for users.
import { DaemonError, type DaemonErrorCode, type InstanceState } from "../daemon/index.js";

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_PERMITTED = 4;
export const EXIT_NOT_RUNNING = 7;
export const EXIT_ALREADY_RUNNING = 150;
export const EXIT_START_TIMEOUT = 151;
export const EXIT_STOP_TIMEOUT = 152;
export const EXIT_KILLED = 153;

const ERROR_CODES: Record<DaemonErrorCode, number> = {
  "already-running": EXIT_ALREADY_RUNNING,
  "start-failed": EXIT_FAILED,
  "start-timeout": EXIT_START_TIMEOUT,
  "stop-timeout": EXIT_STOP_TIMEOUT,
  "not-permitted": EXIT_NOT_PERMITTED,
  "bad-pidfile": EXIT_FAILED,
  "bad-option": EXIT_USAGE,
};

/** `status` has codes of its own. "starting" is unknown to the LSB, and must not look like 0. */
export const STATUS_CODES: Record<InstanceState, number> = { running: 0, dead: 1, stopped: 3, starting: 4, unknown: 4 };

/** An error of the command line; its message is for the user. */
export class UsageError extends Error {}

/** Prints what a user can act on and gives the exit code; anything else is a bug and is thrown on. */
export function reportError(error: unknown): number {
  if (error instanceof UsageError) {
    process.stderr.write(`pyredis: ${error.message}\n`);
    return EXIT_USAGE;
  }
  if (!(error instanceof DaemonError)) throw error;
  process.stderr.write(`pyredis: ${error.message.trim()}\n`);
  // A server that refuses its configuration logs just what it reports: once is enough.
  const log = error.log.trim() === error.message.trim() ? "" : error.log;
  if (log !== "") process.stderr.write(`The end of its log:\n${log.replaceAll(/^(?=.)/gm, "  ")}`);
  return ERROR_CODES[error.code];
}
