/**
 * Giving memory back that the server does not need any more: free pages of the arena, by cron in short slices, and by
 * MEMORY PURGE at once.
 *
 * A page that is given back costs a page fault when it is wanted again. So only what lay idle goes: of the free pages,
 * the least number that was free at any tick of the last second or so. What comes and goes with the load stays.
 */
import type { Server } from "./server.js";

/** How long pages must lie idle. */
const IDLE_MS = 1000;
/** So much stays free in any case. */
const RESERVE_BYTES = 1024 * 1024;
/** Pages given back before the clock is read again: some 200 us. */
const PAGES_PER_STEP = 1024;
/** Steps that found nothing before the rest is left to the next second. */
const IDLE_STEPS_MAX = 64;
const PAGE_BYTES = 4096;

export class MemoryUpkeep {
  readonly #server: Server;
  /** Of the free pages at the ticks of this period, the least. */
  #leastFree = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NaN;
  /** What is to be given back in this period. */
  #excessBytes = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  get hasWork(): boolean {
    return this.#excessBytes > 0;
  }

  /** Cron's tick: sees how much lies idle. */
  tick(nowMs: number): void {
    this.#leastFree = Math.min(this.#leastFree, this.#server.keyspace.arena.freeResidentBytes);
    if (nowMs - this.#sinceMs < IDLE_MS && nowMs >= this.#sinceMs) return;
    // The first period begins now.
    if (!Number.isNaN(this.#sinceMs)) this.#excessBytes = Math.max(0, this.#leastFree - RESERVE_BYTES);
    this.#sinceMs = nowMs;
    this.#leastFree = Number.POSITIVE_INFINITY;
  }

  /** Gives back what lay idle, until `isOver` says so. */
  run(isOver: () => boolean): void {
    const { release } = this.#server.keyspace.arena;
    let idleSteps = 0;
    while (this.#excessBytes > 0) {
      const released = release.step(Math.min(PAGES_PER_STEP, Math.ceil(this.#excessBytes / PAGE_BYTES)));
      this.#excessBytes -= released * PAGE_BYTES;
      idleSteps = released === 0 ? idleSteps + 1 : 0;
      if (idleSteps > IDLE_STEPS_MAX) this.#excessBytes = 0;
      if (isOver()) return;
    }
  }

  /** MEMORY PURGE: gives back all that can go. */
  purge(): void {
    this.#excessBytes = 0;
    this.#server.keyspace.arena.release.releaseAll();
  }
}
