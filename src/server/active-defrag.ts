/**
 * When defragmentation runs, and how long at a time: cron asks once a second, and lends it slices between commands. The
 * walk itself is keyspace/defrag/.
 *
 *   activedefrag yes   as Redis does: it begins once `active-defrag-threshold-lower` percent of the data, and
 *                      `active-defrag-ignore-bytes`, lie unused in slabs, and takes between `-cycle-min` and
 *                      `-cycle-max` percent of the time, the more the nearer it is to `-threshold-upper`
 *   activedefrag no    only where slabs are more empty than half the data is large: then moving a block frees several
 *                      times its size. It takes COMPACT_CYCLE_PERCENT of the time, for as long as that lasts
 *
 * A slice is short, whatever the share: the share sets how often one comes.
 */
import { Defrag } from "../keyspace/defrag/defrag.js";
import type { Server } from "./server.js";

const CHECK_MS = 1000;
export const DEFRAG_SLICE_US = 1000;

const COMPACT_PERCENT = 50;
const COMPACT_BYTES = 16 * 1024 * 1024;
const COMPACT_CYCLE_PERCENT = 5;

/** A round that has freed less than this share of what lay unused was in vain: the next one waits. */
const WORTHWHILE_SHARE = 0.25;
const PAUSE_MIN_MS = 10_000;
const PAUSE_MAX_MS = 600_000;

export interface DefragLimits {
  readonly isOn: boolean;
  readonly cycleMinPercent: number;
  readonly cycleMaxPercent: number;
  readonly lowerPercent: number;
  readonly upperPercent: number;
  readonly ignoreBytes: number;
}

export class ActiveDefrag {
  readonly walk: Defrag;
  /** Of the time, in percent, while a round is under way; 0 otherwise: INFO's active_defrag_running. */
  runningPercent = 0;
  readonly #server: Server;
  #limits: DefragLimits = {
    isOn: false,
    cycleMinPercent: 1,
    cycleMaxPercent: 25,
    lowerPercent: 10,
    upperPercent: 100,
    ignoreBytes: 100 * 1024 * 1024,
  };
  #checkedMs = Number.NaN;
  /** The earliest time of the next round, and how long the pause before it was. */
  #notBeforeMs = 0;
  #pauseMs = 0;
  #wasteAtBegin = 0;
  #beganMs = 0;
  #totalMs = 0;

  constructor(server: Server) {
    this.#server = server;
    this.walk = new Defrag(server.keyspace, [(mover) => server.tracking.moveBlocks(mover)]);
  }

  get isRunning(): boolean {
    return this.runningPercent > 0;
  }

  /** How long rounds were under way: all of them, and the present one. */
  get totalMs(): number {
    return this.#totalMs + this.currentMs;
  }

  get currentMs(): number {
    return this.isRunning ? Math.max(0, this.#server.keyspace.nowMs - this.#beganMs) : 0;
  }

  setLimits(limits: DefragLimits, blocksAtOnce: number): void {
    const wasOn = this.#limits.isOn;
    this.#limits = limits;
    this.walk.blocksAtOnce = blocksAtOnce;
    // What is under way is weighed anew at the next tick.
    this.#checkedMs = Number.NaN;
    this.#pauseMs = 0;
    this.#notBeforeMs = 0;
    if (wasOn && !limits.isOn) this.stop();
  }

  /** Cron's tick: whether a round should begin, or take more time. */
  tick(nowMs: number): void {
    if (nowMs - this.#checkedMs < CHECK_MS && nowMs >= this.#checkedMs) return;
    this.#checkedMs = nowMs;
    const percent = this.#wantedPercent();
    if (this.isRunning) {
      this.runningPercent = Math.max(percent, this.runningPercent);
    } else if (percent > 0 && nowMs >= this.#notBeforeMs) {
      this.runningPercent = percent;
      this.#wasteAtBegin = this.#waste;
      this.#beganMs = nowMs;
      this.walk.begin();
    }
  }

  /** Works for so long. */
  slice(limitUs: number): void {
    const { clock, latency, keyspace } = this.#server;
    const startUs = clock.nowUs();
    const isOver = this.walk.run(() => clock.nowUs() - startUs > limitUs);
    if (latency.thresholdMs > 0) {
      latency.add("active-defrag-cycle", (clock.nowUs() - startUs) / 1000, keyspace.nowMs);
    }
    if (isOver) this.#finish();
  }

  /** Between two slices. */
  get pauseBetweenSlicesMs(): number {
    return Math.max(1, Math.round((DEFRAG_SLICE_US / 1000) * (100 / this.runningPercent - 1)));
  }

  stop(): void {
    if (!this.isRunning) return;
    this.#totalMs = this.totalMs;
    this.runningPercent = 0;
    this.walk.stop();
  }

  resetStats(): void {
    this.walk.resetStats();
    this.#totalMs = 0;
    this.#beganMs = this.#server.keyspace.nowMs;
  }

  /** Bytes in slabs that no block has. */
  get #waste(): number {
    const { arena } = this.#server.keyspace;
    return arena.pageBytes - arena.usedBytes;
  }

  #wantedPercent(): number {
    const limits = this.#limits;
    const waste = this.#waste;
    const percent = (waste * 100) / Math.max(1, this.#server.keyspace.arena.usedBytes);
    const compact = percent >= COMPACT_PERCENT && waste >= COMPACT_BYTES ? COMPACT_CYCLE_PERCENT : 0;
    if (!limits.isOn) return compact;
    if (percent < limits.lowerPercent || waste < limits.ignoreBytes) return compact;
    const { cycleMinPercent: min, cycleMaxPercent: max, lowerPercent: lower, upperPercent: upper } = limits;
    const wanted = upper <= lower ? max : min + ((percent - lower) * (max - min)) / (upper - lower);
    return Math.trunc(Math.min(max, Math.max(min, wanted)));
  }

  #finish(): void {
    const { keyspace, log } = this.#server;
    const freed = this.#wasteAtBegin - this.#waste;
    log(
      "verbose",
      `Active defrag done in ${this.currentMs}ms, reallocated=${this.walk.mover.hits}, frag_bytes=${this.#waste}`,
    );
    this.stop();
    this.#checkedMs = Number.NaN;
    const isWorthwhile = freed >= WORTHWHILE_SHARE * this.#wasteAtBegin;
    this.#pauseMs = isWorthwhile ? 0 : Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS, 2 * this.#pauseMs));
    this.#notBeforeMs = keyspace.nowMs + this.#pauseMs;
  }
}
