// Owns the question how a daemon has ended: by its record, by the mark that a signal has left in the lock file, or by
// what else can be seen. Called by inspect.ts and by the daemon itself when it ends (handback.ts).
import { readFileSync, statSync } from "node:fs";
import { constants } from "node:os";
import { dateOf } from "../../base/timers.js";
import { readLogFrom } from "../log-file.js";
import { readBootId } from "./process-identity.js";
import { cleanText, type InstanceEnd, type InstanceRecord } from "./state-file.js";

const LONGEST_WORDS_CHARS = 300;

/** How many processes the kernel has killed for want of memory since it booted; undefined where it does not say. */
export function readOomKills(): number | undefined {
  try {
    const count = /^oom_kill (\d+)$/m.exec(readFileSync("/proc/vmstat", "utf8"))?.[1];
    return count === undefined ? undefined : Number(count);
  } catch {
    return undefined;
  }
}

/** The length of a log; 0 if there is none, or if it is no file. */
export function readLogLength(path: string): number {
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : 0;
  } catch {
    return 0;
  }
}

/** Stack traces and the engine's own farewell say less than the line that goes before them. */
const NOISE = /^(at |Node\.js v\d|\d+: 0x|-{3,}|\[\d+:0x|<-{2})/;

/** What a daemon has said last in its log, in one line; since `start`, if the log has not been replaced meanwhile. */
export function readLastWords(path: string, start = 0): string {
  if (path === "") return "";
  const log = readLogFrom(path, start <= readLogLength(path) ? start : 0);
  const lines = log.split("\n").map((line) => line.trim());
  const telling = lines.filter((line) => line !== "" && !NOISE.test(line));
  const fatal = telling.findLast((line) => line.startsWith("FATAL ERROR"));
  return cleanText(fatal ?? telling.at(-1) ?? "").slice(0, LONGEST_WORDS_CHARS);
}

function findSignalName(number: number): string | undefined {
  // SIGABRT is SIGIOT as well, and SIGIO SIGPOLL: the first one is the usual name.
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}

/** The time of the last line in its log, as the last sign of life. */
function readLastSign({ logFile, since = 0 }: InstanceRecord): number | null {
  try {
    const { mtimeMs } = statSync(logFile);
    return mtimeMs >= since ? Math.round(mtimeMs) : null;
  } catch {
    return null;
  }
}

/** How a daemon that could write nothing down has ended; `mark` is what is in the lock file. */
export function inferEnd(record: InstanceRecord, mark: string): InstanceEnd {
  const words = readLastWords(record.logFile, record.logStart);
  const [, number, at] = /^(\d+) (\d+)\n/.exec(mark) ?? [];
  if (number !== undefined && at !== undefined) {
    return { code: null, signal: findSignalName(Number(number)) ?? number, at: Number(at) * 1000, words };
  }
  const isCertain = record.leavesMarks === true && isOfThisBoot(record);
  return { code: null, signal: isCertain ? "SIGKILL" : null, at: readLastSign(record), words };
}

function isOfThisBoot({ identity }: InstanceRecord): boolean {
  const bootId = readBootId();
  return bootId === "" || !identity.startTime.includes("@") || identity.startTime.endsWith(`@${bootId}`);
}

function describeKind(record: InstanceRecord, { code, signal }: InstanceEnd): string {
  if (code !== null) return `exit code ${code}`;
  if (!isOfThisBoot(record)) return "ended by a restart of the machine";
  if (signal !== null && signal !== "SIGKILL") return `ended by ${signal}`;
  const now = readOomKills();
  const wasShort = record.oomKills !== undefined && now !== undefined && now > record.oomKills;
  const why = wasShort ? ", by the kernel for want of memory as it seems" : "";
  return signal === null ? `killed (SIGKILL or a crash of the process${why})` : `killed by SIGKILL${why}`;
}

/** "pid 4711: exit code 7 at 2026-12-01T10:02:03Z, last words: the moon has gone". */
export function describeEnd(record: InstanceRecord, end: InstanceEnd): string {
  const { code, signal, at, words } = end;
  const isSeen = code === null && (signal === null || signal === "SIGKILL");
  const time = at === null ? "" : `${isSeen ? ", last sign of life" : ""} at ${dateOf(at).toISOString()}`;
  const said = words === "" ? "" : `, last words: ${words}`;
  return `pid ${record.identity.pid}: ${describeKind(record, end)}${time}${said}`;
}
