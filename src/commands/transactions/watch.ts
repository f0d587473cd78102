/** WATCH and UNWATCH: keys that must not change before EXEC. */
import { encodeReply } from "../../resp/reply-writer.js";
import { arg, defineCommand, keyRange } from "../define.js";

const ERR_IN_MULTI = encodeReply("-ERR WATCH inside MULTI is not allowed\r\n");

export const watch = defineCommand({
  name: "watch",
  group: "transactions",
  since: "2.2.0",
  complexity: "O(1) for every key.",
  summary: "Lets the next EXEC fail if one of these keys changes before it.",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  acl: ["transaction"],
  keys: [keyRange(1, -1, 1, "RO")],
  args: [arg.key("key", { multiple: true })],
  run(ctx, args, out) {
    const { transaction } = ctx.session;
    if (transaction.active) return out.error(ERR_IN_MULTI);
    for (let i = 1; i < args.count; i++) transaction.watch(ctx.db, args, i);
    out.ok();
  },
});

export const unwatch = defineCommand({
  name: "unwatch",
  group: "transactions",
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Forgets the watched keys.",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  acl: ["transaction"],
  run(ctx, _args, out) {
    ctx.session.transaction.unwatch();
    out.ok();
  },
});
