// Owns the door to the command line of a daemon's author: `start|stop|restart|status|reload|reopen|logs` for one
// daemon or several of one program. A launched daemon, which runs the same line once more, goes through here without
// loading any of the commands (command-line-program.ts).
import type { Daemon } from "./daemon.js";
import { checkCliOptions } from "./option-shapes.js";
import { isPreamble } from "./role.js";

export interface CliOptions {
  /** The words of the command line. Default: those behind the program's name. What follows `--` is the program's own. */
  argv?: readonly string[];
}

/**
 * Does what the command line says, prints what came of it, and gives the exit code, which the process has as its own
 * from then on: 0, 1 failed, 2 wrong usage, and the others of `pyredis` (docs/daemon.md). Never throws what a user can
 * act on. In the daemon it never returns.
 */
export async function runDaemonCli(
  daemons: Daemon | readonly Daemon[] | (() => Daemon | readonly Daemon[]),
  options: CliOptions = {},
): Promise<number> {
  checkCliOptions(options);
  const create = typeof daemons === "function" ? daemons : () => daemons;
  if (isPreamble()) {
    const all = create();
    // Whatever the verb was, the one that this process is made for begins here; the others' start() does nothing.
    for (const daemon of isList(all) ? all : [all]) await daemon.start();
    return 0;
  }
  const { runCommand } = await import("./command-line-program.js");
  const words = [...(options.argv ?? process.argv.slice(2))];
  const end = words.indexOf("--");
  const code = await runCommand(create, end === -1 ? words : words.slice(0, end));
  process.exitCode = code;
  return code;
}

function isList(daemons: Daemon | readonly Daemon[]): daemons is readonly Daemon[] {
  return Array.isArray(daemons);
}
