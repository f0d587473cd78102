/**
 * The configuration at work: what its values mean to a running server. Each hook copies what a hot path needs into a
 * plain field; listeners and the log register hooks of their own in main.ts.
 */
import { timingSafeEqual } from "node:crypto";
import type { ConfigView, SessionView } from "../commands/context.js";
import type { Config, SetClient } from "../config/config.js";
import { GATE_MAXMEMORY } from "./gates.js";
import type { Server } from "./server.js";

/** Below this slow log threshold every call is timed alone: a run of fast calls may take as long. */
const EXACT_TIMING_BELOW_US = 2000;

/** Directives that say where to listen: their CONFIG SET answers when the sockets are there. */
const MOVES_LISTENERS: ReadonlySet<string> = new Set(["port", "bind"]);

type ConfigPair = readonly [name: string, value: string];

/** What CONFIG SET needs of the listeners. */
export interface ListenerControl {
  /** True when everything listens there, false when nothing has changed. */
  rebind(port: number, bind: readonly string[]): Promise<boolean>;
  /** The same at once; null, with nothing changed, where that cannot be. */
  rebindNow(port: number, bind: readonly string[]): boolean | null;
}

export class ServerConfig implements ConfigView {
  readonly source: Config;
  readonly #server: Server;
  /** The last CONFIG SET of port or bind, which may be under way. */
  #moving: Promise<string | null> = Promise.resolve(null);
  #movesUnderWay = 0;

  constructor(server: Server, source: Config) {
    this.#server = server;
    this.source = source;
    this.#follow();
  }

  get(patterns: readonly string[]): readonly (readonly [string, string])[] {
    return this.source.get(patterns);
  }

  set(pairs: readonly ConfigPair[], session: SessionView): string | null | Promise<string | null> {
    const client = { local: isLocal(session), loading: false };
    const moving = pairs.find(([name]) => MOVES_LISTENERS.has(name.toLowerCase()));
    if (moving === undefined || this.#server.listeners === null) return this.source.set(pairs, client);
    const { listeners } = this.#server;
    if (session.denyBlocking) return this.#setAndListenNow(pairs, client, listeners, moving[0]);
    // One after the other: the second must see whether the first went through.
    this.#movesUnderWay++;
    const result = this.#moving.then(() => this.#setAndListen(pairs, client, listeners));
    this.#moving = result.finally(() => this.#movesUnderWay--);
    return result;
  }

  /** Sets all and listens where they say, or puts everything back. */
  async #setAndListen(
    pairs: readonly ConfigPair[],
    client: SetClient,
    listeners: ListenerControl,
  ): Promise<string | null> {
    const { values } = this.source;
    const before = this.#textsOf(pairs);
    const { port } = values;
    const error = this.source.set(pairs, client);
    if (error !== null) return error;
    if (await listeners.rebind(values.port, values.bind)) return null;
    return this.#restore(before, client, this.#reasonOf(port));
  }

  /** The same in a transaction, which cannot wait: neither for a look-up of a host, nor for the one before. */
  #setAndListenNow(
    pairs: readonly ConfigPair[],
    client: SetClient,
    listeners: ListenerControl,
    name: string,
  ): string | null {
    const late = setError(name, "Listening elsewhere takes time, which a transaction does not have.");
    if (this.#movesUnderWay > 0) return late;
    const { values } = this.source;
    const before = this.#textsOf(pairs);
    const { port } = values;
    const error = this.source.set(pairs, client);
    if (error !== null) return error;
    const isDone = listeners.rebindNow(values.port, values.bind);
    if (isDone === true) return null;
    return this.#restore(before, client, isDone === null ? late : this.#reasonOf(port));
  }

  #textsOf(pairs: readonly ConfigPair[]): ConfigPair[] {
    return pairs.map(([name]): ConfigPair => [name, this.text(name)]);
  }

  /** What a CONFIG SET that could not listen is answered; `port` is the one before. */
  #reasonOf(port: number): string {
    return this.source.values.port === port
      ? setError("bind", "Failed to bind to specified addresses.")
      : setError("port", "Unable to listen on this port. Check server logs.");
  }

  #restore(before: readonly ConfigPair[], client: SetClient, reason: string): string {
    const failure = this.source.set(before, client);
    if (failure !== null) this.#server.log("warning", `Failed applying restored failed CONFIG SET command: ${failure}`);
    return reason;
  }

  rewrite(forceAll = false): string | null {
    return this.source.rewrite(forceAll);
  }

  allows(guard: "enable-debug-command" | "enable-module-command", session: SessionView): boolean {
    return this.source.allows(guard, { local: isLocal(session) });
  }

  text(name: string): string {
    return this.source.get([name])[0]?.[1] ?? "";
  }

  /** Compares in constant time: how long it takes must not tell how much was right. */
  authenticate(user: string, password: string): boolean {
    if (user !== "default") return false;
    const { requirepass } = this.source.values;
    if (requirepass === null) return true;
    const wanted = Buffer.from(requirepass, "latin1");
    const given = Buffer.from(password, "latin1");
    if (wanted.length !== given.length) return false;
    return timingSafeEqual(wanted, given);
  }

  #follow(): void {
    const server = this.#server;
    const { source } = this;
    const apply = (names: Parameters<Config["onApply"]>[0], effect: (values: Config["values"]) => void): void => {
      const hook = (config: Config): null => {
        effect(config.values);
        return null;
      };
      hook(source);
      source.onApply(names, hook);
    };
    apply(["proto-max-bulk-len", "client-query-buffer-limit"], (values) => {
      server.maxBulkBytes = values["proto-max-bulk-len"];
      server.queryBufferLimit = values["client-query-buffer-limit"];
    });
    apply(["client-output-buffer-limit"], () => server.sessions.followOutputLimits());
    apply(["requirepass"], () => server.sessions.checkAuthentication());
    apply(["slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold"], (values) => {
      const slow = values["slowlog-log-slower-than"];
      server.slowlog.thresholdUs = slow;
      server.slowlog.maxLength = values["slowlog-max-len"];
      server.slowlog.trim();
      server.latency.thresholdMs = values["latency-monitor-threshold"];
      server.dispatch.exactTiming = (slow >= 0 && slow < EXACT_TIMING_BELOW_US) || server.latency.thresholdMs > 0;
    });
    apply(["latency-tracking"], (values) => {
      server.latencyTracking = values["latency-tracking"];
    });
    apply(["tracking-table-max-keys"], (values) => {
      server.tracking.maxKeys = values["tracking-table-max-keys"];
      server.tracking.checkLimit();
    });
    apply(["maxmemory"], (values) => {
      server.memoryLimit.maxBytes = values.maxmemory;
      server.memoryLimit.makeRoomLater();
      server.dispatch.setGate(GATE_MAXMEMORY, values.maxmemory > 0);
    });
    apply(["maxmemory", "maxmemory-clients"], (values) => {
      const { unit, amount } = values["maxmemory-clients"];
      // -5 is another way to say 5%.
      const isBytes = unit === "bytes" && amount >= 0;
      server.clientMemory.setLimit(isBytes ? amount : Math.floor((values.maxmemory * Math.abs(amount)) / 100));
    });
    apply(["maxmemory-samples", "maxmemory-eviction-tenacity"], (values) => {
      server.memoryLimit.eviction.samples = values["maxmemory-samples"];
      server.memoryLimit.setTenacity(values["maxmemory-eviction-tenacity"]);
    });
    apply(["maxmemory-policy", "lfu-log-factor", "lfu-decay-time"], (values) => {
      server.memoryLimit.eviction.setPolicy(values["maxmemory-policy"]);
      const { access } = server.keyspace;
      access.lfu = values["maxmemory-policy"].endsWith("lfu");
      access.logFactor = values["lfu-log-factor"];
      access.decayMinutes = values["lfu-decay-time"];
    });
    apply(
      [
        "lazyfree-lazy-expire",
        "lazyfree-lazy-eviction",
        "lazyfree-lazy-server-del",
        "lazyfree-lazy-user-del",
        "lazyfree-lazy-user-flush",
      ],
      (values) => {
        const { lazy } = server.keyspace;
        lazy.expire = values["lazyfree-lazy-expire"];
        lazy.eviction = values["lazyfree-lazy-eviction"];
        lazy.serverDel = values["lazyfree-lazy-server-del"];
        lazy.userDel = values["lazyfree-lazy-user-del"];
        lazy.userFlush = values["lazyfree-lazy-user-flush"];
      },
    );
    apply(["rdbcompression"], (values) => {
      server.compressesDumps = values.rdbcompression;
    });
    apply(
      [
        "hash-max-listpack-entries",
        "hash-max-listpack-value",
        "hll-sparse-max-bytes",
        "list-max-listpack-size",
        "list-compress-depth",
        "set-max-intset-entries",
        "set-max-listpack-entries",
        "set-max-listpack-value",
        "zset-max-listpack-entries",
        "zset-max-listpack-value",
        "stream-node-max-bytes",
        "stream-node-max-entries",
      ],
      (values) => {
        const limits = server.keyspace.encodingLimits;
        limits.hashMaxListpackEntries = values["hash-max-listpack-entries"];
        limits.hashMaxListpackValue = values["hash-max-listpack-value"];
        limits.hllSparseMaxBytes = values["hll-sparse-max-bytes"];
        limits.listMaxListpackSize = values["list-max-listpack-size"];
        limits.listCompressDepth = values["list-compress-depth"];
        limits.setMaxIntsetEntries = values["set-max-intset-entries"];
        limits.setMaxListpackEntries = values["set-max-listpack-entries"];
        limits.setMaxListpackValue = values["set-max-listpack-value"];
        limits.sortedSetMaxListpackEntries = values["zset-max-listpack-entries"];
        limits.sortedSetMaxListpackValue = values["zset-max-listpack-value"];
        limits.streamNodeMaxBytes = values["stream-node-max-bytes"];
        limits.streamNodeMaxEntries = values["stream-node-max-entries"];
      },
    );
    apply(
      [
        "activedefrag",
        "active-defrag-cycle-min",
        "active-defrag-cycle-max",
        "active-defrag-threshold-lower",
        "active-defrag-threshold-upper",
        "active-defrag-ignore-bytes",
        "active-defrag-max-scan-fields",
      ],
      (values) =>
        server.defrag.setLimits(
          {
            isOn: values.activedefrag,
            cycleMinPercent: values["active-defrag-cycle-min"],
            cycleMaxPercent: values["active-defrag-cycle-max"],
            lowerPercent: values["active-defrag-threshold-lower"],
            upperPercent: values["active-defrag-threshold-upper"],
            ignoreBytes: values["active-defrag-ignore-bytes"],
          },
          values["active-defrag-max-scan-fields"],
        ),
    );
    apply(["active-expire-effort"], (values) => server.cron.expiry.setEffort(values["active-expire-effort"]));
    apply(["hz", "dynamic-hz"], (values) => server.cron.setFrequency(values.hz, values["dynamic-hz"]));
    apply(["notify-keyspace-events"], (values) => server.effects.setEventMask(values["notify-keyspace-events"]));
  }
}

function setError(name: string, reason: string): string {
  return `ERR CONFIG SET failed (possibly related to argument '${name}') - ${reason}`;
}

function isLocal(session: SessionView): boolean {
  return session.kind === "unix" || session.kind === "memory" || /^(127\.|\[::1\])/.test(session.address);
}
