/**
 * The server: composes keyspace, commands, sessions and services, and turns the loop. Sockets are listeners.ts; the
 * process around it is main.ts (`pyredis server`) or index.ts (embedded). No global state: several servers may live in
 * one process.
 */
import { randomBytes } from "node:crypto";
import { getHeapStatistics } from "node:v8";
import type { Clock } from "../base/clock.js";
import { type Command, FLAG_FAST } from "../commands/command.js";
import type { MemoryReport, Random, ServerView, SessionView, ShutdownOptions } from "../commands/context.js";
import { Effects } from "../commands/effects.js";
import { ERR_OOM } from "../commands/errors.js";
import { COMMANDS } from "../commands/index.js";
import { Registry } from "../commands/registry.js";
import type { Config } from "../config/config.js";
import { REDIS_VERSION } from "../config/redis-version.js";
import type { Database } from "../keyspace/database.js";
import { EXPIRE_DELETE, EXPIRE_HIDE } from "../keyspace/expiry-mode.js";
import { Keyspace } from "../keyspace/keyspace.js";
import type { Record } from "../keyspace/record.js";
import type { Strings } from "../keyspace/strings.js";
import { WatchTable } from "../keyspace/watch-table.js";
import { PubSub } from "../pubsub/pubsub.js";
import { Args } from "../resp/args.js";
import { BufferPool } from "../resp/buffer-pool.js";
import { RequestParser } from "../resp/request-parser.js";
import { Arena, ArenaFullError } from "../storage/arena.js";
import type { ArenaChecks } from "../storage/arena-checks.js";
import { KeyHash } from "../storage/hash.js";
import type { PageSource } from "../storage/page-source.js";
import { ActiveDefrag } from "./active-defrag.js";
import { Blocking } from "./blocking.js";
import { ClientMemory } from "./client-memory.js";
import { SystemClock } from "./clock.js";
import { Connections } from "./connections.js";
import { Cron } from "./cron.js";
import { Cycle } from "./cycle.js";
import { DebugSwitches } from "./debug-switches.js";
import { Dispatch } from "./dispatch.js";
import { EventLoop } from "./event-loop.js";
import { describeError, FailureLog } from "./failure-log.js";
import { Info } from "./info.js";
import { KeyEvents } from "./key-events.js";
import { LatencyMonitor } from "./latency-monitor.js";
import type { Logger } from "./logger.js";
import { MemoryLimit } from "./memory-limit.js";
import { measureTables, reportMemory } from "./memory-report.js";
import { MemoryUpkeep } from "./memory-upkeep.js";
import { Monitors } from "./monitors.js";
import { findPageSource } from "./page-source.js";
import { Xoshiro } from "./random.js";
import { type ListenerControl, ServerConfig } from "./server-config.js";
import type { Session } from "./session.js";
import { SessionTable } from "./session-table.js";
import { Shutdown } from "./shutdown.js";
import { Slowlog } from "./slowlog.js";
import { ReadBuffer } from "./socket-transport.js";
import { Stats } from "./stats.js";
import { Tracking } from "./tracking/tracking.js";

/** Keys that clients watch and wait for take 4 GiB at most: a client that wants more gets an error. */
const CLIENT_ARENA_WINDOWS = 4;
/** Subscriptions live on the JS heap, whose end would be the end of the process. */
const SUBSCRIPTIONS_HEAP_SHARE = 0.25;

export interface ServerOptions {
  config: Config;
  log: Logger;
  clock?: Clock;
  /** Makes chance repeatable: hash key, random commands, sampling. */
  seed?: number;
  /** Overwrite each request after its command: a kept offset shows at once. */
  poison?: boolean;
  /** Check every arena block: for tests and soaks. */
  arenaChecks?: ArenaChecks;
  /** Where the data's memory comes from, unless it is the process's usual source. */
  pages?: PageSource;
  /** The commands under the names that rename-command gave them. */
  registry?: Registry;
  /** Ends the process (or the embedded server) once SHUTDOWN has been accepted. */
  onShutdown?: (options: ShutdownOptions) => void;
}

export class Server implements ServerView {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly keyspace: Keyspace;
  readonly strings: Strings;
  /** What clients make the server keep beside its data. It is charged to them, and is no part of the data's arena. */
  readonly clientArena: Arena;
  readonly effects: Effects;
  readonly pubsub: PubSub;
  readonly registry: Registry;
  readonly sessions: SessionTable;
  readonly clientMemory: ClientMemory;
  readonly memoryLimit: MemoryLimit;
  readonly stats = new Stats();
  readonly loop = new EventLoop();
  readonly cycle = new Cycle(this);
  readonly connections = new Connections(this);
  readonly dispatch: Dispatch;
  readonly blocking: Blocking;
  readonly tracking: Tracking;
  readonly slowlog: Slowlog;
  readonly latency: LatencyMonitor;
  readonly monitors: Monitors;
  readonly upkeep: MemoryUpkeep;
  readonly defrag: ActiveDefrag;
  readonly cron: Cron;
  readonly outputBuffers = new BufferPool();
  readonly readBuffer = new ReadBuffer();
  readonly sharedParser: RequestParser;
  readonly poison: boolean;
  readonly runId: string;
  /** Of the history of changes that replicas follow. DEBUG CHANGE-REPL-ID makes a new one. */
  replicationId: string;
  /** What an empty server takes. */
  readonly startupBytes: number;
  readonly startupTableBytes: number;
  readonly startedMs: number;
  lastSaveSeconds: number;
  readonly version = REDIS_VERSION;
  /** `proto-max-bulk-len` and `client-query-buffer-limit`, in bytes. */
  maxBulkBytes = 0;
  queryBufferLimit = 0;
  latencyTracking = true;
  /** Set by the listeners; null while there are none. */
  listeners: ListenerControl | null = null;
  readonly debug = new DebugSwitches(this);
  compressesDumps = true;
  readonly #info: Info;
  readonly #seeded: boolean;
  readonly #failures = new FailureLog();
  readonly ending: Shutdown;
  /** Adds the clock's origin to monotonic time: wall milliseconds without a second reading. */
  #wallOffsetMs = 0;
  #webRequestLoggedMs = 0;

  constructor(options: ServerOptions) {
    this.log = guardLog(options.log);
    this.clock = options.clock ?? new SystemClock();
    this.random = new Xoshiro(options.seed);
    this.poison = options.poison ?? false;
    this.startedMs = this.clock.nowMs();
    this.lastSaveSeconds = Math.floor(this.startedMs / 1000);
    this.#seeded = options.seed !== undefined;
    this.runId = this.#makeId();
    this.replicationId = this.#makeId();
    const keyHash = this.#makeKeyHash(options.seed);
    const pages = options.pages ?? findPageSource();
    this.clientArena = new Arena({ maxWindows: CLIENT_ARENA_WINDOWS, pages });
    this.keyspace = new Keyspace({
      arena: new Arena({
        pages,
        ...(options.arenaChecks === undefined ? {} : { checks: options.arenaChecks }),
      }),
      keyHash,
      databases: options.config.values.databases,
      random: (limit) => this.random.below(limit),
    });
    this.keyspace.events = {
      onExpired: (db, record) => this.#onExpired(db, record),
      onEvicted: (db, record) => {
        this.stats.evictedKeys++;
        this.effects.onEvicted(db, record, this.keyspace.records);
      },
      onMiss: (db, view, start, length) => this.effects.onMiss(db, view, start, length),
      onAdded: (db, view, start, length) => {
        if (this.blocking.keys.size > 0) this.blocking.onReady(db, view, start, length);
        this.effects.onAdded(db, view, start, length);
      },
      onFieldExpired: (db, record, field, start, length) =>
        this.effects.onFieldExpired(db, record, this.keyspace.records, field, start, length),
      onFieldsExpired: (db, record, isEmpty) =>
        this.effects.onFieldsExpired(db, record, this.keyspace.records, isEmpty),
    };
    this.strings = this.keyspace.strings;
    this.effects = new Effects(new WatchTable(this.keyspace, this.clientArena));
    this.pubsub = new PubSub({
      hash: (view, start, length) => keyHash.hash(view, start, length),
      buffers: this.outputBuffers,
      limitBytes: getHeapStatistics().heap_size_limit * SUBSCRIPTIONS_HEAP_SHARE,
    });
    this.effects.setEventSink(new KeyEvents(this.effects, this.pubsub));
    this.registry = options.registry ?? new Registry(COMMANDS);
    this.sharedParser = new RequestParser(new Args(this.readBuffer.bytes));
    this.blocking = new Blocking(this);
    this.tracking = new Tracking(this);
    this.effects.onDatabaseChange = (db) => this.blocking.onDatabaseChange(db);
    this.effects.onKeyReady = (db, view, start, length) => {
      if (this.blocking.keys.size > 0) this.blocking.onReady(db, view, start, length);
    };
    this.memoryLimit = new MemoryLimit(this);
    this.clientMemory = new ClientMemory(this);
    this.dispatch = new Dispatch(this);
    this.sessions = new SessionTable(this);
    this.slowlog = new Slowlog();
    this.latency = new LatencyMonitor();
    this.monitors = new Monitors(this);
    this.#info = new Info(this);
    this.upkeep = new MemoryUpkeep(this);
    this.defrag = new ActiveDefrag(this);
    this.cron = new Cron(this);
    this.ending = new Shutdown(this, options.onShutdown ?? (() => {}));
    this.config = new ServerConfig(this, options.config);
    this.setWallClock();
    this.startupBytes = this.usedMemory;
    this.startupTableBytes = measureTables(this.keyspace);
    this.loop.reset(this.startedMs);
    this.stats.onTooManyErrorCodes = (codes) => this.#warnOfErrorCodes(codes);
  }

  /** Whether a new client may do everything at once: `default` has no password. */
  get needsNoPassword(): boolean {
    return this.config.source.values.requirepass === null;
  }

  /** Whole microseconds of wall time, now. */
  get wallUs(): number {
    return Math.floor(this.clock.nowUs() + this.#wallOffsetMs * 1000);
  }

  /** The present time, from a monotonic reading. */
  setTime(us: number): void {
    this.keyspace.nowMs = Math.floor(us / 1000 + this.#wallOffsetMs);
  }

  /** Follows the wall clock again: cron calls it, since that one may jump. */
  setWallClock(): void {
    const us = this.clock.nowUs();
    this.#wallOffsetMs = this.clock.nowMs() - us / 1000;
    // Half a millisecond of rounding must not show as a step back.
    this.#wallOffsetMs += 0.5 / 1000;
    this.setTime(us);
    this.keyspace.access.setTime(this.keyspace.nowMs);
  }

  beginTurn(): void {
    this.dispatch.beginTurn();
  }

  endTurn(): void {
    // Keys that expired by themselves, or were evicted, concern who waits for them as well.
    if (this.blocking.hasReady) this.blocking.serve();
    this.dispatch.endTurn();
  }

  /** A call that was timed alone has ended: the slow log and the latency monitor may want it. */
  recordDuration(session: Session, command: Command, args: Args, microseconds: number): void {
    if (microseconds >= this.slowlog.thresholdUs && this.slowlog.thresholdUs >= 0) {
      this.slowlog.add(session, command, args, microseconds, this.keyspace.nowMs);
      this.stats.slowlogCommands++;
    }
    if (this.latency.thresholdMs > 0) {
      this.latency.add(command.has(FLAG_FAST) ? "fast-command" : "command", microseconds / 1000, this.keyspace.nowMs);
    }
  }

  startMonitor(session: SessionView): void {
    const found = this.sessions.find(session.id);
    if (found !== null) this.monitors.add(found);
  }

  /** A browser was made to send its request here: it is cut off, and a log that an attacker could fill says so once a minute. */
  reportWebRequest(session: Session): void {
    if (this.keyspace.nowMs - this.#webRequestLoggedMs > 60_000) {
      this.#webRequestLoggedMs = this.keyspace.nowMs;
      this.log(
        "warning",
        "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to Redis. " +
          "This is likely due to an attacker attempting to use Cross Protocol Scripting to compromise your Redis " +
          `instance. Connection from ${session.address} aborted.`,
      );
    }
    session.kill();
  }

  /** While writes are paused, expired keys are hidden but not deleted. */
  onPauseChanged(paused: boolean): void {
    this.keyspace.expiryMode = paused ? EXPIRE_HIDE : EXPIRE_DELETE;
  }

  /** Bytes of data, tables and the buffers of clients, exact at any time: what maxmemory bounds. */
  get usedMemory(): number {
    const { usedBytes, stagedBytes } = this.keyspace.arena;
    return usedBytes - stagedBytes + this.clientMemory.total;
  }

  /** A command has thrown: our bug, not the client's. It is logged whole; the client gets an error, the server lives. */
  reportBug(session: Session, command: Command | null, args: Args | null, error: unknown): void {
    // Not a bug: the address space of the data is used up, and the command found no room before it changed anything.
    if (error instanceof ArenaFullError) return session.out.error(ERR_OOM);
    const count = Math.min(args?.count ?? 0, 8);
    const words = Array.from({ length: count }, (_, i) => args?.cText(i, 64));
    this.log("warning", `BUG in ${command?.fullName} ${JSON.stringify(words)}: ${describeError(error)}`);
    session.out.errorText("ERR internal error, see the server's log");
  }

  /** Something beside a command has thrown: our bug. It is logged, and what it met is given up. Never throws. */
  reportFailure(place: string, error: unknown, session: Session | null = null): void {
    const line = this.#failures.describe(place, error, this.keyspace.nowMs);
    if (line === null) return;
    const client =
      session === null ? "" : ` (id=${session.id} addr=${session.address} cmd=${session.lastCommand || "NULL"})`;
    this.log("warning", line + client);
  }

  /**
   * Runs what no client asked for: a timer's work, a part of cron, the loop's end. What it throws must be neither the end
   * of the server nor of what comes after it.
   */
  attempt(place: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.reportFailure(place, error);
    }
  }

  memory(): MemoryReport {
    return reportMemory(this);
  }

  purgeMemory(): void {
    this.upkeep.purge();
  }

  info(sections: readonly string[]): string {
    return this.#info.render(sections);
  }

  resetStats(): void {
    this.stats.reset(this.keyspace.nowMs);
    this.loop.reset(this.keyspace.nowMs);
    this.keyspace.hits = 0;
    this.keyspace.misses = 0;
    this.keyspace.expiredKeys = 0;
    this.keyspace.expiredFields = 0;
    this.keyspace.lazyFree.freedObjects = 0;
    this.cron.expiry.resetStats();
    this.defrag.resetStats();
    this.memoryLimit.resetStats();
    for (const command of this.registry.listAll()) command.resetStats();
  }

  authenticate(user: string, password: string): boolean {
    if (this.config.authenticate(user, password)) return true;
    this.stats.aclDeniedAuth++;
    return false;
  }

  hasUser(name: string): boolean {
    return name === "default";
  }

  shutdown(options: ShutdownOptions): string | null {
    return this.ending.request(options);
  }

  abortShutdown(): boolean {
    return this.ending.abort();
  }

  fdOf(session: SessionView): number {
    return this.sessions.find(session.id)?.transport.fd ?? -1;
  }

  /** Ends timers and gives all memory back. Listeners are closed before this. */
  close(): void {
    this.cron.stop();
    this.memoryLimit.stop();
    this.clientMemory.stop();
    this.blocking.close();
    for (const session of [...this.sessions.all]) session.kill();
    this.tracking.close();
    this.cycle.close();
  }

  /** 40 hex digits. */
  #makeId(): string {
    return this.#seeded ? this.random.hex(40) : randomBytes(20).toString("hex");
  }

  changeReplicationId(): void {
    this.log("notice", "Changing replication IDs after receiving DEBUG change-repl-id");
    this.replicationId = this.#makeId();
  }

  #warnOfErrorCodes(codes: readonly string[]): void {
    this.log(
      "warning",
      "Errorstats stopped adding new errors because the number of errors reached the limit, may be misuse of lua " +
        "error_reply, please check INFO ERRORSTATS, this can be re-enabled via CONFIG RESETSTAT.",
    );
    this.log("warning", `Current errors code list: ${codes.slice(0, 16).join(", ")}, ... (${codes.length} codes)`);
  }

  #makeKeyHash(seed: number | undefined): KeyHash {
    if (seed !== undefined) return new KeyHash(this.random.below(2 ** 32), this.random.below(2 ** 32));
    const secret = randomBytes(8);
    return new KeyHash(secret.readInt32LE(0), secret.readInt32LE(4));
  }

  #onExpired(db: Database, record: Record): void {
    this.effects.onExpired(db, record, this.keyspace.records);
  }
}

/** Logging fails where a disk is full, or where the embedding program's own function throws: nobody may suffer for it. */
function guardLog(log: Logger): Logger {
  return (level, text) => {
    try {
      log(level, text);
    } catch {
      // There is nowhere left to say so.
    }
  };
}
