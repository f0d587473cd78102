/**
 * Dispatch: every request's way from its arguments to its reply. Sockets, MULTI and (later) scripts, AOF replay and
 * the replica link all come through here.
 *
 * The gates stand in Redis's order in #pass. A session with nothing unusual about it, on a server with nothing unusual
 * about it, skips them with one test (`gates`).
 *
 * Time. A clock reading costs as much as a GET, so a run of calls of one steady command (GET, SET) shares two readings:
 * the duration is spread evenly. Any other command, or one that moved many bytes, gets readings of its own; so does
 * every command while the slow log or the latency monitor wants exact times (`exactTiming`).
 */
import {
  type Command,
  FLAG_ALLOW_BUSY,
  FLAG_DENYOOM,
  FLAG_LOADING,
  FLAG_MAY_REPLICATE,
  FLAG_NO_AUTH,
  FLAG_NO_MULTI,
  FLAG_READONLY,
  FLAG_SKIP_SLOWLOG,
  FLAG_WRITE,
} from "../commands/command.js";
import type { BlockRequest } from "../commands/context.js";
import { ERR_LOADING, ERR_NOAUTH, ERR_OOM } from "../commands/errors.js";
import type { Args } from "../resp/args.js";
import type { Blocking } from "./blocking.js";
import { CallContext } from "./call-context.js";
import {
  GATE_BUSY,
  GATE_CLIENT_MEMORY,
  GATE_LOADING,
  GATE_MAXMEMORY,
  GATE_MONITORED,
  GATE_MONITORS,
  GATE_PAUSED,
  GATE_REDIRECTED,
  GATE_SUBSCRIBED,
  GATE_TRACKING,
  GATE_TRACKING_TABLE,
  GATE_TRANSACTION,
  GATE_UNAUTHENTICATED,
} from "./gates.js";
import { OwnPushes } from "./own-pushes.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";
import { describeUnknown, isWebRequest } from "./unknown-command.js";

/** A run of steady calls is timed at least this often. */
const RUN_MAX = 64;
/** Nothing was thrown: `undefined` can be. */
const NO_BUG = Symbol("no bug");
/** A steady command that moves more bytes than this is timed alone. */
const SHARED_TIMING_MAX_BYTES = 16384;

export class Dispatch {
  /** States of the server that concern every command: see gates.ts. */
  gates = 0;
  exactTiming = false;
  readonly ownPushes: OwnPushes;
  readonly #server: Server;
  readonly #ctx: CallContext;
  readonly #blocking: Blocking;
  /** The run of steady calls that is not timed yet. */
  #runCommand: Command | null = null;
  #runLength = 0;
  #runStartUs = 0;
  /** The reading that the present turn began with. */
  turnStartUs = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#ctx = new CallContext(server);
    this.#blocking = server.blocking;
    this.ownPushes = new OwnPushes(server);
  }

  get context(): CallContext {
    return this.#ctx;
  }

  setGate(gate: number, on: boolean): void {
    this.gates = on ? this.gates | gate : this.gates & ~gate;
  }

  /** Runs one request. False when it must wait: the session keeps it, and comes again. */
  execute(session: Session, args: Args): boolean {
    const command = this.#server.registry.find(args);
    session.last = command;
    if (command !== null && command.run !== null && command.accepts(args.count)) {
      if ((session.gates | this.gates) === 0 || this.#isWithinMemory(session)) {
        this.call(session, command, args);
        if (this.#blocking.hasReady) this.#blocking.serve();
        return true;
      }
      if ((session.gates & ~(GATE_TRACKING | GATE_REDIRECTED)) === 0 && this.gates === 0) {
        this.#callPushed(session, command, args);
        if (this.#blocking.hasReady) this.#blocking.serve();
        return true;
      }
    }
    const served = this.#closer(session, command, args);
    if (this.#blocking.hasReady) this.#blocking.serve();
    return served;
  }

  /** A new turn of the loop: time has passed. */
  beginTurn(): void {
    const us = this.#server.clock.nowUs();
    this.#runStartUs = us;
    this.turnStartUs = us;
    this.#server.setTime(us);
  }

  endTurn(): void {
    if (this.#runLength > 0) this.#closeRun();
  }

  /** Runs a command that has passed the gates. */
  call(session: Session, command: Command, args: Args): void {
    const server = this.#server;
    const ctx = this.#ctx;
    const out = session.out;
    const effects = server.effects;
    if (command !== this.#runCommand && this.#runLength > 0) this.#closeRun();
    const startUs = this.#runStartUs;
    const errorsBefore = out.errorCount - session.countedErrors;
    const bytesBefore = out.byteLength;
    const dirtyBefore = effects.dirty;
    const db = session.db;
    const previous = ctx.enter(session, command);
    let bug: unknown = NO_BUG;
    try {
      command.run?.(ctx, args, out);
    } catch (error) {
      bug = error;
    }
    ctx.leave(previous);
    effects.commit(db, args, dirtyBefore);
    if (bug !== NO_BUG) {
      // What it has written is no whole reply.
      out.truncate(bytesBefore);
      server.reportBug(session, command, args, bug);
    }
    if (session.gates & GATE_TRACKING && command.has(FLAG_READONLY)) server.tracking.remember(session, command, args);
    // It waits for a key: the call counts when it is over.
    if (session.waiting === "blocked") return;
    server.stats.commands++;
    session.commandCount++;
    const errors = out.errorCount - session.countedErrors - errorsBefore;
    if (errors !== 0) this.countFailure(session, command, errors);
    if (
      this.exactTiming ||
      args.count > command.steadyWords ||
      out.byteLength - bytesBefore > SHARED_TIMING_MAX_BYTES ||
      args.end(args.count - 1) - args.start(0) > SHARED_TIMING_MAX_BYTES
    ) {
      if (this.#runLength > 0) this.#closeRun();
      this.#recordAlone(session, command, args, startUs);
      return;
    }
    this.#runCommand = command;
    if (++this.#runLength === RUN_MAX) this.#closeRun();
  }

  /** A command of a transaction: it passed the gates when it was queued. */
  callQueued(session: Session, command: Command, args: Args): void {
    const mark = session.out.beginArray();
    // A client that has killed itself gets nothing more, though its transaction runs to the end.
    const wasSilent = session.isSilent || session.closing;
    this.call(session, command, args);
    if (wasSilent && (session.isSilent || session.closing)) session.out.rewind(mark);
    if (this.gates & GATE_MONITORED) this.#server.monitors.feed(session, command, args);
  }

  /** The command that a session waited with ends without being run again: by its time-out, or with an error. */
  answerBlocked(session: Session, request: BlockRequest, args: Args, error: string | null): void {
    const { out } = session;
    const server = this.#server;
    const command = server.registry.find(args);
    const mark = out.beginArray();
    if (error !== null) out.errorText(error);
    else if (request.onTimeout !== undefined) request.onTimeout(out);
    else out.nilArray();
    server.stats.commands++;
    session.commandCount++;
    command?.record(1, 0, server.latencyTracking);
    if (error !== null && command !== null) this.countFailure(session, command, 1);
    if (session.gates & GATE_TRACKING) server.tracking.endRequest(session, command);
    if (!session.isSilent) return;
    out.rewind(mark);
    if (session.replyMode === "skip") session.replyMode = "on";
  }

  /** A command has answered an error: at once, or (Session.defer) later. */
  countFailure(session: Session, command: Command, errors: number): void {
    session.countedErrors += errors;
    command.failedCalls++;
    this.#server.stats.countError(session.out.lastError);
  }

  /** Times the run of steady calls that is open. */
  #closeRun(): void {
    const us = this.#server.clock.nowUs();
    this.#runCommand?.record(this.#runLength, us - this.#runStartUs, this.#server.latencyTracking);
    this.#runCommand = null;
    this.#runLength = 0;
    this.#runStartUs = us;
    this.#server.setTime(us);
  }

  /** Times one call. `startUs` is the reading before it (calls inside of EXEC have moved #runStartUs since). */
  #recordAlone(session: Session, command: Command, args: Args, startUs: number): void {
    const server = this.#server;
    const us = server.clock.nowUs();
    this.#runStartUs = us;
    server.setTime(us);
    command.record(1, us - startUs, server.latencyTracking);
    if (!command.has(FLAG_SKIP_SLOWLOG)) server.recordDuration(session, command, args, us - startUs);
  }

  /** The common case of a session that may get pushes meanwhile: they follow its reply. */
  #callPushed(session: Session, command: Command, args: Args): void {
    this.ownPushes.serving = session;
    try {
      this.call(session, command, args);
    } finally {
      this.#endPushed(session, command);
    }
  }

  #endPushed(session: Session, command: Command | null): void {
    try {
      if (session.gates & GATE_TRACKING) this.#server.tracking.endRequest(session, command);
    } finally {
      this.ownPushes.finish(session);
    }
  }

  /** Everything that is not the common case. Pushes to the session itself follow its reply. */
  #closer(session: Session, found: Command | null, args: Args): boolean {
    this.ownPushes.serving = session;
    try {
      return this.#serve(session, found, args);
    } finally {
      this.#endPushed(session, found);
    }
  }

  #serve(session: Session, found: Command | null, args: Args): boolean {
    const out = session.out;
    const mark = out.beginArray();
    const wasSilent = session.beginReply();
    const command = this.#resolve(session, found, args);
    const served = command === null || this.#pass(session, command, args);
    // CLIENT REPLY ON and RESET are heard, though they came in silence.
    if (wasSilent && served && session.replyMode !== "on" && session.waiting !== "blocked") {
      out.rewind(mark);
      if (session.replyMode === "skip") session.replyMode = "on";
    }
    return served;
  }

  /** The command that these arguments name, or null and the error that says why not. */
  #resolve(session: Session, found: Command | null, args: Args): Command | null {
    const { registry } = this.#server;
    if (found === null) {
      if (isWebRequest(args)) {
        this.#server.reportWebRequest(session);
        return null;
      }
      // As with Redis, no command's counters grow: not even those of CONFIG for `CONFIG FOO`.
      this.#refuse(session, null, args, describeUnknown(args, registry.findContainer(args, 0)));
      return null;
    }
    if (!found.accepts(args.count) || found.run === null) {
      this.#refuse(session, found, args, `ERR wrong number of arguments for '${found.fullName}' command`);
      return null;
    }
    return found;
  }

  /** The gates, in Redis's order, and then the call. False when the session has to wait. */
  #pass(session: Session, command: Command, args: Args): boolean {
    const server = this.#server;
    const gates = this.gates;
    const transaction = session.transaction;
    const inMulti = (session.gates & GATE_TRANSACTION) !== 0;
    const name = command.fullName;

    if (session.gates & GATE_UNAUTHENTICATED && !command.has(FLAG_NO_AUTH)) {
      return this.#refuseEncoded(session, command, args, ERR_NOAUTH);
    }
    if (inMulti && command.has(FLAG_NO_MULTI)) {
      return this.#refuse(session, command, args, "ERR Command not allowed inside a transaction");
    }
    // EXEC has to pass with all that it is going to run.
    const executes = name === "exec";
    if (gates & GATE_CLIENT_MEMORY) {
      server.clientMemory.evict();
      if (session.isGone) return true;
    }
    if (gates & GATE_MAXMEMORY) {
      const denied = command.has(FLAG_DENYOOM) || (executes && transaction.has(FLAG_DENYOOM));
      // Every command makes room: one that needs none would else leave the server above its limit.
      server.clientMemory.follow(session);
      const hasRoom = server.memoryLimit.makeRoom() && server.keyspace.arena.hasRoom(args.totalByteLength());
      this.ownPushes.moveUp(session);
      if (denied && !hasRoom) {
        return this.#refuseEncoded(session, command, args, ERR_OOM);
      }
    }
    if (gates & GATE_TRACKING_TABLE) {
      server.tracking.limitTable();
      this.ownPushes.moveUp(session);
    }
    if (session.gates & GATE_SUBSCRIBED && session.isConfinedToPubSub && !RUNS_WHILE_SUBSCRIBED.has(name)) {
      return this.#refuse(
        session,
        command,
        args,
        `ERR Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`,
      );
    }
    if (gates & GATE_LOADING && (!command.has(FLAG_LOADING) || (executes && transaction.lacks(FLAG_LOADING)))) {
      return this.#refuseEncoded(session, command, args, ERR_LOADING);
    }
    if (gates & GATE_BUSY && !command.has(FLAG_ALLOW_BUSY)) {
      return this.#refuse(
        session,
        command,
        args,
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
      );
    }
    if (session.gates & GATE_MONITORS && command.has(FLAG_READONLY | FLAG_WRITE | FLAG_MAY_REPLICATE)) {
      return this.#refuse(session, command, args, "ERR Replica can't interact with the keyspace");
    }
    if (gates & GATE_PAUSED) {
      const mayWrite = FLAG_WRITE | FLAG_MAY_REPLICATE;
      if (server.sessions.holdsBack(session, command.has(mayWrite) || (executes && transaction.has(mayWrite)))) {
        return false;
      }
    }
    if (inMulti && !RUNS_IN_MULTI.has(name)) {
      transaction.queue(command, args);
      session.out.simple("QUEUED");
      return true;
    }
    this.call(session, command, args);
    // A transaction shows as MULTI, what it ran, EXEC: each behind its call.
    if (this.gates & GATE_MONITORED && !this.#blocking.isRerun(session)) server.monitors.feed(session, command, args);
    return true;
  }

  /** Whether nothing but maxmemory is out of the ordinary, and holds. What the session was answered so far counts. */
  #isWithinMemory(session: Session): boolean {
    if (session.gates !== 0 || this.gates !== GATE_MAXMEMORY) return false;
    this.#server.clientMemory.follow(session);
    return !this.#server.memoryLimit.isExceeded;
  }

  #refuseEncoded(session: Session, command: Command, args: Args, error: Uint8Array): true {
    return this.#refuse(session, command, args, Buffer.from(error).toString("latin1", 1, error.length - 2));
  }

  #refuse(session: Session, command: Command | null, args: Args, error: string): true {
    const server = this.#server;
    if (command?.fullName === "exec") {
      session.transaction.discard();
      const reason = error.startsWith("ERR ") ? error.slice(4) : error;
      session.out.errorText(`EXECABORT Transaction discarded because of: ${reason}`);
      if (this.gates & GATE_MONITORED) server.monitors.feed(session, command, args);
    } else {
      session.transaction.fail();
      session.out.errorText(error);
    }
    session.countedErrors++;
    server.stats.countError(session.out.lastError);
    if (command !== null) command.rejectedCalls++;
    return true;
  }
}

/** Commands that run at once inside of MULTI. */
const RUNS_IN_MULTI: ReadonlySet<string> = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);

/** Commands of a session that listens to something under RESP2. */
const RUNS_WHILE_SUBSCRIBED: ReadonlySet<string> = new Set([
  "ping",
  "subscribe",
  "ssubscribe",
  "unsubscribe",
  "sunsubscribe",
  "psubscribe",
  "punsubscribe",
  "quit",
  "reset",
]);
