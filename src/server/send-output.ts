/** Hands what a session has written to its transport. Called by Session.flush, which all do that have something to send. */
import { UNLIMITED } from "../resp/output.js";
import { closeForOutputLimit, exceedsOutputLimit } from "./output-limits.js";
import type { Session } from "./session.js";

export function sendOutput(session: Session): void {
  if (session.isGone) return;
  const { out, server, transport } = session;
  const bytes = out.byteLength;
  if (bytes === 0 && !out.overflowed) {
    out.dropTail();
  } else {
    const mayExceed = out.overflowed || out.limitBytes !== UNLIMITED;
    if (mayExceed && exceedsOutputLimit(session)) return closeForOutputLimit(session);
    // What a slow reader gets meanwhile collects here, in few buffers: the transport would keep each piece by itself.
    if (transport.isClogged && !session.closesWhenSent) return server.clientMemory.follow(session);
    session.netOutputBytes += bytes;
    server.stats.netOutputBytes += bytes;
    server.stats.writes++;
    if (bytes > session.replyPeak) session.replyPeak = Math.min(bytes, out.firstBytes);
    if (out.chunks.length > 0) {
      out.recycle(transport.sendMany(out.takeAll()));
    } else if (transport.pendingBytes > 0) {
      // It has to wait: as a copy, so that a few bytes do not hold a whole buffer.
      const copy = Buffer.from(out.buffer.subarray(0, out.pos));
      transport.sendMany([copy]);
      out.dropTail();
    } else if (transport.send(out.buffer, out.view, out.pos)) {
      out.dropTail();
    } else {
      out.takeTail();
    }
  }
  server.clientMemory.follow(session);
  if (session.closesWhenSent) transport.end();
}
