// Owns the server as a daemon: the CLI's use of the Daemon class. The starter and the daemon both make one.
import { realpathSync } from "node:fs";
import { basename, join } from "node:path";
import { codeDirectory } from "../base/code-directory.js";
import {
  asCalled,
  type Command,
  Daemon,
  type DaemonOptions,
  inheritedNodeOptions,
  type LaunchRecord,
  nodeAsCalled,
  type RestartOptions,
  type StartOptions,
  type StartResult,
  scriptAsCalled,
} from "../daemon/index.js";

export interface ServerDaemonOptions extends Omit<DaemonOptions, "command" | "handlesSignals" | "readiness" | "stdin"> {
  pidfile: string;
  stdin?: string;
  /** As `pyredis server` takes them. */
  serverArgs: readonly string[];
  /** In the process that would be the daemon: throws what is wrong with the arguments. */
  checkArgs?: () => Promise<void>;
  /** What a restart puts in the place of the recorded start. */
  restartsWith?: { serverArgs: readonly string[]; logFile: string; stdin: string | undefined };
}

const MAIN = join(codeDirectory(), "cli", "main.js");

function isMain(path: string): boolean {
  try {
    return realpathSync(path) === realpathSync(MAIN);
  } catch {
    return false;
  }
}

/** This program as it was called, which may be by a link to it; or its file, in a process that is another one. */
export function mainAsCalled(): string {
  const script = scriptAsCalled();
  return script !== undefined && isMain(script) ? script : asCalled(MAIN);
}

function serverCommand(serverArgs: readonly string[]): Command {
  return { file: nodeAsCalled(), args: [...inheritedNodeOptions(), mainAsCalled(), "server", ...serverArgs] };
}

/** The server's arguments in a recorded command, or undefined if it is none of ours. */
export function findServerArgs(command: Command): readonly string[] | undefined {
  const server = command.args.indexOf("server");
  return server === -1 ? undefined : command.args.slice(server + 1);
}

function tellTerminal(message: string): void {
  if (process.stderr.isTTY) process.stderr.write(`pyredis: ${message}\n`);
}

export class ServerDaemon extends Daemon {
  readonly #serverArgs: readonly string[];
  readonly #checkArgs: ServerDaemonOptions["checkArgs"];
  readonly #restartsWith: ServerDaemonOptions["restartsWith"];

  constructor(options: ServerDaemonOptions) {
    const { serverArgs, restartsWith, checkArgs, ...rest } = options;
    // SIGTERM is the server's own affair: it saves, or refuses to end because it cannot.
    const command = serverCommand(serverArgs);
    const name = basename(options.pidfile).replace(/\.pid$/, "");
    const named = /^\w[\w.-]{0,99}$/.test(name) ? { name } : {};
    // Redis hears no SIGHUP; a file that is half edited must not change a running server either.
    const signals = { SIGHUP: "reopen" } as const;
    super({
      signals,
      detach: true,
      settleMs: 0,
      ...rest,
      ...named,
      command,
      handlesSignals: false,
      preventCore: false,
    });
    this.#serverArgs = serverArgs;
    this.#restartsWith = restartsWith;
    this.#checkArgs = checkArgs;
  }

  protected override reviseRecord(record: LaunchRecord): LaunchRecord {
    if (this.#restartsWith === undefined) return record;
    const { serverArgs, logFile, stdin } = this.#restartsWith;
    const { file, args } = record.command;
    const revised = {
      ...record,
      logFile,
      command: { file, args: [...args.slice(0, args.indexOf("server") + 1), ...serverArgs] },
    };
    return stdin === undefined ? revised : { ...revised, stdin };
  }

  // A server may read its data for long: its log says so, and a script that waits needs no other word.
  override async start(options: StartOptions = {}): Promise<StartResult> {
    return await super.start({ onSlow: tellTerminal, ...options });
  }

  override async restart(options: RestartOptions = {}): Promise<StartResult> {
    return await super.restart({ onSlow: tellTerminal, ...options });
  }

  protected override explainSilence(): string {
    return "its port does not answer yet";
  }

  protected override async rehearse(): Promise<void> {
    await this.#checkArgs?.();
  }

  override async run(): Promise<number> {
    const { runServer } = await import("../server/main.js");
    return await runServer(this.#serverArgs, {
      onReady: ({ addresses, logFile }) => this.ready({ addresses, logFile }),
      onFatal: (reason, code) => this.fail(reason, code),
      loadSystem: async () => {
        const { createServerSystem } = await import("./server-system.js");
        return createServerSystem();
      },
    });
  }
}
