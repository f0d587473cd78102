/**
 * All sessions of a server: by id, in order of arrival; and CLIENT PAUSE. Listeners add, sessions remove themselves.
 */
import { setImmediate } from "../base/timers.js";
import type { PauseMode, SessionsView, SessionView } from "../commands/context.js";
import { describeSession } from "./describe-session.js";
import { GATE_PAUSED } from "./gates.js";
import { closeForOutputLimit, exceedsOutputLimit, followOutputLimit } from "./output-limits.js";
import { fitReplyBuffer } from "./reply-buffer.js";
import type { Server } from "./server.js";
import { Session } from "./session.js";
import type { Transport } from "./transport.js";

export class SessionTable implements SessionsView {
  readonly #server: Server;
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;
  /** The walk of `visit`, a part of it at each tick. */
  #round: Iterator<Session, undefined> = this.#sessions.values();
  #pauseMode: PauseMode | null = null;
  #pauseUntilMs = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  get count(): number {
    return this.#sessions.size;
  }

  get all(): Iterable<Session> {
    return this.#sessions.values();
  }

  find(id: number): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  add(transport: Transport): Session {
    const session = new Session(this.#server, transport, this.#nextId++);
    this.#sessions.set(session.id, session);
    followOutputLimit(session);
    this.#server.clientMemory.follow(session);
    return session;
  }

  remove(session: Session): void {
    this.#sessions.delete(session.id);
    this.#server.monitors.remove(session);
    this.#server.clientMemory.forget(session);
  }

  /** The largest buffers that cron has seen in the last seconds. */
  readonly #recentInput = new RecentMax();
  readonly #recentOutput = new RecentMax();

  get recentMaxInputBytes(): number {
    return this.#recentInput.value;
  }

  get recentMaxOutputBytes(): number {
    return this.#recentOutput.value;
  }

  /** Looks after the next `limit` sessions: closes the idle (`timeout`) and those that do not read. Called by cron. */
  visit(limit: number): void {
    const timeoutMs = this.#server.config.source.values.timeout * 1000;
    const now = this.#server.keyspace.nowMs;
    for (let visited = 0; visited < limit; visited++) {
      const { value: session } = this.#round.next();
      if (session === undefined) {
        this.#round = this.#sessions.values();
        return;
      }
      const { memory } = session;
      // The kernel takes output without telling.
      this.#server.clientMemory.follow(session);
      fitReplyBuffer(session, now);
      this.#recentInput.add(memory.queryBuffer + memory.queryBufferFree + memory.args, now);
      this.#recentOutput.add(memory.outputBytes, now);
      const mayIdle = session.waiting !== "none" || session.monitor || session.clientType === "pubsub";
      if (timeoutMs > 0 && !mayIdle && now - session.lastInteractionMs > timeoutMs) {
        this.#server.log("verbose", "Closing idle client");
        session.kill();
      } else if (session.transport.pendingBytes > 0 && exceedsOutputLimit(session)) {
        closeForOutputLimit(session);
      }
    }
  }

  /** The limits of output in the configuration have changed. */
  followOutputLimits(): void {
    for (const session of this.#sessions.values()) followOutputLimit(session);
  }

  /** Whether `default` needs a password has changed. */
  checkAuthentication(): void {
    for (const session of this.#sessions.values()) session.checkAuthentication();
  }

  describe(session: SessionView): string {
    return describeSession(session, this.#server);
  }

  get pauseMode(): PauseMode | null {
    return this.#pauseMode;
  }

  pause(mode: PauseMode, untilMs: number): void {
    // A shorter or milder pause does not weaken the one in force.
    if (this.#pauseMode !== "all") this.#pauseMode = mode;
    this.#pauseUntilMs = Math.max(this.#pauseUntilMs, untilMs);
    this.#server.onPauseChanged(true);
    this.#server.dispatch.setGate(GATE_PAUSED, true);
  }

  unpause(): void {
    if (this.#pauseMode === null) return;
    this.#pauseMode = null;
    this.#pauseUntilMs = 0;
    this.#server.onPauseChanged(false);
    this.#server.dispatch.setGate(GATE_PAUSED, false);
    for (const session of this.#sessions.values()) {
      if (session.waiting !== "paused") continue;
      session.waiting = "none";
      setImmediate(() => session.resume());
    }
  }

  /** Called by cron. */
  checkPause(nowMs: number): void {
    if (this.#pauseMode !== null && nowMs >= this.#pauseUntilMs) this.unpause();
  }

  /** Whether the pause holds this command back; the session then waits. */
  holdsBack(session: Session, mayWrite: boolean): boolean {
    if (this.#pauseMode === null || (this.#pauseMode === "write" && !mayWrite)) return false;
    session.waiting = "paused";
    return true;
  }
}

const RECENT_SECONDS = 8;

/** The maximum over the last eight seconds, by the second. */
class RecentMax {
  readonly #slots = new Float64Array(RECENT_SECONDS);
  #second = 0;

  add(value: number, nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    for (; this.#second < second; this.#second++) {
      // After a pause longer than the window every slot is old.
      if (second - this.#second > RECENT_SECONDS) this.#second = second - RECENT_SECONDS;
      this.#slots[(this.#second + 1) % RECENT_SECONDS] = 0;
    }
    const slot = second % RECENT_SECONDS;
    this.#slots[slot] = Math.max(this.#slots[slot] ?? 0, value);
  }

  get value(): number {
    return Math.max(...this.#slots);
  }
}
