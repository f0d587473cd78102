/**
 * Replies that come later: a command hands over a promise (CONFIG SET of a port, which has to listen first), and its
 * session serves nothing further until it is settled. Called by Session.defer.
 */
import type { ReplyWriter } from "../resp/reply-writer.js";
import type { Session } from "./session.js";

export function deferReply<T>(session: Session, work: Promise<T>, reply: (out: ReplyWriter, value: T) => void): void {
  if (session.denyBlocking) throw new Error("session: a transaction cannot wait for a reply");
  const { server, last, isSilent, out } = session;
  const answer = (write: () => void): void => {
    server.beginTurn();
    const mark = out.beginArray();
    const errors = out.errorCount;
    write();
    if (last !== null && out.errorCount > errors) server.dispatch.countFailure(session, last, 1);
    if (isSilent) out.rewind(mark);
    server.endTurn();
    session.waiting = "none";
  };
  const settle = (write: () => void): void => {
    if (session.closing) return;
    session.hold();
    try {
      answer(write);
    } catch (error) {
      session.fail(error);
    }
    session.letGo();
    session.resume();
  };
  session.waiting = "deferred";
  work.then(
    (value) => settle(() => reply(out, value)),
    (error: unknown) => settle(() => server.reportBug(session, last, null, error)),
  );
}
