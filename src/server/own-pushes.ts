/**
 * Pushes to the session whose request is being served. They go out behind its reply, whole: a message that it sends to
 * itself must not stand inside of the reply to EXEC, and CLIENT REPLY silences replies but no pushes. One per server,
 * as only one request is served at a time; dispatch says which and when it is done.
 */
import { ReplyWriter } from "../resp/reply-writer.js";
import type { Server } from "./server.js";
import type { Session } from "./session.js";

export class OwnPushes {
  /** The session whose request is being served, where it may get pushes: one with nothing unusual about it gets none. */
  serving: Session | null = null;
  readonly #replies: ReplyWriter;
  readonly #messages: ReplyWriter;

  constructor(server: Server) {
    this.#replies = new ReplyWriter(server.outputBuffers);
    this.#messages = new ReplyWriter(server.outputBuffers);
  }

  /** Where a silenced session's confirmations of SUBSCRIBE and its like are kept. */
  openReplies(session: Session): ReplyWriter {
    return open(this.#replies, session);
  }

  /** Where messages to the session that is being served are kept. */
  openMessages(session: Session): ReplyWriter {
    return open(this.#messages, session);
  }

  /**
   * What is kept so far concerns keys that had to go before the request could run: it stands in front of its reply.
   * Where that is silenced, there is nothing to stand in front of.
   */
  moveUp(session: Session): void {
    if (!session.isSilent) this.#move(this.#messages, session);
  }

  /** The request has its reply: the pushes follow. */
  finish(session: Session): void {
    this.serving = null;
    try {
      this.#move(this.#replies, session);
    } finally {
      this.#move(this.#messages, session);
    }
  }

  #move(from: ReplyWriter, session: Session): void {
    if (from.byteLength === 0 && !from.overflowed) return;
    try {
      if (!session.closing) session.out.append(from);
    } finally {
      from.release();
      from.overflowed = false;
    }
  }
}

function open(writer: ReplyWriter, session: Session): ReplyWriter {
  writer.resp = session.out.resp;
  writer.limitBytes = session.out.limitBytes;
  return writer;
}
