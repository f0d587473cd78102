/**
 * The end of a server that must not go on: a report in the log, then the end of the process. Called for exceptions
 * that nobody caught, and by DEBUG SEGFAULT, PANIC and ASSERT.
 *
 * A command's own exception does not come here: dispatch answers an error and lives. What does come here has left a
 * callback of the loop half done, and nobody knows which: serving on could hang clients or corrupt data silently.
 */
import { constants } from "node:os";
import { toError } from "../base/errors.js";
import { mapStack } from "../base/source-map.js";
import type { CrashKind } from "../commands/context.js";
import { REDIS_VERSION } from "../config/redis-version.js";
import type { Logger } from "./logger.js";
import type { Server } from "./server.js";

const RULE = "=".repeat(6);

/** Writes the report. `headline` says what happened; `stack` where. */
export function logCrash(server: Server, headline: string, stack: string): void {
  const { log } = server;
  if (!server.config.source.values["crash-log-enabled"]) {
    log("warning", headline);
    return;
  }
  log("warning", `${RULE} BUG REPORT START: the following tells what happened ${RULE}`);
  log("warning", headline);
  if (stack !== "") log("warning", `${"-".repeat(6)} STACK TRACE ${"-".repeat(6)}\n${mapStack(stack)}`);
  log("warning", `${"-".repeat(6)} INFO OUTPUT ${"-".repeat(6)}\n${describe(() => server.info(["default"]))}`);
  log("warning", `${"-".repeat(6)} LAST COMMAND ${"-".repeat(6)}\n${server.dispatch.context.lastCommandName}`);
  log("warning", `${"-".repeat(6)} CLIENT LIST OUTPUT ${"-".repeat(6)}\n${describe(() => listClients(server))}`);
  log("warning", `${RULE} BUG REPORT END. Please report it with all of the above. ${RULE}`);
}

/** Makes exceptions that nobody caught end the process, with a report and exit code 1. */
export function installCrashHandlers(server: Server): void {
  const die = (kind: string, reason: unknown): void => {
    const error = toError(reason);
    endLoudly(server.log, () =>
      logCrash(server, `Redis ${REDIS_VERSION} crashed by ${kind}: ${error.message}`, error.stack ?? ""),
    );
  };
  process.on("uncaughtException", (error) => die("an uncaught exception", error));
  process.on("unhandledRejection", (reason) => die("an unhandled rejection", reason));
}

/** What DEBUG OOM says that it asked for. */
const OOM_BYTES = 9223372036854775807n;

/** DEBUG SEGFAULT, PANIC, ASSERT: the report, then the end that Redis has; use-exit-on-panic makes it exit code 1. */
export function crashOnPurpose(server: Server, kind: CrashKind): never {
  const { log } = server;
  const stack = new Error(`DEBUG ${kind.toUpperCase()}`).stack ?? "";
  if (kind === "segfault") {
    logCrash(server, `Redis ${REDIS_VERSION} crashed by signal: 11, si_code: 2`, stack);
    end("SIGSEGV");
  }
  if (kind === "assert") {
    log("warning", "=== ASSERTION FAILED ===");
    logCrash(server, "==> debug '1 == 2' is not true", stack);
  } else {
    log("warning", "------------------------------------------------");
    log("warning", "!!! Software Failure. Press left mouse button to continue");
    if (kind === "oom") log("warning", `Out Of Memory allocating ${OOM_BYTES} bytes!`);
    const reason =
      kind === "oom" ? `Redis aborting for OUT OF MEMORY. Allocating ${OOM_BYTES} bytes!` : "DEBUG PANIC called";
    const seconds = Math.floor(server.clock.nowMs() / 1000);
    logCrash(server, `Guru Meditation: ${reason} at Unix time ${seconds}`, stack);
  }
  if (server.config.source.values["use-exit-on-panic"]) process.exit(1);
  end("SIGABRT");
}

/** Somebody has sent a signal that asks for a crash. */
export function crashBySignal(server: Server, signal: "SIGABRT"): never {
  logCrash(server, `Redis ${REDIS_VERSION} crashed by signal: ${constants.signals[signal]}, si_code: 0`, "");
  end(signal);
}

/** Ends the process by a signal, as its parent sees it. */
function end(signal: NodeJS.Signals): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The signal may take a moment; nothing else may run in the meantime.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  process.exit(1);
}

function endLoudly(log: Logger, report: () => void): never {
  try {
    report();
  } catch (error) {
    log("warning", `The crash report itself failed: ${String(error)}`);
  }
  process.exit(1);
}

function listClients(server: Server): string {
  const hidden = server.config.source.values["hide-user-data-from-log"];
  if (hidden) return `${server.sessions.count} clients (hide-user-data-from-log)`;
  return [...server.sessions.all].map((session) => server.sessions.describe(session)).join("\n");
}

/** A part of the report that fails must not take the others with it. */
function describe(render: () => string): string {
  try {
    return render();
  } catch (error) {
    return `(not available: ${String(error)})`;
  }
}
