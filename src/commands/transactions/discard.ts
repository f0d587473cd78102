import { encodeReply } from "../../resp/reply-writer.js";
import { defineCommand } from "../define.js";

const ERR_NO_MULTI = encodeReply("-ERR DISCARD without MULTI\r\n");

export const discard = defineCommand({
  name: "discard",
  group: "transactions",
  since: "2.0.0",
  complexity: "O(N), when N is the number of queued commands",
  summary: "Gives up the transaction and its watched keys.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  acl: ["transaction"],
  run(ctx, _args, out) {
    const { transaction } = ctx.session;
    if (!transaction.active) return out.error(ERR_NO_MULTI);
    transaction.discard();
    out.ok();
  },
});
