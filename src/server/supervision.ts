/**
 * What binds the server to the system around it: `supervised`, sockets that a service manager has opened, syslog. The
 * calls themselves are the host's (the daemon library knows how); the meaning and the log lines are Redis's. Called by
 * main.ts.
 */
import type { Config } from "../config/config.js";
import type { FileLogger, LogLevel, SyslogWriter } from "./logger.js";

export interface ServerSystem {
  /** Listening sockets that this process was started with; they replace port, bind and unixsocket. */
  readonly sockets: readonly number[];
  readonly hasManager: boolean;
  /** One sd_notify(3) message; false if it did not reach anybody. */
  notify(message: string): boolean;
  /** From now on the manager's watchdog hears that the event loop turns. */
  feedWatchdog(): void;
  openSyslog(ident: string, facility: SyslogFacility): SyslogWriter;
}

type SyslogFacility = "user" | `local${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** Whether any of this concerns the process: a plain server loads nothing of it. */
export function needsSystem({ values }: Config, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.LISTEN_FDS !== undefined || env.NOTIFY_SOCKET !== undefined) return true;
  return values.supervised !== "no" || values["syslog-enabled"];
}

/** Whether `supervised` asks for a manager that is there. */
export function hasSupervisor({ values }: Config, env: NodeJS.ProcessEnv = process.env): boolean {
  const { supervised } = values;
  const isUpstart = env.UPSTART_JOB !== undefined;
  if (supervised === "upstart") return isUpstart;
  if (supervised === "systemd") return env.NOTIFY_SOCKET !== undefined;
  return supervised === "auto" && (isUpstart || env.NOTIFY_SOCKET !== undefined);
}

export class Supervision {
  readonly #log: (level: LogLevel, text: string) => void;
  readonly #system: ServerSystem | undefined;
  /** Set once somebody has answered to `supervised`. */
  #mode: "no" | "upstart" | "systemd" = "no";

  constructor(system: ServerSystem | undefined, logger: FileLogger) {
    this.#system = system;
    this.#log = logger.log;
  }

  get sockets(): readonly number[] {
    return this.#system?.sockets ?? [];
  }

  openSyslog({ values }: Config, logger: FileLogger): void {
    if (!values["syslog-enabled"] || this.#system === undefined) return;
    logger.syslog = this.#system.openSyslog(values["syslog-ident"], values["syslog-facility"]);
  }

  /** Tells the manager that the server is loading, or stops for upstart until it says go on. */
  begin({ values }: Config): void {
    let mode = values.supervised;
    if (mode === "auto") {
      mode = process.env.UPSTART_JOB !== undefined ? "upstart" : this.#system?.hasManager === true ? "systemd" : "no";
      if (mode === "upstart") this.#log("verbose", "Upstart supervision detected.");
      if (mode === "systemd") this.#log("verbose", "Systemd supervision detected.");
    }
    if (mode === "upstart" && this.#beginUpstart()) this.#mode = mode;
    if (mode === "systemd" && this.#beginSystemd()) this.#mode = mode;
  }

  ready(): void {
    if (this.#mode !== "systemd") return;
    this.#notify("STATUS=Ready to accept connections\nREADY=1\n");
    this.#system?.feedWatchdog();
  }

  stopping(): void {
    if (this.#mode === "systemd") this.#notify("STOPPING=1\n");
  }

  #beginUpstart(): boolean {
    if (process.env.UPSTART_JOB === undefined) {
      this.#log("warning", "upstart supervision requested, but UPSTART_JOB not found!");
      return false;
    }
    this.#log("notice", "supervised by upstart, will stop to signal readiness.");
    process.kill(process.pid, "SIGSTOP");
    delete process.env.UPSTART_JOB;
    return true;
  }

  #beginSystemd(): boolean {
    if (!this.#notify("STATUS=Redis is loading...\n")) return false;
    this.#log(
      "notice",
      "Supervised by systemd. Please make sure you set appropriate values for TimeoutStartSec and TimeoutStopSec in your service unit.",
    );
    return true;
  }

  #notify(message: string): boolean {
    if (this.#system?.hasManager !== true) {
      this.#log("warning", "systemd supervision error: NOTIFY_SOCKET not found!");
      return false;
    }
    if (this.#system.notify(message)) return true;
    this.#log("warning", "systemd supervision error: sd_notify: the message was not taken");
    return false;
  }
}
