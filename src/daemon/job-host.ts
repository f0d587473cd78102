// The program of a function daemon: imports the module, calls the function, leaves the result. Started by
// `Daemon.run`:
//
//   job-host.js NAME DIRECTORY      the request on standard input
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Daemon } from "./daemon.js";
import {
  decodeRequest,
  describeFailure,
  type JobOutcome,
  jobFiles,
  removeOutcome,
  writeOutcome,
} from "./job-outcome.js";

const [name = "", directory = ""] = process.argv.slice(2);
const files = jobFiles(name, { directory });

/** False until the function is called, and again once its outcome is written. */
let owesOutcome = false;
/** What has ended the process in the middle of the function. */
let interruption: unknown;

/** A function that ends its own process has an outcome too. Registered first: the pidfile is still there then. */
process.on("exit", (code) => {
  if (!owesOutcome) return;
  const how = `the job ${name} has ended its process with exit code ${code}, before its function returned`;
  leave({ ok: false, error: describeFailure(interruption ?? how) });
});
process.on("uncaughtExceptionMonitor", (error) => {
  interruption = error;
});

// The event loop has nothing left to do, and the function's promise is still pending.
process.once("beforeExit", () => {
  interruption ??= `the job ${name} waits for what cannot come: its function's promise is pending, and nothing else is`;
});

function leave(outcome: JobOutcome): void {
  owesOutcome = false;
  writeOutcome(files.resultFile, outcome);
}

async function findFunction(): Promise<() => unknown> {
  const { module, exportName, args } = decodeRequest(readFileSync(0, "utf8"));
  const loaded: Record<string, unknown> = await import(pathToFileURL(module).href);
  const found = loaded[exportName];
  if (typeof found !== "function") throw new TypeError(`${module} has no function ${exportName}`);
  return () => found(...args);
}

class JobDaemon extends Daemon {
  override async run(): Promise<number> {
    // A module that cannot be loaded is a failed start, and an earlier result of this name stays.
    const call = await findFunction();
    removeOutcome(files.resultFile);
    owesOutcome = true;
    this.ready();
    let outcome: JobOutcome;
    try {
      outcome = { ok: true, value: await call() };
    } catch (error) {
      console.error(error);
      outcome = { ok: false, error: describeFailure(error) };
    }
    try {
      leave(outcome);
    } catch (error) {
      // A function, a socket: nothing that can be kept.
      outcome = { ok: false, error: describeFailure(error) };
      leave(outcome);
    }
    return outcome.ok ? 0 : 1;
  }

  protected override stopping(signal: NodeJS.Signals): void {
    interruption = `the job ${name} was stopped by ${signal}`;
  }
}

const { pidfile, logFile } = files;
void new JobDaemon({ pidfile, logFile, detach: true, settleMs: 0 }).start();
