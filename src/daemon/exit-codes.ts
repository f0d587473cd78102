// Owns the exit codes of a daemon's command line, in the ranges that the Linux Standard Base gives to init scripts: 1-7
// have its meanings, 150-199 are the application's own. docs/daemon.md has the table for users. Called by
// command-line-program.ts.
import type { DaemonErrorCode } from "./errors.js";
import type { InstanceState } from "./instance/inspect.js";

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_NOT_RUNNING = 7;
export const EXIT_KILLED = 153;

export const ERROR_CODES: Record<DaemonErrorCode, number> = {
  "already-running": 150,
  "start-failed": EXIT_FAILED,
  "start-timeout": 151,
  "stop-timeout": 152,
  "not-permitted": 4,
  "bad-pidfile": EXIT_FAILED,
  "bad-option": EXIT_USAGE,
};

/** `status` has codes of its own. "starting" is unknown to the LSB, and must not look like 0. */
export const STATUS_CODES: Record<InstanceState, number> = { running: 0, dead: 1, stopped: 3, starting: 4, unknown: 4 };
