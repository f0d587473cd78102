/** A server inside of a Node program: PyRedis.create() gives a real one, on a free port, in milliseconds. */
import type { Clock, ShutdownOptions } from "../commands/context.js";
import { Config, ConfigError, IGNORE_HINT } from "../config/config.js";
import { nodeConfigIo } from "../config/io.js";
import type { ConfigOptions } from "../config/options.js";
import type { ArenaChecks } from "../storage/arena-checks.js";
import type { PageSource } from "../storage/page-source.js";
import { Listeners } from "./listeners.js";
import type { Logger } from "./logger.js";
import { Server } from "./server.js";

export interface PyRedisOptions {
  /** Directives of redis.conf, as `{ maxmemory: "10mb" }`. */
  config?: ConfigOptions;
  /** Start without directives that protect data or access and have no effect yet (appendonly …), with a line in `log`. */
  ignoreUnsupported?: boolean;
  /** 0, the default, lets the system choose. */
  port?: number;
  host?: string;
  /** Time, under the caller's control. */
  clock?: Clock;
  /** Makes every choice of chance repeatable. */
  seed?: number;
  log?: Logger;
  /** For tests of the server: overwrite each request after its command. */
  poison?: boolean;
  /** For tests of the server: check every block of the arena. */
  arenaChecks?: ArenaChecks;
  /** Where the data's memory comes from: for tests. */
  pages?: PageSource;
}

export class PyRedis {
  readonly host: string;
  /** The engine, for tests: no stable interface. */
  readonly server: Server;
  readonly #listeners: Listeners;
  #closed: Promise<void> | null = null;

  private constructor(server: Server, listeners: Listeners, host: string) {
    this.server = server;
    this.#listeners = listeners;
    this.host = host;
  }

  /** Where it listens; CONFIG SET port changes it. */
  get port(): number {
    return this.#listeners.port;
  }

  /** Resolves when the port answers. Throws ConfigError for a bad option, ListenError when the port cannot be had. */
  static async create(options: PyRedisOptions = {}): Promise<PyRedis> {
    const host = options.host ?? "127.0.0.1";
    const support = { ignoreUnsupported: options.ignoreUnsupported ?? false };
    const config = Config.fromOptions({ save: "", ...options.config }, nodeConfigIo(), {}, support);
    if (options.log !== undefined) config.attachLog(options.log);
    // A project's own directory may hold anything: only one that was named is meant.
    const stored = options.config?.dir === undefined ? null : config.describeStoredData();
    if (stored !== null && !support.ignoreUnsupported) throw new ConfigError(`${stored} ${IGNORE_HINT}`);
    if (stored !== null) options.log?.("warning", stored);
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
    await listeners.listenTcp(options.port ?? 0, [host], true);
    // CONFIG GET tells where it really listens, and a CONFIG SET of one leaves the other as it is.
    config.assign("port", listeners.port);
    config.assign("bind", [host]);
    const { unixsocket, unixsocketperm } = config.values;
    if (unixsocket !== null) await listeners.listenUnix(unixsocket, unixsocketperm);
    server.cron.start();
    self = new PyRedis(server, listeners, host);
    return self;
  }

  get url(): string {
    return `redis://${this.host}:${this.port}`;
  }

  /** Disconnects everybody and gives everything back. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const closed = this.#listeners.close();
    this.server.close();
    await closed;
  }
}
