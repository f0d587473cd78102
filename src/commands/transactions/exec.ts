import { encodeReply } from "../../resp/reply-writer.js";
import { defineCommand } from "../define.js";

const ERR_NO_MULTI = encodeReply("-ERR EXEC without MULTI\r\n");

export const exec = defineCommand({
  name: "exec",
  group: "transactions",
  since: "1.2.0",
  complexity: "Depends on commands in the transaction",
  summary: "Runs all commands of the transaction.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "skip_slowlog"],
  acl: ["transaction"],
  run(ctx, _args, out) {
    const { transaction } = ctx.session;
    if (!transaction.active) return out.error(ERR_NO_MULTI);
    transaction.execute(out);
  },
});
