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
  FLAG_SKIP_SLOWLOG,
  FLAG_WRITE,
} from "../commands/command.js";
import { ERR_LOADING, ERR_NOAUTH, ERR_OOM } from "../commands/errors.js";
import type { Args } from "../resp/args.js";
import { CallContext } from "./call-context.js";
import {
  GATE_ARENA_FULL,
  GATE_BUSY,
  GATE_LOADING,
  GATE_MAXMEMORY,
  GATE_MONITORED,
  GATE_PAUSED,
  GATE_REPLY_MODE,
  GATE_TRANSACTION,
  GATE_UNAUTHENTICATED,
} from "./gates.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";

/** A run of steady calls is timed at least this often. */
const RUN_MAX = 64;
/** A steady command that moves more bytes than this is timed alone. */
const SHARED_TIMING_MAX_BYTES = 16384;

export class Dispatch {
  /** States of the server that concern every command: see gates.ts. */
  gates = 0;
  exactTiming = false;
  readonly #server: Server;
  readonly #ctx: CallContext;
  /** The run of steady calls that is not timed yet. */
  #runCommand: Command | null = null;
  #runLength = 0;
  #runStartUs = 0;
  /** The reading that the present turn began with. */
  turnStartUs = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#ctx = new CallContext(server);
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
    if (command !== null && command.run !== null && command.accepts(args.count)) {
      if ((session.gates | this.gates) === 0) {
        this.call(session, command, args);
        return true;
      }
    }
    return this.#closer(session, command, args);
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
    const errorsBefore = out.errorCount;
    const bytesBefore = out.byteLength;
    const dirtyBefore = effects.dirty;
    const db = session.db;
    const previous = ctx.enter(session, command);
    try {
      command.run?.(ctx, args, out);
    } catch (error) {
      server.reportBug(session, command, args, error);
    }
    ctx.leave(previous);
    effects.commit(db, args, dirtyBefore);
    server.stats.commands++;
    session.commandCount++;
    if (out.errorCount !== errorsBefore) this.#countFailure(command, out.lastError);
    if (
      this.exactTiming ||
      !command.isSteady ||
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
    session.lastCommand = command.fullName;
    if (this.gates & GATE_MONITORED) this.#server.feedMonitors(session, command, args);
    this.call(session, command, args);
  }

  countProtocolError(session: Session): void {
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

  /** Everything that is not the common case. */
  #closer(session: Session, found: Command | null, args: Args): boolean {
    const out = session.out;
    const mark = out.beginArray();
    const command = this.#resolve(session, found, args);
    let served = true;
    if (command !== null) served = this.#pass(session, command, args);
    if (session.gates & GATE_REPLY_MODE) {
      if (session.replyMode === "skip-next") session.replyMode = "skip";
      else if (session.replyMode === "off" || session.replyMode === "skip") {
        out.rewind(mark);
        if (session.replyMode === "skip") session.replyMode = "on";
      }
    }
    return served;
  }

  /** The command that these arguments name, or null and the error that says why not. */
  #resolve(session: Session, found: Command | null, args: Args): Command | null {
    const { registry } = this.#server;
    if (found === null) {
      const container = registry.findContainer(args, 0);
      const text =
        container === null
          ? `ERR unknown command '${clip(args.text(0))}', with args beginning with: ${listBeginning(args)}`
          : `ERR unknown subcommand '${clip(args.text(1))}'. Try ${container.fullName.toUpperCase()} HELP.`;
      this.#refuse(session, container, text);
      return null;
    }
    if (!found.accepts(args.count) || found.run === null) {
      this.#refuse(session, found, `ERR wrong number of arguments for '${found.fullName}' command`);
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
      return this.#refuseEncoded(session, command, ERR_NOAUTH);
    }
    if (inMulti && command.has(FLAG_NO_MULTI)) {
      return this.#refuse(session, command, `ERR Command not allowed inside a transaction`);
    }
    const writes = command.has(FLAG_WRITE) || (name === "exec" && transaction.writes);
    if (gates & (GATE_MAXMEMORY | GATE_ARENA_FULL)) {
      const denied = command.has(FLAG_DENYOOM) || (name === "exec" && transaction.deniesOom);
      if (denied && !server.hasMemoryFor(args.totalByteLength())) {
        return this.#refuseEncoded(session, command, ERR_OOM);
      }
    }
    if (gates & GATE_LOADING && !command.has(FLAG_LOADING)) return this.#refuseEncoded(session, command, ERR_LOADING);
    if (gates & GATE_BUSY && !command.has(FLAG_ALLOW_BUSY)) {
      return this.#refuse(
        session,
        command,
        "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
      );
    }
    if (gates & GATE_PAUSED && server.sessions.holdsBack(session, writes || command.has(FLAG_MAY_REPLICATE))) {
      return false;
    }
    if (inMulti && !RUNS_IN_MULTI.has(name)) {
      transaction.queue(command, args);
      session.out.simple("QUEUED");
      session.lastCommand = name;
      return true;
    }
    session.lastCommand = name;
    if (gates & GATE_MONITORED) server.feedMonitors(session, command, args);
    this.call(session, command, args);
    return true;
  }

  #refuseEncoded(session: Session, command: Command, error: Uint8Array): true {
    session.out.error(error);
    this.#countRefusal(session, command);
    return true;
  }

  #refuse(session: Session, command: Command | null, text: string): true {
    session.out.errorText(text);
    this.#countRefusal(session, command);
    return true;
  }

  #countRefusal(session: Session, command: Command | null): void {
    session.transaction.fail();
    this.#server.stats.countError(session.out.lastError);
    if (command === null) return;
    command.rejectedCalls++;
    if (command.fullName === "exec") session.transaction.abortExec(session.out);
  }

  #countFailure(command: Command, error: string): void {
    command.failedCalls++;
    this.#server.stats.countError(error);
  }
}

/** Commands that run at once inside of MULTI. */
const RUNS_IN_MULTI: ReadonlySet<string> = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);

/** What an error shows of an argument: at most 128 bytes, line breaks and other control bytes as blanks. */
function clip(text: string): string {
  return text.slice(0, 128);
}

function listBeginning(args: Args): string {
  let text = "";
  for (let i = 1; i < args.count && text.length < 128; i++) text += `'${args.text(i).slice(0, 128 - text.length)}' `;
  return text;
}
