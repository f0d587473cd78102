/** The context of the call under way: one object per server, filled in by dispatch before each call. */
import type { Command } from "../commands/command.js";
import type { CommandContext } from "../commands/context.js";
import type { Effects } from "../commands/effects.js";
import type { Database } from "../keyspace/database.js";
import type { Hashes } from "../keyspace/hashes.js";
import type { HyperLogLogs } from "../keyspace/hyperloglogs.js";
import type { Keyspace } from "../keyspace/keyspace.js";
import type { Lists } from "../keyspace/lists.js";
import type { Sets } from "../keyspace/sets.js";
import type { SortedSets } from "../keyspace/sorted-sets.js";
import type { Streams } from "../keyspace/streams.js";
import type { Strings } from "../keyspace/strings.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";

/** What a nested call (EXEC, a script) has to put back. */
export interface CallState {
  readonly session: Session | null;
  readonly command: Command | null;
}

const NO_CALL: CallState = { session: null, command: null };

export class CallContext implements CommandContext {
  readonly server: Server;
  readonly keyspace: Keyspace;
  readonly strings: Strings;
  readonly hyperLogLogs: HyperLogLogs;
  readonly lists: Lists;
  readonly hashes: Hashes;
  readonly sortedSets: SortedSets;
  readonly sets: Sets;
  readonly streams: Streams;
  readonly effects: Effects;
  nowMs = 0;
  #session: Session | null = null;
  #command: Command | null = null;
  #lastCommand: Command | null = null;

  constructor(server: Server) {
    this.server = server;
    this.keyspace = server.keyspace;
    this.strings = server.strings;
    this.hyperLogLogs = server.keyspace.hyperLogLogs;
    this.lists = server.keyspace.lists;
    this.hashes = server.keyspace.hashes;
    this.sortedSets = server.keyspace.sortedSets;
    this.sets = server.keyspace.sets;
    this.streams = server.keyspace.streams;
    this.effects = server.effects;
  }

  /** The session's database; a SELECT inside of the call shows at once. */
  get db(): Database {
    return this.session.db;
  }

  get session(): Session {
    if (this.#session === null) throw new Error("context: used outside of a call");
    return this.#session;
  }

  /** The session whose command runs just now, or null. */
  get executing(): Session | null {
    return this.#session;
  }

  get command(): Command {
    if (this.#command === null) throw new Error("context: used outside of a call");
    return this.#command;
  }

  /** The command that runs, or ran last; `none` before the first. For the crash report. */
  get lastCommandName(): string {
    return this.#lastCommand?.fullName ?? "none";
  }

  enter(session: Session, command: Command): CallState {
    const previous = this.#session === null ? NO_CALL : { session: this.#session, command: this.#command };
    this.#session = session;
    this.#command = command;
    this.#lastCommand = command;
    this.nowMs = this.keyspace.nowMs;
    this.keyspace.noTouch = session.noTouch;
    return previous;
  }

  leave(previous: CallState): void {
    this.#session = previous.session;
    this.#command = previous.command;
  }
}
