/** What a session takes, in bytes: for CLIENT LIST, MEMORY STATS and client eviction. */
import type { SessionMemory } from "../commands/context.js";
import type { Session } from "./session.js";

/** What a session itself takes on the JS heap: objects, socket and handles, as measured with 10,000 idle clients. */
const SESSION_BYTES = 2048;

export function measureSession(session: Session): SessionMemory {
  const { input, out, subscriptions, transaction, transport } = session;
  const queryBuffer = input.bufferedBytes;
  const queryBufferFree = input.freeBytes;
  const outputBytes = out.chunkBytes + transport.pendingBytes;
  const replyBuffer = out.buffer.length;
  const waitingArgs = session.waiter?.args.bytes.length ?? 0;
  return {
    queryBuffer,
    queryBufferFree,
    args: input.argsBytes + waitingArgs,
    multi: transaction.argumentBytes,
    replyBuffer,
    replyBufferPeak: session.replyPeak,
    replyPending: out.pos,
    outputChunks: out.chunks.length + (transport.pendingBytes > 0 ? 1 : 0),
    outputBytes,
    unsentBytes: transport.pendingBytes,
    total:
      SESSION_BYTES +
      input.ownBytes +
      outputBytes +
      replyBuffer +
      transaction.bytes +
      subscriptions.bytes +
      waitingArgs,
    netInputBytes: session.netInputBytes,
    netOutputBytes: session.netOutputBytes,
  };
}
