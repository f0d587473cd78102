/**
 * The server's log, in the format of Redis: `pid:role date level text`. Lines go to a file opened for append, or to
 * standard output, each written at once: a log that lags is no use after a crash.
 */
import { openSync, writeSync } from "node:fs";

export type LogLevel = "debug" | "verbose" | "notice" | "warning";

export type Logger = (level: LogLevel, text: string) => void;

const LEVELS: readonly LogLevel[] = ["debug", "verbose", "notice", "warning"];
const MARKS = { debug: ".", verbose: "-", notice: "*", warning: "#" } as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `21 Nov 2026 09:01:54.123`, local time. */
function formatTime(ms: number): string {
  const time = new Date(ms);
  const pad = (value: number, width = 2): string => String(value).padStart(width, "0");
  const date = `${pad(time.getDate())} ${MONTHS[time.getMonth()]} ${time.getFullYear()}`;
  const clock = `${pad(time.getHours())}:${pad(time.getMinutes())}:${pad(time.getSeconds())}`;
  return `${date} ${clock}.${pad(time.getMilliseconds(), 3)}`;
}

export class FileLogger {
  /** Lines below this level are dropped. */
  level: LogLevel | "nothing" = "notice";
  readonly #nowMs: () => number;
  #fd = 1;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Writes to this file from here on, or to standard output for "". Throws when it cannot be opened. */
  open(path: string): void {
    this.#fd = path === "" ? 1 : openSync(path, "a", 0o644);
  }

  readonly log: Logger = (level, text) => {
    if (this.level === "nothing" || LEVELS.indexOf(level) < LEVELS.indexOf(this.level)) return;
    this.#write(`${process.pid}:M ${formatTime(this.#nowMs())} ${MARKS[level]} ${text}\n`);
  };

  /** A line as it is: the start banner. */
  raw(text: string): void {
    this.#write(text);
  }

  #write(text: string): void {
    try {
      writeSync(this.#fd, text);
    } catch {
      // A full disk or a closed pipe must not end the server.
    }
  }
}
