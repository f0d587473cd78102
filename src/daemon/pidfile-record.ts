// Owns the text inside a pidfile. The first line is the plain pid, as every other tool expects it; the lines after it
// are `key value`:
//
//   4711
//   start 8812345@3f2a5c0e-…     process-identity.ts
//   state running                starting | running
//   address 127.0.0.1:6379       one line for each
//   log /var/log/pyredis/pyredis-6379.log
//   since 1795251714123          when the process began, milliseconds since the epoch
//   name mail@a                  of a named instance
//   worker 4712                  the process that does the work, under a supervisor
//   restarts 3
//   reason exit code 3, restart 4 in 1.6 s
//   text 80% loaded              what the daemon says of itself; the last line
import type { ProcessIdentity } from "./process-identity.js";

export interface PidfileRecord {
  identity: ProcessIdentity;
  state: "starting" | "running";
  addresses: readonly string[];
  logFile: string;
  since?: number;
  name?: string;
  worker?: number;
  restarts?: number;
  /** Why a supervised daemon is not running, or was not for a while. */
  reason?: string;
  text?: string;
}

/**
 * empty: also one full of NULs, which a power failure can leave. foreign: a pid without our lines, some other
 * program's. garbage: no pid at all.
 */
export type PidfileText =
  | { kind: "empty" }
  | { kind: "foreign"; pid: number }
  | { kind: "garbage" }
  | { kind: "record"; record: PidfileRecord };

const LARGEST_PID = 2 ** 22; // PID_MAX_LIMIT of 64-bit Linux; macOS stays below 100000

/** `text` last: a reader that meets a shorter text over a longer one must find nothing of ours in the rest. */
const OPTIONAL_KEYS = ["since", "name", "worker", "restarts", "reason", "text"] as const;

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, "?");
}

export function formatRecord(record: PidfileRecord): string {
  const lines = [String(record.identity.pid), `start ${record.identity.startTime}`, `state ${record.state}`];
  for (const address of record.addresses) lines.push(`address ${oneLine(address)}`);
  lines.push(`log ${oneLine(record.logFile)}`);
  for (const key of OPTIONAL_KEYS) {
    const value = record[key];
    if (value !== undefined && value !== "") lines.push(`${key} ${oneLine(String(value))}`);
  }
  return `${lines.join("\n")}\n`;
}

function readPid(line: string): number | undefined {
  if (!/^\s*\d{1,7}\s*$/.test(line)) return undefined;
  const pid = Number(line);
  // 0 means "my own process group" to kill(2). 1 may be ours, in a container.
  return pid > 0 && pid <= LARGEST_PID ? pid : undefined;
}

export function parsePidfile(text: string): PidfileText {
  if (/^[\0\s]*$/.test(text)) return { kind: "empty" };
  const [first = "", ...rest] = text.split("\n");
  const pid = readPid(first);
  if (pid === undefined) return { kind: "garbage" };
  const fields = new Map<string, string>();
  const addresses: string[] = [];
  for (const line of rest) {
    const space = line.indexOf(" ");
    const key = line.slice(0, space);
    const value = line.slice(space + 1);
    if (key === "address") addresses.push(value);
    else if (space > 0 && !fields.has(key)) fields.set(key, value);
    if (key === "text") break;
  }
  const startTime = fields.get("start");
  if (startTime === undefined) return pid === 1 ? { kind: "garbage" } : { kind: "foreign", pid };
  const state = fields.get("state") === "running" ? "running" : "starting";
  const record: PidfileRecord = { identity: { pid, startTime }, state, addresses, logFile: fields.get("log") ?? "" };
  readOptional(fields, record);
  return { kind: "record", record };
}

function readOptional(fields: ReadonlyMap<string, string>, record: PidfileRecord): void {
  for (const key of ["since", "worker", "restarts"] as const) {
    const value = Number(fields.get(key) ?? Number.NaN);
    if (Number.isSafeInteger(value) && value >= 0) record[key] = value;
  }
  for (const key of ["name", "reason", "text"] as const) {
    const value = fields.get(key);
    if (value !== undefined) record[key] = value;
  }
}
