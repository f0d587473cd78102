import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";

const NO_DEADLINE = -1;

export const persist = defineCommand({
  name: "persist",
  group: "generic",
  since: "2.2.0",
  complexity: "O(1)",
  summary: "Takes the deadline off a key.",
  arity: 2,
  flags: ["write", "fast"],
  acl: ["keyspace"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.findForWrite(args, 1);
    if (record === NO_ENTRY || !ctx.keyspace.records.hasDeadline(record)) return out.integer(0);
    ctx.db.setDeadline(record, NO_DEADLINE);
    ctx.effects.keyChanged(ctx.db, args, 1, EVENT_GENERIC, "persist");
    out.integer(1);
  },
});
