/**
 * What a command may touch: interfaces only. The server implements them and plugs itself in (server/server.ts), so
 * that commands never import upward, and tests can run one command against a context of their own.
 */
import type { Clock } from "../base/clock.js";
import type { Prefixed, PrefixIndex } from "../base/prefix-index.js";
import type { Database } from "../keyspace/database.js";
import type { Hashes } from "../keyspace/hashes.js";
import type { HyperLogLogs } from "../keyspace/hyperloglogs.js";
import type { Keyspace } from "../keyspace/keyspace.js";
import type { Lists } from "../keyspace/lists.js";
import type { Sets } from "../keyspace/sets.js";
import type { SortedSets } from "../keyspace/sorted-sets.js";
import type { Streams } from "../keyspace/streams.js";
import type { Strings } from "../keyspace/strings.js";
import type { Args } from "../resp/args.js";
import type { ReplyWriter } from "../resp/reply-writer.js";
import type { Command } from "./command.js";
import type { Effects } from "./effects.js";
import type { Registry } from "./registry.js";

/** The source of chance. */
export interface Random {
  /** An integer in [0, limit), limit <= 2^53. */
  below(limit: number): number;
  /** So many lower-case hex digits. */
  hex(digits: number): string;
}

/**
 * The context of one call. One object per server, filled in anew before each call: a command keeps nothing of it.
 */
export interface CommandContext {
  readonly db: Database;
  readonly keyspace: Keyspace;
  readonly strings: Strings;
  readonly hyperLogLogs: HyperLogLogs;
  readonly lists: Lists;
  readonly hashes: Hashes;
  readonly sortedSets: SortedSets;
  readonly sets: Sets;
  readonly streams: Streams;
  readonly effects: Effects;
  readonly session: SessionView;
  readonly server: ServerView;
  /** The command that runs (a subcommand, not its container). */
  readonly command: Command;
  /** Unix ms when the call began; it stands still during the call. */
  readonly nowMs: number;
}

/** What CLIENT TRACKING ON asks for. */
export interface TrackingOptions {
  /** The client that gets the messages; 0: this one itself. */
  readonly redirect: number;
  readonly broadcasts: boolean;
  readonly optsIn: boolean;
  readonly optsOut: boolean;
  readonly noLoop: boolean;
  /** Byte strings; of BCAST. They come on top of those that it has. */
  readonly prefixes: readonly string[];
}

/** How a client tracks keys. */
export interface TrackingView extends Omit<TrackingOptions, "prefixes"> {
  readonly isOn: boolean;
  /** Its messages went to a client that is gone. */
  readonly isBroken: boolean;
  /** CLIENT CACHING was said for the next command. */
  caching: boolean;
  readonly prefixes: PrefixIndex<Prefixed>;
}

/** `skip-next` silences the next command; `skip` the present one. */
export type ReplyMode = "on" | "off" | "skip-next" | "skip";

/** Classes of clients, as CLIENT LIST TYPE and client-output-buffer-limit have them. */
export type ClientType = "normal" | "replica" | "pubsub" | "master";

/** A connected client as commands see it. */
export interface SessionView {
  readonly id: number;
  readonly out: ReplyWriter;
  db: Database;
  name: string;
  libName: string;
  libVersion: string;
  authenticated: boolean;
  user: string;
  replyMode: ReplyMode;
  noEvict: boolean;
  noTouch: boolean;
  /** MONITOR: it follows all commands. */
  readonly monitor: boolean;
  readonly clientType: ClientType;
  /** Its transaction runs: a command must answer now. */
  readonly denyBlocking: boolean;
  readonly transaction: TransactionView;
  readonly createdMs: number;
  lastInteractionMs: number;
  readonly address: string;
  readonly localAddress: string;
  /** How the client came: `tcp`, `unix`, `tls`, or `memory` (no socket). */
  readonly kind: string;
  readonly closing: boolean;
  /** The command last run or queued, `config|get`; "" before the first. */
  readonly lastCommand: string;
  /** `b`, `x`, `M` …: the letters of CLIENT LIST's flags. */
  describeFlags(): string;
  /** Sends what is written, then closes. */
  closeAfterReply(): void;
  /**
   * The present command's reply comes when `work` is done; until then the session's next commands wait. Not where
   * denyBlocking holds.
   */
  defer<T>(work: Promise<T>, reply: (out: ReplyWriter, value: T) => void): void;
  /**
   * The present command waits for keys, and runs again when one is ready: it answers nothing now. The session's next
   * commands wait. Not where denyBlocking holds.
   */
  block(request: BlockRequest): void;
  /** Ends such a wait as its time-out would, or with an error; false when the session does not wait for keys. */
  unblock(withError: boolean): boolean;
  /** Closes now; what is not sent yet is lost. */
  kill(): void;
  /** Back to the state of a new connection: RESET. */
  reset(): void;
  /** Null before the first CLIENT TRACKING ON. */
  readonly tracking: TrackingView | null;
  /** Tracks keys, or tracks them otherwise. False, and nothing has changed, when there is no memory for its prefixes. */
  startTracking(options: TrackingOptions): boolean;
  stopTracking(): void;
  readonly subscriptions: SubscriptionsView;
  /** It listens to something under RESP2, which has no pushes: it may run few commands beside those of pub/sub. */
  readonly isConfinedToPubSub: boolean;
  /**
   * Where a command writes pushes that stand for its reply. CLIENT REPLY does not silence them: they are kept apart
   * then, and go out behind the silence.
   */
  openOwnPushes(): ReplyWriter;
  readonly memory: SessionMemory;
}

/** What a command that blocks waits for. */
export interface BlockRequest {
  /** The command to run once a key is ready: its own arguments, or others that mean the same later. Copied. */
  readonly args: Args;
  /** The keys: `keyCount` arguments from `firstKey` on, in the session's database. */
  readonly firstKey: number;
  readonly keyCount: number;
  /** The type of value that makes a key ready. */
  readonly type: number;
  /** Unix ms; 0 for ever. */
  readonly deadline: number;
  /** The reply when the deadline has passed; without it, a null array. */
  readonly onTimeout?: (out: ReplyWriter) => void;
  /** A key is also ready when it goes, or becomes one of another type. */
  readonly withoutKey?: boolean;
}

/** What a session listens to. */
export interface SubscriptionsView {
  readonly channels: SubscriptionSetView;
  readonly patterns: SubscriptionSetView;
  readonly shardChannels: SubscriptionSetView;
}

export interface SubscriptionSetView {
  readonly count: number;
  /** Listens to what argument i names. False, and nothing has changed, when there is no memory for it. */
  add(args: Args, i: number): boolean;
  /** Listens no more to what argument i names, if it did. */
  remove(args: Args, i: number): void;
  /** Leaves all; the callback gets each name, as a byte string, after it has left. */
  removeAll(onRemoved: (name: string) => void): void;
}

/** Channels, patterns or shard channels that anybody listens to. */
export interface ChannelTableView {
  readonly count: number;
  /** How many listen to the one that view[start, end) names. */
  countSubscribers(view: DataView, start: number, end: number): number;
  /** All names, as byte strings, in no order. */
  listNames(): Iterable<string>;
}

export interface PubSubView {
  readonly channels: ChannelTableView;
  readonly patterns: ChannelTableView;
  readonly shardChannels: ChannelTableView;
  /** Sends argument `text` to all who listen to the channel that argument `channel` names; how many messages that made. */
  publish(args: Args, channel: number, text: number): number;
  publishToShard(args: Args, channel: number, text: number): number;
}

/** Sizes in bytes, for CLIENT LIST, MEMORY STATS and client eviction. */
export interface SessionMemory {
  readonly queryBuffer: number;
  readonly queryBufferFree: number;
  readonly args: number;
  readonly multi: number;
  /** The first buffer that it is lent while it has output. */
  readonly replyBuffer: number;
  readonly replyBufferPeak: number;
  readonly replyPending: number;
  readonly outputChunks: number;
  readonly outputBytes: number;
  /** Of these, what the kernel has not taken. */
  readonly unsentBytes: number;
  readonly total: number;
  readonly netInputBytes: number;
  readonly netOutputBytes: number;
}

/** MULTI's state of one session. */
export interface TransactionView {
  readonly active: boolean;
  readonly queued: number;
  readonly watching: number;
  begin(): void;
  /** EXEC: runs the queue, or answers why not. */
  execute(out: ReplyWriter): void;
  discard(): void;
  watch(db: Database, args: Args, i: number): void;
  unwatch(): void;
}

/** Which commands CLIENT PAUSE holds back. */
export type PauseMode = "write" | "all";

export interface SessionsView {
  readonly count: number;
  readonly all: Iterable<SessionView>;
  find(id: number): SessionView | null;
  pause(mode: PauseMode, untilMs: number): void;
  unpause(): void;
  /** CLIENT LIST's line for one session, without the line break. */
  describe(session: SessionView): string;
}

/** CONFIG's view of the configuration; every string is a byte string, every error text has its code. */
export interface ConfigView {
  get(patterns: readonly string[]): readonly (readonly [string, string])[];
  /** Sets all or none; the error, or null. Listening elsewhere (port, bind) takes time: then it comes later. */
  set(pairs: readonly (readonly [string, string])[], session: SessionView): string | null | Promise<string | null>;
  rewrite(forceAll?: boolean): string | null;
  /** Whether `enable-debug-command` and the like let this client do what they guard. */
  allows(guard: "enable-debug-command" | "enable-module-command", session: SessionView): boolean;
  /** One value as CONFIG GET shows it. */
  text(name: string): string;
}

export interface SlowlogEntry {
  readonly id: number;
  readonly unixSeconds: number;
  readonly microseconds: number;
  readonly words: readonly Uint8Array[];
  readonly address: string;
  readonly name: string;
}

export interface SlowlogView {
  readonly length: number;
  list(count: number): readonly SlowlogEntry[];
  reset(): void;
}

export interface LatencyEvent {
  readonly name: string;
  /** [Unix seconds, ms], oldest first, at most 160. */
  readonly samples: readonly (readonly [number, number])[];
  readonly maxMs: number;
}

export interface LatencyView {
  readonly events: readonly LatencyEvent[];
  find(name: string): LatencyEvent | null;
  /** All when no name is given; how many there were. */
  reset(names: readonly string[]): number;
}

export interface DatabaseOverhead {
  readonly id: number;
  readonly keyTableBytes: number;
  readonly expiryTableBytes: number;
}

/** Where the memory is, in bytes: for INFO memory and MEMORY. */
export interface MemoryReport {
  readonly peak: number;
  readonly total: number;
  readonly startup: number;
  readonly clients: number;
  readonly databases: readonly DatabaseOverhead[];
  /** Of the tables of databases with keys: where their segments are. */
  readonly directoryBytes: number;
  /** Everything that is not data: startup, tables, buffers. */
  readonly overhead: number;
  readonly dataset: number;
  /** Of what came on top of `startup`, the data's share in percent. */
  readonly datasetPercent: number;
  readonly peakPercent: number;
  readonly keys: number;
  readonly bytesPerKey: number;
  /** Arena: blocks, the pages that hold them, the address space in use. */
  readonly allocated: number;
  readonly active: number;
  readonly resident: number;
  /** Resident set of the process, as cron last saw it. */
  readonly rss: number;
}

/** How SHUTDOWN was asked to end. */
export interface ShutdownOptions {
  readonly save: "default" | "save" | "nosave";
  readonly now: boolean;
  readonly force: boolean;
}

/** What commands may ask of the server. */
export interface ServerView {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly random: Random;
  readonly sessions: SessionsView;
  readonly config: ConfigView;
  readonly slowlog: SlowlogView;
  readonly latency: LatencyView;
  readonly pubsub: PubSubView;
  /** `proto-max-bulk-len`: how long a string may get. */
  readonly maxBulkBytes: number;
  /** `rdbcompression`: whether DUMP and RDB files compress strings. */
  readonly compressesDumps: boolean;
  readonly runId: string;
  readonly startedMs: number;
  /** Unix seconds of the last successful save. */
  readonly lastSaveSeconds: number;
  readonly log: (level: "debug" | "verbose" | "notice" | "warning", text: string) => void;
  /** Where the memory is. */
  memory(): MemoryReport;
  /** Gives back what memory can be given back to the system. */
  purgeMemory(): void;
  /** INFO's text for these section names, lower case. */
  info(sections: readonly string[]): string;
  resetStats(): void;
  /** An error text when the server cannot end now; null when it is ending. */
  shutdown(options: ShutdownOptions): string | null;
  abortShutdown(): boolean;
  /** The Redis release whose behaviour this is. */
  readonly version: string;
  /** Whether `default` has no password: then everybody is authenticated. */
  readonly needsNoPassword: boolean;
  /** Checks a password, and counts a wrong one; see AUTH. */
  authenticate(user: string, password: string): boolean;
  hasUser(name: string): boolean;
  startMonitor(session: SessionView): void;
  readonly debug: DebugView;
}

/** Switches that DEBUG sets. */
export interface DebugView {
  activeExpire: boolean;
  cronPaused: boolean;
  skipChecksum: boolean;
  dictResizing: boolean;
  /** Scripts may run commands that deny scripts. */
  scriptsAllowed: boolean;
  /** -1: never. */
  replyBufferPeakResetMs: number;
  replyBufferResizing: boolean;
  changeReplicationId(): void;
  /** What clients take, by powers of two, as lines; null without maxmemory-clients. */
  listEvictionPools(): string | null;
  /** Ends the process with a crash report in its log. */
  crash(kind: CrashKind): never;
}

export type CrashKind = "segfault" | "panic" | "assert" | "oom";
