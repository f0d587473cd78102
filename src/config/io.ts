/**
 * Everything the configuration asks of the system, behind one interface: files, directories, standard input. Config
 * takes it as an argument; tests and the embedded API pass their own. Paths and contents are byte strings.
 */
import * as fs from "node:fs";
import { getSystemErrorMap } from "node:util";
import { codeOf, messageOf } from "../base/errors.js";
import { untilNul } from "./split-args.js";

export interface ConfigIo {
  /** The absolute working directory at the start. */
  readonly cwd: string;
  /** The functions below throw errors with a `code` such as ENOENT. */
  readFile(path: string): string;
  readStdin(): string;
  listDirectory(path: string): readonly string[];
  fileType(path: string): "file" | "directory" | "none";
  /** The real path of a directory that can be entered. */
  enterDirectory(path: string): string;
  /** Fails when the file cannot be appended to; creates it. */
  openForAppend(path: string): void;
  /** Durable and atomic: a reader or a crash sees the old content or the new one. */
  replaceFile(path: string, content: string): void;
}

/** A device or a runaway file given as configuration must not fill the memory. */
const MAX_FILE_BYTES = 64 * 1024 ** 2;
const CHUNK_BYTES = 64 * 1024;
const STDIN_RETRY_MS = 10;
const FILE_MODE = 0o644;
const MAX_TEMP_NAMES = 100;

/** As strerror spells them; libuv's own texts differ in words and case. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EDQUOT: "Disk quota exceeded",
  EEXIST: "File exists",
  EFBIG: "File too large",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISDIR: "Is a directory",
  ELOOP: "Too many levels of symbolic links",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENFILE: "Too many open files in system",
  ENOENT: "No such file or directory",
  ENOMEM: "Cannot allocate memory",
  ENOSPC: "No space left on device",
  ENOTDIR: "Not a directory",
  EPERM: "Operation not permitted",
  EROFS: "Read-only file system",
  ETXTBSY: "Text file busy",
  EXDEV: "Invalid cross-device link",
};

export function errorCode(error: unknown): string {
  return codeOf(error);
}

/** The system's text for an error of the functions above. */
export function errorText(error: unknown): string {
  const code = errorCode(error);
  const known = ERROR_TEXTS[code];
  if (known !== undefined) return known;
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return messageOf(error);
}

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

function toPath(path: string): Buffer {
  return Buffer.from(untilNul(path), "latin1");
}

function readAll(fd: number): string {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let count: number;
    try {
      count = fs.readSync(fd, chunk, 0, CHUNK_BYTES, null);
    } catch (error) {
      // A terminal or pipe that somebody made non-blocking has nothing to say just yet.
      if (errorCode(error) !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STDIN_RETRY_MS);
      continue;
    }
    if (count === 0) return Buffer.concat(chunks).toString("latin1");
    total += count;
    if (total > MAX_FILE_BYTES) failWith("EFBIG");
    chunks.push(chunk.subarray(0, count));
  }
}

function withFile<Result>(path: Buffer, flags: string, use: (fd: number) => Result): Result {
  const fd = fs.openSync(path, flags, FILE_MODE);
  try {
    return use(fd);
  } finally {
    fs.closeSync(fd);
  }
}

function replaceFile(path: string, content: string): void {
  const data = Buffer.from(content, "latin1");
  const folder = path.slice(0, path.lastIndexOf("/") + 1) || ".";
  const temp = createTemp(path);
  try {
    try {
      for (let at = 0; at < data.length; ) at += fs.writeSync(temp.fd, data, at);
      fs.fsyncSync(temp.fd);
    } finally {
      fs.closeSync(temp.fd);
    }
    fs.renameSync(temp.path, toPath(path));
  } catch (error) {
    removeQuietly(temp.path);
    throw error;
  }
  withFile(toPath(folder), "r", fs.fsyncSync);
}

/** A new file beside the target, so that the rename stays on one file system. A crash may have left older ones. */
function createTemp(path: string): { fd: number; path: Buffer } {
  for (let attempt = 0; ; attempt++) {
    const name = toPath(`${path}.${process.pid}-${attempt}.tmp`);
    try {
      return { fd: fs.openSync(name, "wx", FILE_MODE), path: name };
    } catch (error) {
      if (errorCode(error) !== "EEXIST" || attempt >= MAX_TEMP_NAMES) throw error;
    }
  }
}

/** After a failure, whose own error is the one to report. */
function removeQuietly(path: Buffer): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // The rename may have happened already, or the folder may be gone.
  }
}

function fileType(path: string): "file" | "directory" | "none" {
  try {
    return fs.statSync(toPath(path)).isDirectory() ? "directory" : "file";
  } catch {
    return "none";
  }
}

/** The process's own files. */
export function nodeConfigIo(cwd: string = process.cwd()): ConfigIo {
  return {
    cwd: Buffer.from(cwd, "utf8").toString("latin1"),
    readFile: (path) => withFile(toPath(path), "r", readAll),
    readStdin: () => readAll(0),
    listDirectory: (path) => fs.readdirSync(toPath(path), { encoding: "latin1" }),
    fileType,
    enterDirectory(path) {
      const real = fs.realpathSync.native(toPath(path), { encoding: "buffer" });
      if (!fs.statSync(real).isDirectory()) failWith("ENOTDIR");
      fs.accessSync(real, fs.constants.X_OK);
      return real.toString("latin1");
    },
    openForAppend: (path) => withFile(toPath(path), "a", () => undefined),
    replaceFile,
  };
}
