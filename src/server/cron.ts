/**
 * Cron: everything that happens without a request, `hz` times a second in bounded slices: the clock, active expiry,
 * lazy freeing, memory that goes back to the system, client time-outs, the end of a pause, statistics. Where expiry or
 * freeing fall behind, short slices between the ticks help until they have caught up.
 */
import { clearInterval, clearTimeout, setInterval, setTimeout } from "../base/timers.js";
import { ActiveExpiry } from "../keyspace/active-expiry.js";
import { EXPIRE_DELETE } from "../keyspace/expiry-mode.js";
import { FieldExpiry } from "../keyspace/field-expiry.js";
import { DEFRAG_SLICE_US } from "./active-defrag.js";
import { GATE_TRACKING_TABLE } from "./gates.js";
import { readResidentBytes } from "./resident-memory.js";
import type { Server } from "./server.js";

/**
 * No piece of background work holds the loop for longer. What a tick leaves undone is done between the ticks, in pieces
 * as short, with a pause after each: about the share of the time that Redis gives to it, without its pauses of 25 ms.
 */
const SLICE_US = 1000;
const BETWEEN_SLICES_MS = 2;
const CLIENTS_PER_TICK_MIN = 5;
const CLIENTS_PER_TICK_MAX = 200;
const HZ_MAX = 500;

export class Cron {
  readonly expiry: ActiveExpiry;
  readonly fieldExpiry: FieldExpiry;
  readonly #server: Server;
  #timer: NodeJS.Timeout | null = null;
  #sliceTimer: NodeJS.Timeout | null = null;
  #defragTimer: NodeJS.Timeout | null = null;
  #configuredHz = 10;
  #isDynamic = true;
  /** The frequency in force. */
  #hz = 10;

  constructor(server: Server) {
    this.#server = server;
    this.expiry = new ActiveExpiry(server.keyspace);
    this.fieldExpiry = new FieldExpiry(server.keyspace);
    server.keyspace.lazyFree.onWork = () => this.#scheduleSlice();
  }

  start(): void {
    this.#timer = setInterval(() => this.tick(), 1000 / this.#hz);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    if (this.#sliceTimer !== null) clearTimeout(this.#sliceTimer);
    if (this.#defragTimer !== null) clearTimeout(this.#defragTimer);
    this.#timer = null;
    this.#sliceTimer = null;
    this.#defragTimer = null;
  }

  get hz(): number {
    return this.#hz;
  }

  /** `isDynamic`: many clients make it tick more often, so that each tick has few of them to look at. */
  setFrequency(hz: number, isDynamic: boolean): void {
    this.#configuredHz = hz;
    this.#isDynamic = isDynamic;
    this.#adapt();
  }

  #adapt(): void {
    let hz = this.#configuredHz;
    while (this.#isDynamic && hz < HZ_MAX && this.#server.sessions.count / hz > CLIENTS_PER_TICK_MAX) hz *= 2;
    hz = Math.min(hz, HZ_MAX);
    if (hz === this.#hz) return;
    this.#hz = hz;
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    this.start();
  }

  /** One tick. Tests with a clock of their own call it. Its parts do not depend on each other: see Server.attempt. */
  tick(): void {
    const server = this.#server;
    const { keyspace, tracking, sessions, stats } = server;
    server.attempt("in cron's clock", () => {
      server.setWallClock();
      server.beginTurn();
    });
    server.attempt("in cron's look at pauses", () => sessions.checkPause(keyspace.nowMs));
    server.attempt("in cron's look at blocked clients", () => server.blocking.checkDeadlines());
    if (server.debug.cronPaused) return this.#endTurn();
    server.attempt("in cron's shutdown", () => server.ending.runScheduled());
    const startUs = server.clock.nowUs();
    server.attempt("in cron's frequency", () => this.#adapt());
    const tickUs = 1e6 / this.#hz;
    server.attempt("in cron's expiry", () => {
      if (!this.#mayExpire()) return;
      this.#expire(Math.min((tickUs * this.expiry.slowSharePercent) / 100, this.expiry.sliceUs));
    });
    server.attempt("in cron's lazy freeing", () => {
      if (keyspace.lazyFree.hasWork) this.#freeLazily();
    });
    server.attempt("in cron's care for the tracking table", () => {
      if (tracking.hasWork) this.#sweepTracking();
      if (server.dispatch.gates & GATE_TRACKING_TABLE) tracking.limitTable();
    });
    server.attempt("in cron's care for memory", () => {
      server.upkeep.tick(keyspace.nowMs);
      if (server.upkeep.hasWork) this.#keepUp();
    });
    server.attempt("in cron's defragmentation", () => {
      server.defrag.tick(keyspace.nowMs);
      if (!server.defrag.isRunning) return;
      // Without timers there are no slices in between.
      if (this.#timer === null) server.defrag.slice((tickUs * server.defrag.runningPercent) / 100);
      else this.#scheduleDefrag();
    });
    this.#scheduleSlice();
    server.attempt("in cron's look at clients", () =>
      sessions.visit(Math.max(CLIENTS_PER_TICK_MIN, Math.ceil(sessions.count / this.#hz))),
    );
    server.attempt("in cron's statistics", () => {
      stats.peakMemory = Math.max(stats.peakMemory, server.usedMemory);
      if (!stats.sample(keyspace.nowMs)) return;
      server.loop.sample(keyspace.nowMs);
      stats.rssBytes = readResidentBytes();
    });
    this.#endTurn();
    server.loop.onCron(server.clock.nowUs() - startUs);
  }

  #endTurn(): void {
    this.#server.attempt("at the end of cron", () => this.#server.endTurn());
  }

  #mayExpire(): boolean {
    return this.#server.debug.activeExpire && this.#server.keyspace.expiryMode === EXPIRE_DELETE;
  }

  #wantsFastExpiry(): boolean {
    return this.expiry.wantsFastSlices || this.fieldExpiry.wantsFastSlices;
  }

  #expire(limitUs: number): void {
    const { clock, effects, latency, keyspace } = this.#server;
    const startUs = clock.nowUs();
    // Fields first, since each of them that is looked at is due; but keys get half of the time at least.
    this.fieldExpiry.run(() => clock.nowUs() - startUs > limitUs / 2);
    this.expiry.run(() => clock.nowUs() - startUs > limitUs);
    effects.flush();
    this.#server.stats.expireCycleUs += clock.nowUs() - startUs;
    if (latency.thresholdMs > 0) latency.add("expire-cycle", (clock.nowUs() - startUs) / 1000, keyspace.nowMs);
  }

  #freeLazily(): void {
    const { clock, keyspace } = this.#server;
    const startUs = clock.nowUs();
    keyspace.lazyFree.run(() => clock.nowUs() - startUs > SLICE_US);
  }

  #sweepTracking(): void {
    const { clock, tracking } = this.#server;
    const startUs = clock.nowUs();
    tracking.work(() => clock.nowUs() - startUs > SLICE_US);
  }

  #keepUp(): void {
    const { clock, upkeep } = this.#server;
    const startUs = clock.nowUs();
    upkeep.run(() => clock.nowUs() - startUs > SLICE_US);
  }

  #scheduleDefrag(): void {
    if (this.#timer === null || this.#defragTimer !== null) return;
    this.#defragTimer = setTimeout(() => this.#defragSlice(), this.#server.defrag.pauseBetweenSlicesMs);
  }

  #defragSlice(): void {
    this.#defragTimer = null;
    const server = this.#server;
    if (server.debug.cronPaused || !server.defrag.isRunning) return;
    server.attempt("in a slice of defragmentation", () => {
      server.beginTurn();
      server.defrag.slice(DEFRAG_SLICE_US);
    });
    if (server.defrag.isRunning) this.#scheduleDefrag();
    this.#endTurn();
  }

  /** Puts a slice in front of the next tick where one is wanted. */
  #scheduleSlice(): void {
    if (this.#timer === null || this.#sliceTimer !== null) return;
    const expires = this.#wantsFastExpiry() && this.#mayExpire();
    const { keyspace, tracking, upkeep } = this.#server;
    if (!expires && !keyspace.lazyFree.hasWork && !tracking.hasWork && !upkeep.hasWork) return;
    this.#sliceTimer = setTimeout(() => this.#slice(), BETWEEN_SLICES_MS);
  }

  #slice(): void {
    this.#sliceTimer = null;
    const server = this.#server;
    if (server.debug.cronPaused) return;
    server.attempt("in a slice of expiry", () => {
      server.beginTurn();
      if (this.#wantsFastExpiry() && this.#mayExpire()) this.#expire(this.expiry.sliceUs);
    });
    server.attempt("in a slice of lazy freeing", () => {
      if (server.keyspace.lazyFree.hasWork) this.#freeLazily();
    });
    server.attempt("in a slice of the care for tracking", () => {
      if (server.tracking.hasWork) this.#sweepTracking();
    });
    server.attempt("in a slice of the care for memory", () => {
      if (server.upkeep.hasWork) this.#keepUp();
    });
    this.#scheduleSlice();
    this.#endTurn();
  }
}
