/**
 * What a command is: its metadata and its function, in one place. COMMAND, arity checks, ACL categories, key
 * extraction and docs/commands.md all derive from it. Adding a command: its file, one line in the family's index.ts,
 * its test.
 */
import type { Args } from "../resp/args.js";
import type { ReplyWriter } from "../resp/reply-writer.js";
import type { CommandContext } from "./context.js";

/** As COMMAND INFO names them. The bit of a flag is its place in this list. */
export const COMMAND_FLAGS = [
  "write",
  "readonly",
  "denyoom",
  "module",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
  "may_replicate",
  "touches_arbitrary_keys",
] as const;

export type CommandFlag = (typeof COMMAND_FLAGS)[number];

/** The bit of a flag in Command.flags. */
export function flagBit(flag: CommandFlag): number {
  return 1 << COMMAND_FLAGS.indexOf(flag);
}

export type CommandGroup =
  | "generic"
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "pubsub"
  | "transactions"
  | "connection"
  | "server"
  | "scripting"
  | "hyperloglog"
  | "cluster"
  | "geo"
  | "stream"
  | "bitmap";

export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Where a command's keys are: begin search, then find. The model is that of COMMAND INFO's key specifications. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin:
    | { readonly index: number }
    | { readonly keyword: string; readonly startFrom: number }
    | { readonly unknown: true };
  readonly find:
    | { readonly lastKey: number; readonly step: number; readonly limit: number }
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number }
    | { readonly unknown: true };
  readonly notes?: string;
}

/** Takes the keys that a command's own function finds. */
export interface KeySink {
  push(index: number, flags: readonly KeyFlag[]): void;
}

export type ArgType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** One argument of a command's grammar, as COMMAND DOCS shows it. */
export interface ArgSpec {
  readonly name: string;
  readonly type: ArgType;
  readonly token?: string;
  readonly display?: string;
  readonly keySpecIndex?: number;
  readonly summary?: string;
  readonly since?: string;
  readonly deprecatedSince?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly multipleToken?: boolean;
  readonly args?: readonly ArgSpec[];
}

export type CommandRun = (ctx: CommandContext, args: Args, out: ReplyWriter) => void;

export interface CommandSpec {
  /** Lower case; of a subcommand its own word only. */
  readonly name: string;
  readonly group: CommandGroup;
  readonly since: string;
  readonly complexity: string;
  readonly summary: string;
  /** Words of a call with the name(s): exactly n, or at least -n. */
  readonly arity: number;
  readonly flags?: readonly CommandFlag[];
  /** ACL categories beyond those that the flags imply, without the `@`. */
  readonly acl?: readonly string[];
  readonly keys?: readonly KeySpec[];
  readonly args?: readonly ArgSpec[];
  /** [version, what changed] in order. */
  readonly history?: readonly (readonly [string, string])[];
  readonly tips?: readonly string[];
  readonly deprecatedSince?: string;
  readonly replacedBy?: string;
  readonly docFlags?: readonly string[];
  /** Calls of up to so many words take about as long every time, though neither flags nor complexity say so. */
  readonly steadyWords?: number;
  readonly subcommands?: readonly CommandSpec[];
  /** Keys, or flags of their use, that the specs cannot express; false when the arguments make no sense. */
  readonly findKeys?: (args: Args, found: KeySink) => boolean;
  /** Absent for a container whose subcommands do the work. */
  readonly run?: CommandRun;
}

export function defineCommand(spec: CommandSpec): CommandSpec {
  return spec;
}

/** One key at argument n. */
export function keyAt(index: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { lastKey: 0, step: 1, limit: 0 } };
}

/** Keys from argument `index` to `lastKey` (relative to the first; negative: from the end), every `step`-th. */
export function keyRange(index: number, lastKey: number, step: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { lastKey, step, limit: 0 } };
}

/** As many keys as argument `index` says, right behind it. */
export function keyCount(index: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { index }, find: { keyNumIndex: 0, firstKey: 1, step: 1 } };
}

/** One key behind a keyword that is looked for from argument `startFrom` on (negative: from the end, backwards). */
export function keyAfter(keyword: string, startFrom: number, ...flags: KeyFlag[]): KeySpec {
  return { flags, begin: { keyword, startFrom }, find: { lastKey: 0, step: 1, limit: 0 } };
}

type ArgOptions = Omit<ArgSpec, "name" | "type" | "args">;

function makeArg(type: ArgType) {
  return (name: string, options: ArgOptions = {}): ArgSpec => ({ name, type, ...options });
}

/** Builders for argument grammars: arg.key("key"), arg.optional(arg.integer("count", { token: "COUNT" })). */
export const arg = {
  key: (name: string, options: ArgOptions = {}): ArgSpec => ({ name, type: "key", keySpecIndex: 0, ...options }),
  string: makeArg("string"),
  integer: makeArg("integer"),
  double: makeArg("double"),
  pattern: makeArg("pattern"),
  unixTime: makeArg("unix-time"),
  token: (word: string, options: ArgOptions = {}): ArgSpec => ({
    name: word.toLowerCase(),
    type: "pure-token",
    token: word,
    ...options,
  }),
  oneOf: (name: string, args: readonly ArgSpec[], options: ArgOptions = {}): ArgSpec => ({
    name,
    type: "oneof",
    args,
    ...options,
  }),
  block: (name: string, args: readonly ArgSpec[], options: ArgOptions = {}): ArgSpec => ({
    name,
    type: "block",
    args,
    ...options,
  }),
  optional: (spec: ArgSpec): ArgSpec => ({ ...spec, optional: true }),
  multiple: (spec: ArgSpec): ArgSpec => ({ ...spec, multiple: true }),
};
