/** Counters of one server, which INFO shows and CONFIG RESETSTAT clears. Commands and keyspace keep their own. */
import { Rate } from "./rates.js";

/** Past this many error codes, they are no longer told apart: a hostile script could make any number. */
const ERROR_CODES_MAX = 128;
const ERRORS_DISABLED = "ERRORSTATS_DISABLED";
/** A code ends within so many bytes, or there is none. */
const CODE_BYTES_MAX = 32;
/** Rates are sampled at most this often. */
const SAMPLE_MS = 100;

/** The counters that RESETSTAT clears. */
class Counters {
  commands = 0;
  connections = 0;
  rejectedConnections = 0;
  reads = 0;
  writes = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  queryBufferLimitDisconnections = 0;
  outputBufferLimitDisconnections = 0;
  replyBufferShrinks = 0;
  replyBufferExpands = 0;
  evictedKeys = 0;
  evictedClients = 0;
  errorReplies = 0;
  slowlogCommands = 0;
  expireCycleUs = 0;
  aclDeniedAuth = 0;
}

export class Stats extends Counters {
  /** Error replies by code: `ERR`, `WRONGTYPE`. */
  readonly errorCodes = new Map<string, number>();
  peakMemory = 0;
  /** Resident set of the process, as cron last saw it. */
  rssBytes = 0;
  readonly opsRate = new Rate();
  readonly inputRate = new Rate();
  readonly outputRate = new Rate();
  /** Told once, when there have been too many error codes. */
  onTooManyErrorCodes: (codes: readonly string[]) => void = () => {};
  #errorsDisabled = false;
  #sampledMs = 0;

  /** Called by cron. True when it was time to. */
  sample(nowMs: number): boolean {
    if (nowMs - this.#sampledMs < SAMPLE_MS && nowMs >= this.#sampledMs) return false;
    const restart = this.#sampledMs === 0;
    this.#sampledMs = nowMs;
    for (const [rate, value] of this.#rates()) {
      if (restart) rate.restart(value, nowMs);
      else rate.sample(value, nowMs);
    }
    return true;
  }

  /** `error` is an error reply without its dash: its first word is the code. */
  countError(error: string): void {
    this.errorReplies++;
    if (this.#errorsDisabled) return;
    const blank = error.indexOf(" ");
    const code = blank <= 0 || blank >= CODE_BYTES_MAX ? "ERR" : error.slice(0, blank);
    const count = this.errorCodes.get(code);
    if (count !== undefined) {
      this.errorCodes.set(code, count + 1);
    } else if (this.errorCodes.size < ERROR_CODES_MAX) {
      this.errorCodes.set(code, 1);
    } else {
      this.onTooManyErrorCodes([...this.errorCodes.keys()]);
      this.errorCodes.clear();
      this.errorCodes.set(ERRORS_DISABLED, 1);
      this.#errorsDisabled = true;
    }
  }

  reset(nowMs: number): void {
    Object.assign(this, new Counters());
    this.errorCodes.clear();
    this.#errorsDisabled = false;
    for (const [rate] of this.#rates()) rate.restart(0, nowMs);
  }

  #rates(): [Rate, number][] {
    return [
      [this.opsRate, this.commands],
      [this.inputRate, this.netInputBytes],
      [this.outputRate, this.netOutputBytes],
    ];
  }
}
