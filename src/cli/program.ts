// Owns the commands and their options: commander checks ours and writes the help, and never sees the server's
// arguments (split-arguments.ts keeps them apart).
import { existsSync } from "node:fs";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { describeSuggestion } from "../base/suggest.js";
import { PYREDIS_VERSION } from "../base/version.js";
import { IGNORE_UNSUPPORTED } from "../config/argv.js";
import { EXIT_OK, EXIT_USAGE, reportError, UsageError } from "./exit-codes.js";
import { ps } from "./ps.js";
import type { UnitOptions } from "./service/service.js";
import { readSignal, sendSignal } from "./signal.js";
import { checkOptionNames, splitArguments } from "./split-arguments.js";
import { restart, type StartOptions, start } from "./start.js";
import { logs, status, stop } from "./stop.js";
import { UNIT_MANAGERS, type UnitManager, unit } from "./unit.js";

const SERVER_ARGS = "[redis.conf] [--name value ...]";
const LONGEST_SECONDS = 2_000_000; // setTimeout ends at 2^31 ms
const DEFAULT_LOG_LINES = 100;

function readSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds > LONGEST_SECONDS)
    throw new InvalidArgumentError("Not a time in seconds.");
  return seconds * 1000;
}

function readUmask(text: string): number {
  if (!/^[0-7]{1,4}$/.test(text)) throw new InvalidArgumentError("Not an octal number such as 027.");
  return Number.parseInt(text, 8);
}

function readLines(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Not a number of lines.");
  return Number(text);
}

interface StartFlags {
  detach?: boolean;
  startTimeout?: number;
  umask?: number;
}

interface StopFlags {
  stopTimeout?: number;
  force?: boolean;
}

function toStartOptions({ startTimeout, umask, detach }: StartFlags): StartOptions {
  const options: StartOptions = {};
  if (detach === false) options.detach = false;
  if (startTimeout !== undefined) options.startTimeoutMs = startTimeout;
  if (umask !== undefined) options.umask = umask;
  return options;
}

function toStopOptions({ stopTimeout, force }: StopFlags): { timeoutMs?: number; force: boolean } {
  const options = { force: force ?? false };
  return stopTimeout === undefined ? options : { ...options, timeoutMs: stopTimeout };
}

function addStartTimeout(command: Command): Command {
  const description = "how long it may take until the port answers (default 30)";
  return command.option("--start-timeout <seconds>", description, readSeconds);
}

function addStopFlags(command: Command): Command {
  return command
    .option("--stop-timeout <seconds>", "how long it may take to end after SIGTERM (default 30)", readSeconds)
    .option("--force", "kill it if it has not ended by then (exit code 153)");
}

/** Only for the help: it belongs to the server's arguments, where the configuration finds it. */
function addIgnoreUnsupported(command: Command): Command {
  return command.option(
    IGNORE_UNSUPPORTED,
    "start without directives that protect data or access and have no effect yet (appendonly, user, tls-port ...)",
  );
}

const EXAMPLES = `
Examples:
  pyredis start                              a daemon on port 6379, with pidfile, log and data in their usual places
  pyredis start --port 7000 --maxmemory 1gb  any directive of redis.conf is an option
  pyredis start /etc/redis/redis.conf        with a configuration file
  pyredis status --port 7000                 the arguments of the start name the instance
  pyredis logs -f --port 7000
  pyredis stop --port 7000
  pyredis server --port 7000 --save ""       in the foreground, for containers and service managers
  pyredis <command> --help                   the options of one command
`;

const START_EXAMPLES = `
Examples:
  pyredis start /etc/redis/redis.conf --loglevel verbose
  pyredis start --port 7000 --requirepass secret --maxmemory 1gb
  echo "port 7000" | pyredis start -
`;

const RESTART_EXAMPLES = `
It starts with the arguments of the last start. Options that are given here are added to them, win over them, and stay.

Examples:
  pyredis restart --port 7000
  pyredis restart /etc/redis/redis.conf --maxmemory 2gb
`;

/** Commander's errors in the words of ours: `pyredis: unknown option --jsn (did you mean "--json"?)`. */
function rewordError(text: string): string {
  return text
    .replace(/^error: /, "pyredis: ")
    .replace(/^(pyredis: unknown option )'(.+)'$/m, "$1$2")
    .replace(/\n\(Did you mean (.+?)\?\)/, ' (did you mean "$1"?)');
}

/** Builds the commands; each action stores its exit code. `serverArgs` belong to the one command that will run. */
function buildProgram(serverArgs: readonly string[], setCode: (code: number) => void): Command {
  const program = new Command("pyredis")
    .description("A Redis-compatible server that runs as a proper Unix daemon.")
    .version(PYREDIS_VERSION, "-v, --version")
    .addHelpText("after", EXAMPLES)
    .configureOutput({ outputError: (text, write) => write(rewordError(text)) })
    .exitOverride();
  const add = (name: string, description: string): Command =>
    program.command(name).description(description).usage(`[options] ${SERVER_ARGS}`);

  // Only for the help: main.ts takes `server` before anything of this is loaded.
  add("server", "run the server in the foreground, with redis-server's arguments").helpOption(false);
  addIgnoreUnsupported(addStartTimeout(add("start", "start the server as a daemon; returns when its port answers")))
    .option("--no-detach", "stay in the foreground, with the daemon's pidfile and places")
    .option("--umask <octal>", "the daemon's file mode creation mask (default 027)", readUmask)
    .addHelpText("after", START_EXAMPLES)
    .action(async (flags: StartFlags) => setCode(await start(serverArgs, toStartOptions(flags))));
  addStopFlags(add("stop", "stop the daemon that the same arguments started")).action(async (flags: StopFlags) =>
    setCode(await stop(serverArgs, toStopOptions(flags))),
  );
  addIgnoreUnsupported(addStopFlags(addStartTimeout(add("restart", "stop it, and start it again"))))
    .addHelpText("after", RESTART_EXAMPLES)
    .action(async (flags: StartFlags & StopFlags) =>
      setCode(await restart(serverArgs, toStartOptions(flags), toStopOptions(flags))),
    );
  add("status", "tell whether it runs: exit code 0 running, 1 dead, 3 stopped, 4 starting or unknown")
    .option("--json", "one line of JSON")
    .action((flags: { json?: boolean }) => setCode(status(serverArgs, { json: flags.json ?? false })));
  add("reload", "let it open its log anew (SIGHUP); its configuration changes by CONFIG SET only").action(() =>
    setCode(sendSignal(serverArgs, "SIGHUP", "opens its log anew")),
  );
  add("reopen", "let it open its log anew after a rotation (SIGUSR1)").action(() =>
    setCode(sendSignal(serverArgs, "SIGUSR1", "opens its log anew")),
  );
  program
    .command("signal")
    .description("send it a signal, and no other process")
    .usage(`<name> ${SERVER_ARGS}`)
    .addArgument(new Argument("<name>", "the signal: HUP or SIGHUP"))
    .action((name: string) => {
      const signal = readSignal(name);
      setCode(sendSignal(serverArgs, signal, `was sent ${signal}`));
    });
  program
    .command("ps")
    .description(
      "list the daemons of this user that run or have failed: name, pid, state, uptime, memory, address, pidfile",
    )
    .option("--json", "one JSON array")
    .action((flags: { json?: boolean }) => setCode(ps({ json: flags.json ?? false })));
  program
    .command("unit")
    .description("print a service file that runs the server with these arguments")
    .usage(`<systemd|supervisor|launchd> [options] ${SERVER_ARGS}`)
    .addArgument(new Argument("<manager>", "the service manager").choices(UNIT_MANAGERS))
    .option("--user <name>", "the user it runs as (systemd default: one made for it)")
    .addOption(
      new Option(
        "--scope <scope>",
        "whose service it is (default: the system's for root, else the user's own)",
      ).choices(["system", "user"]),
    )
    .option("--template", "one unit for any number of instances, pyredis@PORT; %i in the arguments is that word")
    .action((manager: UnitManager, flags: UnitOptions) => setCode(unit(manager, serverArgs, flags)));
  add("logs", "print the end of its log")
    .option("-f, --follow", "go on as it grows, through rotation")
    .option("-n, --lines <number>", "how many lines", readLines, DEFAULT_LOG_LINES)
    .action(async (flags: { follow?: boolean; lines: number }) =>
      setCode(await logs(serverArgs, { follow: flags.follow ?? false, lines: flags.lines })),
    );
  program
    .command("version")
    .description("print the version")
    .action(() => {
      process.stdout.write(`${PYREDIS_VERSION}\n`);
    });
  return program;
}

/** What `pyredis` takes without a command. */
const PROGRAM_OPTIONS = new Set(["-h", "--help", "-v", "--version"]);

/** The verb is the word that is mistyped most; a configuration file in its place is the next. */
function checkCommandName(program: Command, name: string | undefined): void {
  if (name === undefined || name === "help" || PROGRAM_OPTIONS.has(name)) return;
  if (name.startsWith("-")) throw new UsageError(`no command before ${name} (did you mean "start ${name}"?)`);
  const names = program.commands.map((command) => command.name());
  if (names.includes(name)) return;
  const isFile = /\.conf$/.test(name) || existsSync(name);
  const hint = isFile ? ` (did you mean "start ${name}"?)` : describeSuggestion(name, [...names, "help"]);
  throw new UsageError(`unknown command ${name}${hint}`);
}

/** The spellings of a command's options, and whether each takes a value. */
function listOptions(command: Command): Map<string, boolean> {
  const found = new Map<string, boolean>([
    ["-h", false],
    ["--help", false],
  ]);
  for (const option of command.options) {
    if (option.long !== undefined && option.long !== null) found.set(option.long, option.required);
    if (option.short !== undefined && option.short !== null) found.set(option.short, option.required);
  }
  found.delete(IGNORE_UNSUPPORTED);
  return found;
}

/** Their words are all ours, and commander checks them. */
const WITHOUT_SERVER_ARGS = new Set(["ps", "version"]);

export async function runProgram(argv: readonly string[]): Promise<number> {
  const [name, ...words] = argv;
  const serverArgs: string[] = [];
  let code = EXIT_OK;
  const program = buildProgram(serverArgs, (value) => {
    code = value;
  });
  const command = program.commands.find((candidate) => candidate.name() === name);
  try {
    let own = argv;
    if (command === undefined) {
      checkCommandName(program, name);
    } else if (!WITHOUT_SERVER_ARGS.has(command.name())) {
      const options = listOptions(command);
      // The commands with a word of their own, which comes first.
      const hasOwnWord = command.name() === "unit" || command.name() === "signal";
      const ownWords = hasOwnWord && words[0]?.startsWith("-") === false ? words.slice(0, 1) : [];
      const split = splitArguments(words.slice(ownWords.length), options);
      checkOptionNames(split.server, options);
      serverArgs.push(...split.server);
      own = [command.name(), ...ownWords, ...split.own];
    }
    await program.parseAsync([...own], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return reportError(error);
  }
}
