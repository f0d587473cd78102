// Owns what a daemon says to its starter over the status pipe: lines of JSON, then the end of the pipe.
//
//   ready     it can be used. The starter goes on listening until "settled" or until its own time is over
//   settled   it has outlived its ready() for long enough
//   failed    it ends, before it was ready or right after
//
// The end without "settled" or "failed" means that the daemon is gone.
import { closeSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";
import { clearTimeout, setTimeout } from "../base/timers.js";
import type { DaemonErrorCode } from "./errors.js";

export interface ReadyReport {
  event: "ready";
  pid: number;
  addresses: readonly string[];
  logFile: string;
}

export interface FailedReport {
  event: "failed";
  reason: string;
  /** Where another than `start-failed` fits. */
  code?: DaemonErrorCode;
}

export type StatusReport = ReadyReport | FailedReport | { event: "settled" };

/** What the starter learns: a report, the end of the pipe, or nothing in time. */
export type StatusOutcome = ReadyReport | FailedReport | { event: "ended"; wasReady: boolean } | { event: "timeout" };

export interface ReceiveOptions {
  timeoutMs: number;
  /** How long to listen on after "ready". 0: not at all. */
  settleMs: number;
  /** When to call `onSilence`, if nothing has come by then. */
  silenceMs: number;
  onSilence(): void;
}

/** How a starter is told of an end before ready(), by either side. */
export const ENDED = "ended before it was ready";
/** A longer reason is cut. Twice this and the frame stay below PIPE_BUF: one write never blocks, never tears. */
const LONGEST_REASON_CHARS = 1000;
const LONGEST_LINE_BYTES = 64 * 1024;

/** Sends one report, and closes unless more are to come. A starter that is gone does not concern the daemon. */
export function sendReport(fd: number, report: StatusReport, hasMore = false): void {
  const line = report.event === "failed" ? { ...report, reason: report.reason.slice(0, LONGEST_REASON_CHARS) } : report;
  try {
    writeSync(fd, `${JSON.stringify(line)}\n`);
  } catch {
    // EPIPE: nobody waits any more.
  }
  if (!hasMore) closeSync(fd);
}

function isFailureCode(code: unknown): code is DaemonErrorCode {
  return code === "not-permitted" || code === "bad-pidfile" || code === "bad-option";
}

function parseReport(line: string): StatusReport | undefined {
  try {
    const value: Partial<ReadyReport> | Partial<FailedReport> | { event: "settled" } = JSON.parse(line);
    if (value.event === "settled") return { event: "settled" };
    if (value.event === "failed") {
      const report: FailedReport = { event: "failed", reason: String(value.reason) };
      if (isFailureCode(value.code)) report.code = value.code;
      return report;
    }
    if (value.event === "ready" && typeof value.pid === "number" && Array.isArray(value.addresses)) {
      return { event: "ready", pid: value.pid, addresses: value.addresses.map(String), logFile: String(value.logFile) };
    }
  } catch {
    // Not a report: something in the daemon wrote to the descriptor.
  }
  return undefined;
}

/** Reads until the outcome is certain, the pipe ends or the time is over. Destroys `pipe`. */
export async function receiveReport(pipe: Readable, options: ReceiveOptions): Promise<StatusOutcome> {
  return await new Promise<StatusOutcome>((resolve) => {
    let text = "";
    let ready: ReadyReport | undefined;
    const silence = setTimeout(options.onSilence, options.silenceMs);
    let timer = setTimeout(() => finish({ event: "timeout" }), options.timeoutMs);
    const finish = (outcome: StatusOutcome): void => {
      clearTimeout(timer);
      clearTimeout(silence);
      pipe.destroy();
      resolve(outcome);
    };
    const hear = (line: string): void => {
      const report = parseReport(line);
      if (report === undefined) finish({ event: "ended", wasReady: ready !== undefined });
      else if (report.event === "failed") finish(report);
      else if (report.event === "settled") finish(ready ?? { event: "ended", wasReady: false });
      else if (ready === undefined) {
        const heard = report;
        ready = heard;
        clearTimeout(silence);
        clearTimeout(timer);
        timer = setTimeout(() => finish(heard), options.settleMs);
        if (options.settleMs === 0) finish(heard);
      }
    };
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        hear(line);
      }
      if (text.length > LONGEST_LINE_BYTES) finish({ event: "ended", wasReady: false });
    });
    for (const event of ["end", "error"] as const) {
      pipe.on(event, () => finish({ event: "ended", wasReady: ready !== undefined }));
    }
  });
}
