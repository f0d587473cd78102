/**
 * The configuration of one server: typed values, CONFIG GET, SET and REWRITE. It touches no global state, so that
 * several servers live in one process. The server makes one from argv or options and registers its hooks; commands
 * read `values`.
 *
 * Names, patterns and values are byte strings (latin1, one char a byte), as they come off the wire.
 */
import { describeSuggestion } from "../base/suggest.js";
import { matchGlob } from "../resp/glob.js";
import { DEFAULT_IDENTITY, type Exit, type Identity, loadArgv } from "./argv.js";
import { ConfigError } from "./config-error.js";
import { Refusal } from "./directive.js";
import { type ConfigValues, type DirectiveName, ENTRIES, type Entry, findEntry } from "./directives.js";
import { type Concern, describeLack, judgeValue } from "./effect.js";
import { type ConfigIo, errorCode, errorText, nodeConfigIo } from "./io.js";
import { ConfigLoadError, ConfigLoader, type LoadHooks } from "./load.js";
import { type ConfigOptions, isOptionValue, nameKind, wordsOf } from "./options.js";
import { type DueLines, rewriteText } from "./rewrite.js";
import { CONFIG_SET, type LogSink, type RenamedCommand, Settings } from "./settings.js";
import { splitAtBlanks, untilNul } from "./split-args.js";
import { describeStoredData } from "./stored-data.js";

/** Makes a new value take effect; a text refuses it, and every value of the same CONFIG SET goes back. */
export type ApplyHook = (config: Config) => string | null;

/** The lines that CONFIG REWRITE writes for a name, without the name. */
export type LineSource = () => readonly string[];

/** Who asks for CONFIG SET, as far as it matters. */
export interface SetClient {
  /** Connected over a Unix socket or the loopback interface. */
  readonly local: boolean;
  /** The dataset is still being loaded. */
  readonly loading: boolean;
}

export interface Started {
  readonly kind: "config";
  readonly config: Config;
}

/** Whoever only asks what a configuration says ignores what is not supported. */
export interface SupportOptions {
  /** Leave out with a warning, instead of refusing, what protects data or access and has no effect yet. */
  readonly ignoreUnsupported?: boolean;
}

export interface ArgvOptions extends SupportOptions {
  readonly io?: ConfigIo;
  readonly hooks?: LoadHooks;
  readonly identity?: Identity;
}

/** Ends the text of a refusal in the embedded API. */
export const IGNORE_HINT = "To start without it all the same: ignoreUnsupported.";

const ERR_LOADING = "LOADING Redis is loading the dataset in memory";

interface Change {
  readonly entry: Entry;
  readonly value: string;
  /** What the directive goes back to. */
  readonly previous: unknown;
}

interface DueHook {
  readonly hook: ApplyHook;
  /** The directive that asked for it first. */
  readonly name: string;
}

/** What CONFIG GET's patterns are matched with: one request may have very many of them. */
const SHOWN_ENTRIES = ENTRIES.filter(({ directive }) => !directive.flags.hidden).map((entry) => ({
  entry,
  bytes: Buffer.from(entry.name, "latin1"),
}));

export class Config {
  readonly values: ConfigValues;
  readonly #settings: Settings;
  readonly #hooks = new Map<DirectiveName, Set<ApplyHook>>();
  readonly #lineSources = new Map<string, LineSource>();

  private constructor(settings: Settings) {
    this.#settings = settings;
    this.values = settings.values;
  }

  /** From the words after the program's name (as process.argv has them), or what to print instead of starting. */
  static fromArgv(argv: readonly string[], options: ArgvOptions = {}): Started | Exit {
    const settings = new Settings(options.io ?? nodeConfigIo());
    settings.ignoresUnsupported = options.ignoreUnsupported ?? false;
    const exit = loadArgv(argv, settings, options.hooks ?? {}, options.identity ?? DEFAULT_IDENTITY);
    return exit ?? { kind: "config", config: new Config(settings) };
  }

  /** From a record, without a file. Throws ConfigError. */
  static fromOptions(
    options: ConfigOptions,
    io: ConfigIo = nodeConfigIo(),
    hooks: LoadHooks = {},
    support: SupportOptions = {},
  ): Config {
    const settings = new Settings(io);
    settings.ignoresUnsupported = support.ignoreUnsupported ?? false;
    const loader = new ConfigLoader(settings, hooks);
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined) continue;
      if (findEntry(name) === undefined) {
        const names = ENTRIES.map((entry) => entry.name);
        throw new ConfigError(`Unknown option '${name}'${describeSuggestion(name, names)}`);
      }
      if (!isOptionValue(value)) {
        throw new ConfigError(
          `Invalid option '${name}': it takes a string, a number, a boolean or a list of them, not ${nameKind(value)}`,
        );
      }
      const refusal = loader.setDirective(name, wordsOf(value));
      if (refusal === null) continue;
      const { reason, suggestion } = refusal;
      const hint = suggestion === undefined ? "" : ` (did you mean ${JSON.stringify(suggestion)}?)`;
      throw new ConfigError(`Invalid option '${name}': ${reason}${hint}`);
    }
    try {
      loader.checkSupport();
    } catch (error) {
      throw error instanceof ConfigLoadError ? new ConfigError(`${error.message} ${IGNORE_HINT}`) : error;
    }
    try {
      loader.finish();
    } catch (error) {
      throw error instanceof ConfigLoadError ? new ConfigError(error.message) : error;
    }
    return new Config(settings);
  }

  /** Grows with every change of a value, so that a hot path can keep what it derived from them. */
  get version(): number {
    return this.#settings.version;
  }

  /** The absolute path of the file that CONFIG REWRITE writes. */
  get configFile(): string | null {
    return this.#settings.configFile;
  }

  get users(): readonly (readonly string[])[] {
    return this.#settings.users;
  }

  get renamedCommands(): readonly RenamedCommand[] {
    return this.#settings.renamedCommands;
  }

  get modules(): readonly (readonly string[])[] {
    return this.#settings.modules;
  }

  get moduleSettings(): ReadonlyMap<string, string> {
    return this.#settings.moduleSettings;
  }

  /** Set by `--ignore-unsupported` or by whoever asked for this configuration. */
  get ignoresUnsupported(): boolean {
    return this.#settings.ignoresUnsupported;
  }

  /** Why a server that starts in `dir` would pass over a dataset; null if there is none. `dir` is a byte string. */
  describeStoredData(dir: string = this.values.dir): string | null {
    return describeStoredData(this.#settings.io, dir, this.values);
  }

  /** What the load has found to be without an effect, a sentence each; the log has them, too. */
  get shortfalls(): readonly string[] {
    return this.#settings.shortfalls;
  }

  /** Lines that waited since the load go to the sink at once. */
  attachLog(sink: LogSink): void {
    this.#settings.attachLog(sink);
  }

  /** Whether the value must stay out of MONITOR, SLOWLOG and logs. */
  isSensitive(name: string): boolean {
    return findEntry(name)?.directive.flags.sensitive ?? false;
  }

  /** Name and value of everything that a pattern matches, aliases included, as CONFIG GET lists them. */
  get(patterns: readonly string[]): [name: string, value: string][] {
    const found = new Map<string, [string, string]>();
    for (const raw of patterns) {
      for (const [shown, entry] of this.#match(raw)) {
        if (found.has(entry.name)) continue;
        found.set(entry.name, [shown, entry.directive.show(this.#settings.valueOf(entry.primary))]);
      }
    }
    return [...found.values()];
  }

  /** A pattern ends at a NUL, as C's strings do; a name that holds one names nothing. */
  #match(raw: string): [shown: string, entry: Entry][] {
    const pattern = untilNul(raw);
    if (!/[[*?]/.test(pattern)) {
      const entry = findEntry(raw);
      return entry === undefined ? [] : [[raw, entry]];
    }
    const glob = Buffer.from(pattern, "latin1");
    const entries: [shown: string, entry: Entry][] = [];
    for (const { entry, bytes } of SHOWN_ENTRIES) {
      if (matchGlob(glob, 0, glob.length, bytes, 0, bytes.length, true)) entries.push([entry.name, entry]);
    }
    return entries;
  }

  /**
   * CONFIG SET: all pairs or none. Null, or the error line that the client gets (with its code, without line ends).
   * Values are set first; then the hooks of those that changed run, each once. When one refuses, every value goes back
   * and the same hooks run again.
   */
  set(pairs: readonly (readonly [name: string, value: string])[], client: SetClient): string | null {
    const changes: Change[] = [];
    for (const [name, value] of pairs) {
      const entry = findEntry(name);
      if (entry === undefined) {
        return oneLine(`ERR Unknown option or number of arguments for CONFIG SET - '${untilNul(name)}'`);
      }
      const { flags } = entry.directive;
      if (flags.immutable) return setError(name, "can't set immutable config");
      if (flags.protected && !this.allows("enable-protected-configs", client)) {
        return setError(name, "can't set protected config");
      }
      if (client.loading && flags.denyLoading) return ERR_LOADING;
      if (changes.some((change) => change.entry === entry)) return setError(name, "duplicate parameter");
      changes.push({ entry, value, previous: this.#settings.valueOf(entry.primary) });
    }
    const due: DueHook[] = [];
    const warnings: string[] = [];
    for (const { entry, value, previous } of changes) {
      const words = entry.directive.manyWords ? splitAtBlanks(value).map(untilNul) : [value];
      const result = this.#settings.setWords(entry, words, CONFIG_SET);
      if (result instanceof Refusal) {
        this.#restore(changes);
        return setError(entry.name, result.reason);
      }
      const concern = this.#judgeChange(entry, previous);
      if (concern === "refuse" && !this.#settings.ignoresUnsupported) {
        this.#restore(changes);
        return setError(entry.name, describeLack(entry.primary, entry.directive));
      }
      if (concern !== "none") warnings.push(describeLack(entry.primary, entry.directive));
      if (result) this.#collectHooks(entry, due);
    }
    const error = this.#applyOrRestore(changes, due);
    if (error === null) for (const warning of warnings) this.#settings.log("warning", warning);
    return error;
  }

  /** What the new value of a directive calls for; one that stays calls for nothing more. */
  #judgeChange({ primary, directive }: Entry, previous: unknown): Concern {
    const value = this.#settings.valueOf(primary);
    return directive.same(value, previous) ? "none" : judgeValue(directive, value);
  }

  /** Whether an enable-… directive lets this client do what it guards. */
  allows(
    guard: "enable-protected-configs" | "enable-debug-command" | "enable-module-command",
    client: Pick<SetClient, "local">,
  ): boolean {
    const who = this.values[guard];
    return who === "yes" || (who === "local" && client.local);
  }

  #collectHooks(entry: Entry, due: DueHook[]): void {
    for (const hook of this.#hooks.get(entry.primary) ?? []) {
      if (!due.some((known) => known.hook === hook)) due.push({ hook, name: entry.name });
    }
  }

  #applyOrRestore(changes: readonly Change[], due: readonly DueHook[]): string | null {
    for (const { hook, name } of due) {
      let reason: string | null;
      try {
        reason = hook(this);
      } catch (error) {
        // A bug, for dispatch to report; the values must not stay half applied.
        this.#restore(changes);
        throw error;
      }
      if (reason === null) continue;
      const log = `Failed applying new configuration. Possibly related to new ${name} setting. Restoring previous settings.`;
      this.#settings.log("warning", log);
      this.#restore(changes);
      for (const known of due) {
        const failure = known.hook(this);
        if (failure === null) continue;
        this.#settings.log("warning", `Failed applying restored failed CONFIG SET command: ${failure}`);
      }
      return setError(name, reason);
    }
    return null;
  }

  #restore(changes: readonly Change[]): void {
    for (const { entry, previous } of changes) {
      if (!entry.directive.same(this.#settings.valueOf(entry.primary), previous)) {
        this.#settings.store(entry.primary, previous);
      }
    }
  }

  /** Registers a hook for several directives; it runs once for all of them. Returns what takes it away again. */
  onApply(names: readonly DirectiveName[], hook: ApplyHook): () => void {
    for (const name of names) {
      const hooks = this.#hooks.get(name);
      if (hooks === undefined) this.#hooks.set(name, new Set([hook]));
      else hooks.add(hook);
    }
    return () => {
      for (const name of names) this.#hooks.get(name)?.delete(hook);
    };
  }

  /** A value that the server itself changes, such as `replicaof` by a failover. Flags do not bind it; no hooks run. */
  assign<Name extends DirectiveName>(name: Name, value: ConfigValues[Name]): void {
    this.#settings.store(name, value);
  }

  /** Lines that come from elsewhere at CONFIG REWRITE. Without a source, `user` and `loadmodule` lines stay as they are. */
  setLineSource(name: "user" | "loadmodule" | DirectiveName, source: LineSource): void {
    this.#lineSources.set(name, source);
  }

  /** CONFIG REWRITE: null, or the error line that the client gets. `forceAll` writes the defaults, too. */
  rewrite(forceAll = false): string | null {
    const { io, configFile } = this.#settings;
    if (configFile === null) return "ERR The server is running without a config file";
    try {
      io.replaceFile(configFile, rewriteText(this.#readOldFile(configFile), this.#dueLines(), forceAll));
    } catch (error) {
      if (errorCode(error) === "") throw error;
      this.#settings.log("warning", `CONFIG REWRITE failed: ${errorText(error)}`);
      return oneLine(`ERR Rewriting config file: ${errorText(error)}`);
    }
    this.#settings.log("notice", "CONFIG REWRITE executed with success.");
    return null;
  }

  #readOldFile(path: string): string {
    try {
      return this.#settings.io.readFile(path);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return "";
      throw error;
    }
  }

  #dueLines(): DueLines[] {
    const due: DueLines[] = [];
    for (const { name, primary, directive } of ENTRIES) {
      if (name !== primary || this.#lineSources.has(name)) continue;
      // The cluster's own file says whom a node replicates.
      const none = name === "replicaof" && this.values["cluster-enabled"];
      due.push({ name, lines: none ? [] : directive.rewrite(this.#settings.valueOf(primary)) });
    }
    for (const [name, source] of this.#lineSources) {
      // With an ACL file, users live there.
      const texts = name === "user" && this.values.aclfile !== "" ? [] : source();
      due.push({ name, lines: texts.map((text) => ({ text, force: true })) });
    }
    return due;
  }
}

function setError(name: string, reason: string): string {
  return oneLine(`ERR CONFIG SET failed (possibly related to argument '${untilNul(name)}') - ${reason}`);
}

/** An error reply is one line. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+$/, "").replace(/[\r\n]/g, " ");
}
