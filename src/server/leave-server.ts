/**
 * The end of a session: everything that knows of it lets it go, and its memory is free. Called by the session, once, when
 * no request of it is under way.
 */
import type { Session } from "./session.js";

/** Each stands for itself: what one throws must not keep the session in the others. */
const STEPS: readonly ((session: Session) => void)[] = [
  (session) => session.server.blocking.leave(session),
  (session) => session.out.abandon(),
  (session) => session.transaction.reset(),
  (session) => session.subscriptions.release(),
  (session) => session.server.tracking.leave(session),
  (session) => session.input.release(),
  (session) => session.server.sessions.remove(session),
  (session) => session.transport.destroy(),
];

export function leaveServer(session: Session): void {
  for (const step of STEPS) {
    try {
      step(session);
    } catch (error) {
      session.server.reportFailure("while a client left", error);
    }
  }
}
