/**
 * client-output-buffer-limit: how much unread output a client may have, by class. A hard limit closes it at once, a
 * soft one when it has been exceeded for so many seconds. Sessions check when they send, cron checks the soft limit of
 * those that do not.
 */
import { countUnreadBytes, UNLIMITED } from "../resp/output.js";
import type { Session } from "./session.js";

interface OutputLimit {
  readonly hardBytes: number;
  readonly softBytes: number;
  readonly softSeconds: number;
}

function limitOf(session: Session): OutputLimit {
  const limits = session.server.config.source.values["client-output-buffer-limit"];
  const type = session.clientType;
  return limits[type === "master" ? "normal" : type];
}

/** Sets what the session's writer must know: to be called when the configuration or the session's class changes. */
export function followOutputLimit(session: Session): void {
  const { hardBytes, softBytes } = limitOf(session);
  const smallest = Math.min(hardBytes || UNLIMITED, softBytes || UNLIMITED);
  // With a soft limit alone the writer never gives up, but is no longer unlimited: flush looks closer.
  session.out.limitBytes = smallest === UNLIMITED ? UNLIMITED : hardBytes || Number.MAX_SAFE_INTEGER;
}

/** What counts as unread output: all that the kernel has not taken, and of what waits here all but a first buffer. */
export function countUnread(session: Session): number {
  return session.transport.pendingBytes + countUnreadBytes(session.out.byteLength);
}

/** Whether the session has to be closed. Also starts and stops the clock of the soft limit. */
export function exceedsOutputLimit(session: Session): boolean {
  if (session.out.overflowed) return true;
  const { hardBytes, softBytes, softSeconds } = limitOf(session);
  const used = countUnread(session);
  if (hardBytes > 0 && used >= hardBytes) return true;
  if (softBytes === 0 || used < softBytes) {
    session.softLimitSinceMs = 0;
    return false;
  }
  const now = session.server.keyspace.nowMs;
  if (session.softLimitSinceMs === 0) session.softLimitSinceMs = now;
  return now - session.softLimitSinceMs > softSeconds * 1000;
}

export function closeForOutputLimit(session: Session): void {
  const { server } = session;
  server.stats.outputBufferLimitDisconnections++;
  server.log(
    "warning",
    `Client ${server.sessions.describe(session)} scheduled to be closed ASAP for overcoming of output buffer limits.`,
  );
  session.kill();
}
