// The program of a function daemon: imports the module, calls the function, leaves the result. Started by
// `Daemon.run`:
//
//   job-host.js NAME DIRECTORY      the request on standard input
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Daemon } from "./daemon.js";
import { decodeRequest, type JobOutcome, jobFiles, removeOutcome, writeOutcome } from "./job.js";

const [name = "", directory = ""] = process.argv.slice(2);
const files = jobFiles(name, { directory });

async function call(): Promise<unknown> {
  const { module, exportName, args } = decodeRequest(readFileSync(0, "utf8"));
  const loaded: Record<string, unknown> = await import(pathToFileURL(module).href);
  const found = loaded[exportName];
  if (typeof found !== "function") throw new TypeError(`${module} has no function ${exportName}`);
  return await found(...args);
}

function describe(error: unknown): JobOutcome {
  if (!(error instanceof Error)) return { ok: false, error: { name: "Error", message: String(error), stack: "" } };
  return { ok: false, error: { name: error.name, message: error.message, stack: error.stack ?? "" } };
}

class JobDaemon extends Daemon {
  override async run(): Promise<number> {
    removeOutcome(files.resultFile); // of an earlier job of this name; the instance is ours by now
    this.ready();
    let outcome: JobOutcome;
    try {
      outcome = { ok: true, value: await call() };
    } catch (error) {
      console.error(error);
      outcome = describe(error);
    }
    try {
      writeOutcome(files.resultFile, outcome);
    } catch (error) {
      // A function, a socket: nothing that can be kept.
      outcome = describe(error);
      writeOutcome(files.resultFile, outcome);
    }
    return outcome.ok ? 0 : 1;
  }
}

void new JobDaemon({ pidfile: files.pidfile, logFile: files.logFile, detach: true }).start();
