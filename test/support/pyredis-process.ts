// pyredis as users run it: `node dist/cli/main.js server` in a process of its own. For tests of start, signals and
// ends; tests of behaviour use in-process.ts, which is quicker and controls the clock.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, type ProcessServer, startServerProcess, toArguments } from "./test-server.js";

/** From build/test/support to the checkout. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../../..");
export const CLI_MAIN = join(ROOT, "dist/cli/main.js");

export interface PyRedisProcessOptions {
  readonly config?: Config;
  /** Options for node itself, such as --expose-gc. */
  readonly nodeOptions?: readonly string[];
}

export function startPyRedisProcess(options: PyRedisProcessOptions = {}): Promise<ProcessServer> {
  return startServerProcess({
    name: "pyredis (process)",
    command: process.execPath,
    args: (port, directory) => {
      const config = { save: "", bind: "127.0.0.1", port: String(port), dir: directory, ...options.config };
      return [...(options.nodeOptions ?? []), CLI_MAIN, "server", ...toArguments(config)];
    },
  });
}
