/** What DEBUG may do to a server. One per server, as `server.debug`; cron, sessions and later scripts look at it. */
import type { CrashKind, DebugView } from "../commands/context.js";
import { crashOnPurpose } from "./crash-report.js";
import type { Server } from "./server.js";

const PEAK_RESET_MS = 5000;

export class DebugSwitches implements DebugView {
  activeExpire = true;
  cronPaused = false;
  skipChecksum = false;
  dictResizing = true;
  scriptsAllowed = false;
  replyBufferPeakResetMs = PEAK_RESET_MS;
  replyBufferResizing = true;
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  changeReplicationId(): void {
    this.#server.changeReplicationId();
  }

  listEvictionPools(): string | null {
    return this.#server.clientMemory.listPools();
  }

  crash(kind: CrashKind): never {
    crashOnPurpose(this.#server, kind);
  }
}
