import { encodeReply } from "../../resp/reply-writer.js";
import { defineCommand } from "../define.js";

const ERR_NESTED = encodeReply("-ERR MULTI calls can not be nested\r\n");

export const multi = defineCommand({
  name: "multi",
  group: "transactions",
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Begins a transaction: commands queue until EXEC.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  acl: ["transaction"],
  run(ctx, _args, out) {
    const { transaction } = ctx.session;
    if (transaction.active) return out.error(ERR_NESTED);
    transaction.begin();
    out.ok();
  },
});
