// Owns the exit codes of `pyredis`, in the ranges that the Linux Standard Base gives to init scripts: 1-7 have its
// meanings, 150-199 are the application's own. docs/daemon.md has the table for users.
import { DaemonError, ERROR_CODES, STATUS_CODES } from "../daemon/index.js";

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_RUNNING = 7;
export const EXIT_KILLED = 153;

export { STATUS_CODES };

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
