/**
 * The signals of a server process. SIGTERM and SIGINT: an orderly end, as shutdown-on-sigterm and -sigint want it.
 * SIGABRT: a crash report, then the end. SIGALRM: a line in the log; SIGHUP: nothing.
 */
import type { ShutdownOptions } from "../commands/context.js";
import { crashBySignal } from "./crash-report.js";
import type { Server } from "./server.js";

type Flag = "save" | "nosave" | "now" | "force";

function readFlags(flags: readonly Flag[]): ShutdownOptions {
  const save = flags.includes("save") ? "save" : flags.includes("nosave") ? "nosave" : "default";
  return { save, now: flags.includes("now"), force: flags.includes("force") };
}

/** `exitNow` ends the process at once, `log` writes as signal handlers do. */
export function installSignalHandlers(
  server: Server,
  log: (text: string) => void,
  exitNow: (code: number) => void,
): void {
  const onSignal = (name: "SIGTERM" | "SIGINT"): void => {
    if (server.ending.isScheduled && name === "SIGINT") {
      log("You insist... exiting now.");
      exitNow(1);
      return;
    }
    log(`Received ${name} scheduling shutdown...`);
    const { values } = server.config.source;
    server.ending.schedule(
      readFlags(name === "SIGTERM" ? values["shutdown-on-sigterm"] : values["shutdown-on-sigint"]),
    );
  };
  process.on("SIGTERM", () => onSignal("SIGTERM"));
  process.on("SIGINT", () => onSignal("SIGINT"));
  // A server outlives its terminal.
  process.on("SIGHUP", () => {});
  process.on("SIGALRM", () => {
    server.log("warning", `Received SIGALRM. The last command was ${server.dispatch.context.lastCommandName}.`);
  });
  process.once("SIGABRT", () => crashBySignal(server, "SIGABRT"));
}
