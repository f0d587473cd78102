/**
 * Giving memory back that the server does not need any more: by cron in short slices, and by MEMORY PURGE at once.
 *
 *   free pages     of the arenas. One that is given back costs a page fault when it is wanted again, so only what lay
 *                  idle goes: of the free pages, the least number that was free at any tick of the last second or so.
 *                  What comes and goes with the load stays
 *   buffers        of clients that are gone, or have read what waited for them. They are garbage of the JavaScript
 *                  heap, which does not grow by them, so nothing would collect them while the server idles: the engine
 *                  is told of them, and collects in steps of its own
 *   pools          of output buffers: an eighth goes each second
 *
 * Freed buffers go back to the system because the server process has large ones mapped each by itself
 * (engine-tuning.ts); in another host's process MEMORY PURGE trims what malloc keeps.
 */
import { nativeAddon } from "../native/addon.js";
import type { Arena } from "../storage/arena.js";
import { PAGE_BYTES } from "../storage/window.js";
import type { Server } from "./server.js";

/** How long pages must lie idle. */
const IDLE_MS = 1000;
/** So much stays free in any case. */
const RESERVE_BYTES = 1024 * 1024;
/** Pages given back before the clock is read again: some 200 us. */
const PAGES_PER_STEP = 1024;
/** Steps that found nothing before the rest is left to the next second. */
const IDLE_STEPS_MAX = 64;
/** So much that clients have given up is worth a collection; one at most in so many ms. */
const GARBAGE_BYTES = 16 * 1024 * 1024;
const COLLECTION_PAUSE_MS = 5000;
/** Told so much, V8 begins to mark in steps, or goes on with it; told so much more, it collects at once. */
const MARK_BYTES = 128 * 1024 * 1024;
/** How many seconds in a row it is told: one that was marking already has missed the latest garbage. */
const TIMES_TOLD = 2;
const COLLECT_BYTES = 2 ** 31;

export class MemoryUpkeep {
  /** Bytes of buffers that clients have given up since the engine was told of such. */
  garbageBytes = 0;
  /** Told that so many bytes off the heap hang on garbage: the engine. */
  suggestCollection: (bytes: number) => void = (bytes) => nativeAddon()?.suggestCollection(bytes);
  readonly #server: Server;
  /** Of the data, and of what clients make the server keep. */
  readonly #arenas: readonly Arena[];
  /** Of the free pages at the ticks of this period, the least. */
  #leastFree = Number.POSITIVE_INFINITY;
  #sinceMs = Number.NaN;
  /** What is to be given back in this period. */
  #excessBytes = 0;
  #clientBytes = 0;
  #suggestedMs = Number.NEGATIVE_INFINITY;
  #timesToTell = 0;

  constructor(server: Server) {
    this.#server = server;
    this.#arenas = [server.keyspace.arena, server.clientArena];
  }

  get hasWork(): boolean {
    return this.#excessBytes > 0;
  }

  /** Cron's tick: sees how much lies idle. */
  tick(nowMs: number): void {
    const free = this.#arenas.reduce((sum, arena) => sum + arena.freeResidentBytes, 0);
    this.#leastFree = Math.min(this.#leastFree, free);
    this.#watchClients();
    if (nowMs - this.#sinceMs < IDLE_MS && nowMs >= this.#sinceMs) return;
    // The first period begins now.
    if (!Number.isNaN(this.#sinceMs)) this.#excessBytes = Math.max(0, this.#leastFree - RESERVE_BYTES);
    this.#sinceMs = nowMs;
    this.#leastFree = Number.POSITIVE_INFINITY;
    this.#server.outputBuffers.shrink();
    this.#tellOfGarbage(nowMs);
  }

  /** Gives back what lay idle, until `isOver` says so. */
  run(isOver: () => boolean): void {
    let idleSteps = 0;
    for (let turn = 0; this.#excessBytes > 0; turn++) {
      const { release } = this.#arenas[turn % this.#arenas.length] as Arena;
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
    this.garbageBytes = 0;
    for (const { release } of this.#arenas) release.releaseAll();
    this.#server.outputBuffers.clear();
    this.suggestCollection(COLLECT_BYTES);
    nativeAddon()?.trimHeap();
  }

  #tellOfGarbage(nowMs: number): void {
    if (this.garbageBytes >= GARBAGE_BYTES && Math.abs(nowMs - this.#suggestedMs) >= COLLECTION_PAUSE_MS) {
      this.#suggestedMs = nowMs;
      this.garbageBytes = 0;
      this.#timesToTell = TIMES_TOLD;
    }
    if (this.#timesToTell === 0) return;
    this.#timesToTell--;
    this.suggestCollection(MARK_BYTES);
  }

  #watchClients(): void {
    const { total } = this.#server.clientMemory;
    this.garbageBytes += Math.max(0, this.#clientBytes - total);
    this.#clientBytes = total;
  }
}
