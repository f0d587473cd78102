/** A server inside of a Node program: PyRedis.create() gives a real one, on a free port, in milliseconds. */
import { isIPv6 } from "node:net";
import { inspect } from "node:util";
import type { ShutdownOptions } from "../commands/context.js";
import { Config, IGNORE_HINT } from "../config/config.js";
import { ConfigError } from "../config/config-error.js";
import { nodeConfigIo } from "../config/io.js";
import { checkOptions, findPlace, type PyRedisOptions } from "./embedded-options.js";
import { Listeners, parseBind } from "./listeners.js";
import { Server } from "./server.js";

export type { ConfigOptions, OptionValue, PyRedisOptions } from "./embedded-options.js";

export class PyRedis {
  /** The first of the addresses it listens on; empty if it listens on a unix socket only. */
  readonly host: string;
  readonly #server: Server;
  readonly #listeners: Listeners;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.close();
  #closed: Promise<void> | null = null;

  /** `await using redis = await PyRedis.create()`: close(). */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  private constructor(server: Server, listeners: Listeners, host: string, signal: AbortSignal | undefined) {
    this.#server = server;
    this.#listeners = listeners;
    this.host = host;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /**
   * Resolves when the port answers. Rejects with a ConfigError (`bad-option`) for an option that cannot be, with a
   * ListenError (`EADDRINUSE`, `EACCES` …) when the port or the socket cannot be had, and with the signal's reason when
   * that aborts; nothing is left open then.
   */
  static async create(options: PyRedisOptions = {}): Promise<PyRedis> {
    checkOptions(options);
    const { signal } = options;
    signal?.throwIfAborted();
    makeDisposable();
    const started = PyRedis.#start(options);
    return signal === undefined ? await started : await untilAborted(started, signal);
  }

  static async #start(options: PyRedisOptions): Promise<PyRedis> {
    const support = { ignoreUnsupported: options.ignoreUnsupported ?? false };
    const config = Config.fromOptions({ save: "", ...options.config }, nodeConfigIo(), {}, support);
    if (options.log !== undefined) config.attachLog(options.log);
    // A project's own directory may hold anything: only one that was named is meant.
    const stored = options.config?.dir === undefined ? null : config.describeStoredData();
    if (stored !== null && !support.ignoreUnsupported) throw new ConfigError(`${stored} ${IGNORE_HINT}`);
    if (stored !== null) options.log?.("warning", stored);
    const { unixsocket, unixsocketperm } = config.values;
    const { port, hosts } = findPlace(options, config.values);
    if (port === null && unixsocket === null) {
      throw new ConfigError(
        "Nothing to listen on: config.port is 0 or config.bind is empty, and there is no unixsocket",
      );
    }
    let self: PyRedis | null = null;
    const server = new Server({
      config,
      log: options.log ?? (() => {}),
      onShutdown: (_how: ShutdownOptions) => {
        void self?.close();
      },
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.poison === undefined ? {} : { poison: options.poison }),
      ...(options.arenaChecks === undefined ? {} : { arenaChecks: options.arenaChecks }),
      ...(options.pages === undefined ? {} : { pages: options.pages }),
    });
    const listeners = new Listeners(server);
    try {
      if (port !== null) await listeners.listenTcp(port, hosts, true);
      if (unixsocket !== null) await listeners.listenUnix(unixsocket, unixsocketperm);
    } catch (error) {
      server.close();
      await listeners.close();
      throw error;
    }
    // CONFIG GET tells where it really listens, and a CONFIG SET of one leaves the other as it is.
    config.assign("port", listeners.port);
    config.assign("bind", hosts);
    server.cron.start();
    const host = port === null ? "" : parseBind(hosts[0] ?? "").host;
    self = new PyRedis(server, listeners, host, options.signal);
    return self;
  }

  /** Where it listens; CONFIG SET port changes it. 0 if it listens on a unix socket only. */
  get port(): number {
    return this.#listeners.port;
  }

  /** As clients take it: `redis://127.0.0.1:49152`, `redis://[::1]:49152`, or `unix:///tmp/redis.sock` without TCP. */
  get url(): string {
    if (this.host === "") return `unix://${this.#listeners.unixPath}`;
    // RFC 6874: the % before a zone is escaped.
    const host = isIPv6(this.host) ? `[${this.host.replace("%", "%25")}]` : this.host;
    return `redis://${host}:${this.port}`;
  }

  /**
   * The engine, for tests: no stable interface.
   * @internal
   */
  get server(): Server {
    return this.#server;
  }

  /** Disconnects everybody and gives everything back. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    const closed = this.#listeners.close();
    this.#server.close();
    await closed;
  }

  /**
   * One line in logs, and not the engine.
   * @internal
   */
  [inspect.custom](): string {
    return this.#closed === null ? `PyRedis { ${this.url} }` : "PyRedis { closed }";
  }
}

/**
 * Node 20.0 has no Symbol.asyncDispose; whoever brings one along may do so after this module was loaded. So the method
 * gets its name when the first server is made.
 */
function makeDisposable(): void {
  const { asyncDispose }: { readonly asyncDispose?: symbol } = Symbol;
  if (asyncDispose === undefined || asyncDispose in PyRedis.prototype) return;
  const value = PyRedis.prototype.close;
  Object.defineProperty(PyRedis.prototype, asyncDispose, { value, writable: true, configurable: true });
}

/** The caller hears of the abort at once; what comes up nevertheless is closed. */
function untilAborted(started: Promise<PyRedis>, signal: AbortSignal): Promise<PyRedis> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason);
      started.then(
        (redis) => redis.close(),
        () => {}, // The abort was told already.
      );
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => signal.removeEventListener("abort", onAbort);
    started.then(resolve, reject).finally(settle);
  });
}
