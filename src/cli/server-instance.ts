// Owns the way from a server's arguments to the files that identify its instance. start, stop, restart, status and
// logs all go through here, so the same arguments always mean the same instance.
import { resolve } from "node:path";
import { Config } from "../config/config.js";
import { type ConfigIo, nodeConfigIo } from "../config/io.js";
import { DaemonError, inspectInstance } from "../daemon/index.js";
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

/** Where the process was started; "/" if that directory has been deleted meanwhile, which makes cwd() throw. */
export function startDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** Seen while the configuration was read. */
interface Seen {
  stdin: string | undefined;
  hasDirectory: boolean;
}

/** Asking must leave no trace: no log file is created, and a missing directory is the server's complaint. */
function observingIo(options: ResolveOptions, seen: Seen): ConfigIo {
  const io = nodeConfigIo(options.cwd);
  return {
    ...io,
    readStdin() {
      seen.stdin ??= toText(io.readStdin());
      return toBytes(seen.stdin);
    },
    enterDirectory(path) {
      seen.hasDirectory = true;
      return io.enterDirectory(path);
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

export function resolveInstance(argv: readonly string[], options: ResolveOptions): Resolved {
  const seen: Seen = { stdin: options.stdin, hasDirectory: false };
  const ignoreUnsupported = options.ignoreUnsupported ?? false;
  const started = Config.fromArgv(argv, { io: observingIo(options, seen), ignoreUnsupported });
  if (started.kind === "exit") {
    const log = started.log.map((line) => `${line.text}\n`).join("");
    const refused = { code: started.code, stdout: toText(started.stdout), stderr: toText(started.stderr || log) };
    return { kind: "refused", refused };
  }
  const { config } = started;
  const { values } = config;
  const places = defaultPlaces(values.port === 0 ? values["tls-port"] : values.port);
  const extra: string[][] = [];
  const dataDirectory = seen.hasDirectory ? toText(values.dir) : places.dataDirectory;
  if (!seen.hasDirectory) extra.push(["--dir", dataDirectory]);
  const choose = (name: "pidfile" | "logfile", fallback: string): string => {
    const value = values[name] ?? "";
    if (value !== "") return resolve(dataDirectory, toText(value)); // as redis-server does, after its chdir
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

/**
 * The instance that the arguments name, for commands that do not start anything. A configuration that has become
 * unreadable must not make a running server unstoppable: an explicit --pidfile is then enough. One that has another
 * port by now still means the server that was started with it.
 */
export function findInstance(argv: readonly string[]): ServerInstance {
  const cwd = startDirectory();
  const resolved = resolveInstance(argv, { cwd, ignoreUnsupported: true });
  if (resolved.kind === "instance") return followFile(resolved.instance, argv, cwd);
  const words = parseServerWords(argv);
  if (hasOption(words, "pidfile")) {
    const withoutFiles = formatServerWords({ ...words, file: undefined, fromStdin: false });
    const options = resolveInstance(withoutFiles, { cwd, ignoreUnsupported: true });
    if (options.kind === "instance") return options.instance;
  }
  const why = (resolved.refused.stderr || resolved.refused.stdout).trim();
  throw new DaemonError("bad-option", `cannot tell which instance is meant (--pidfile would say):\n${why}`);
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
