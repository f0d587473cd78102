// The program of a daemon that is given as a module: calls the module's function with the daemon's context.
// Started by `Daemon.ofModule`:
//
//   module-host.js MODULE OPTIONS      the options as hosted.ts encodes them
import { pathToFileURL } from "node:url";
import { Daemon } from "./daemon.js";
import { decodeHosted } from "./hosted.js";
import type { DaemonContext } from "./life.js";

const [module = "", options = ""] = process.argv.slice(2);

class ModuleDaemon extends Daemon {
  override async run(): Promise<number> {
    const loaded: { default?: unknown; main?: unknown } = await import(pathToFileURL(module).href);
    const main = loaded.default ?? loaded.main;
    if (typeof main !== "function") throw new TypeError(`${module} exports no function as its default or as main`);
    const context: DaemonContext = this.context;
    // What is no number is no exit code; that a daemon ends without one is told as of every run().
    const code: number = await main(context, ...context.args);
    return code;
  }
}

void new ModuleDaemon(decodeHosted(options)).start();
