/**
 * Reading redis.conf: lines into values, in order, with `include` in place. The first error ends the load as a
 * ConfigLoadError that carries what redis-server prints. Called by argv.ts and by Config for options.
 */
import { Refusal } from "./directive.js";
import { findEntry } from "./directives.js";
import { errorText } from "./io.js";
import { expandWildcards, hasWildcard, joinPath } from "./paths.js";
import { REDIS_VERSION } from "./redis-version.js";
import type { Settings } from "./settings.js";
import { splitArgs, trimLine } from "./split-args.js";

/** What the owner of commands and users has to say while their lines are read; the answer is the error, if any. */
export interface LoadHooks {
  readonly renameCommand?: (from: string, to: string) => string | null;
  readonly addUser?: (words: readonly string[]) => string | null;
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

/** A file that includes itself must end in an error, and so must two that include each other twice. */
const MAX_INCLUDE_DEPTH = 64;
const MAX_INCLUDES = 10000;

const BAD_DIRECTIVE = new Refusal("Bad directive or wrong number of arguments");

/** So that the text after it begins on a line of its own. */
export function endLine(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

export class ConfigLoader {
  readonly #settings: Settings;
  readonly #hooks: LoadHooks;
  /** Directives that this load has set already. */
  readonly #seen = new Set<string>();
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

  /** Reads one text to its end, then makes sure that the values fit together. */
  loadText(text: string): void {
    let number = 0;
    for (const raw of text.split("\n")) {
      number++;
      const line = trimLine(raw);
      if (line === "" || line.startsWith("#")) continue;
      const refusal = this.#loadLine(line);
      if (refusal === null) continue;
      throw this.#failure(refusal.reason, `Reading the configuration file, at line ${number}\n>>> '${line}'\n`);
    }
    this.finish();
  }

  #failure(reason: string, where: string): ConfigLoadError {
    const head = `\n*** FATAL CONFIG FILE ERROR (Redis ${REDIS_VERSION}) ***\n`;
    return new ConfigLoadError(reason, `${head}${where}${reason}\n`);
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
    const result = this.#settings.setWords(entry, values, { loading: true, repeated: this.#seen.has(primary) });
    if (result instanceof Refusal) return result;
    this.#seen.add(primary);
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
      this.#settings.modules.push(words);
      return null;
    }
    if (name.includes(".")) {
      if (words.length === 0) return new Refusal("Module config specified without value");
      this.#settings.moduleSettings.set(name, words.join(" "));
      return null;
    }
    if (name === "sentinel") {
      return words.length === 0 ? null : new Refusal("sentinel directive while not in sentinel mode");
    }
    return BAD_DIRECTIVE;
  }

  #include(path: string): Refusal | null {
    if (this.#depth >= MAX_INCLUDE_DEPTH || ++this.#includes > MAX_INCLUDES) {
      return new Refusal("Too many includes: does a file include itself?");
    }
    this.#depth++;
    this.loadText(this.readFile(path));
    this.#depth--;
    return null;
  }

  #renameCommand(from: string, to: string): Refusal | null {
    const reason = this.#hooks.renameCommand?.(from, to) ?? null;
    if (reason !== null) return new Refusal(reason);
    this.#settings.renamedCommands.push({ from, to });
    return null;
  }

  #addUser(words: readonly string[]): Refusal | null {
    const reason = this.#hooks.addUser?.(words) ?? null;
    if (reason !== null) return new Refusal(reason);
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
        throw this.#failure(`Can't open the log file: ${errorText(error)}`, "");
      }
    }
    if (!values["cluster-enabled"]) return;
    if (values.replicaof !== null) throw this.#failure("replicaof directive not allowed in cluster mode", "");
    if (values.databases > 1) {
      const databases = values.databases;
      this.#settings.log("warning", `Changing databases from ${databases} to 1: a cluster node has one.`);
      this.#settings.store("databases", 1);
    }
  }
}
