/**
 * The current values with what belongs to them: their version, the log, and the lines of the file that are no
 * directives (users, renamed commands, modules). The loader fills it and Config changes it; nobody else writes.
 */
import { Refusal, type SetContext } from "./directive.js";
import { type ConfigValues, type DirectiveName, defaultValues, type Entry } from "./directives.js";
import { type ConfigIo, errorText } from "./io.js";
import { joinPath } from "./paths.js";

export type LogLevel = "debug" | "verbose" | "notice" | "warning";
export type LogSink = (level: LogLevel, text: string) => void;

export interface LogLine {
  readonly level: LogLevel;
  readonly text: string;
}

export interface RenamedCommand {
  readonly from: string;
  /** Empty: the command is gone. */
  readonly to: string;
}

/** Where a value comes from: a file, argv or the embedded API, or CONFIG SET. */
export interface Source {
  readonly loading: boolean;
  readonly repeated: boolean;
}

export const CONFIG_SET: Source = { loading: false, repeated: false };

/** Until a log is attached, lines wait; a load makes few, and more than these are dropped. */
const MAX_WAITING_LINES = 1000;

export class Settings {
  readonly io: ConfigIo;
  /** One object for the lifetime of the configuration: holding on to it is fine, its members change in place. */
  readonly values: ConfigValues;
  version = 0;
  configFile: string | null = null;

  /** The words after `user`, one entry a line. */
  readonly users: (readonly string[])[] = [];
  readonly renamedCommands: RenamedCommand[] = [];
  /** A module's path and its arguments. */
  readonly modules: (readonly string[])[] = [];
  /** Directives with a dot in the name, for the module that declares them. */
  readonly moduleSettings = new Map<string, string>();

  /** What is not supported yet is left out with a warning, and not refused. */
  ignoresUnsupported = false;
  /** What the load has found to be without an effect: for standard error, too. The log has them already. */
  readonly shortfalls: string[] = [];

  #sink: LogSink | null = null;
  readonly #waiting: LogLine[] = [];

  constructor(io: ConfigIo) {
    this.io = io;
    this.values = { ...defaultValues(), dir: io.cwd };
  }

  valueOf(name: DirectiveName): unknown {
    return this.values[name];
  }

  /** Stores a value that the directive's own `parse` made. */
  store(name: DirectiveName, value: unknown): void {
    (this.values as Record<DirectiveName, unknown>)[name] = value;
    this.version++;
  }

  /** Reads the words and stores the value. `true` means that hooks have to run. */
  setWords(entry: Entry, words: readonly string[], source: Source): boolean | Refusal {
    const { primary, directive } = entry;
    const previous = this.valueOf(primary);
    const value = directive.parse(words, previous, this.#contextOf(source));
    if (value instanceof Refusal) return value;
    if (directive.same(value, previous)) return directive.flags.alwaysApply;
    this.store(primary, value);
    return true;
  }

  #contextOf(source: Source): SetContext {
    return {
      ...source,
      clusterEnabled: this.values["cluster-enabled"],
      unixSocket: this.values.unixsocket,
      configFile: this.configFile,
      resolveDirectory: (path) => {
        try {
          return this.io.enterDirectory(path === "" ? "" : joinPath(this.values.dir, path));
        } catch (error) {
          return new Refusal(errorText(error));
        }
      },
      warn: (text) => this.log("warning", text),
    };
  }

  log(level: LogLevel, text: string): void {
    if (this.#sink !== null) this.#sink(level, text);
    else if (this.#waiting.length < MAX_WAITING_LINES) this.#waiting.push({ level, text });
  }

  /** Lines so far go to the sink at once. */
  attachLog(sink: LogSink): void {
    this.#sink = sink;
    for (const { level, text } of this.takeLog()) sink(level, text);
  }

  takeLog(): LogLine[] {
    return this.#waiting.splice(0);
  }
}
