// The program of a daemon that is given as a module: calls the module's function with the daemon's context.
// Started by `Daemon.ofModule`:
//
//   module-host.js MODULE OPTIONS      the options as hosted.ts encodes them
import { Daemon } from "./daemon.js";
import { decodeHosted } from "./hosted.js";
import { callModule } from "./module-call.js";

const [module = "", options = ""] = process.argv.slice(2);

class ModuleDaemon extends Daemon {
  override async run(): Promise<number> {
    return await callModule(module, this.context);
  }
}

void new ModuleDaemon(decodeHosted(options)).start();
