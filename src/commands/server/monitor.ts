import { encodeReply } from "../../resp/reply-writer.js";
import { defineCommand } from "../define.js";

const ERR_DENY_BLOCKING = encodeReply("-ERR MONITOR isn't allowed for DENY BLOCKING client\r\n");

export const monitor = defineCommand({
  name: "monitor",
  group: "server",
  since: "1.0.0",
  complexity: "",
  summary: "Shows every command that the server runs, as it runs.",
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  run(ctx, _args, out) {
    const { session } = ctx;
    if (session.denyBlocking) return out.error(ERR_DENY_BLOCKING);
    // Redis answers nothing to a client that monitors already.
    if (session.monitor) return;
    ctx.server.startMonitor(session);
    out.ok();
  },
});
