import { keyword } from "../../../resp/args.js";
import { encodeReply } from "../../../resp/reply-writer.js";
import { arg } from "../../define.js";
import { ERR_NOT_INTEGER } from "../../errors.js";
import { defineClient } from "./define-client.js";
import { unknownForm } from "./pause.js";

const TIMEOUT = keyword("timeout");
const ERROR = keyword("error");
const ERR_REASON = encodeReply("-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n");

export const unblock = defineClient({
  name: "unblock",
  since: "5.0.0",
  complexity: "O(log N) where N is the number of client connections",
  summary: "Ends the waiting of a client whose command blocks.",
  arity: -3,
  flags: ["admin"],
  args: [
    arg.integer("client-id"),
    arg.oneOf("unblock-type", [arg.token("TIMEOUT"), arg.token("ERROR")], { optional: true }),
  ],
  run(ctx, args, out) {
    if (args.count > 4) return out.errorText(unknownForm(args));
    if (args.count === 4 && !args.is(3, TIMEOUT) && !args.is(3, ERROR)) return out.error(ERR_REASON);
    const id = args.readInteger(2);
    if (Number.isNaN(id)) return out.error(ERR_NOT_INTEGER);
    const session = ctx.server.sessions.find(id);
    const withError = args.count === 4 && args.is(3, ERROR);
    // Whom CLIENT PAUSE holds back does not wait for a key: there is nothing to end.
    out.integer(session?.unblock(withError) ? 1 : 0);
  },
});
