/**
 * MULTI of one session: the queue, WATCH, and EXEC. Owned by its session; dispatch queues, the transaction commands
 * do the rest.
 */
import type { Command } from "../commands/command.js";
import type { TransactionView } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import { NO_ENTRY } from "../keyspace/database.js";
import type { Watch, Watcher } from "../keyspace/watch-table.js";
import type { Args } from "../resp/args.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import { GATE_TRANSACTION } from "./gates.js";
import type { Session } from "./session.js";

const ERR_EXEC_ABORTED = encodeReply("-EXECABORT Transaction discarded because of previous errors.\r\n");
/** What a queued command or a watched key takes beside its bytes, about. */
const ENTRY_BYTES = 64;
/** A word's share of the queue beside its bytes: its offsets. */
const WORD_BYTES = 8;

interface QueuedCommand {
  readonly command: Command;
  readonly args: Args;
}

export class Transaction implements TransactionView, Watcher {
  /** A watched key has changed. */
  spoiled = false;
  active = false;
  /** The queue runs: a command must not wait now. */
  executing = false;
  #failed = false;
  #queue: QueuedCommand[] = [];
  #watched: Watch[] = [];
  #argumentBytes = 0;
  /** The keys that are watched. */
  #watchedBytes = 0;
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
    return this.#watched.length;
  }

  /** The words of the queue: `multi-mem` of CLIENT LIST. They count against client-query-buffer-limit. */
  get argumentBytes(): number {
    return this.#argumentBytes;
  }

  get bytes(): number {
    const entries = this.#queue.length + this.#watched.length;
    return this.#argumentBytes + this.#watchedBytes + entries * ENTRY_BYTES;
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
    const copy = args.clone();
    this.#queue.push({ command, args: copy });
    this.#argumentBytes += copy.bytes.length + copy.count * WORD_BYTES;
    this.#flags |= command.flags;
    this.#missingFlags |= ~command.flags;
  }

  /** A command was refused while queueing: EXEC will refuse as well. */
  fail(): void {
    if (this.active) this.#failed = true;
  }

  execute(out: ReplyWriter): void {
    const spoiled = this.spoiled || this.#hasExpired();
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
    if (!session.isSilent) out.array(queue.length);
    for (const { command, args } of queue) server.dispatch.callQueued(session, command, args);
    server.dispatch.endTurn();
    this.executing = false;
    server.effects.leave();
    this.reset();
  }

  discard(): void {
    this.reset();
  }

  watch(db: Database, args: Args, i: number): void {
    // Once one key has changed, nothing more can: EXEC fails anyway.
    if (this.spoiled) return;
    const key = args.copy(i);
    if (this.#watched.some((watched) => watched.db === db && watched.key.equals(key))) return;
    const watch = { watcher: this, db, key, expired: isExpired(db, key) };
    this.#watched.push(watch);
    this.#watchedBytes += key.length;
    this.#session.server.effects.watches.add(watch);
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
    this.#queue = [];
    this.#argumentBytes = 0;
    this.#flags = 0;
    this.#missingFlags = 0;
    this.#failed = false;
    this.active = false;
    this.#session.setGate(GATE_TRANSACTION, false);
  }

  #dropWatches(): void {
    const watched = this.#watched;
    if (watched.length === 0) return;
    this.#watched = [];
    this.#watchedBytes = 0;
    for (const watch of watched) this.#session.server.effects.watches.remove(watch);
  }

  /** Whether a watched key has expired since, though nobody met it. */
  #hasExpired(): boolean {
    return this.#watched.some(({ db, key, expired }) => !expired && isExpired(db, key));
  }
}

/** Whether the key is there with a deadline that has passed: not deleted yet. */
function isExpired(db: Database, key: Buffer): boolean {
  const record = db.findRaw(new DataView(key.buffer, key.byteOffset, key.byteLength), 0, key.length);
  return record !== NO_ENTRY && db.isExpired(record);
}
