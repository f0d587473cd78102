/**
 * Reading redis.conf: lines into values, in order, with `include` in place. The first error ends the load as a
 * ConfigLoadError that carries what redis-server prints. Called by argv.ts and by Config for options.
 */
import { suggestName } from "../base/suggest.js";
import { Refusal } from "./directive.js";
import { ENTRIES, findEntry } from "./directives.js";
import { errorText } from "./io.js";
import { expandWildcards, hasWildcard, joinPath } from "./paths.js";
import { REDIS_VERSION } from "./redis-version.js";
import type { Settings } from "./settings.js";
import { splitArgs, trimLine } from "./split-args.js";
import { findShortfalls, isDefaultUser, LineLog, type Place, type Shortfall } from "./support.js";

/**
 * What the owner of commands and users has to say while their lines are read; the answer is the error, if any. Without
 * an owner of users their lines count as unsupported.
 */
export interface LoadHooks {
  readonly renameCommand?: (from: string, to: string) => string | Refusal | null;
  readonly addUser?: (words: readonly string[]) => string | Refusal | null;
}

export class ConfigLoadError extends Error {
  /** For standard error; empty when the reason is in the log. */
  readonly report: string;

  constructor(reason: string, report: string) {
    super(reason);
    this.name = "ConfigLoadError";
    this.report = report;
  }
}

/** Old names that load without any effect. */
const IGNORED = new Set(["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"]);

/** Names that begin a line and are no directives. */
const OTHER_NAMES = ["include", "rename-command", "user", "loadmodule"];

/** A file that includes itself must end in an error, and so must two that include each other twice. */
const MAX_INCLUDE_DEPTH = 64;
const MAX_INCLUDES = 10000;

/** So that the text after it begins on a line of its own. */
export function endLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

/** All names that may begin a line, for suggestions. */
export function* listLineNames(): Generator<string> {
  for (const { name } of ENTRIES) yield name;
  yield* OTHER_NAMES;
}

/** Whether a line may begin with this name. */
export function isLineName(written: string): boolean {
  const name = written.toLowerCase();
  if (findEntry(name) !== undefined || IGNORED.has(name)) return true;
  return OTHER_NAMES.includes(name) || name === "sentinel" || name.includes(".");
}

function toRefusal(reason: string | Refusal): Refusal {
  return typeof reason === "string" ? new Refusal(reason) : reason;
}

/** What an error shows of its place. The texts about a file are Redis's. */
function describePlace({ line, option, text }: Place): string {
  const where = option === undefined ? `Reading the configuration file, at line ${line}` : `At the option ${option}`;
  return `${where}\n>>> '${text}'\n`;
}

export class ConfigLoader {
  readonly #settings: Settings;
  readonly #hooks: LoadHooks;
  /** What this load has set already, and where. */
  readonly #lines = new LineLog();
  /** Where the present line stands; null for an option of the embedded API. */
  #place: Place | null = null;
  #readsFile = false;
  #depth = 0;
  #includes = 0;

  constructor(settings: Settings, hooks: LoadHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
  }

  /** The content of one file, or of all files that match; these are joined in order. `shown` is for the report. */
  readFile(path: string, shown = path): string {
    const { io, values } = this.#settings;
    const wild = hasWildcard(path);
    const files = wild ? expandWildcards(path, values.dir, io) : [joinPath(values.dir, path)];
    let content = "";
    for (const file of files) {
      try {
        content = endLine(content) + io.readFile(file);
      } catch (error) {
        const reason = `Fatal error, can't open config file '${wild ? file : shown}': ${errorText(error)}`;
        this.#settings.log("warning", reason);
        throw new ConfigLoadError(reason, "");
      }
    }
    return content;
  }

  /** Reads the lines of one text to its end. */
  loadText(text: string): void {
    this.#readsFile = true;
    let line = 0;
    for (const raw of text.split("\n")) this.#loadRaw(raw, { line: ++line, option: undefined });
  }

  /** Reads an option of the command line, which is a line by now; `option` is its name as it was written. */
  loadOption(option: string, text: string): void {
    for (const raw of text.split("\n")) this.#loadRaw(raw, { line: 0, option });
  }

  #loadRaw(raw: string, where: Omit<Place, "text">): void {
    const text = trimLine(raw);
    if (text === "" || text.startsWith("#")) return;
    const place = { ...where, text };
    this.#place = place;
    const refusal = this.#loadLine(text);
    if (refusal === null) return;
    const { reason, suggestion } = refusal;
    const hint = suggestion === undefined ? "" : `Did you mean '${suggestion}'?\n`;
    throw this.#failure(reason, `${describePlace(place)}${reason}\n${hint}`, place.option === undefined);
  }

  #failure(reason: string, text: string, isFile = this.#readsFile): ConfigLoadError {
    const what = isFile ? "CONFIG FILE" : "COMMAND LINE";
    return new ConfigLoadError(reason, `\n*** FATAL ${what} ERROR (Redis ${REDIS_VERSION}) ***\n${text}`);
  }

  #loadLine(line: string): Refusal | null {
    // A file of NUL bytes is what a crash can leave behind; starting without its settings would be worse.
    if (line.includes("\0")) return new Refusal("NUL byte in configuration line");
    const words = splitArgs(line);
    if (words === null) return new Refusal("Unbalanced quotes in configuration line");
    const [first, ...rest] = words;
    if (first === undefined) return null;
    return this.setDirective(first, rest);
  }

  /** One directive with its words, as a line of the file has them. */
  setDirective(writtenName: string, words: readonly string[]): Refusal | null {
    const entry = findEntry(writtenName);
    if (entry === undefined) return this.#loadOther(writtenName.toLowerCase(), words);
    const { primary, directive } = entry;
    let values = words;
    if (!directive.manyWords) {
      if (words.length !== 1) return new Refusal("wrong number of arguments");
    } else if (words.length === 1 && words[0] !== "") {
      // All words may stand in one, as in `--save "900 1"`.
      values = splitArgs(words[0] ?? "") ?? [];
    }
    const repeated = this.#lines.has(primary);
    const result = this.#settings.setWords(entry, values, { loading: true, repeated });
    if (result instanceof Refusal) return result;
    this.#lines.set(primary, this.#place);
    return null;
  }

  /** Lines that are no directives, or none any more. */
  #loadOther(name: string, words: readonly string[]): Refusal | null {
    const [first = "", second = ""] = words;
    if (IGNORED.has(name) && words.length === 1) return null;
    if (name === "include" && words.length === 1) return this.#include(first);
    if (name === "rename-command" && words.length === 2) return this.#renameCommand(first, second);
    if (name === "user" && words.length >= 1) return this.#addUser(words);
    if (name === "loadmodule" && words.length >= 1) {
      this.#lines.addUnsupported("loadmodule", this.#place);
      this.#settings.modules.push(words);
      return null;
    }
    if (name.includes(".")) {
      if (words.length === 0) return new Refusal("Module config specified without value");
      this.#lines.addUnsupported(name, this.#place);
      this.#settings.moduleSettings.set(name, words.join(" "));
      return null;
    }
    if (name === "sentinel") {
      return words.length === 0 ? null : new Refusal("sentinel directive while not in sentinel mode");
    }
    return new Refusal("Bad directive or wrong number of arguments", suggestOtherName(name));
  }

  #include(path: string): Refusal | null {
    if (this.#depth >= MAX_INCLUDE_DEPTH || ++this.#includes > MAX_INCLUDES) {
      return new Refusal("Too many includes: does a file include itself?");
    }
    this.#depth++;
    this.loadText(this.readFile(path));
    this.finish();
    this.#depth--;
    return null;
  }

  #renameCommand(from: string, to: string): Refusal | null {
    const reason = this.#hooks.renameCommand?.(from, to) ?? null;
    if (reason !== null) return toRefusal(reason);
    this.#settings.renamedCommands.push({ from, to });
    return null;
  }

  #addUser(words: readonly string[]): Refusal | null {
    const reason = this.#hooks.addUser?.(words) ?? null;
    if (reason !== null) return toRefusal(reason);
    if (this.#hooks.addUser === undefined && !isDefaultUser(words)) {
      this.#lines.addUnsupported("user", this.#place);
    }
    this.#settings.users.push(words);
    return null;
  }

  /** What no single line can check. An included file is checked by itself, too. */
  finish(): void {
    const { values, io } = this.#settings;
    if (values.logfile !== "") {
      try {
        io.openForAppend(joinPath(values.dir, values.logfile));
      } catch (error) {
        const reason = `Can't open the log file: ${errorText(error)}`;
        throw this.#failure(reason, `${reason}\n`);
      }
    }
    if (!values["cluster-enabled"]) return;
    if (values.replicaof !== null) {
      const reason = "replicaof directive not allowed in cluster mode";
      throw this.#failure(reason, `${reason}\n`);
    }
    if (values.databases > 1) {
      const databases = values.databases;
      this.#settings.log("warning", `Changing databases from ${databases} to 1: a cluster node has one.`);
      this.#settings.store("databases", 1);
    }
  }

  /**
   * After the last line: what was asked for and is not supported. Warnings go to the log, and wait for standard error;
   * what protects data or access ends the load, unless the settings ignore it.
   */
  checkSupport(): void {
    const settings = this.#settings;
    const found = findShortfalls(settings, this.#lines);
    const refused = settings.ignoresUnsupported ? [] : found.filter(({ concern }) => concern === "refuse");
    if (refused.length > 0) throw this.#refuseToStart(refused);
    for (const { text, concern, isExplicit } of found) {
      const warning = concern === "refuse" ? `${text} The server starts without it, as it was asked to.` : text;
      settings.log("warning", isExplicit ? warning : `Data is kept in memory only: ${warning}`);
      if (isExplicit) settings.shortfalls.push(warning);
    }
  }

  #refuseToStart(refused: readonly Shortfall[]): ConfigLoadError {
    const reason = refused.map(({ text }) => text).join(" ");
    const lines = refused.map(({ place, text }) => `${place === null ? "" : describePlace(place)}${text}\n`).join("");
    const isFile = refused.some(({ place }) => place !== null && place.option === undefined);
    const way = "To start without this all the same: --ignore-unsupported\n";
    return this.#failure(reason, `${lines}${way}`, isFile);
  }
}

function suggestOtherName(name: string): string | undefined {
  // Where the name is right, its number of words is not.
  return isLineName(name) ? undefined : suggestName(name.replace(/^-+/, ""), listLineNames());
}
