/** What a session takes, in bytes: for CLIENT LIST, MEMORY STATS and client eviction. */
import type { SessionMemory } from "../commands/context.js";
import { FIRST_BUFFER_BYTES } from "../resp/buffer-pool.js";
import { countUnread } from "./output-limits.js";
import type { Session } from "./session.js";

/** What a session itself takes on the JS heap: objects, socket and handles, as measured with 10,000 idle clients. */
const SESSION_BYTES = 2048;

/** All that it takes. The first buffer of a reply is lent to it for one turn only: that one is the server's. */
export function countSessionBytes(session: Session): number {
  const { input, out, subscriptions, transaction, transport } = session;
  const tail = out.buffer.length > FIRST_BUFFER_BYTES ? out.buffer.length : 0;
  const output = out.chunkBytes + tail + transport.pendingBytes;
  const tracking = session.tracking?.prefixBytes ?? 0;
  const held = transaction.bytes + subscriptions.bytes + waitingBytes(session) + tracking + session.nameBytes;
  return SESSION_BYTES + input.ownBytes + output + held;
}

export function measureSession(session: Session): SessionMemory {
  const { input, out, transaction, transport } = session;
  const queryBuffer = input.bufferedBytes;
  const queryBufferFree = input.freeBytes;
  const waitingArgs = waitingBytes(session);
  return {
    queryBuffer,
    queryBufferFree,
    args: input.argsBytes + waitingArgs,
    multi: transaction.argumentBytes,
    replyBuffer: out.firstBytes,
    replyBufferPeak: session.replyPeak,
    replyPending: out.pos,
    outputChunks: out.chunks.length + (transport.pendingBytes > 0 ? 1 : 0),
    outputBytes: countUnread(session),
    unsentBytes: transport.pendingBytes,
    total: countSessionBytes(session),
    netInputBytes: session.netInputBytes,
    netOutputBytes: session.netOutputBytes,
  };
}

/** A command that waits for keys: its arguments, and the keys. */
function waitingBytes(session: Session): number {
  return session.waiter?.bytes ?? 0;
}
