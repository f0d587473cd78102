// Owns what a daemon says to its starter over the status pipe: at most one line of JSON, then the end of the pipe.
// The end without a line means that the daemon is gone.
import { closeSync, writeSync } from "node:fs";
import type { Readable } from "node:stream";

export interface ReadyReport {
  event: "ready";
  pid: number;
  addresses: readonly string[];
  logFile: string;
}

export interface FailedReport {
  event: "failed";
  reason: string;
}

export type StatusReport = ReadyReport | FailedReport;

/** What the starter learns: a report, the end of the pipe, or nothing in time. */
export type StatusOutcome = StatusReport | { event: "ended" } | { event: "timeout" };

/** A longer reason is cut. Twice this and the frame stay below PIPE_BUF: one write never blocks, never tears. */
const LONGEST_REASON_CHARS = 1000;
const LONGEST_LINE_BYTES = 64 * 1024;

/** Sends the one report and closes. A starter that is gone does not concern the daemon. */
export function sendReport(fd: number, report: StatusReport): void {
  const line = report.event === "failed" ? { ...report, reason: report.reason.slice(0, LONGEST_REASON_CHARS) } : report;
  try {
    writeSync(fd, `${JSON.stringify(line)}\n`);
  } catch {
    // EPIPE: nobody waits any more.
  }
  closeSync(fd);
}

function parseReport(line: string): StatusOutcome {
  try {
    const value: Partial<ReadyReport> | Partial<FailedReport> = JSON.parse(line);
    if (value.event === "failed") return { event: "failed", reason: String(value.reason) };
    if (value.event === "ready" && typeof value.pid === "number" && Array.isArray(value.addresses)) {
      return { event: "ready", pid: value.pid, addresses: value.addresses.map(String), logFile: String(value.logFile) };
    }
  } catch {
    // Not a report: something in the daemon wrote to the descriptor.
  }
  return { event: "ended" };
}

/** Reads until there is a report, the pipe ends or the time is over. Destroys `pipe`. */
export async function receiveReport(pipe: Readable, timeoutMs: number): Promise<StatusOutcome> {
  return await new Promise<StatusOutcome>((resolve) => {
    let text = "";
    const finish = (outcome: StatusOutcome): void => {
      clearTimeout(timer);
      pipe.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => finish({ event: "timeout" }), timeoutMs);
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end !== -1) finish(parseReport(text.slice(0, end)));
      else if (text.length > LONGEST_LINE_BYTES) finish({ event: "ended" });
    });
    pipe.on("end", () => finish({ event: "ended" }));
    pipe.on("error", () => finish({ event: "ended" }));
  });
}
