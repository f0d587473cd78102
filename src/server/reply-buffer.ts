/**
 * How large the first output buffer of a session is: cron fits it to what the session had use for lately, so that
 * thousands of clients with short replies, all served in one iteration of the loop, borrow a kilobyte each and not
 * sixteen. Called by session-table.ts; sizes are those of resp/buffer-pool.ts.
 */
import { FIRST_BUFFER_BYTES, FIRST_BUFFER_MIN_BYTES, fitFirstBuffer } from "../resp/buffer-pool.js";
import type { Session } from "./session.js";

export function fitReplyBuffer(session: Session, nowMs: number): void {
  const { server, out } = session;
  const { debug, stats } = server;
  if (!debug.replyBufferResizing) return;
  const bytes = out.firstBytes;
  const peak = session.replyPeak;
  if (bytes > FIRST_BUFFER_MIN_BYTES && peak < bytes / 2) {
    out.firstBytes = fitFirstBuffer(peak + 1);
    stats.replyBufferShrinks++;
  } else if (bytes < FIRST_BUFFER_BYTES && peak >= bytes) {
    out.firstBytes = 2 * bytes;
    stats.replyBufferExpands++;
  }
  const resetMs = debug.replyBufferPeakResetMs;
  if (resetMs < 0 || nowMs - session.replyPeakSinceMs < resetMs) return;
  session.replyPeak = Math.min(out.byteLength, out.firstBytes);
  session.replyPeakSinceMs = nowMs;
}
