/** The letters of a session's state in CLIENT LIST, in Redis's order. Called by the session. */
import type { Session } from "./session.js";

export function describeFlags(session: Session): string {
  const { tracking, transaction } = session;
  let flags = "";
  if (session.monitor) flags += "O";
  if (session.clientType === "pubsub") flags += "P";
  if (transaction.active) flags += "x";
  if (session.waiting !== "none") flags += "b";
  if (tracking?.isOn) flags += "t";
  if (tracking?.isBroken) flags += "R";
  if (tracking?.broadcasts) flags += "B";
  if (transaction.spoiled) flags += "d";
  if (session.closesWhenSent) flags += "c";
  if (session.isGone) flags += "A";
  if (session.kind === "unix") flags += "U";
  if (session.noEvict) flags += "e";
  if (session.noTouch) flags += "T";
  return flags === "" ? "N" : flags;
}
