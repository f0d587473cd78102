/**
 * A command as a server runs it: the spec, its flags as bits, and this server's counts of it. Made by the registry,
 * used by dispatch, COMMAND and INFO.
 */
import { COMMAND_FLAGS, type CommandFlag, type CommandRun, type CommandSpec, flagBit } from "./define.js";
import { type KeyRange, summarizeKeys } from "./key-specs.js";
import { LatencyHistogram } from "./latency-histogram.js";

export const FLAG_WRITE = flagBit("write");
export const FLAG_READONLY = flagBit("readonly");
export const FLAG_DENYOOM = flagBit("denyoom");
export const FLAG_ADMIN = flagBit("admin");
export const FLAG_PUBSUB = flagBit("pubsub");
export const FLAG_NOSCRIPT = flagBit("noscript");
export const FLAG_LOADING = flagBit("loading");
export const FLAG_STALE = flagBit("stale");
export const FLAG_SKIP_MONITOR = flagBit("skip_monitor");
export const FLAG_SKIP_SLOWLOG = flagBit("skip_slowlog");
export const FLAG_FAST = flagBit("fast");
export const FLAG_NO_AUTH = flagBit("no_auth");
export const FLAG_NO_MULTI = flagBit("no_multi");
export const FLAG_ALLOW_BUSY = flagBit("allow_busy");
export const FLAG_MAY_REPLICATE = flagBit("may_replicate");
export const FLAG_BLOCKING = flagBit("blocking");
export const FLAG_MOVABLE_KEYS = flagBit("movablekeys");

/** ACL categories in the order in which COMMAND INFO lists them. */
export const CATEGORIES: readonly string[] = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
];

/** Categories that follow from flags. */
const IMPLIED: readonly (readonly [CommandFlag, readonly string[]])[] = [
  ["write", ["write"]],
  ["readonly", ["read"]],
  ["admin", ["admin", "dangerous"]],
  ["pubsub", ["pubsub"]],
  ["fast", ["fast"]],
  ["blocking", ["blocking"]],
];

/** More than any request has. */
const ANY_WORDS = 2 ** 30 - 1;

export class Command {
  readonly spec: CommandSpec;
  /** `get`, or `config|get`; after rename-command the new name is only the registry's. */
  readonly fullName: string;
  readonly parent: Command | null;
  readonly subcommands: readonly Command[];
  readonly flags: number;
  readonly arity: number;
  readonly run: CommandRun | null;
  readonly keyRange: KeyRange;
  /**
   * Calls of up to so many words take about as long every time, but for the bytes they move: a run of them can share
   * two clock readings.
   */
  readonly steadyWords: number;

  calls = 0;
  microseconds = 0;
  rejectedCalls = 0;
  failedCalls = 0;
  /** Made at the first call. */
  histogram: LatencyHistogram | null = null;

  constructor(spec: CommandSpec, parent: Command | null) {
    this.spec = spec;
    this.parent = parent;
    this.fullName = parent === null ? spec.name : `${parent.spec.name}|${spec.name}`;
    this.keyRange = summarizeKeys(spec.keys ?? []);
    const movable = this.keyRange.movable ? FLAG_MOVABLE_KEYS : 0;
    this.flags = (spec.flags ?? []).reduce((bits, flag) => bits | flagBit(flag), movable);
    this.arity = spec.arity;
    this.run = spec.run ?? null;
    const isSteady = this.has(FLAG_FAST) || (this.has(FLAG_WRITE) && spec.complexity.startsWith("O(1)"));
    this.steadyWords = isSteady ? ANY_WORDS : (spec.steadyWords ?? 0);
    this.subcommands = (spec.subcommands ?? []).map((sub) => new Command(sub, this));
  }

  /** Its ACL categories. Made anew: a start has no use for them. */
  get categories(): readonly string[] {
    return listCategories(this.spec);
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** The names of its flags, in the order of COMMAND_FLAGS. */
  listFlags(): CommandFlag[] {
    return COMMAND_FLAGS.filter((_, bit) => (this.flags >>> bit) & 1);
  }

  accepts(count: number): boolean {
    return this.arity >= 0 ? count === this.arity : count >= -this.arity;
  }

  resetStats(): void {
    this.calls = 0;
    this.microseconds = 0;
    this.rejectedCalls = 0;
    this.failedCalls = 0;
    this.histogram = null;
    for (const sub of this.subcommands) sub.resetStats();
  }

  /** Counts `calls` calls that took `microseconds` together. */
  record(calls: number, microseconds: number, intoHistogram: boolean): void {
    this.calls += calls;
    this.microseconds += microseconds;
    if (!intoHistogram) return;
    this.histogram ??= new LatencyHistogram();
    this.histogram.record(microseconds / calls, calls);
  }
}

function listCategories(spec: CommandSpec): string[] {
  const flags = spec.flags ?? [];
  const own = spec.acl ?? [];
  const found = new Set([...IMPLIED.flatMap(([flag, names]) => (flags.includes(flag) ? names : [])), ...own]);
  found.add(flags.includes("fast") ? "fast" : "slow");
  // A script may only read, and yet it is no read command.
  if (own.includes("scripting")) found.delete("read");
  return CATEGORIES.filter((category) => found.has(category));
}
