import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { replyString } from "./reply-string.js";

export const getdel = defineCommand({
  name: "getdel",
  group: "string",
  since: "6.2.0",
  complexity: "O(1)",
  summary: "Deletes a key that holds a string, and answers what it held.",
  arity: 2,
  flags: ["write", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "delete")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const { db, effects } = ctx;
    const record = db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!ctx.strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    replyString(ctx, record, out);
    db.remove(record);
    effects.keyChanged(db, args, 1, EVENT_GENERIC, "del");
    if (effects.propagates) effects.propagateAs(db, ["DEL", args.copy(1)]);
  },
});
