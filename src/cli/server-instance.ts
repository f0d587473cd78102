// Owns the way from a server's arguments to the files that identify its instance. start, stop, restart, status and
// logs all go through here, so the same arguments always mean the same instance.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describeSuggestion } from "../base/suggest.js";
import { Config } from "../config/config.js";
import { type ConfigIo, nodeConfigIo } from "../config/io.js";
import {
  currentDirectory,
  DaemonError,
  type DaemonErrorCode,
  inspectInstance,
  instanceName,
  isPermissionError,
  listInstances,
} from "../daemon/index.js";
import { defaultPlaces } from "./default-places.js";
import { describeRunning, findRunningOfFile } from "./find-running.js";
import { formatServerWords, hasOption, parseServerWords } from "./server-words.js";

export interface ServerInstance {
  pidfile: string;
  logFile: string;
  dataDirectory: string;
  /** No `dir` was configured: the directory is ours to create. */
  ownsDataDirectory: boolean;
  /** What the server is to be started with: the given arguments and the places chosen for it. */
  serverArgs: readonly string[];
  /** What the configuration asks for and does not get, for standard error. */
  warnings: readonly string[];
  /** What was read from standard input, if the arguments say so. */
  stdin?: string;
}

/** What redis-server would print instead of starting, for --version, --help or a bad configuration. */
export interface Refused {
  code: number;
  /** What the exit code is about: the arguments themselves, a right that is missing, or what a file says. */
  cause: "none" | "arguments" | "permission" | "configuration";
  stdout: string;
  stderr: string;
}

export type Resolved = { kind: "instance"; instance: ServerInstance } | { kind: "refused"; refused: Refused };

export interface ResolveOptions {
  /** Where relative paths start. */
  cwd: string;
  /** Standard input that has been read already. */
  stdin?: string;
  /** Whoever only looks for the instance takes a configuration that would not start. */
  ignoreUnsupported?: boolean;
}

// The configuration speaks in byte strings, one char a byte.
function toText(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function toBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** Seen while the configuration was read. */
interface Seen {
  stdin: string | undefined;
  hasDirectory: boolean;
  /** The system refused something, the last time for want of a right or for another reason. */
  failure: "none" | "permission" | "configuration";
}

/** Asking must leave no trace: no log file is created, and a missing directory is the server's complaint. */
function observingIo(options: ResolveOptions, seen: Seen): ConfigIo {
  const io = nodeConfigIo(options.cwd);
  const watch = <Result>(call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      seen.failure = isPermissionError(error) ? "permission" : "configuration";
      throw error;
    }
  };
  return {
    ...io,
    readFile: (path) => watch(() => io.readFile(path)),
    readStdin() {
      seen.stdin ??= toText(io.readStdin());
      return toBytes(seen.stdin);
    },
    enterDirectory(path) {
      seen.hasDirectory = true;
      return watch(() => io.enterDirectory(path));
    },
    openForAppend() {},
  };
}

/** The arguments with `extra` options in front of the others, and an absolute path of the file. */
function insertArgs(argv: readonly string[], extra: readonly (readonly string[])[], cwd: string): string[] {
  const words = parseServerWords(argv);
  const file = words.file === undefined ? undefined : resolve(cwd, words.file);
  return formatServerWords({ ...words, file, options: [...extra, ...words.options] });
}

/** Arguments that are refused without any file are wrong themselves. */
function findCause(code: number, argv: readonly string[], options: ResolveOptions, seen: Seen): Refused["cause"] {
  if (code === 0) return "none";
  if (seen.failure !== "none") return seen.failure;
  const words = parseServerWords(argv);
  if (words.file === undefined && !words.fromStdin) return "arguments";
  const alone = resolveInstance(withoutFiles(argv), { ...options, ignoreUnsupported: true });
  return alone.kind === "refused" ? "arguments" : "configuration";
}

/** The code and the text of an error about it. */
export function describeRefusal({ cause, stdout, stderr }: Refused): [code: DaemonErrorCode, text: string] {
  const text = (stderr || stdout).trim();
  if (cause === "permission") return ["not-permitted", text];
  return [cause === "arguments" ? "bad-option" : "start-failed", text];
}

export function resolveInstance(argv: readonly string[], options: ResolveOptions): Resolved {
  const seen: Seen = { stdin: options.stdin, hasDirectory: false, failure: "none" };
  const ignoreUnsupported = options.ignoreUnsupported ?? false;
  const started = Config.fromArgv(argv, { io: observingIo(options, seen), ignoreUnsupported });
  if (started.kind === "exit") {
    const log = started.log.map((line) => `${line.text}\n`).join("");
    const texts = { stdout: toText(started.stdout), stderr: toText(started.stderr || log) };
    const cause = findCause(started.code, argv, options, seen);
    return { kind: "refused", refused: { code: started.code, cause, ...texts } };
  }
  const { config } = started;
  const { values } = config;
  const places = defaultPlaces(values.port === 0 ? values["tls-port"] : values.port);
  const extra: string[][] = [];
  const dataDirectory = seen.hasDirectory ? toText(values.dir) : places.dataDirectory;
  if (!seen.hasDirectory) extra.push(["--dir", dataDirectory]);
  const choose = (name: "pidfile" | "logfile", fallback: string): string => {
    const value = values[name] ?? "";
    // Of a pidfile this means that none is wanted; a daemon needs one, as it does where nothing is said.
    const isNone = value === "" || (name === "pidfile" && value === "/dev/null");
    if (!isNone) return resolve(dataDirectory, toText(value)); // as redis-server does, after its chdir
    extra.push([`--${name}`, fallback]);
    return fallback;
  };
  const pidfile = choose("pidfile", places.pidfile);
  const logFile = choose("logfile", places.logFile);
  const stored = config.ignoresUnsupported ? config.describeStoredData(toBytes(dataDirectory)) : null;
  const serverArgs = insertArgs(argv, extra, options.cwd);
  const instance: ServerInstance = {
    pidfile,
    logFile,
    dataDirectory,
    ownsDataDirectory: !seen.hasDirectory,
    serverArgs,
    warnings: [...config.shortfalls, ...(stored === null ? [] : [stored])].map(toText),
  };
  if (seen.stdin !== undefined) instance.stdin = seen.stdin;
  return { kind: "instance", instance };
}

/** Throws a DaemonError if no server would start with these. */
export function checkServerArgs(argv: readonly string[]): void {
  const resolved = resolveInstance(argv, { cwd: currentDirectory() });
  if (resolved.kind === "refused") throw new DaemonError(...describeRefusal(resolved.refused));
}

/** The arguments without a configuration file or standard input. */
function withoutFiles(argv: readonly string[]): string[] {
  return formatServerWords({ ...parseServerWords(argv), file: undefined, fromStdin: false });
}

/** An instance as the arguments of a command name it. */
export interface Target {
  /** As `ps` shows it. */
  name: string;
  pidfile: string;
  /** Where it would log; undefined if the arguments do not say. */
  logFile: string | undefined;
  /** What the arguments would start; undefined if they are the name of an instance. */
  instance: ServerInstance | undefined;
}

/** `stop pyredis-7001`: one word that is neither an option nor a file. */
export function readName(argv: readonly string[]): string | undefined {
  const [word = ""] = argv;
  if (argv.length !== 1 || word === "" || word.startsWith("-")) return undefined;
  return existsSync(resolve(currentDirectory(), word)) ? undefined : word;
}

/** The instance that `ps` shows under this name, or one in the default place of its port. */
function findByName(word: string): Target | undefined {
  const listed = listInstances();
  const found = listed.filter(({ name, pidfile }) => name === word || pidfile === word);
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    const pidfiles = found.map(({ pidfile }) => pidfile).join(", ");
    throw new DaemonError(
      "bad-option",
      `${found.length} instances have the name ${word}: name one by --pidfile (${pidfiles})`,
    );
  }
  if (first !== undefined) {
    const { name, pidfile, logFile } = first;
    return { name, pidfile, logFile: logFile === "" ? undefined : logFile, instance: undefined };
  }
  const port = /^pyredis-(\d{1,5})$/.exec(word)?.[1];
  if (port === undefined) return undefined;
  const { pidfile, logFile } = defaultPlaces(Number(port));
  return { name: word, pidfile, logFile, instance: undefined };
}

function unknownName(word: string): DaemonError {
  const hint = describeSuggestion(
    word,
    listInstances().map(({ name }) => name),
  );
  const text = `there is no instance and no configuration file with the name ${word}${hint} (pyredis ps lists the instances)`;
  return new DaemonError("bad-option", text);
}

/** Whether the arguments only say which instance is meant, and nothing of what it is. */
function saysPidfileOnly(argv: readonly string[]): boolean {
  return argv.length > 0 && argv.every((word, at) => (at % 2 === 0 ? word === "--pidfile" : !word.startsWith("--")));
}

function toTarget(instance: ServerInstance, argv: readonly string[]): Target {
  const { pidfile, logFile } = instance;
  return { name: instanceName(pidfile, ""), pidfile, logFile: saysPidfileOnly(argv) ? undefined : logFile, instance };
}

/**
 * The instance that the arguments name, for commands that do not start anything. A configuration that has become
 * unreadable must not make a running server unstoppable: an explicit --pidfile is then enough. One that has another
 * port by now still means the server that was started with it. Throws a DaemonError `bad-option`, `not-permitted`, or
 * `start-failed` where the configuration is no good.
 */
export function findInstance(argv: readonly string[]): Target {
  const cwd = currentDirectory();
  const word = readName(argv);
  const named = word === undefined ? undefined : findByName(word);
  if (named !== undefined) return named;
  if (word !== undefined && !/[/]|\.conf$/.test(word)) throw unknownName(word);
  const resolved = resolveInstance(argv, { cwd, ignoreUnsupported: true });
  if (resolved.kind === "instance") return toTarget(followFile(resolved.instance, argv, cwd), argv);
  if (hasOption(parseServerWords(argv), "pidfile")) {
    const words = withoutFiles(argv);
    const options = resolveInstance(words, { cwd, ignoreUnsupported: true });
    if (options.kind === "instance") return toTarget(options.instance, words);
  }
  const [code, why] = describeRefusal(resolved.refused);
  throw new DaemonError(code, `cannot tell which instance is meant (--pidfile would say):\n${why}`);
}

/** The one that was started with the same file, where nothing runs at the pidfile that the file leads to now. */
function followFile(instance: ServerInstance, argv: readonly string[], cwd: string): ServerInstance {
  const { state } = inspectInstance(instance.pidfile);
  if (state !== "stopped" && state !== "dead") return instance;
  const [daemon, ...more] = findRunningOfFile(argv, cwd).same;
  if (daemon === undefined) return instance;
  if (more.length > 0) {
    const list = describeRunning([daemon, ...more]);
    throw new DaemonError("bad-option", `several instances were started with this file:\n${list}`);
  }
  return { ...instance, pidfile: daemon.pidfile, logFile: daemon.logFile };
}
