import { encodeReply } from "../../resp/reply-writer.js";
import { arg, defineCommand } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";
import { authenticateOrReply } from "./authenticate.js";

const ERR_NO_PASSWORD = encodeReply(
  "-ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?\r\n",
);

export const auth = defineCommand({
  name: "auth",
  group: "connection",
  since: "1.0.0",
  complexity: "O(N) where N is the number of passwords defined for the user",
  summary: "Shows a password, and a user name if it is not `default`'s.",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  acl: ["connection"],
  history: [["6.0.0", "Added ACL style (username and password)."]],
  args: [arg.string("username", { optional: true, since: "6.0.0" }), arg.string("password")],
  run(ctx, args, out) {
    if (args.count > 3) return out.error(ERR_SYNTAX);
    const isLong = args.count === 3;
    if (!isLong && ctx.server.needsNoPassword) return out.error(ERR_NO_PASSWORD);
    if (authenticateOrReply(ctx, args, isLong ? 1 : 0, out)) out.ok();
  },
});
