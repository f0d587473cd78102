/**
 * Cron: everything that happens without a request, `hz` times a second in bounded slices: the clock, active expiry,
 * client time-outs, the end of a pause, statistics.
 */
import { ActiveExpiry } from "../keyspace/active-expiry.js";
import { EXPIRE_DELETE } from "../keyspace/expiry-mode.js";
import type { Server } from "./server.js";

/** Share of a tick that active expiry may take. */
const EXPIRY_SHARE = 0.25;
const CLIENTS_PER_TICK_MIN = 5;

export class Cron {
  readonly expiry: ActiveExpiry;
  readonly #server: Server;
  #timer: NodeJS.Timeout | null = null;
  #hz = 10;

  constructor(server: Server) {
    this.#server = server;
    this.expiry = new ActiveExpiry(server.keyspace);
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), 1000 / this.#hz);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  setFrequency(hz: number): void {
    this.#hz = hz;
    if (this.#timer === null) return;
    this.stop();
    this.start();
  }

  /** One tick. Tests with a clock of their own call it. */
  tick(): void {
    const server = this.#server;
    server.setWallClock();
    server.beginTurn();
    const { keyspace } = server;
    server.sessions.checkPause(keyspace.nowMs);
    if (server.debug.cronPaused) return server.endTurn();
    const startUs = server.clock.nowUs();
    if (server.debug.activeExpire && keyspace.expiryMode === EXPIRE_DELETE) {
      const limitUs = startUs + (EXPIRY_SHARE * 1e6) / this.#hz;
      this.expiry.run(() => server.clock.nowUs() > limitUs);
      server.effects.flush();
    }
    server.sessions.checkTimeouts(Math.max(CLIENTS_PER_TICK_MIN, Math.ceil(server.sessions.count / this.#hz)));
    server.stats.peakMemory = Math.max(server.stats.peakMemory, server.usedMemory);
    server.stats.sample(keyspace.nowMs);
    server.endTurn();
    server.stats.eventLoopCronUs += server.clock.nowUs() - startUs;
  }
}
