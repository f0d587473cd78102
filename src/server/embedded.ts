/** A server inside of a Node program: PyRedis.create() gives a real one, on a free port, in milliseconds. */
import type { Clock, ShutdownOptions } from "../commands/context.js";
import { Config } from "../config/config.js";
import type { ConfigOptions } from "../config/options.js";
import type { ArenaChecks } from "../storage/arena-checks.js";
import type { PageSource } from "../storage/page-source.js";
import { Listeners } from "./listeners.js";
import type { Logger } from "./logger.js";
import { Server } from "./server.js";

export interface PyRedisOptions {
  /** Directives of redis.conf, as `{ maxmemory: "10mb" }`. */
  config?: ConfigOptions;
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
    const config = Config.fromOptions({ save: "", ...options.config });
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
