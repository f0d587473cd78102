import { keyword } from "../../resp/args.js";
import type { ShutdownOptions } from "../context.js";
import { arg, defineCommand } from "../define.js";
import { ERR_SYNTAX } from "../errors.js";

const NOSAVE = keyword("nosave");
const SAVE = keyword("save");
const NOW = keyword("now");
const FORCE = keyword("force");
const ABORT = keyword("abort");
const SINCE = { since: "7.0.0", optional: true };

export const shutdown = defineCommand({
  name: "shutdown",
  group: "server",
  since: "1.0.0",
  complexity: "O(N) when saving, where N is the total number of keys in all databases when saving data, otherwise O(1)",
  summary: "Ends the server.",
  arity: -1,
  flags: ["admin", "noscript", "loading", "stale", "no_multi", "allow_busy"],
  history: [["7.0.0", "Added the `NOW`, `FORCE` and `ABORT` modifiers."]],
  args: [
    arg.optional(arg.oneOf("save-selector", [arg.token("NOSAVE"), arg.token("SAVE")])),
    arg.token("NOW", SINCE),
    arg.token("FORCE", SINCE),
    arg.token("ABORT", SINCE),
  ],
  run(ctx, args, out) {
    let save: ShutdownOptions["save"] = "default";
    let now = false;
    let force = false;
    let abort = false;
    for (let i = 1; i < args.count; i++) {
      const isSave = args.is(i, SAVE);
      if (isSave || args.is(i, NOSAVE)) {
        const wanted = isSave ? "save" : "nosave";
        if (save !== "default" && save !== wanted) return out.error(ERR_SYNTAX);
        save = wanted;
      } else if (args.is(i, NOW)) now = true;
      else if (args.is(i, FORCE)) force = true;
      else if (args.is(i, ABORT)) abort = true;
      else return out.error(ERR_SYNTAX);
    }
    if (abort) {
      if (save !== "default" || now || force) return out.error(ERR_SYNTAX);
      if (ctx.server.abortShutdown()) return out.ok();
      return out.errorText("ERR No shutdown in progress.");
    }
    const error = ctx.server.shutdown({ save, now, force });
    if (error !== null) return out.errorText(error);
    // There is no reply: the connection closes.
    ctx.session.kill();
  },
});
