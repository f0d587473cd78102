// The program of a daemon that is given as a module: calls the module's function with the daemon's context.
// Started by `Daemon.ofModule`:
//
//   module-host.js MODULE OPTIONS-AS-JSON
import { pathToFileURL } from "node:url";
import { Daemon } from "./daemon.js";
import type { DaemonContext } from "./life.js";

const [module = "", options = "{}"] = process.argv.slice(2);

class ModuleDaemon extends Daemon {
  override async run(): Promise<number> {
    const loaded: { default?: unknown; main?: unknown } = await import(pathToFileURL(module).href);
    const main = loaded.default ?? loaded.main;
    if (typeof main !== "function") throw new TypeError(`${module} exports no function as its default or as main`);
    const context: DaemonContext = this.context;
    const code: unknown = await main(context);
    return typeof code === "number" ? code : 0;
  }
}

void new ModuleDaemon(JSON.parse(options)).start();
