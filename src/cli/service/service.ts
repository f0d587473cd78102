// Owns what every service file is made of: the server's command, its directory and its user. Called by unit.ts and the
// printers beside it.
import { readFileSync, type Stats, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { currentDirectory, nativeProblem, nodeAsCalled } from "../../daemon/index.js";
import { UsageError } from "../exit-codes.js";
import { mainAsCalled } from "../server-daemon.js";
import { resolveInstance, type ServerInstance } from "../server-instance.js";
import {
  formatServerWords,
  hasOption,
  overlayServerWords,
  parseServerWords,
  type ServerWords,
} from "../server-words.js";

/** Descriptors for 10000 clients, Redis's own 32 and the files that Node keeps open. */
export const OPEN_FILES = 10_096;
export const START_SECONDS = 90;
/** Above shutdown-timeout: the server waits that long for its replicas. */
export const STOP_SECONDS = 30;
export const MOST_RESTARTS = 5;

/** Of the system, or of the user who has printed the file. */
export type Scope = "system" | "user";

export interface UnitOptions {
  user?: string;
  scope?: Scope;
  /** One file for any number of instances, told apart by their ports: `%i`. */
  template?: boolean;
}

export interface Service {
  name: string;
  /** Node, the program and its options. */
  command: readonly string[];
  /** What the server enters. */
  dataDirectory: string;
  /** No `dir` was given: the place is ours to choose, and to have created. */
  ownsDataDirectory: boolean;
  /** The configuration file, if there is one. */
  configFile: string | undefined;
  /** The words name a log, else it goes where the manager wants it. */
  hasLog: boolean;
  user: string | undefined;
  scope: Scope;
  isTemplate: boolean;
}

/** Stands for the port of an instance in a template, as systemd has it. */
export const INSTANCE = "%i";
const SAMPLE_PORT = "6379";

function resolveServer(words: ServerWords): ServerInstance {
  const resolved = resolveInstance(formatServerWords(words), { cwd: currentDirectory() });
  if (resolved.kind === "refused") throw new UsageError(resolved.refused.stderr.trim() || "not a server to run");
  return resolved.instance;
}

function isForEach(words: readonly string[]): boolean {
  return words.some((word) => word.includes(INSTANCE));
}

/** What a template's words come to, without those that are another's in each instance: files need not be there yet. */
function resolveTemplate(words: ServerWords): ServerInstance {
  if (hasOption(words, "port")) throw new UsageError("a template has the port of each instance in its name: no --port");
  const file = words.file?.includes(INSTANCE) === true ? undefined : words.file;
  const options = words.options.filter((option) => !isForEach(option));
  return resolveServer({ ...words, file, options: [...options, ["--port", SAMPLE_PORT]] });
}

/** The directory that the words name, as they name it: with `%i` in a template. */
function findGivenDirectory({ options }: ServerWords): string | undefined {
  return options.findLast(([name, , more]) => name === "--dir" && more === undefined)?.[1];
}

export function describeService(argv: readonly string[], supervised: "systemd" | "no", options: UnitOptions): Service {
  // Their paths count from where the command is given, and the service begins elsewhere.
  const words = overlayServerWords(parseServerWords([]), parseServerWords(argv), currentDirectory());
  if (words.fromStdin) throw new UsageError("a service has no configuration on standard input");
  const { user, template: isTemplate = false } = options;
  const scope = options.scope ?? (user === undefined && process.geteuid?.() !== 0 ? "user" : "system");
  const instance = isTemplate ? resolveTemplate(words) : resolveServer(words);
  // A file for each instance says what its port is.
  const hasPort = words.file === undefined || !words.file.includes(INSTANCE);
  const all = isTemplate && hasPort ? [...words.options, ["--port", INSTANCE]] : words.options;
  const serverWords = formatServerWords({ ...words, options: all });
  const command = [
    nodeAsCalled(),
    mainAsCalled(),
    "server",
    ...serverWords,
    "--daemonize",
    "no",
    "--supervised",
    supervised,
  ];
  for (const word of command) {
    if (/[\r\n\0]/.test(word)) throw new UsageError("an argument with a line break has no place in a service file");
  }
  const given = isTemplate ? findGivenDirectory(words) : undefined;
  return {
    name: isTemplate ? "pyredis" : (/([^/]+)\.pid$/.exec(instance.pidfile)?.[1] ?? "pyredis"),
    command,
    dataDirectory: given ?? instance.dataDirectory,
    ownsDataDirectory: given === undefined && instance.ownsDataDirectory,
    configFile: words.file?.includes(INSTANCE) === true ? undefined : words.file,
    hasLog: hasOption(words, "logfile"),
    user,
    scope,
    isTemplate,
  };
}

export function supervisedBySystemd(): "systemd" | "no" {
  return nativeProblem() === "" ? "systemd" : "no";
}

function readStats(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

export function isDirectory(path: string): boolean {
  return readStats(path)?.isDirectory() === true;
}

/** The name of a user; the number where it has none. */
export function findUserName(uid: number): string {
  return readUsers().find((user) => user.uid === uid)?.name ?? String(uid);
}

/** The home directory of a user, if it is there and the user's own. */
export function findHome(name: string): string | undefined {
  const user = readUsers().find((each) => each.name === name);
  return user !== undefined && readStats(user.home)?.uid === user.uid ? user.home : undefined;
}

function readUsers(): { name: string; uid: number; home: string }[] {
  try {
    const lines = readFileSync("/etc/passwd", "utf8").split("\n");
    return lines
      .map((line) => line.split(":"))
      .map(([name = "", , uid = "", , , home = ""]) => ({ name, uid: Number(uid), home }));
  } catch {
    return [];
  }
}

const OTHERS_ENTER = 0o001;
const OTHERS_READ = 0o004;

/** The first of these files, or of the directories above them, that only its owner can use; and who that is. */
export function findClosed(paths: readonly string[]): { path: string; owner: string } | undefined {
  for (const path of paths) {
    const above: string[] = [];
    for (let at = dirname(path); at !== dirname(at); at = dirname(at)) above.unshift(at);
    for (const [at, needed] of [...above.map((each) => [each, OTHERS_ENTER] as const), [path, OTHERS_READ] as const]) {
      const stats = readStats(at);
      if (stats !== undefined && (stats.mode & needed) === 0) return { path: at, owner: findUserName(stats.uid) };
    }
  }
  return undefined;
}

/** What must be readable for the server to start: Node, this package, the configuration. */
export function listNeeded({ configFile }: Service): string[] {
  return [nodeAsCalled(), mainAsCalled(), ...(configFile === undefined ? [] : [configFile])];
}

/** A directory of the system for the data of an instance. */
export function systemDirectory({ name, isTemplate }: Service): string {
  return join("/var/lib/pyredis", isTemplate ? INSTANCE : name.replace(/^pyredis-/, ""));
}
