/** What AUTH and HELLO share: a user and a password from the arguments, and what a wrong pair answers. */
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";

const ERR_WRONG_PASS = encodeReply("-WRONGPASS invalid username-password pair or user is disabled.\r\n");

/** False when the client has its error. */
export function authenticateOrReply(ctx: CommandContext, user: string, password: string, out: ReplyWriter): boolean {
  const { session, server } = ctx;
  if (!server.authenticate(user, password)) {
    out.error(ERR_WRONG_PASS);
    return false;
  }
  session.user = user;
  session.authenticated = true;
  return true;
}
