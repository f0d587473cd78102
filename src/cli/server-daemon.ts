// Owns the server as a daemon: the CLI's use of the Daemon class. The starter and the daemon both make one.
import { basename, join } from "node:path";
import { codeDirectory } from "../base/code-directory.js";
import { type Command, Daemon, type DaemonOptions } from "../daemon/index.js";

export interface ServerDaemonOptions extends Omit<DaemonOptions, "command" | "handlesSignals" | "readiness" | "stdin"> {
  pidfile: string;
  stdin?: string;
  /** As `pyredis server` takes them. */
  serverArgs: readonly string[];
}

export const MAIN = join(codeDirectory(), "cli", "main.js");

function serverCommand(serverArgs: readonly string[]): Command {
  const nodeOptions = process.execArgv.filter((option) => !option.startsWith("--inspect"));
  return { file: process.execPath, args: [...nodeOptions, MAIN, "server", ...serverArgs] };
}

/** The server's arguments in a recorded command, or undefined if it is none of ours. */
export function findServerArgs(command: Command): readonly string[] | undefined {
  const server = command.args.indexOf("server");
  return server === -1 ? undefined : command.args.slice(server + 1);
}

export class ServerDaemon extends Daemon {
  readonly #serverArgs: readonly string[];

  constructor(options: ServerDaemonOptions) {
    const { serverArgs, ...rest } = options;
    // SIGTERM is the server's own affair: it saves, or refuses to end because it cannot.
    const command = serverCommand(serverArgs);
    const name = basename(options.pidfile).replace(/\.pid$/, "");
    const named = /^\w[\w.-]{0,99}$/.test(name) ? { name } : {};
    // Redis hears no SIGHUP; a file that is half edited must not change a running server either.
    const signals = { SIGHUP: "reopen" } as const;
    super({ signals, detach: true, ...rest, ...named, command, handlesSignals: false, preventCore: false });
    this.#serverArgs = serverArgs;
  }

  override async run(): Promise<number> {
    const { runServer } = await import("../server/main.js");
    return await runServer(this.#serverArgs, {
      onReady: (info) => this.ready(info),
      onFatal: (reason) => this.fail(reason),
      loadSystem: async () => {
        const { createServerSystem } = await import("./server-system.js");
        return createServerSystem();
      },
    });
  }
}
