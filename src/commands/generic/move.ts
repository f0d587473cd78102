import { NO_ENTRY } from "../../keyspace/database.js";
import { transferKey } from "../../keyspace/key-copies.js";
import { readDatabaseOrReply } from "../database-argument.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_SAME_OBJECT } from "../errors.js";

export const move = defineCommand({
  name: "move",
  group: "generic",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Moves a key to another database, unless it has one of that name.",
  arity: 3,
  flags: ["write", "fast"],
  acl: ["keyspace"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.integer("db")],
  run(ctx, args, out) {
    const { db, effects } = ctx;
    const target = readDatabaseOrReply(ctx, args, 2, out);
    if (target === null) return;
    if (target === db) return out.error(ERR_SAME_OBJECT);
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY || target.findForWrite(args, 1) !== NO_ENTRY) return out.integer(0);
    transferKey(db, record, target, args.view, args.start(1), args.byteLength(1));
    effects.keyChanged(db, args, 1, EVENT_GENERIC, "move_from");
    effects.keyAlsoChanged(target, args, 1, EVENT_GENERIC, "move_to");
    out.integer(1);
  },
});
