// Owns `<pidfile>.state`: what is known of an instance besides its pid, as one line of JSON. Written by the daemon, read
// by everybody. It also outlives a daemon that did not end in order, and then says how it ended.
//
//   {"write":3,"pid":4711,"start":"8812345@3f2a5c0e-…","state":"running",…,"written":3}
//
// `write` and `written` are equal in a record that is whole: a daemon that has given its rights away cannot replace the
// file and writes it in place, so a reader may meet half of each.
import { closeSync, constants, fstatSync, type Stats } from "node:fs";
import { DaemonError } from "../errors.js";
import { type ProcessIdentity, readProcessOwner } from "./process-identity.js";
import { openRegular, readStart } from "./safe-file.js";

/** Who watches a process that is no detached daemon. */
export type Watcher = "systemd" | "supervisor" | "upstart" | "launchd" | "inetd" | "container" | "init" | "foreground";

/** How a daemon has ended. */
export interface InstanceEnd {
  /** Its exit code; null if a signal has ended it. */
  code: number | null;
  signal: string | null;
  /** Milliseconds since the epoch; null where nobody could write it down. */
  at: number | null;
  /** The exception or the last line of its log; may be empty. */
  words: string;
}

export interface InstanceRecord {
  identity: ProcessIdentity;
  state: "starting" | "running";
  addresses: readonly string[];
  logFile: string;
  /** When the process began, milliseconds since the epoch. */
  since?: number;
  /** Of a named instance. */
  name?: string;
  /** Not detached: who watches it. */
  watcher?: Watcher;
  /** Nobody asked for these files (a server in the foreground, without a pidfile): nothing is to stay of them. */
  isPassing?: boolean;
  /** The process that does the work, under a supervisor. */
  worker?: number;
  restarts?: number;
  /** Why a supervised daemon is not running, or was not for a while. */
  reason?: string;
  /** What the daemon says of itself. */
  text?: string;
  /** The length of the log when it began: what comes after is its own. */
  logStart?: number;
  /** How many processes the kernel had killed for want of memory when this one began: oom_kill of /proc/vmstat. */
  oomKills?: number;
  /** Every signal but SIGKILL leaves a mark in the lock file. */
  leavesMarks?: boolean;
  end?: InstanceEnd;
}

export type StateContent =
  | { kind: "absent" }
  | { kind: "record"; record: InstanceRecord }
  /** A record that this user must not act on. A start may replace it. */
  | { kind: "distrusted"; why: string }
  /** Something else has this name. */
  | { kind: "other"; why: string };

const LONGEST_BYTES = 64 * 1024;
const LONGEST_TEXT_CHARS = 4000;
const TORN_RETRIES = 50;
const TORN_PAUSE_MS = 1;
const WATCHERS: readonly string[] = [
  "systemd",
  "supervisor",
  "upstart",
  "launchd",
  "inetd",
  "container",
  "init",
  "foreground",
];

export function statePath(pidfile: string): string {
  return `${pidfile}.state`;
}

/** One line without control characters: it is printed on terminals, and may come from a program without privileges. */
export function cleanText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.slice(0, LONGEST_TEXT_CHARS).replaceAll(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}

/** `write` tells one writing from the next. */
export function formatState(record: InstanceRecord, write: number): string {
  const { identity, ...rest } = record;
  return `${JSON.stringify({ write, pid: identity.pid, start: identity.startTime, ...rest, written: write })}\n`;
}

type Fields = Partial<Record<string, unknown>>;

function readCount(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function readEnd(value: unknown): InstanceEnd | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { code, signal, at, words }: Fields = { ...value };
  return {
    code: readCount(code) ?? null,
    signal: typeof signal === "string" ? cleanText(signal) : null,
    at: readCount(at) ?? null,
    words: typeof words === "string" ? cleanText(words) : "",
  };
}

function isWatcher(value: unknown): value is Watcher {
  return typeof value === "string" && WATCHERS.includes(value);
}

/** Undefined: not a record of ours, or not a whole one. */
export function parseState(text: string): InstanceRecord | undefined {
  let fields: Fields;
  try {
    fields = { ...JSON.parse(text.split("\n", 1)[0] ?? "") };
  } catch {
    return undefined;
  }
  const { write, written, start, state, addresses, logFile, watcher } = fields;
  const pid = readCount(fields.pid) ?? 0;
  if (write === undefined || write !== written || pid === 0 || typeof start !== "string") return undefined;
  const record: InstanceRecord = {
    identity: { pid, startTime: start },
    state: state === "running" ? "running" : "starting",
    addresses: Array.isArray(addresses) ? addresses.map((address) => cleanText(String(address))) : [],
    logFile: typeof logFile === "string" ? logFile : "",
  };
  for (const key of ["since", "worker", "restarts", "logStart", "oomKills"] as const) {
    const count = readCount(fields[key]);
    if (count !== undefined) record[key] = count;
  }
  for (const key of ["name", "reason", "text"] as const) {
    const value = fields[key];
    if (typeof value === "string" && value !== "") record[key] = cleanText(value);
  }
  if (isWatcher(watcher)) record.watcher = watcher;
  if (fields.leavesMarks === true) record.leavesMarks = true;
  if (fields.isPassing === true) record.isPassing = true;
  const end = readEnd(fields.end);
  if (end !== undefined) record.end = end;
  return record;
}

/** Whether this user may act on what the file says: see "hostile pidfiles" in docs/daemon.md. */
function whyDistrusted(stats: Stats, record: InstanceRecord): string | undefined {
  if ((stats.mode & 0o022) !== 0) return "other users can write to it";
  if (stats.uid === 0 || stats.uid === process.geteuid?.()) return undefined;
  // Its owner may name processes of his own: those he could signal himself.
  const owner = readProcessOwner(record.identity.pid);
  if (owner === undefined || owner === stats.uid) return undefined;
  return `it belongs to uid ${stats.uid} but names a process of uid ${owner}`;
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TORN_PAUSE_MS);
}

/** What lies beside the pidfile; an empty file counts as none. Throws nothing that concerns the file. */
export function readState(pidfile: string): StateContent {
  const path = statePath(pidfile);
  let fd: number | undefined;
  try {
    fd = openRegular(path, path, constants.O_RDONLY);
    if (fd === undefined) return { kind: "absent" };
    for (let attempt = 0; ; attempt++) {
      const text = readStart(fd, LONGEST_BYTES);
      // A power failure can leave it empty or full of NULs.
      if (/^[\0\s]*$/.test(text)) return { kind: "absent" };
      const record = parseState(text);
      if (record !== undefined) {
        const why = whyDistrusted(fstatSync(fd), record);
        if (why === undefined) return { kind: "record", record };
        return { kind: "distrusted", why: `cannot trust ${path}: ${why}` };
      }
      if (attempt === TORN_RETRIES) return { kind: "other", why: `cannot use ${path}: it is no record of a daemon` };
      pause();
    }
  } catch (error) {
    if (error instanceof DaemonError) return { kind: "other", why: error.message };
    throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
