/** Counters of one server, which INFO shows and CONFIG RESETSTAT clears. Commands and keyspace keep their own. */

/** Past this many error codes, new ones are no longer counted: a hostile script could make any number. */
const ERROR_CODES_MAX = 128;

export class Stats {
  commands = 0;
  connections = 0;
  rejectedConnections = 0;
  netInputBytes = 0;
  netOutputBytes = 0;
  queryBufferLimitDisconnections = 0;
  outputBufferLimitDisconnections = 0;
  evictedKeys = 0;
  evictedClients = 0;
  errorReplies = 0;
  /** Error replies by code: `ERR`, `WRONGTYPE`. */
  readonly errorCodes = new Map<string, number>();
  errorCodesOverflow = false;
  peakMemory = 0;
  eventLoopCycles = 0;
  eventLoopDurationUs = 0;
  eventLoopCommandUs = 0;
  eventLoopCronUs = 0;
  eventLoopMaxUs = 0;
  eventLoopCommandsPerCycleMax = 0;
  slowlogCommands = 0;
  expireCycleCapReached = 0;
  aclDeniedAuth = 0;

  /** Commands a second, lately. */
  opsPerSecond = 0;
  #sampledMs = 0;
  #sampledCommands = 0;

  /** Called by cron: rates over the time since the sample before. */
  sample(nowMs: number): void {
    const elapsed = nowMs - this.#sampledMs;
    if (elapsed < 100) return;
    if (this.#sampledMs > 0) this.opsPerSecond = Math.round(((this.commands - this.#sampledCommands) * 1000) / elapsed);
    this.#sampledMs = nowMs;
    this.#sampledCommands = this.commands;
  }

  /** `error` is an error reply without its dash: its first word is the code. */
  countError(error: string): void {
    this.errorReplies++;
    const blank = error.indexOf(" ");
    const code = blank < 0 ? error : error.slice(0, blank);
    const count = this.errorCodes.get(code);
    if (count !== undefined) this.errorCodes.set(code, count + 1);
    else if (this.errorCodes.size < ERROR_CODES_MAX) this.errorCodes.set(code, 1);
    else this.errorCodesOverflow = true;
  }

  reset(): void {
    const { peakMemory } = this;
    this.errorCodes.clear();
    Object.assign(this, { ...new Stats(), errorCodes: this.errorCodes, peakMemory });
  }
}
