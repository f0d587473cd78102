/**
 * The server's log, in the format of Redis: `pid:role date level text`. Lines go to standard output or to a file, each
 * written at once: a log that lags is no use after a crash. The file is opened anew for every line, as Redis does, so
 * that a rotated one is left alone.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { dateOf } from "../base/timers.js";

export type LogLevel = "debug" | "verbose" | "notice" | "warning";

export type Logger = (level: LogLevel, text: string) => void;

/** Redis's levels as syslog has them. */
const SYSLOG_PRIORITIES = { debug: "debug", verbose: "info", notice: "notice", warning: "warning" } as const;

export type SyslogWriter = (priority: "debug" | "info" | "notice" | "warning", text: string) => void;

const LEVELS: readonly LogLevel[] = ["debug", "verbose", "notice", "warning"];
const MARKS = { debug: ".", verbose: "-", notice: "*", warning: "#" } as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21 Nov 2026 09:01:54.123`, local time. */
function formatTime(ms: number): string {
  const time = dateOf(ms);
  const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
  const date = `${pad(time.getDate())} ${MONTHS[time.getMonth()]} ${time.getFullYear()}`;
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  return `${date} ${clock}.${pad(time.getMilliseconds(), 3)}`;
}

export class FileLogger {
  /** Lines below this level are dropped. */
  level: LogLevel | "nothing" = "notice";
  /** `C` until the server is made, then `M`: Redis's letter of a process's role. */
  role: "C" | "M" = "C";
  /** "" is standard output. */
  path = "";
  /** syslog-enabled: every line goes there too. */
  syslog: SyslogWriter | null = null;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  readonly log: Logger = (level, text) => {
    if (!this.#shows(level)) return;
    this.#write(`${process.pid}:${this.role} ${formatTime(this.#nowMs())} ${MARKS[level]} ${text}\n`);
    this.syslog?.(SYSLOG_PRIORITIES[level], text);
  };

  /** A line as Redis's signal handlers write it, without date and role, and past syslog. */
  fromHandler(text: string): void {
    this.raw("warning", `${process.pid}:signal-handler (${Math.floor(this.#nowMs() / 1000)}) ${text}\n`);
  }

  /** Lines as they are: the start banner, a crash report. */
  raw(level: LogLevel, text: string): void {
    if (this.#shows(level)) this.#write(text);
  }

  #shows(level: LogLevel): boolean {
    return this.level !== "nothing" && LEVELS.indexOf(level) >= LEVELS.indexOf(this.level);
  }

  #write(text: string): void {
    try {
      const bytes = Buffer.from(text, "latin1");
      if (this.path === "") return writeAll(1, bytes);
      const fd = openSync(Buffer.from(this.path, "latin1"), "a", 0o644);
      try {
        writeAll(fd, bytes);
      } finally {
        closeSync(fd);
      }
    } catch {
      // A full disk or a closed pipe must not end the server.
    }
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
