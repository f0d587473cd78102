/**
 * The end of the server: by SHUTDOWN, SIGTERM or SIGINT. Decides whether it may end now, and says in the log what
 * becomes of the data. Owned by the server; whoever runs it (main.ts, embedded.ts) does the ending.
 */
import type { ShutdownOptions } from "../commands/context.js";
import type { Server } from "./server.js";

export class Shutdown {
  readonly #server: Server;
  readonly #end: (options: ShutdownOptions) => void;
  #ending = false;
  /** What a signal asked for: cron does it, so that SHUTDOWN ABORT can still take it back. */
  #scheduled: ShutdownOptions | null = null;

  constructor(server: Server, end: (options: ShutdownOptions) => void) {
    this.#server = server;
    this.#end = end;
  }

  get isScheduled(): boolean {
    return this.#scheduled !== null;
  }

  schedule(options: ShutdownOptions): void {
    this.#scheduled = options;
  }

  /** Called by cron. */
  runScheduled(): void {
    const options = this.#scheduled;
    if (options === null || this.#ending) return;
    this.#scheduled = null;
    if (this.request(options) === null) return;
    this.#server.log("warning", "Errors trying to shut down the server. Check the logs for more information.");
  }

  /** SHUTDOWN ABORT: false when there is nothing to abort. */
  abort(): boolean {
    if (this.#scheduled === null) return false;
    this.#scheduled = null;
    this.#server.log("notice", "Shutdown manually aborted.");
    return true;
  }

  /** Null when the server ends, or why it does not: the reply to SHUTDOWN. */
  request(options: ShutdownOptions): string | null {
    if (this.#ending) return null;
    const { log, config } = this.#server;
    log("notice", "User requested shutdown...");
    if (options.save === "save" && !options.force) {
      log("warning", "Snapshots are not supported: SHUTDOWN SAVE cannot save the DB, can't exit.");
      return "ERR Errors trying to SHUTDOWN. Check logs.";
    }
    if (options.save === "save" || (options.save === "default" && config.source.values.save.length > 0)) {
      log(
        "warning",
        "Snapshots are not supported: save points are configured, but the data is NOT saved. Exit anyway.",
      );
    }
    this.#ending = true;
    this.#end(options);
    return null;
  }
}
