/**
 * MULTI of one session: the queue, WATCH, and EXEC. Owned by its session; dispatch queues, the transaction commands
 * do the rest.
 */
import { type Command, FLAG_DENYOOM, FLAG_WRITE } from "../commands/command.js";
import type { TransactionView } from "../commands/context.js";
import type { Database } from "../keyspace/database.js";
import { NO_ENTRY } from "../keyspace/database.js";
import type { Watch, Watcher } from "../keyspace/watch-table.js";
import type { Args } from "../resp/args.js";
import { encodeReply, type ReplyWriter } from "../resp/reply-writer.js";
import { GATE_TRANSACTION } from "./gates.js";
import type { Session } from "./session.js";

const ERR_EXEC_ABORTED = encodeReply("-EXECABORT Transaction discarded because of previous errors.\r\n");

interface QueuedCommand {
  readonly command: Command;
  readonly args: Args;
}

export class Transaction implements TransactionView, Watcher {
  /** A watched key has changed. */
  spoiled = false;
  active = false;
  #failed = false;
  #queue: QueuedCommand[] = [];
  #watched: Watch[] = [];
  #bytes = 0;
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

  get watchedBytes(): number {
    return this.#watched.reduce((sum, watched) => sum + watched.key.length + 64, 0);
  }

  /** What the queue takes, for CLIENT LIST's multi-mem. */
  get bytes(): number {
    return this.#bytes + this.watchedBytes;
  }

  get writes(): boolean {
    return this.#queue.some(({ command }) => command.has(FLAG_WRITE));
  }

  get deniesOom(): boolean {
    return this.#queue.some(({ command }) => command.has(FLAG_DENYOOM));
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
    this.#bytes += copy.bytes.length + copy.offsets.byteLength + 64;
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
    out.array(queue.length);
    for (const { command, args } of queue) server.dispatch.callQueued(session, command, args);
    server.dispatch.endTurn();
    server.effects.leave();
    this.reset();
  }

  /** EXEC itself was refused by a gate, whose error is the last one written. */
  abortExec(out: ReplyWriter): void {
    if (!this.active) return;
    const reason = out.lastError;
    this.reset();
    out.replaceLastError(`EXECABORT Transaction discarded because of: ${reason}`);
  }

  discard(): void {
    this.reset();
  }

  watch(db: Database, args: Args, i: number): void {
    const key = args.copy(i);
    if (this.#watched.some((watched) => watched.db === db && watched.key.equals(key))) return;
    const watch = { watcher: this, db, key, expired: isExpired(db, key) };
    this.#watched.push(watch);
    this.#session.server.effects.watches.add(watch);
  }

  unwatch(): void {
    for (const watch of this.#watched) this.#session.server.effects.watches.remove(watch);
    this.#watched = [];
    this.spoiled = false;
  }

  reset(): void {
    this.unwatch();
    this.#queue = [];
    this.#bytes = 0;
    this.#failed = false;
    this.active = false;
    this.#session.setGate(GATE_TRANSACTION, false);
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
