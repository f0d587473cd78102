/**
 * Blocking: sessions whose command (BLPOP and its like) waits for a key. The command calls session.block and answers
 * nothing; the session then serves no further request. Once the command or transaction that made a key ready is done,
 * dispatch calls serve(), which runs the waiting commands again, as they came: first come, first served, a key at a
 * time. A command that finds nothing blocks anew, with its first deadline. Everything else that ends a wait is here,
 * too: the deadline, CLIENT UNBLOCK, the end of the session.
 *
 * A key is ready when it comes into being - by a push, RENAME, RESTORE, COPY, MOVE, SWAPDB - or when a command says so
 * (Effects.keyReady), and its type is the one waited for; a wrong one leaves the sessions waiting. For those who asked
 * for that (BlockRequest.withoutKey), it is also ready once it is gone, or its type is another.
 *
 * Costs: a hash of the key whenever a key is created while anyone waits, and nothing per command otherwise. Changes of
 * existing keys are listened to only while somebody waits withoutKey.
 */
import type { BlockRequest } from "../commands/context.js";
import type { ChangeListener } from "../commands/effects.js";
import { type Database, NO_ENTRY } from "../keyspace/database.js";
import { BlockedKeys, type KeyQueue, type Waiter } from "./blocked-keys.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";
import { NOT_TIMED, TimeoutHeap } from "./timeout-heap.js";

const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
/** setTimeout takes no more. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class Blocking implements ChangeListener {
  /** Keys are ready: serve() must be called before the next command of another session. */
  hasReady = false;
  readonly keys = new BlockedKeys();
  readonly #server: Server;
  readonly #deadlines = new TimeoutHeap<Waiter>();
  #ready: KeyQueue[] = [];
  #serving = false;
  /** The waiter whose command runs again just now. */
  #rerun: Waiter | null = null;
  /** How many waiters are also served when their key goes. */
  #listening = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerDeadline = 0;
  /** Sessions that were served and have further requests. */
  #woken: Session[] = [];

  constructor(server: Server) {
    this.#server = server;
  }

  /** How many sessions wait with a deadline. */
  get timedCount(): number {
    return this.#deadlines.size;
  }

  /** Whether this session's present request is one that runs again after it had waited. */
  isRerun(session: Session): boolean {
    return this.#rerun?.session === session;
  }

  block(session: Session, request: BlockRequest): void {
    const { args, firstKey, keyCount } = request;
    const rerun = this.#rerun?.session === session ? this.#rerun : null;
    const waiter: Waiter = {
      session,
      request,
      args: rerun !== null && args === rerun.args ? args : args.clone(),
      queues: new Set(),
      deadline: rerun === null ? request.deadline : rerun.deadline,
      place: NOT_TIMED,
    };
    for (let i = firstKey; i < firstKey + keyCount; i++) this.keys.add(waiter, session.db, args, i);
    session.waiting = "blocked";
    session.waiter = waiter;
    if (waiter.deadline > 0) {
      this.#deadlines.add(waiter);
      this.#setTimer();
    }
    if (request.withoutKey && this.#listening++ === 0) this.#server.effects.addListener(this);
  }

  /** CLIENT UNBLOCK: ends the wait as a time-out, or with an error. False when the session does not wait. */
  unblock(session: Session, withError: boolean): boolean {
    const { waiter } = session;
    if (waiter === null) return false;
    this.#end(waiter, withError ? UNBLOCKED : null);
    return true;
  }

  /** Runs what CLIENT PAUSE held back when a key was ready. */
  runPending(session: Session): void {
    const { pending } = session;
    if (pending === null || session.waiting !== "none") return;
    session.pending = null;
    this.#execute(pending);
  }

  /** The session ends: nobody serves it any more. */
  leave(session: Session): void {
    session.pending = null;
    if (session.waiter !== null) this.#release(session.waiter);
  }

  /** A key has come into being, or is ready for another reason. */
  onReady(db: Database, view: DataView, start: number, length: number): void {
    const queue = this.keys.find(db, view, start, length);
    if (queue !== null) this.#markReady(queue);
  }

  /** A key has changed: effects call this while somebody waits who is served when it is gone. */
  onChange(db: Database, view: DataView, start: number, length: number): void {
    const queue = this.keys.find(db, view, start, length);
    if (queue !== null && queue.withoutKey > 0) this.#list(queue);
  }

  /** All keys of a database are about to be others: SWAPDB, FLUSHDB. */
  onDatabaseChange(db: Database): void {
    if (this.keys.size > 0) this.keys.forEachOf(db, (queue) => this.#markReady(queue));
  }

  /** Serves who waits for a key that is ready, and whom that makes ready in turn. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    while (this.#ready.length > 0) {
      const queues = this.#ready;
      this.#ready = [];
      for (const queue of queues) {
        const { ready } = queue;
        queue.listed = false;
        queue.ready = false;
        this.#serveQueue(queue, ready);
      }
    }
    this.hasReady = false;
    this.#serving = false;
  }

  /** Ends the waits whose deadline has passed. Called by the timer, and by cron for clocks that tests move. */
  checkDeadlines(): void {
    const { nowMs } = this.#server.keyspace;
    for (let waiter = this.#deadlines.soonest; waiter !== null; waiter = this.#deadlines.soonest) {
      if (waiter.deadline >= nowMs) break;
      this.#end(waiter, null);
    }
    this.#setTimer();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #markReady(queue: KeyQueue): void {
    queue.ready = true;
    this.#list(queue);
  }

  #list(queue: KeyQueue): void {
    if (queue.listed) return;
    queue.listed = true;
    this.#ready.push(queue);
    this.hasReady = true;
  }

  /** `ready` false: only those are served whom the key's absence, or its new type, concerns. */
  #serveQueue(queue: KeyQueue, ready: boolean): void {
    // Whoever blocks again goes to the end of the queue, and is not looked at twice.
    let left = queue.waiters.size;
    for (const waiter of queue.waiters) {
      if (left-- === 0) return;
      const type = findType(queue);
      if (type === NO_TYPE && queue.withoutKey === 0) return;
      const { request, session } = waiter;
      if (session.closing || !(type === request.type ? ready : request.withoutKey)) continue;
      this.#runAgain(waiter);
    }
  }

  #runAgain(waiter: Waiter): void {
    this.#release(waiter);
    this.#execute(waiter);
    this.#wake(waiter.session);
  }

  #execute(waiter: Waiter): void {
    const { session, args } = waiter;
    const before = this.#rerun;
    this.#rerun = waiter;
    const served = this.#server.dispatch.execute(session, args);
    this.#rerun = before;
    // CLIENT PAUSE holds it back: it comes first when the pause ends.
    if (!served) session.pending = waiter;
  }

  /** Ends a wait with the reply of a time-out, or with an error. */
  #end(waiter: Waiter, error: string | null): void {
    const { session, request, args } = waiter;
    this.#release(waiter);
    this.#server.dispatch.answerBlocked(session, request, args, error);
    this.#wake(session);
  }

  #release(waiter: Waiter): void {
    const { session, request } = waiter;
    this.keys.remove(waiter);
    this.#deadlines.remove(waiter);
    session.waiter = null;
    session.waiting = "none";
    if (request.withoutKey && --this.#listening === 0) this.#server.effects.removeListener(this);
  }

  /** Sends what was answered, and goes on with what the client has sent since: after the present turn. */
  #wake(session: Session): void {
    session.touch();
    if (session.waiting !== "none" || session.input.bufferedBytes === 0) return;
    if (this.#woken.push(session) === 1) setImmediate(() => this.#resumeWoken());
  }

  #resumeWoken(): void {
    const sessions = this.#woken;
    this.#woken = [];
    for (const session of sessions) session.resume();
  }

  /** Sets the timer to the soonest deadline. */
  #setTimer(): void {
    const deadline = this.#deadlines.soonest?.deadline ?? 0;
    if (this.#timer !== null && this.#timerDeadline === deadline) return;
    this.close();
    if (deadline === 0) return;
    this.#timerDeadline = deadline;
    // A deadline has passed only in the millisecond after it.
    const wait = Math.max(1, deadline + 1 - this.#server.keyspace.nowMs);
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(wait, TIMER_MAX_MS));
    this.#timer.unref();
  }

  #onTimer(): void {
    this.#timer = null;
    this.#server.beginTurn();
    this.checkDeadlines();
    this.#server.endTurn();
  }
}

const NO_TYPE = -1;

/** The type of the key just now, NO_TYPE when it is not there or has expired. */
function findType({ db, key }: KeyQueue): number {
  const record = db.findRaw(key, 0, key.byteLength);
  if (record === NO_ENTRY || db.isExpired(record)) return NO_TYPE;
  return db.keyspace.records.type(record);
}
