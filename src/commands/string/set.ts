import { DEADLINE_NONE } from "../../keyspace/strings.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";

export const set = defineCommand({
  name: "set",
  group: "string",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Sets a key to a string, whatever it held.",
  arity: -3,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update", "variable_flags")],
  args: [arg.key("key"), arg.string("value")],
  run(ctx, args, out) {
    ctx.strings.set(
      ctx.db,
      args.view,
      args.start(1),
      args.byteLength(1),
      args.view,
      args.start(2),
      args.byteLength(2),
      DEADLINE_NONE,
    );
    ctx.effects.keyChanged(ctx.db, args, 1, EVENT_STRING, "set");
    out.ok();
  },
});
