// Owns the way from a server's arguments to the files that identify its instance. start, stop, restart, status and
// logs all go through here, so the same arguments always mean the same instance.
import { resolve } from "node:path";
import { Config } from "../config/config.js";
import { type ConfigIo, nodeConfigIo } from "../config/io.js";
import { DaemonError } from "../daemon/index.js";
import { defaultPlaces } from "./default-places.js";

export interface ServerInstance {
  pidfile: string;
  logFile: string;
  dataDirectory: string;
  /** No `dir` was configured: the directory is ours to create. */
  ownsDataDirectory: boolean;
  /** What the server is to be started with: the given arguments and the places chosen for it. */
  serverArgs: readonly string[];
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

/**
 * The arguments with `extra` where they change nothing about the others: a configuration file or `-` must stay first,
 * a `-` at the end must stay last.
 */
function insertArgs(argv: readonly string[], extra: readonly string[], cwd: string): string[] {
  const [first] = argv;
  if (first === undefined || first.startsWith("--")) return [...extra, ...argv];
  const head = first.startsWith("-") ? first : resolve(cwd, first);
  return [head, ...extra, ...argv.slice(1)];
}

export function resolveInstance(argv: readonly string[], options: ResolveOptions): Resolved {
  const seen: Seen = { stdin: options.stdin, hasDirectory: false };
  const started = Config.fromArgv(argv, { io: observingIo(options, seen) });
  if (started.kind === "exit") {
    const log = started.log.map((line) => `${line.text}\n`).join("");
    const refused = { code: started.code, stdout: toText(started.stdout), stderr: toText(started.stderr || log) };
    return { kind: "refused", refused };
  }
  const { values } = started.config;
  const places = defaultPlaces(values.port === 0 ? values["tls-port"] : values.port);
  const extra: string[] = [];
  const dataDirectory = seen.hasDirectory ? toText(values.dir) : places.dataDirectory;
  if (!seen.hasDirectory) extra.push("--dir", dataDirectory);
  const choose = (name: "pidfile" | "logfile", fallback: string): string => {
    const value = values[name] ?? "";
    if (value !== "") return resolve(dataDirectory, toText(value)); // as redis-server does, after its chdir
    extra.push(`--${name}`, fallback);
    return fallback;
  };
  const pidfile = choose("pidfile", places.pidfile);
  const logFile = choose("logfile", places.logFile);
  const serverArgs = insertArgs(argv, extra, options.cwd);
  const instance: ServerInstance = {
    pidfile,
    logFile,
    dataDirectory,
    ownsDataDirectory: !seen.hasDirectory,
    serverArgs,
  };
  if (seen.stdin !== undefined) instance.stdin = seen.stdin;
  return { kind: "instance", instance };
}

/** The arguments without a configuration file or standard input. */
function withoutFiles(argv: readonly string[]): string[] {
  const options = argv[0]?.startsWith("--") === false ? argv.slice(1) : [...argv];
  return options.at(-1) === "-" ? options.slice(0, -1) : options;
}

/**
 * The instance that the arguments name, for commands that do not start anything. A configuration that has become
 * unreadable must not make a running server unstoppable: an explicit --pidfile is then enough.
 */
export function findInstance(argv: readonly string[]): ServerInstance {
  const cwd = startDirectory();
  const resolved = resolveInstance(argv, { cwd });
  if (resolved.kind === "instance") return resolved.instance;
  if (argv.includes("--pidfile")) {
    const options = resolveInstance(withoutFiles(argv), { cwd });
    if (options.kind === "instance") return options.instance;
  }
  const why = (resolved.refused.stderr || resolved.refused.stdout).trim();
  throw new DaemonError("bad-option", `cannot tell which instance is meant (--pidfile would say):\n${why}`);
}
