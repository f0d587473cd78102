// Owns the reading of a log that another process writes: its last lines, what was written since, and following it
// through rotation. Called by launcher.ts (the reason of a failed start) and by the CLI (`logs`).

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { delay } from "../base/timers.js";
import { errnoCode } from "./errors.js";

const CHUNK_BYTES = 64 * 1024;
const LONGEST_REASON_BYTES = 16 * 1024;
const POLL_MS = 100;

/** What was written to a log since it had `start` bytes, at most its last 16 KiB; empty if it cannot be read. */
export function readLogFrom(path: string, start: number): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return "";
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return "";
    const from = Math.max(start, stats.size - LONGEST_REASON_BYTES);
    const buffer = Buffer.alloc(Math.max(0, stats.size - from));
    const length = readSync(fd, buffer, 0, buffer.length, from);
    return buffer.toString("utf8", 0, length);
  } finally {
    closeSync(fd);
  }
}

/** Where the last `lines` lines begin. Reads backwards, so the size of the log does not matter. */
async function findTail(file: FileHandle, lines: number): Promise<number> {
  const { size } = await file.stat();
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let missing = lines;
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let i = bytesRead - 1; i >= 0; i--) {
      // The newline that ends the last line separates nothing.
      if (buffer[i] !== 0x0a || start + i === size - 1) continue;
      missing--;
      if (missing <= 0) return lines === 0 ? size : start + i + 1;
    }
    end = start;
  }
  return lines === 0 ? size : 0;
}

/** Gives everything from `offset` to the present end; returns the new offset. */
async function copyRest(file: FileHandle, offset: number, write: LogWriter): Promise<number> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let position = offset;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    if (bytesRead === 0) return position;
    position += bytesRead;
    await write(Buffer.from(buffer.subarray(0, bytesRead)));
  }
}

/** Whether `path` means another file by now; a name that is missing for a moment is still being rotated. */
async function isReplaced(path: string, file: FileHandle): Promise<boolean> {
  try {
    const [named, held] = await Promise.all([stat(path), file.stat()]);
    return named.ino !== held.ino || named.dev !== held.dev;
  } catch (error) {
    if (errnoCode(error) === "ENOENT") return false;
    throw error;
  }
}

export type LogWriter = (chunk: Buffer) => Promise<void>;

export interface LogOptions {
  lines: number;
  follow: boolean;
  /** Ends the following. */
  signal?: AbortSignal;
}

/**
 * Gives the last lines of a log and, following, what is appended later. Knows both ways of rotation: a new file under
 * the same name (the rest of the old one is given first), and truncation in place. Throws if there is no such file.
 */
export async function readLog(path: string, options: LogOptions, write: LogWriter): Promise<void> {
  let file = await open(path, "r");
  try {
    let offset = await copyRest(file, await findTail(file, options.lines), write);
    while (options.follow && options.signal?.aborted !== true) {
      // Asked before the rest is read: after the rename nobody appends to the old file.
      const replaced = await isReplaced(path, file);
      const { size } = await file.stat();
      if (size < offset) offset = 0;
      offset = await copyRest(file, offset, write);
      if (replaced) {
        await file.close();
        file = await open(path, "r");
        offset = 0;
      } else {
        await delay(POLL_MS);
      }
    }
  } finally {
    await file.close();
  }
}
