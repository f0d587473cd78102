/**
 * MULTI of one session: the queue, WATCH, and EXEC. Owned by its session; dispatch queues, the transaction commands
 * do the rest.
 */
import type { Command } from "../commands/command.js";
import type { TransactionView } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import { InterestSet } from "../keyspace/interests/interest-set.js";
import type { WatchedKeys, Watcher } from "../keyspace/watch-table.js";
import type { Args } from "../resp/args.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import { CommandQueue } from "./command-queue.js";
import { GATE_TRANSACTION } from "./gates.js";
import type { Session } from "./session.js";

const ERR_EXEC_ABORTED = encodeReply("-EXECABORT Transaction discarded because of previous errors.\r\n");

export class Transaction implements TransactionView, Watcher {
  /** A watched key has changed. */
  spoiled = false;
  active = false;
  /** The queue runs: a command must not wait now. */
  executing = false;
  #failed = false;
  readonly #queue = new CommandQueue();
  readonly #watched: WatchedKeys = new InterestSet<Watcher>(this);
  /** Flags that any queued command has, and flags that any of them lacks. */
  #flags = 0;
  #missingFlags = 0;
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  get queued(): number {
    return this.#queue.length;
  }

  get watching(): number {
    return this.#watched.size;
  }

  /** The words of the queue: `multi-mem` of CLIENT LIST. They count against client-query-buffer-limit. */
  get argumentBytes(): number {
    return this.#queue.usedBytes;
  }

  get bytes(): number {
    return this.#queue.byteLength + this.#watched.bytes;
  }

  /** Whether a queued command has the flag. */
  has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }

  /** Whether a queued command lacks the flag. */
  lacks(flag: number): boolean {
    return (this.#missingFlags & flag) !== 0;
  }

  begin(): void {
    this.active = true;
    this.#session.setGate(GATE_TRANSACTION, true);
  }

  queue(command: Command, args: Args): void {
    // A transaction that will fail keeps nothing: its client may go on sending.
    if (this.#failed || this.spoiled) return;
    this.#queue.add(command, args);
    this.#flags |= command.flags;
    this.#missingFlags |= ~command.flags;
  }

  /** A command was refused while queueing: EXEC will refuse as well. */
  fail(): void {
    if (this.active) this.#failed = true;
  }

  execute(out: ReplyWriter): void {
    const spoiled = this.spoiled || this.#session.server.effects.watches.hasExpired(this.#watched);
    if (this.#failed || spoiled) {
      const failed = this.#failed;
      this.reset();
      if (failed) out.error(ERR_EXEC_ABORTED);
      else out.nilArray();
      return;
    }
    const session = this.#session;
    const server = session.server;
    const queue = this.#queue;
    this.unwatch();
    server.effects.enter();
    this.executing = true;
    try {
      if (!session.isSilent) out.array(queue.length);
      queue.run((command, args) => server.dispatch.callQueued(session, command, args));
      server.dispatch.endTurn();
    } finally {
      this.executing = false;
      this.reset();
      server.effects.leave();
    }
  }

  discard(): void {
    this.reset();
  }

  watch(db: Database, args: Args, i: number): void {
    // Once one key has changed, nothing more can: EXEC fails anyway.
    if (this.spoiled) return;
    this.#session.server.effects.watches.add(this.#watched, db, args.view, args.start(i), args.byteLength(i));
  }

  unwatch(): void {
    this.#dropWatches();
    this.spoiled = false;
  }

  spoil(): void {
    this.spoiled = true;
    this.#dropWatches();
  }

  reset(): void {
    this.unwatch();
    this.#queue.clear();
    this.#flags = 0;
    this.#missingFlags = 0;
    this.#failed = false;
    this.active = false;
    this.#session.setGate(GATE_TRANSACTION, false);
  }

  #dropWatches(): void {
    this.#session.server.effects.watches.release(this.#watched);
  }
}
