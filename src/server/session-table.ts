/**
 * All sessions of a server: by id, in order of arrival; and CLIENT PAUSE. Listeners add, sessions remove themselves.
 */
import type { PauseMode, SessionsView, SessionView } from "../commands/context.js";
import { describeSession } from "./describe-session.js";
import { GATE_PAUSED } from "./gates.js";
import type { Server } from "./server.js";
import { Session } from "./session.js";
import type { Transport } from "./transport.js";

export class SessionTable implements SessionsView {
  readonly #server: Server;
  readonly #sessions = new Map<number, Session>();
  #nextId = 1;
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
    return session;
  }

  remove(session: Session): void {
    this.#sessions.delete(session.id);
    this.#server.stopMonitor(session);
  }

  /** Buffers of all sessions, in bytes, as of the last tick of cron: summed there, since a sum costs a walk. */
  bufferBytes = 0;

  /** The largest buffers that cron has seen in the last seconds. */
  readonly #recentInput = new RecentMax();
  readonly #recentOutput = new RecentMax();

  get recentMaxInputBytes(): number {
    return this.#recentInput.value;
  }

  get recentMaxOutputBytes(): number {
    return this.#recentOutput.value;
  }

  /** Closes idle clients (`timeout`), some at each tick of cron. */
  checkTimeouts(limit: number): void {
    const timeoutMs = this.#server.config.source.values.timeout * 1000;
    const now = this.#server.keyspace.nowMs;
    let bytes = 0;
    let closed = 0;
    for (const session of this.#sessions.values()) {
      const { memory } = session;
      bytes += memory.total;
      this.#recentInput.add(memory.queryBuffer + memory.queryBufferFree + memory.args, now);
      this.#recentOutput.add(memory.outputBytes, now);
      const idle = timeoutMs > 0 && now - session.lastInteractionMs > timeoutMs;
      if (!idle || session.waiting !== "none" || session.monitor || closed >= limit) continue;
      this.#server.log("verbose", "Closing idle client");
      session.kill();
      closed++;
    }
    this.bufferBytes = bytes;
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
