/** What AUTH and HELLO share: a user and a password from the arguments, and what a wrong pair answers. */
import type { Args } from "../../resp/args.js";
import { encodeReply, type ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";

const ERR_WRONG_PASS = encodeReply("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
/** No user has a longer name, and no password is longer. */
const USER_MAX_BYTES = 4096;
const PASSWORD_MAX_BYTES = 64 * 1024;

/**
 * Argument `userAt` is the user, `default` when it is 0, and the next one, the last one then, the password. False when the
 * client has its error.
 */
export function authenticateOrReply(ctx: CommandContext, args: Args, userAt: number, out: ReplyWriter): boolean {
  const { session, server } = ctx;
  const user = userAt === 0 ? "default" : args.text(userAt, USER_MAX_BYTES);
  const password = args.text(userAt === 0 ? args.count - 1 : userAt + 1, PASSWORD_MAX_BYTES);
  if (user === null || password === null || !server.authenticate(user, password)) {
    out.error(ERR_WRONG_PASS);
    return false;
  }
  session.user = user;
  session.authenticated = true;
  return true;
}
