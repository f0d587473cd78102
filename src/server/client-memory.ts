/**
 * What clients take, and `maxmemory-clients`. The sum over all sessions is kept up to date: a session is measured anew
 * whenever its buffers may have changed (Session calls follow), so that maxmemory and INFO need no walk.
 *
 * With a limit, sessions stand in buckets by the power of two of what they take; where the sum exceeds it the largest
 * go first, one bucket after the other. Without one (the default) a measurement costs a comparison more.
 */
import { clearImmediate, setImmediate } from "../base/timers.js";
import { GATE_CLIENT_MEMORY } from "./gates.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";
import { countSessionBytes } from "./session-memory.js";

const NO_LIMIT = Number.POSITIVE_INFINITY;
/** A lower limit would close everybody at once, and with them the one who could raise it. */
const LIMIT_MIN_BYTES = 128 * 1024;
/** The first bucket has all that take less than 2^15 bytes, the last all from 2^32 on. */
const FIRST_BUCKET_LOG = 15;
const BUCKETS = 19;

export class ClientMemory {
  /** Of all sessions, as last measured. */
  total = 0;
  #limit = NO_LIMIT;
  /** By bucket, in order of arrival there; those that may be evicted only. */
  readonly #buckets: Set<Session>[] = Array.from({ length: BUCKETS }, () => new Set<Session>());
  #scheduled: NodeJS.Immediate | null = null;
  /** The log has it that nobody is left to evict. */
  #isHelpless = false;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** In bytes; 0 for none. */
  setLimit(bytes: number): void {
    // NaN would be a limit that nothing exceeds, and that compares with nothing.
    if (!(bytes >= 0)) throw new RangeError(`client memory: ${bytes} is no limit`);
    const limit = bytes === 0 ? NO_LIMIT : Math.max(bytes, LIMIT_MIN_BYTES);
    if (limit === this.#limit) return;
    this.#limit = limit;
    for (const session of this.#server.sessions.all) {
      this.#leaveBucket(session);
      this.follow(session);
    }
    this.#check();
  }

  /** The session's buffers may have changed, or whether it may be evicted. */
  follow(session: Session): void {
    if (session.isGone) return;
    const bytes = countSessionBytes(session);
    this.total += bytes - session.countedBytes;
    session.countedBytes = bytes;
    if (this.#limit === NO_LIMIT) return;
    const bucket = session.mayBeEvicted ? bucketOf(bytes) : -1;
    if (bucket !== session.memoryBucket) {
      this.#leaveBucket(session);
      if (bucket >= 0) this.#buckets[bucket]?.add(session);
      session.memoryBucket = bucket;
    }
    if (this.total >= this.#limit) this.#check();
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#leaveBucket(session);
    this.total -= session.countedBytes;
    session.countedBytes = 0;
  }

  /** Closes the largest clients until the rest is within the limit. Before a command, and at the end of a turn. */
  evict(): void {
    const { dispatch, stats, sessions, log } = this.#server;
    for (let at = BUCKETS - 1; at >= 0 && this.total >= this.#limit; at--) {
      for (const session of this.#buckets[at] ?? []) {
        if (this.total < this.#limit) break;
        log("notice", `Evicting client: ${sessions.describe(session)}`);
        stats.evictedClients++;
        session.kill();
      }
    }
    const isWithin = this.total < this.#limit;
    if (!isWithin && !this.#isHelpless) log("warning", "Over client maxmemory after evicting all evictable clients");
    this.#isHelpless = !isWithin;
    dispatch.setGate(GATE_CLIENT_MEMORY, false);
  }

  /** DEBUG CLIENT-EVICTION: a line a bucket, its bounds, bytes and clients; null without a limit. */
  listPools(): string | null {
    if (this.#limit === NO_LIMIT) return null;
    const lines = this.#buckets.map((bucket, i) => {
      const from = i === 0 ? 0 : 2 ** (FIRST_BUCKET_LOG + i - 1);
      const to = i === BUCKETS - 1 ? "+            " : ` - ${String(2 ** (FIRST_BUCKET_LOG + i) - 1).padStart(10)}`;
      let bytes = 0;
      for (const session of bucket) bytes += session.countedBytes;
      return `bucket ${String(from).padStart(10)}${to}: tot-mem: ${String(bytes).padStart(10)}, clients: ${bucket.size}\n`;
    });
    return lines.join("");
  }

  stop(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    this.#scheduled = null;
  }

  /** The next command, or else the end of this turn, finds the limit exceeded. */
  #check(): void {
    if (this.total < this.#limit) return;
    this.#server.dispatch.setGate(GATE_CLIENT_MEMORY, true);
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = null;
      this.#server.attempt("while clients were evicted", () => this.evict());
    });
  }

  #leaveBucket(session: Session): void {
    if (session.memoryBucket < 0) return;
    this.#buckets[session.memoryBucket]?.delete(session);
    session.memoryBucket = -1;
  }
}

function bucketOf(bytes: number): number {
  return Math.min(Math.max(Math.floor(Math.log2(bytes)) + 1 - FIRST_BUCKET_LOG, 0), BUCKETS - 1);
}
