/**
 * The options of PyRedis.create(), checked: a caller in JavaScript has no compiler to tell a wrong name or type. Called by
 * embedded.ts. `config` itself is checked by the directives' own table.
 */
import type { Clock } from "../base/clock.js";
import { describeSuggestion } from "../base/suggest.js";
import { ConfigError } from "../config/config-error.js";
import { findEntry } from "../config/directives.js";
import type { ConfigOptions, OptionValue } from "../config/options.js";
import type { ArenaChecks } from "../storage/arena-checks.js";
import type { PageSource } from "../storage/page-source.js";
import type { Logger } from "./logger.js";

export interface PyRedisOptions {
  /** Directives of redis.conf, as `{ maxmemory: "10mb" }`. */
  config?: ConfigOptions;
  /** Start without directives that protect data or access and have no effect yet (appendonly …), with a line in `log`. */
  ignoreUnsupported?: boolean;
  /** 0, the default, lets the system choose; `config.port` means the same place. */
  port?: number;
  /** The address to listen on. Default 127.0.0.1; several are `config.bind`. */
  host?: string;
  /** Its abort ends the start, or closes the server. */
  signal?: AbortSignal;
  /** Time, under the caller's control. */
  clock?: Clock;
  /** Makes every choice of chance repeatable. */
  seed?: number;
  /** Gets the lines of the server's log. */
  log?: Logger;
  /**
   * For tests of the server: overwrite each request after its command.
   * @internal
   */
  poison?: boolean;
  /**
   * For tests of the server: check every block of the arena.
   * @internal
   */
  arenaChecks?: ArenaChecks;
  /**
   * Where the data's memory comes from: for tests.
   * @internal
   */
  pages?: PageSource;
}

const HIGHEST_PORT = 65_535;
const NAMES = [
  "config",
  "ignoreUnsupported",
  "port",
  "host",
  "signal",
  "clock",
  "seed",
  "log",
  "poison",
  "arenaChecks",
  "pages",
] as const;

/** What belongs to the process, which is the caller's own here, by what to do instead. */
const OF_THE_PROCESS: Readonly<Record<string, string>> = {
  daemonize: "use the command `pyredis start`, or pyredis/daemon",
  pidfile: "use the command `pyredis start`, or pyredis/daemon",
  supervised: "use the command `pyredis server`",
  logfile: "use the option log",
  "syslog-enabled": "use the option log",
  "always-show-logo": "use the command `pyredis server`",
  "oom-score-adj": "use the command `pyredis server`",
};

function refuse(name: string, what: string, value: unknown): never {
  const kind = value === null ? "null" : Array.isArray(value) ? "an array" : typeof value;
  const shown = ["string", "number", "boolean"].includes(typeof value) ? JSON.stringify(value) : kind;
  throw new ConfigError(`Invalid option '${name}': ${what}, not ${shown}`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isMethodOf(value: unknown, ...names: string[]): boolean {
  return isRecord(value) && names.every((name) => typeof value[name] === "function");
}

const CHECKS: Readonly<Record<(typeof NAMES)[number], readonly [what: string, isGood: (value: unknown) => boolean]>> = {
  config: ["it takes an object of directives", isRecord],
  port: [
    `it takes a whole number from 0 to ${HIGHEST_PORT}`,
    (value) => typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= HIGHEST_PORT,
  ],
  host: ["it takes an address or a host name", (value) => typeof value === "string" && value !== ""],
  signal: [
    "it takes an AbortSignal",
    (value) => isMethodOf(value, "addEventListener") && "aborted" in (value as object),
  ],
  clock: ["it takes an object with nowMs() and nowUs()", (value) => isMethodOf(value, "nowMs", "nowUs")],
  seed: ["it takes a whole number", (value) => Number.isSafeInteger(value)],
  log: ["it takes a function of level and text", (value) => typeof value === "function"],
  poison: ["it takes a boolean", (value) => typeof value === "boolean"],
  ignoreUnsupported: ["it takes a boolean", (value) => typeof value === "boolean"],
  arenaChecks: ["it takes an ArenaChecks", isRecord],
  pages: ["it takes a PageSource", isRecord],
};

function isOptionName(name: string): name is (typeof NAMES)[number] {
  return Object.hasOwn(CHECKS, name);
}

/** Throws a ConfigError for a name that is none, and for a value of the wrong type. `undefined` is as if not given. */
export function checkOptions(options: unknown): asserts options is PyRedisOptions {
  if (!isRecord(options)) {
    throw new ConfigError('PyRedis.create() takes an object of options, as { port: 0, config: { maxmemory: "10mb" } }');
  }
  for (const [name, value] of Object.entries(options)) {
    if (!isOptionName(name)) {
      const hint =
        findEntry(name) === undefined
          ? describeSuggestion(name, NAMES)
          : `: give it as { config: { ${JSON.stringify(name)}: … } }`;
      throw new ConfigError(`Unknown option '${name}'${hint}`);
    }
    if (value === undefined) continue;
    const [what, isGood] = CHECKS[name];
    if (!isGood(value)) refuse(name, what, value);
  }
  for (const name of Object.keys(options.config ?? {})) {
    const instead = OF_THE_PROCESS[name.toLowerCase()];
    if (instead !== undefined && !isOff(name, options)) {
      throw new ConfigError(
        `Invalid option '${name}': it belongs to a process of its own, and this one is yours: ${instead}`,
      );
    }
  }
}

/** A configuration that is shared with a daemon may say that these are off. */
function isOff(name: string, options: Record<string, unknown>): boolean {
  const value = isRecord(options.config) ? options.config[name] : undefined;
  return value === undefined || value === false || value === "" || value === "no";
}

function isGiven(config: ConfigOptions | undefined, name: string): boolean {
  return Object.entries(config ?? {}).some(([given, value]) => given.toLowerCase() === name && value !== undefined);
}

/** Where to listen. The names of the API and redis.conf's directives mean the same thing: not both. */
export interface Place {
  /** Null: no TCP, as `port 0` of redis.conf. */
  readonly port: number | null;
  readonly hosts: readonly string[];
}

export function findPlace(options: PyRedisOptions, values: { port: number; bind: readonly string[] }): Place {
  const { config } = options;
  const hasPort = isGiven(config, "port");
  const hasBind = isGiven(config, "bind");
  if (hasPort && options.port !== undefined) throw new ConfigError("Give the option 'port' or config.port, not both");
  if (hasBind && options.host !== undefined) throw new ConfigError("Give the option 'host' or config.bind, not both");
  const hosts = hasBind ? values.bind : [options.host ?? "127.0.0.1"];
  if (!hasPort) return { port: hosts.length === 0 ? null : (options.port ?? 0), hosts };
  return { port: values.port === 0 || hosts.length === 0 ? null : values.port, hosts };
}

export type { ConfigOptions, OptionValue };
