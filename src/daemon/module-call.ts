// Owns the call of a module's function as a daemon's run(). Called by module-host.ts, and by daemon.ts where the daemon
// does not detach. A file of its own, loaded when it is needed: code that is loaded with V8's compiled form, as large
// files are, cannot import().
import { pathToFileURL } from "node:url";
import type { DaemonContext } from "./life.js";

/** What the function gives is what run() gives: an exit code, or nothing, of which a daemon's end is told. */
export async function callModule(module: string, context: DaemonContext): Promise<number> {
  const loaded: { default?: unknown; main?: unknown } = await import(pathToFileURL(module).href);
  const main = loaded.default ?? loaded.main;
  if (typeof main !== "function") throw new TypeError(`${module} exports no function as its default or as main`);
  const code: number = await main(context, ...context.args);
  return code;
}
