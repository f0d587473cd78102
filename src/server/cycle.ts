/**
 * One iteration of the loop, as the server sees it: sessions are served, and at its end all of them send what they have,
 * so that their peers wake once a batch. With a poller (socket-poller.ts) that is its turn;
 * without one, setImmediate comes when every socket was read. Owned by the server.
 */
import { setImmediate } from "../base/timers.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";
import { SocketPoller, type TurnOwner } from "./socket-poller.js";

/** From so many sessions with output on, each further one borrows a buffer that just fits: see buffer-pool.ts. */
const UNSENT_MANY = 256;
/** Sessions that hold output at a time: a message to tens of thousands goes out in parts. */
const UNSENT_MAX = 4096;

export class Cycle implements TurnOwner {
  readonly #server: Server;
  #poller: SocketPoller | null = null;
  #unsent: Session[] = [];
  #sent: Session[] = [];
  /** There is something to do at the end. */
  #isOpen = false;
  /** When it began to serve clients, in µs; 0 outside of one. */
  #startUs = 0;
  readonly #end = (): void => this.#endNow();
  /** Functions that are made once: a turn makes none. */
  readonly #beginTurn = (): void => this.#server.dispatch.beginTurn();
  readonly #endTurn = (): void => this.#server.dispatch.endTurn();

  constructor(server: Server) {
    this.#server = server;
  }

  /** Sends what this session has at the end. */
  sendLater(session: Session): void {
    const count = this.#unsent.push(session);
    if (count === 1) this.endSoon();
    else if (count === UNSENT_MANY) this.#server.outputBuffers.isScarce = true;
    else if (count > UNSENT_MAX) this.#sendWhole(session);
  }

  /** Somebody has something to do at the end. */
  endSoon(): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    if (!this.isServing) setImmediate(this.#end);
    this.#startUs = this.#server.dispatch.turnStartUs;
  }

  /** Whether the poller is handing over what it has read: the end comes with the turn's. */
  get isServing(): boolean {
    return this.#poller?.isInTurn === true;
  }

  /** The poller of this server's connections: null where there is none. */
  openPoller(): SocketPoller | null {
    this.#poller ??= SocketPoller.tryCreate(this.#server.readBuffer.bytes, this);
    return this.#poller;
  }

  onTurnBegin(): void {
    this.#server.attempt("when the loop's turn began", this.#beginTurn);
  }

  onTurnEnd(): void {
    this.#server.attempt("when the loop's turn ended", this.#endTurn);
    this.#endNow();
    // What that gave rise to.
    if (this.#isOpen) setImmediate(this.#end);
  }

  onFailure(error: unknown): void {
    this.#server.reportFailure("while a socket was served, which is closed", error);
  }

  close(): void {
    this.#poller?.close();
  }

  /**
   * Sends what is whole. Not that of `latest`, which is about to be written, nor that of the session whose request is
   * being served: its reply is under way, and may be taken back.
   */
  #sendWhole(latest: Session): void {
    const { dispatch } = this.#server;
    const { executing } = dispatch.context;
    const { serving } = dispatch.ownPushes;
    const sessions = this.#unsent;
    this.#unsent = [];
    for (const session of sessions) {
      if (session === latest || session === executing || session === serving) {
        this.#unsent.push(session);
      } else {
        session.touched = false;
        session.flush();
      }
    }
  }

  #endNow(): void {
    // The end of a poller's turn may have come before setImmediate's.
    if (!this.#isOpen) return;
    const { tracking, loop, stats, clock } = this.#server;
    tracking.broadcast();
    this.#isOpen = false;
    // Two lists in turn: a session that is written to while this runs comes with the next end.
    const sessions = this.#unsent;
    this.#unsent = this.#sent;
    for (const session of sessions) {
      session.touched = false;
      session.flush();
    }
    sessions.length = 0;
    this.#sent = sessions;
    this.#server.outputBuffers.isScarce = false;
    loop.onCycleEnd(stats.commands, clock.nowUs() - this.#startUs);
    this.#startUs = 0;
  }
}
