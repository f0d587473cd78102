/**
 * What INFO tells of the event loop. libuv counts its iterations and its idle time by itself, so that nothing is added
 * to an iteration but one clock reading at its end. Of the process, not of one server: several share its loop.
 */
import { systemPerformance } from "../base/timers.js";
import { Rate } from "./rates.js";

/** Node 20.18 and later. */
interface LoopMetrics {
  readonly uvMetricsInfo?: { readonly loopCount: number };
}

export class EventLoop {
  /** Time in cron. */
  cronUs = 0;
  /** The longest stretch in which nothing else could run. */
  maxUs = 0;
  commandsPerCycleMax = 0;
  readonly cycleRate = new Rate();
  readonly durationPerCycle = new Rate();
  /** Iterations that served clients or ran cron: what is counted where libuv's own count is not to be had. */
  #turns = 0;
  #cyclesBefore = 0;
  #durationBefore = 0;
  #commandsSeen = 0;

  get cycles(): number {
    return this.#allCycles() - this.#cyclesBefore;
  }

  /** Time in which the loop did not wait. */
  get durationUs(): number {
    return Math.floor(this.#allActiveUs() - this.#durationBefore);
  }

  /** At the end of an iteration that served clients. */
  onCycleEnd(commands: number, durationUs: number): void {
    this.#turns++;
    this.commandsPerCycleMax = Math.max(this.commandsPerCycleMax, commands - this.#commandsSeen);
    this.#commandsSeen = commands;
    this.maxUs = Math.max(this.maxUs, durationUs);
  }

  onCron(durationUs: number): void {
    this.#turns++;
    this.cronUs += durationUs;
    this.maxUs = Math.max(this.maxUs, durationUs);
  }

  /** Called by cron. */
  sample(nowMs: number): void {
    this.cycleRate.sample(this.cycles, nowMs);
    this.durationPerCycle.sample(this.durationUs, this.cycles);
  }

  reset(nowMs: number): void {
    this.#cyclesBefore = this.#allCycles();
    this.#durationBefore = this.#allActiveUs();
    this.cronUs = 0;
    this.maxUs = 0;
    this.commandsPerCycleMax = 0;
    this.#commandsSeen = 0;
    this.cycleRate.restart(0, nowMs);
    this.durationPerCycle.restart(0, 0);
  }

  #allCycles(): number {
    return (systemPerformance.nodeTiming as LoopMetrics).uvMetricsInfo?.loopCount ?? this.#turns;
  }

  #allActiveUs(): number {
    return systemPerformance.eventLoopUtilization().active * 1000;
  }
}
