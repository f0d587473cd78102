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
import { clearTimeout, setImmediate, setTimeout } from "../base/timers.js";
import type { BlockRequest } from "../commands/context.js";
import type { ChangeListener } from "../commands/effects.js";
import { type Database, NO_ENTRY } from "../keyspace/database.js";
import { type Handle, NONE } from "../storage/arena.js";
import { BlockedKeys, FLAG_LISTED, FLAG_READY, Waiter } from "./blocked-keys.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";
import { TimeoutHeap } from "./timeout-heap.js";

const UNBLOCKED = "UNBLOCKED client unblocked via CLIENT UNBLOCK";
/** setTimeout takes no more. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export class Blocking implements ChangeListener {
  /** Keys are ready: serve() must be called before the next command of another session. */
  hasReady = false;
  readonly keys: BlockedKeys;
  readonly #server: Server;
  readonly #deadlines = new TimeoutHeap<Waiter>();
  /** Keys to look at, all of them listed: they stay until then. */
  #ready: Handle[] = [];
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
    this.keys = new BlockedKeys(server.clientArena, server.keyspace.dict.keyHash);
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
    const waiter = new Waiter(session, request, rerun);
    try {
      for (let i = firstKey; i < firstKey + keyCount; i++) this.keys.wait(waiter, session.db, args, i);
    } catch (error) {
      // There is no room for its keys: it waits for none.
      this.keys.release(waiter.keys);
      throw error;
    }
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
    const key = this.keys.find(db.id, view, start, length);
    if (key !== NONE) this.#markReady(key);
  }

  /** A key has changed: effects call this while somebody waits who is served when it is gone. */
  onChange(db: Database, view: DataView, start: number, length: number): void {
    const key = this.keys.find(db.id, view, start, length);
    if (key !== NONE && this.keys.markedCount(key) > 0) this.#list(key, 0);
  }

  /** All keys of a database are about to be others: SWAPDB, FLUSHDB. */
  onDatabaseChange(db: Database): void {
    if (this.keys.size > 0) this.keys.forEachKey(db.id, (key) => this.#markReady(key));
  }

  /** Serves who waits for a key that is ready, and whom that makes ready in turn. */
  serve(): void {
    if (this.#serving) return;
    this.#serving = true;
    while (this.#ready.length > 0) {
      const ready = this.#ready;
      this.#ready = [];
      for (const key of ready) {
        const isReady = (this.keys.flags(key) & FLAG_READY) !== 0;
        this.keys.setFlags(key, 0);
        this.#server.attempt("while blocked clients were served", () => this.#serveQueue(key, isReady));
        // Listed again meanwhile, it stays for the next round.
        if (this.keys.flags(key) === 0) this.keys.unkeep(key);
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

  #markReady(key: Handle): void {
    this.#list(key, FLAG_READY);
  }

  #list(key: Handle, flag: number): void {
    const flags = this.keys.flags(key);
    this.keys.setFlags(key, flags | FLAG_LISTED | flag);
    if (flags & FLAG_LISTED) return;
    this.keys.keep(key);
    this.#ready.push(key);
    this.hasReady = true;
  }

  /** `isReady` false: only those are served who asked for the key's absence, or its new type. */
  #serveQueue(key: Handle, isReady: boolean): void {
    const { keys } = this;
    // Whoever blocks again goes to the end of the queue, and is not looked at twice.
    keys.beginWalk(key);
    for (let link = keys.nextLink(); link !== NONE; link = keys.nextLink()) {
      const type = this.#findType(key);
      if (type === NO_TYPE && keys.markedCount(key) === 0) return;
      const waiter = keys.ownerOf(link);
      const { request, session } = waiter;
      if (session.closing || !(type === request.type ? isReady : request.withoutKey)) continue;
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
    session.hold();
    try {
      // CLIENT PAUSE holds it back: it comes first when the pause ends.
      if (!this.#server.dispatch.execute(session, args)) session.pending = waiter;
    } catch (error) {
      session.fail(error);
    }
    session.letGo();
    this.#rerun = before;
  }

  /** Ends a wait with the reply of a time-out, or with an error. */
  #end(waiter: Waiter, error: string | null): void {
    const { session, request, args } = waiter;
    this.#release(waiter);
    session.hold();
    try {
      this.#server.dispatch.answerBlocked(session, request, args, error);
    } catch (bug) {
      session.fail(bug);
    }
    session.letGo();
    this.#wake(session);
  }

  #release(waiter: Waiter): void {
    const { session, request } = waiter;
    this.keys.release(waiter.keys);
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

  /** The type of the key just now, NO_TYPE when it is not there or has expired. */
  #findType(key: Handle): number {
    const { keys } = this;
    const db = this.#server.keyspace.databases[keys.dbIdOf(key)];
    const record = db?.findRaw(keys.viewOf(key), keys.keyStart(key), keys.keyLength(key)) ?? NO_ENTRY;
    if (db === undefined || record === NO_ENTRY || db.isExpired(record)) return NO_TYPE;
    return db.keyspace.records.type(record);
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
    this.#server.attempt("while waits timed out", () => {
      this.#server.beginTurn();
      this.checkDeadlines();
      this.#server.endTurn();
    });
  }
}

const NO_TYPE = -1;
