/**
 * maxmemory: whether the server is within its limit, and making room where it is not. Dispatch asks before each command
 * while the limit is set.
 *
 * Room is made in bounded time (`maxmemory-eviction-tenacity`): a limit that was just lowered, or a large write, must
 * not stall everybody. What is left to do goes on between the iterations of the loop; commands are let through
 * meanwhile, since memory is on its way.
 */
import { clearImmediate, setImmediate } from "../base/timers.js";
import { Eviction } from "../keyspace/eviction.js";
import type { Server } from "./server.js";

/** Keys that go before the clock is read again. */
const KEYS_PER_LOOK = 16;
/** Up to this tenacity the time grows linearly, from there on by 15 percent a step. */
const LINEAR_TENACITY = 10;
const LINEAR_STEP_US = 50;
const GROWTH = 1.15;
const TENACITY_MAX = 100;

export class MemoryLimit {
  readonly eviction: Eviction;
  /** 0: none. */
  maxBytes = 0;
  /** How long the limit has been exceeded with nothing left to evict, or no time to: all in all, in µs. */
  #exceededUs = 0;
  /** Since when it is just now. */
  #exceededSinceUs: number | null = null;
  #timeLimitUs = 0;
  #goesOn: NodeJS.Immediate | null = null;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    this.eviction = new Eviction(server.keyspace);
  }

  setTenacity(tenacity: number): void {
    const linear = LINEAR_STEP_US * Math.min(tenacity, LINEAR_TENACITY);
    this.#timeLimitUs =
      tenacity === TENACITY_MAX ? Number.POSITIVE_INFINITY : linear * GROWTH ** Math.max(0, tenacity - LINEAR_TENACITY);
  }

  get isExceeded(): boolean {
    return this.maxBytes > 0 && this.#server.usedMemory > this.maxBytes;
  }

  /** For INFO, in ms. */
  get totalExceededMs(): number {
    return Math.floor((this.#exceededUs + this.#presentUs) / 1000);
  }

  get currentExceededMs(): number {
    return Math.floor(this.#presentUs / 1000);
  }

  get #presentUs(): number {
    return this.#exceededSinceUs === null ? 0 : this.#server.clock.nowUs() - this.#exceededSinceUs;
  }

  /** False when the limit is exceeded and nothing can go: a command that needs memory is refused then. */
  makeRoom(): boolean {
    // While CLIENT PAUSE keeps the data as it is, nothing goes, and nothing is refused either.
    if (this.#server.sessions.pauseMode !== null) return true;
    const isMade = !this.isExceeded || this.#evict();
    if (isMade && this.#goesOn === null) {
      this.#exceededUs += this.#presentUs;
      this.#exceededSinceUs = null;
    } else {
      this.#exceededSinceUs ??= this.#server.clock.nowUs();
    }
    return isMade;
  }

  /** The limit was set: what exceeds it goes, even if no command comes. */
  makeRoomLater(): void {
    if (this.isExceeded) this.#goOnLater();
  }

  stop(): void {
    if (this.#goesOn !== null) clearImmediate(this.#goesOn);
    this.#goesOn = null;
  }

  resetStats(): void {
    this.#exceededUs = 0;
  }

  /** Evicts until the data is so much smaller, or time is up; false when nothing can go. */
  #evict(): boolean {
    const { keyspace, clock, latency, effects, usedMemory } = this.#server;
    const { arena } = keyspace;
    if (!this.eviction.isOn && !keyspace.lazyFree.hasWork) return false;
    // Of the data only: what clients get to hear of it makes their buffers grow, and must not cost further keys.
    const goal = arena.usedBytes - (usedMemory - this.maxBytes);
    const startUs = clock.nowUs();
    const isOver = (): boolean => clock.nowUs() - startUs > this.#timeLimitUs;
    let found = true;
    for (let keys = 1; found && arena.usedBytes > goal; keys++) {
      // What is on its way to be freed counts still: it goes first.
      if (keyspace.lazyFree.hasWork) this.#freeLazily(goal, isOver);
      else found = this.#evictOne();
      if ((keys % KEYS_PER_LOOK === 0 || keyspace.lazyFree.hasWork) && arena.usedBytes > goal && isOver()) {
        if (!this.eviction.isOn) found = false;
        else this.#goOnLater();
        break;
      }
    }
    effects.flush();
    if (latency.thresholdMs > 0) latency.add("eviction-cycle", (clock.nowUs() - startUs) / 1000, keyspace.nowMs);
    return found;
  }

  #evictOne(): boolean {
    const { clock, latency, keyspace } = this.#server;
    if (latency.thresholdMs === 0) return this.eviction.evictOne();
    const startUs = clock.nowUs();
    const found = this.eviction.evictOne();
    latency.add("eviction-del", (clock.nowUs() - startUs) / 1000, keyspace.nowMs);
    return found;
  }

  #freeLazily(goal: number, isOver: () => boolean): void {
    const { clock, latency, keyspace } = this.#server;
    const startUs = clock.nowUs();
    keyspace.lazyFree.run(() => keyspace.arena.usedBytes <= goal || isOver());
    if (latency.thresholdMs > 0) latency.add("eviction-lazyfree", (clock.nowUs() - startUs) / 1000, keyspace.nowMs);
  }

  #goOnLater(): void {
    this.#goesOn ??= setImmediate(() => {
      this.#goesOn = null;
      this.#server.attempt("while keys were evicted", () => {
        this.#server.beginTurn();
        this.makeRoom();
        this.#server.endTurn();
      });
    });
  }
}
