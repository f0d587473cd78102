// Owns the text inside a pidfile. The first line is the plain pid, as every other tool expects it; the lines after it
// are `key value`:
//
//   4711
//   start 8812345@3f2a5c0e-…     process-identity.ts
//   state running                starting | running
//   address 127.0.0.1:6379       one line for each
//   log /var/log/pyredis/pyredis-6379.log
import type { ProcessIdentity } from "./process-identity.js";

export interface PidfileRecord {
  identity: ProcessIdentity;
  state: "starting" | "running";
  addresses: readonly string[];
  logFile: string;
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

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, "?");
}

export function formatRecord(record: PidfileRecord): string {
  const lines = [String(record.identity.pid), `start ${record.identity.startTime}`, `state ${record.state}`];
  for (const address of record.addresses) lines.push(`address ${oneLine(address)}`);
  lines.push(`log ${oneLine(record.logFile)}`);
  return `${lines.join("\n")}\n`;
}

function readPid(line: string): number | undefined {
  if (!/^\s*\d{1,7}\s*$/.test(line)) return undefined;
  const pid = Number(line);
  // 1 is init and 0 means "my own process group" to kill(2): neither is ever a daemon of ours.
  return pid > 1 && pid <= LARGEST_PID ? pid : undefined;
}

export function parsePidfile(text: string): PidfileText {
  if (/^[\0\s]*$/.test(text)) return { kind: "empty" };
  const [first = "", ...rest] = text.split("\n");
  const pid = readPid(first);
  if (pid === undefined) return { kind: "garbage" };
  let startTime: string | undefined;
  let state: PidfileRecord["state"] = "starting";
  let logFile = "";
  const addresses: string[] = [];
  for (const line of rest) {
    const space = line.indexOf(" ");
    const value = line.slice(space + 1);
    switch (line.slice(0, space)) {
      case "start":
        startTime = value;
        break;
      case "state":
        if (value === "running") state = "running";
        break;
      case "address":
        addresses.push(value);
        break;
      case "log":
        logFile = value;
        break;
    }
  }
  if (startTime === undefined) return { kind: "foreign", pid };
  return { kind: "record", record: { identity: { pid, startTime }, state, addresses, logFile } };
}
