// Owns the standard streams of a daemon: how a log is opened, and the change to a new file after a rotation.
import { closeSync, constants, openSync } from "node:fs";
import { errnoName, nativeAddon } from "../native/addon.js";
import { DaemonError, explain } from "./errors.js";

/** Throws what open(2) says. */
export function openForAppend(path: string): number {
  // O_NONBLOCK so that a fifo without a reader is an error and not a hang; regular files ignore it.
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
  return openSync(path, flags | constants.O_NOCTTY, 0o640);
}

/**
 * Lets descriptor `to` mean the file that has the name `path` now. dup2 is one step for every thread: each line goes
 * to the old file or to the new one, and none is lost. If it fails, the old file stays in use.
 */
export function reopenStream(path: string, to: number): void {
  const native = nativeAddon();
  if (native === undefined) {
    throw new DaemonError("bad-option", "reopening a log needs the native addon: rotate it with copytruncate");
  }
  let fd: number;
  try {
    fd = openForAppend(path);
  } catch (error) {
    throw new DaemonError("not-permitted", `cannot open the log file ${path} anew: ${explain(error)}`);
  }
  const result = native.replaceFd(fd, to);
  closeSync(fd);
  if (result < 0) throw new DaemonError("not-permitted", `cannot replace descriptor ${to}: ${errnoName(result)}`);
}
