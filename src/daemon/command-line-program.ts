// Owns the commands of a daemon's command line: commander reads the words and writes the help. Loaded by
// command-line.ts, and only where there is a command to run.
import { once } from "node:events";
import { basename } from "node:path";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { messageOf } from "../base/errors.js";
import { describeSuggestion } from "../base/suggest.js";
import type { Daemon } from "./daemon.js";
import { DaemonError } from "./errors.js";
import {
  ERROR_CODES,
  EXIT_FAILED,
  EXIT_KILLED,
  EXIT_NOT_RUNNING,
  EXIT_OK,
  EXIT_USAGE,
  STATUS_CODES,
} from "./exit-codes.js";
import type { InstanceStatus } from "./instance/inspect.js";
import type { StartResult } from "./launcher.js";
import { readLog } from "./log-file.js";

const LONGEST_SECONDS = 2_000_000; // setTimeout ends at 2^31 ms
const DEFAULT_LOG_LINES = 100;

type Action = (daemon: Daemon) => Promise<number> | number;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function readMilliseconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && seconds <= LONGEST_SECONDS) return seconds * 1000;
  throw new InvalidArgumentError("Not a time in seconds.");
}

function readLines(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Not a number of lines.");
}

/** What a user can act on, without the stack of a program. */
function report(name: string, error: unknown): number {
  const message = messageOf(error);
  process.stderr.write(`${name}: ${message.trim()}\n`);
  if (!(error instanceof DaemonError)) return EXIT_FAILED;
  if (error.log !== "") process.stderr.write(`The end of its log:\n${error.log.replaceAll(/^(?=.)/gm, "  ")}`);
  return ERROR_CODES[error.code];
}

/** Several instances have a line each. */
function printStarted(name: string, result: StartResult): void {
  for (const { pid, addresses, logFile } of result.instances ?? [result]) {
    const where = addresses.length === 0 ? "" : `, ${addresses.join(", ")}`;
    print(`${name} is running: pid ${pid}${where}, log ${logFile}`);
  }
}

function onSlow(name: string): (message: string) => void {
  return (message) => process.stderr.write(`${name}: ${message}\n`);
}

interface StartFlags {
  startTimeout?: number;
}

interface StopFlags {
  stopTimeout?: number;
  force?: boolean;
}

function toStopOptions({ stopTimeout, force = false }: StopFlags): { timeoutMs?: number; force: boolean } {
  return stopTimeout === undefined ? { force } : { force, timeoutMs: stopTimeout };
}

async function start(daemon: Daemon, { startTimeout }: StartFlags): Promise<number> {
  const options = { onSlow: onSlow(daemon.name) };
  const timeout = startTimeout === undefined ? {} : { timeoutMs: startTimeout };
  printStarted(daemon.name, await daemon.start({ ...options, ...timeout }));
  return EXIT_OK;
}

async function restart(daemon: Daemon, flags: StartFlags & StopFlags): Promise<number> {
  const timeout = flags.startTimeout === undefined ? {} : { startTimeoutMs: flags.startTimeout };
  const options = { ...toStopOptions(flags), ...timeout, onSlow: onSlow(daemon.name) };
  printStarted(daemon.name, await daemon.restart(options));
  return EXIT_OK;
}

async function stop(daemon: Daemon, flags: StopFlags): Promise<number> {
  const { outcome, pid } = await daemon.stop(toStopOptions(flags));
  if (outcome === "not-running") print(`${daemon.name} is not running`);
  else if (outcome === "stopped") print(`${daemon.name} has stopped (pid ${pid})`);
  else print(`${daemon.name} was killed (pid ${pid}): it did not stop in time`);
  return outcome === "killed" ? EXIT_KILLED : EXIT_OK;
}

function describeStatus(name: string, { state, identity, addresses, logFile, reason, text }: InstanceStatus): string {
  const parts = [`${name} is ${state}`];
  if (identity !== undefined) parts.push(`pid ${identity.pid}`, ...addresses, `log ${logFile}`);
  parts.push(...[text, reason].filter((part) => part !== ""));
  return parts.join(", ");
}

function status(daemon: Daemon, { json = false }: { json?: boolean }): number {
  const found = daemon.status();
  const code = STATUS_CODES[found.state];
  if (json) {
    const { identity, instances = [], ...rest } = found;
    const all = instances.map(({ identity: its, ...other }) => ({ ...other, pid: its?.pid ?? null }));
    const more = instances.length === 0 ? {} : { instances: all };
    print(JSON.stringify({ daemon: daemon.name, code, pid: identity?.pid ?? null, ...rest, ...more }));
  } else if (found.instances === undefined || found.state === "stopped") {
    print(describeStatus(daemon.name, found));
  } else {
    for (const [i, instance] of found.instances.entries()) print(describeStatus(`${daemon.name} ${i}`, instance));
  }
  return code;
}

function signal(daemon: Daemon, send: () => boolean, done: string): number {
  if (send()) {
    print(`${daemon.name} ${done}`);
    return EXIT_OK;
  }
  const which = daemon.status().instances === undefined ? "it is not running" : "not all of its instances run";
  process.stderr.write(`${daemon.name}: ${which}\n`);
  return EXIT_NOT_RUNNING;
}

async function logs(daemon: Daemon, options: { lines: number; follow?: boolean }): Promise<number> {
  const { status: found, files } = { status: daemon.status(), files: daemon.logFiles };
  const paths = files.length > 1 || found.logFile === "" ? files : [found.logFile];
  // `… logs -f | head` ends when head does.
  process.stdout.on("error", () => process.exit(EXIT_OK));
  const { lines, follow = false } = options;
  const show = async (path: string): Promise<void> => {
    try {
      await readLog(path, { lines, follow }, async (chunk) => {
        if (!process.stdout.write(chunk)) await once(process.stdout, "drain");
      });
    } catch (error) {
      const why = messageOf(error);
      throw new DaemonError("start-failed", `cannot read the log: ${why}`);
    }
  };
  if (follow) await Promise.all(paths.map(show));
  else for (const path of paths) await show(path);
  return EXIT_OK;
}

/** Runs the action for each daemon that the words name; the first code that is not 0 is that of all. */
async function runForEach(daemons: readonly Daemon[], names: readonly string[], action: Action): Promise<number> {
  const known = daemons.map(({ name }) => name);
  for (const name of names) {
    if (known.includes(name)) continue;
    process.stderr.write(
      `error: there is no daemon '${name}'${describeSuggestion(name, known)}: ${known.join(", ")}\n`,
    );
    return EXIT_USAGE;
  }
  let code = EXIT_OK;
  for (const daemon of daemons) {
    if (names.length > 0 && !names.includes(daemon.name)) continue;
    let own: number;
    try {
      own = await action(daemon);
    } catch (error) {
      own = report(daemon.name, error);
    }
    if (code === EXIT_OK) code = own;
  }
  return code;
}

function buildProgram(daemons: readonly Daemon[], setCode: (code: number) => void): Command {
  const program = new Command(basename(process.argv[1] ?? "daemon"))
    .description(`Runs ${daemons.map(({ name }) => name).join(", ")} as a daemon.`)
    .exitOverride()
    .helpCommand(false);
  const add = (name: string, description: string): Command => {
    const command = program.command(name).description(description).allowExcessArguments(false);
    return daemons.length > 1 ? command.argument("[names...]", "which of them (default: all)") : command;
  };
  /** What commander calls: the names, if there are any, then the flags. */
  const run = (command: Command, action: (daemon: Daemon, flags: never) => Promise<number> | number): void => {
    command.action(async (...words: unknown[]) => {
      const [first, second] = words;
      const names = Array.isArray(first) ? first.map(String) : [];
      const flags = Array.isArray(first) ? second : first;
      setCode(await runForEach(daemons, names, (daemon) => action(daemon, flags as never)));
    });
  };
  const withStart = (command: Command): Command =>
    command.option("--start-timeout <seconds>", "how long it may take until it is ready", readMilliseconds);
  const withStop = (command: Command): Command =>
    command
      .option("--stop-timeout <seconds>", "how long it may take to end after SIGTERM", readMilliseconds)
      .option("--force", `kill it if it has not ended by then (exit code ${EXIT_KILLED})`);

  run(withStart(add("start", "start it; returns when it is ready")), start);
  run(withStop(add("stop", "stop it")), stop);
  run(withStop(withStart(add("restart", "stop it, and start it as it was started"))), restart);
  run(
    add("status", "tell whether it runs: exit code 0 running, 1 dead, 3 stopped, 4 starting or unknown").option(
      "--json",
      "one line of JSON",
    ),
    status,
  );
  run(add("reload", "let it read its configuration anew (SIGHUP)"), (daemon) =>
    signal(daemon, () => daemon.reload(), "reloads"),
  );
  run(add("reopen", "let it open its log anew after a rotation (SIGUSR1)"), (daemon) =>
    signal(daemon, () => daemon.reopen(), "opens its log anew"),
  );
  run(
    add("logs", "print the end of its log")
      .option("-f, --follow", "go on as it grows, through rotation")
      .option("-n, --lines <number>", "how many lines", readLines, DEFAULT_LOG_LINES),
    logs,
  );
  return program;
}

/** Gives the exit code. Errors are told on standard error, without a stack. */
export async function runCommand(create: () => Daemon | readonly Daemon[], words: readonly string[]): Promise<number> {
  // A reader that is gone (`… status | true`) must not turn into a crash.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  let daemons: readonly Daemon[];
  try {
    daemons = [create()].flat();
  } catch (error) {
    return report(basename(process.argv[1] ?? "daemon"), error);
  }
  let code = EXIT_OK;
  const program = buildProgram(daemons, (value) => {
    code = value;
  });
  if (words.length === 0) {
    process.stderr.write(program.helpInformation());
    return EXIT_USAGE;
  }
  try {
    await program.parseAsync([...words], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return report(program.name(), error);
  }
}
