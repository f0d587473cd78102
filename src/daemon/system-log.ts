// Owns the way into the system's log: syslog by RFC 3164 through /dev/log, or the journal's own protocol. Used by
// programs, and by the CLI for the server's syslog-enabled. Never throws and never waits.
import { dateOf, nowMs } from "../base/timers.js";
import { DatagramSender } from "./datagram.js";
import { checkShape, isOneOf, isPath, isText, type Shape } from "./shape.js";

const FACILITIES = {
  kern: 0,
  user: 1,
  mail: 2,
  daemon: 3,
  auth: 4,
  syslog: 5,
  lpr: 6,
  news: 7,
  uucp: 8,
  cron: 9,
  authpriv: 10,
  ftp: 11,
  local0: 16,
  local1: 17,
  local2: 18,
  local3: 19,
  local4: 20,
  local5: 21,
  local6: 22,
  local7: 23,
} as const;
const PRIORITIES = { emerg: 0, alert: 1, crit: 2, err: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;

export type LogFacility = keyof typeof FACILITIES;
export type LogPriority = keyof typeof PRIORITIES;

export interface SystemLogOptions {
  /** What the lines are filed under. */
  ident: string;
  /** Default "daemon". */
  facility?: LogFacility;
  /** Default "syslog". */
  to?: "syslog" | "journal";
  /** Default /dev/log (macOS: /var/run/syslog), or the journal's socket. */
  path?: string;
}

const OPTIONS: Shape = {
  ident: isText,
  facility: isOneOf(...Object.keys(FACILITIES)),
  to: isOneOf("syslog", "journal"),
  path: isPath,
};

/** Longer datagrams are refused by some syslog daemons and cut by others. */
const LONGEST_LINE_BYTES = 8192;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `Nov  1 09:01:54`, local time: the day is padded with a space. */
function formatTime(time: Date): string {
  const pad = (value: number): string => String(value).padStart(2, "0");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(pad).join(":");
  return `${MONTHS[time.getMonth()]} ${String(time.getDate()).padStart(2, " ")} ${clock}`;
}

/** A value with a newline has its length in front, as 64 bits little-endian. */
function journalField(name: string, value: string): Buffer {
  if (!value.includes("\n")) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")]);
}

export class SystemLog {
  readonly #sender: DatagramSender;
  readonly #ident: string;
  readonly #facility: number;
  readonly #isJournal: boolean;

  /** Throws a DaemonError `bad-option` for options that make no sense. */
  constructor(options: SystemLogOptions) {
    checkShape("the options of SystemLog", "", options, OPTIONS);
    this.#ident = options.ident;
    this.#facility = FACILITIES[options.facility ?? "daemon"];
    this.#isJournal = options.to === "journal";
    const syslog = process.platform === "darwin" ? "/var/run/syslog" : "/dev/log";
    this.#sender = new DatagramSender(options.path ?? (this.#isJournal ? "/run/systemd/journal/socket" : syslog));
  }

  /** Whether somebody took it. The journal keeps the lines of a text together, syslog gets one message a line. */
  log(priority: LogPriority, text: string): boolean {
    const level = PRIORITIES[priority];
    if (this.#isJournal) {
      const fields = {
        PRIORITY: level,
        SYSLOG_FACILITY: this.#facility,
        SYSLOG_IDENTIFIER: this.#ident,
        MESSAGE: text,
      };
      return this.#sender.send(Buffer.concat(Object.entries(fields).map(([k, v]) => journalField(k, String(v)))));
    }
    const head = `<${this.#facility * 8 + level}>${formatTime(dateOf(nowMs()))} ${this.#ident}[${process.pid}]: `;
    const lines = text.split("\n").filter((line) => line !== "");
    return lines.every((line) => this.#sender.send(Buffer.from(head + line).subarray(0, LONGEST_LINE_BYTES)));
  }

  close(): void {
    this.#sender.close();
  }
}
