/**
 * `pyredis server`: one server in this process, from redis-server's arguments to its exit code. Called by the CLI, in
 * the foreground or inside the daemon. Owns what belongs to the process and not to a server: log file, working
 * directory, pidfile, title, signals, uncaught exceptions.
 */
import { resolve } from "node:path";
import { chdir } from "node:process";
import { messageOf } from "../base/errors.js";
import { suggestName } from "../base/suggest.js";
import { PYREDIS_VERSION } from "../base/version.js";
import { COMMANDS } from "../commands/index.js";
import { Registry } from "../commands/registry.js";
import type { Identity } from "../config/argv.js";
import { type ArgvOptions, Config } from "../config/config.js";
import { Refusal } from "../config/directive.js";
import { errorCode, errorText, nodeConfigIo } from "../config/io.js";
import { REDIS_VERSION } from "../config/redis-version.js";
import { fromByteString, toByteString } from "../config/split-args.js";
import { SystemClock } from "./clock.js";
import { installCrashHandlers } from "./crash-report.js";
import { tuneEngine } from "./engine-tuning.js";
import { Listeners } from "./listeners.js";
import { FileLogger } from "./logger.js";
import { setProcTitle } from "./proc-title.js";
import { followFileLimit, followOomScore } from "./process-limits.js";
import { installSignalHandlers } from "./process-signals.js";
import { Server } from "./server.js";
import { renderBanner } from "./start-banner.js";
import { hasSupervisor, needsSystem, type ServerSystem, Supervision } from "./supervision.js";

/** Tools read Redis's version out of the line, and people ours. */
const IDENTITY: Identity = {
  program: "pyredis server",
  versionLine: `Redis server v=${REDIS_VERSION} sha=00000000:0 malloc=pyredis-${PYREDIS_VERSION} bits=64 build=0`,
};

/** A server in the foreground, once its ports are its own. */
export interface ForegroundServer {
  /** As it is configured; absolute, or empty. */
  pidfile: string;
  port: number;
  addresses: readonly string[];
  logFile: string;
}

/** What the launcher lends to the server. */
export interface ServerHost {
  /** All listeners answer. */
  onReady(info: { pid: number; addresses: string[]; logFile: string }): void;
  /** The boot has failed; the reason is in the log already, or on standard error when it lies in the configuration. */
  onFatal(reason: string, code?: "not-permitted"): void;
  /**
   * Makes this process the instance of its pidfile until it ends, and removes the pidfile then. Resolves with a warning
   * where there can be no pidfile, or another process is that instance. Not of a host that is a daemon.
   */
  hold?(server: ForegroundServer): Promise<string>;
  /**
   * The configuration says `daemonize yes` and this process is not the daemon yet: the host starts one and resolves
   * with the exit code of this process. `stdin` is the configuration read from standard input, which is empty by now.
   * A host without it has made this process the daemon, and owns the pidfile.
   */
  daemonize?(config: { pidfile: string; logfile: string; dir: string; stdin?: string }): Promise<number>;
  /** Service manager and syslog, asked for only where the configuration or the environment speaks of them. */
  loadSystem?(): Promise<ServerSystem>;
}

export async function runServer(argv: readonly string[], host: ServerHost): Promise<number> {
  tuneEngine();
  const clock = new SystemClock();
  const logger = new FileLogger(() => clock.nowMs());
  const registry = new Registry(COMMANDS);
  let stdin: string | undefined;
  const io = nodeConfigIo();
  const readStdin = (): string => {
    const bytes = io.readStdin();
    stdin = fromByteString(bytes);
    return bytes;
  };
  const renameCommand = (from: string, to: string): string | Refusal | null => rename(registry, from, to);
  let isRefused = false;
  const watch = <Result>(call: () => Result): Result => {
    try {
      return call();
    } catch (error) {
      isRefused ||= isDenied(error);
      throw error;
    }
  };
  const watched = {
    ...io,
    readStdin,
    readFile: (path: string) => watch(() => io.readFile(path)),
    enterDirectory: (path: string) => watch(() => io.enterDirectory(path)),
    openForAppend: (path: string) => watch(() => io.openForAppend(path)),
  };
  const options: ArgvOptions = { io: watched, hooks: { renameCommand }, identity: IDENTITY };
  const started = Config.fromArgv(argv, options);
  if (started.kind === "exit") {
    process.stdout.write(Buffer.from(started.stdout, "latin1"));
    process.stderr.write(Buffer.from(started.stderr, "latin1"));
    for (const { level, text } of started.log) logger.log(level, text);
    if (started.code !== 0) {
      const reason = fromByteString(started.stderr || started.log.map((line) => line.text).join("\n"));
      if (isRefused) host.onFatal(reason, "not-permitted");
      else host.onFatal(reason);
    }
    return started.code;
  }
  const { config } = started;
  const { values } = config;
  // A supervised server stays in the foreground, whatever daemonize says.
  if (values.daemonize && !hasSupervisor(config) && host.daemonize !== undefined) {
    const places = { pidfile: values.pidfile ?? "", logfile: values.logfile, dir: values.dir };
    return await host.daemonize(stdin === undefined ? places : { ...places, stdin });
  }
  // The starter of a daemon has said them already.
  if (host.daemonize !== undefined) for (const text of config.shortfalls) warnOnStderr(text);
  const system = needsSystem(config) ? await host.loadSystem?.() : undefined;
  const supervision = new Supervision(system, logger);
  const boot = new Boot(config, logger, host, supervision);
  try {
    return await boot.run(clock, registry);
  } catch (error) {
    if (!(error instanceof BootError)) throw error;
    logger.log("warning", toByteString(error.message));
    const isUnseen = values.logfile !== "" || error instanceof StoredDataError;
    if (host.daemonize !== undefined && isUnseen) process.stderr.write(`pyredis: ${error.reason}\n`);
    if (error.isDenied) host.onFatal(error.reason, "not-permitted");
    else host.onFatal(error.reason);
    return 1;
  }
}

/** For want of a right that another user may have. */
function isDenied(error: unknown): boolean {
  return ["EACCES", "EPERM", "EROFS"].includes(errorCode(error));
}

/**
 * The server cannot start. The message is the last line of its log, `reason` what the starter prints: texts, not byte
 * strings.
 */
class BootError extends Error {
  readonly reason: string;
  readonly isDenied: boolean;

  /** `tells`: the message has the cause in it. */
  constructor(message: string, cause?: unknown, tells = false) {
    super(message);
    const adds = cause !== undefined && !tells;
    this.reason = adds ? `${message.replace(/, aborting\.$/, "")}: ${messageOf(cause)}` : message;
    this.isDenied = isDenied(cause);
  }
}

/** What the configuration asks for cannot be had: told on standard error, too, as all of that. */
class StoredDataError extends BootError {}

/** One start and one end of a server. */
class Boot {
  readonly #config: Config;
  readonly #logger: FileLogger;
  readonly #host: ServerHost;
  readonly #supervision: Supervision;

  constructor(config: Config, logger: FileLogger, host: ServerHost, supervision: Supervision) {
    this.#supervision = supervision;
    this.#config = config;
    this.#logger = logger;
    this.#host = host;
  }

  async run(clock: SystemClock, registry: Registry): Promise<number> {
    const { log } = this.#logger;
    const { values } = this.#config;
    this.#attachLog();
    this.#enterDirectory();
    // What the loading had to say goes to the log, whose relative path starts from the directory.
    this.#config.attachLog(log);
    this.#checkStoredData();
    this.#supervision.openSyslog(this.#config, this.#logger);
    this.#supervision.begin(this.#config);
    const version = `pyredis version=${PYREDIS_VERSION}, Redis version=${REDIS_VERSION}, bits=64, commit=00000000, modified=0, pid=${process.pid}, just started`;
    log("notice", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
    log("notice", version);
    if (this.#config.configFile !== null) log("notice", "Configuration loaded");
    let finish: (code: number) => void = () => {};
    const finished = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const server = new Server({ config: this.#config, log, clock, registry, onShutdown: () => finish(0) });
    this.#logger.role = "M";
    installSignalHandlers(
      server,
      (text) => this.#logger.fromHandler(text),
      (code) => process.exit(code),
    );
    installCrashHandlers(server);
    followFileLimit(this.#config, log);
    followOomScore(this.#config, log);
    this.#followTitle();
    this.#showBanner();
    const listeners = new Listeners(server);
    const kinds = await this.#listen(listeners);
    const places = {
      addresses: listeners.places.map((place) =>
        place === listeners.unixPath ? resolve(fromByteString(values.dir), place) : place,
      ),
      logFile: this.#absolute(values.logfile),
    };
    const hasPidfile = await this.#hold(places);
    server.cron.start();
    log("notice", "Server initialized");
    for (const kind of kinds) log("notice", `Ready to accept connections ${kind}`);
    this.#supervision.ready();
    this.#host.onReady({ pid: process.pid, ...places });
    const code = await finished;
    this.#supervision.stopping();
    const closed = listeners.close();
    server.close();
    await closed;
    // The host does, when the process ends.
    if (hasPidfile) log("notice", "Removing the pid file.");
    log("warning", "Redis is now ready to exit, bye bye...");
    return code;
  }

  #attachLog(): void {
    const logger = this.#logger;
    const config = this.#config;
    logger.path = config.values.logfile;
    const setLevel = (): null => {
      logger.level = config.values.loglevel;
      return null;
    };
    setLevel();
    config.onApply(["loglevel"], setLevel);
  }

  #enterDirectory(): void {
    const enter = ({ values }: Config): void => chdir(fromByteString(values.dir));
    try {
      enter(this.#config);
    } catch (error) {
      const { dir } = this.#config.values;
      throw new BootError(`Can't chdir to '${fromByteString(dir)}': ${errorText(error)}`, error, true);
    }
    this.#config.onApply(["dir"], (config) => {
      try {
        enter(config);
        return null;
      } catch (error) {
        return errorText(error);
      }
    });
  }

  /** A path of the configuration, whose relative ones start from `dir`. */
  #absolute(path: string): string {
    return path === "" ? "" : resolve(fromByteString(this.#config.values.dir), fromByteString(path));
  }

  /** A server in the foreground becomes the instance of its pidfile, now that its ports are its own. */
  async #hold(places: { addresses: readonly string[]; logFile: string }): Promise<boolean> {
    const { hold } = this.#host;
    if (hold === undefined) return false;
    const { values } = this.#config;
    const pidfile = this.#absolute(values.pidfile ?? "");
    const warning = await hold({ pidfile, port: values.port || values["tls-port"], ...places });
    if (warning !== "") this.#logger.log("warning", toByteString(`Failed to write PID file: ${warning}`));
    return pidfile !== "" && pidfile !== "/dev/null" && warning === "";
  }

  /** A dataset that is passed over in silence reads as lost. */
  #checkStoredData(): void {
    const found = this.#config.describeStoredData();
    if (found === null) return;
    if (!this.#config.ignoresUnsupported) {
      throw new StoredDataError(
        `${fromByteString(found)} Choose another dir, move it away, or start with --ignore-unsupported.`,
      );
    }
    this.#logger.log("warning", `${found} It stays as it is.`);
    if (this.#host.daemonize !== undefined) warnOnStderr(`${found} It stays as it is.`);
  }

  #followTitle(): void {
    const program = process.argv[1] ?? process.argv0;
    const set = (config: Config): string | null =>
      setProcTitle(config, program) ? null : "failed to set process title";
    set(this.#config);
    this.#config.onApply(["proc-title-template"], set);
  }

  #showBanner(): void {
    const { values } = this.#config;
    const mode = values["cluster-enabled"] ? "cluster" : "standalone";
    const port = values.port || values["tls-port"];
    const onTerminal = values.logfile === "" && !values["syslog-enabled"] && process.stdout.isTTY;
    if (values["always-show-logo"] || onTerminal) {
      this.#logger.raw("notice", renderBanner({ mode, port, pid: process.pid }));
    } else {
      this.#logger.log("notice", `Running mode=${mode}, port=${port}.`);
    }
  }

  async #adopt(listeners: Listeners, fd: number): Promise<"tcp" | "unix"> {
    try {
      return await listeners.adopt(fd);
    } catch (error) {
      throw new BootError(`Failed to use socket ${fd} of the service manager, aborting.`, error);
    }
  }

  /** Opens all listeners, or takes those that a service manager has opened; answers the kinds that are ready. */
  async #listen(listeners: Listeners): Promise<string[]> {
    const { values } = this.#config;
    const kinds: string[] = [];
    for (const fd of this.#supervision.sockets) kinds.push(await this.#adopt(listeners, fd));
    if (kinds.length > 0) return [...new Set(kinds)];
    if (values.port !== 0 && values.bind.length > 0) {
      try {
        await listeners.listenTcp(values.port, values.bind, false);
      } catch (error) {
        // The log has the address and the reason already.
        throw new BootError(`Failed listening on port ${values.port} (tcp), aborting.`, error);
      }
      kinds.push("tcp");
    }
    const path = values.unixsocket ?? "";
    if (path !== "") {
      try {
        await listeners.listenUnix(fromByteString(path), values.unixsocketperm);
      } catch (error) {
        const why = messageOf(error);
        throw new BootError(`Failed opening Unix socket: ${why}`, error, true);
      }
      kinds.push("unix");
    }
    if (kinds.length === 0) throw new BootError("Configured to not listen anywhere, exiting.");
    return kinds;
  }
}

/** `text` is a byte string. */
function warnOnStderr(text: string): void {
  process.stderr.write(`pyredis: warning: ${fromByteString(text)}\n`);
}

/** rename-command of the configuration file; Redis's words when it cannot be. */
function rename(registry: Registry, from: string, to: string): string | Refusal | null {
  if (!registry.commands.has(from.toLowerCase())) {
    return new Refusal("No such command in rename-command", suggestName(from, registry.commands.keys()));
  }
  return registry.rename(from, to) ? null : "Target command name already exists";
}
