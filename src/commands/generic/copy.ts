import { NO_ENTRY } from "../../keyspace/database.js";
import { copyKey } from "../../keyspace/key-copies.js";
import { keyword } from "../../resp/args.js";
import { readDatabaseOrReply } from "../database-argument.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC } from "../effects.js";
import { ERR_SAME_OBJECT, ERR_SYNTAX } from "../errors.js";

const DB = keyword("DB");
const REPLACE = keyword("REPLACE");

export const copy = defineCommand({
  name: "copy",
  group: "generic",
  since: "6.2.0",
  complexity: "O(1) for strings, O(N) for collections of N elements",
  summary: "Copies a key and its deadline to another name or database.",
  arity: -3,
  flags: ["write", "denyoom"],
  acl: ["keyspace"],
  keys: [keyAt(1, "RO", "access"), keyAt(2, "OW", "update")],
  args: [
    arg.key("source"),
    arg.key("destination", { keySpecIndex: 1 }),
    arg.optional(arg.integer("destination-db", { token: "DB" })),
    arg.optional(arg.token("REPLACE")),
  ],
  run(ctx, args, out) {
    const { db } = ctx;
    let target = db;
    let replaces = false;
    for (let i = 3; i < args.count; i++) {
      if (args.is(i, REPLACE)) {
        replaces = true;
      } else if (args.is(i, DB) && i + 1 < args.count) {
        const asked = readDatabaseOrReply(ctx, args, ++i, out);
        if (asked === null) return;
        target = asked;
      } else {
        return out.error(ERR_SYNTAX);
      }
    }
    if (target === db && args.areEqual(1, 2)) return out.error(ERR_SAME_OBJECT);
    const source = db.find(args, 1);
    if (source === NO_ENTRY) return out.integer(0);
    const old = target.findForWrite(args, 2);
    if (old !== NO_ENTRY && !replaces) return out.integer(0);
    if (old !== NO_ENTRY) target.removeReplaced(old);
    copyKey(source, target, args.view, args.start(2), args.byteLength(2));
    ctx.effects.keyChanged(target, args, 2, EVENT_GENERIC, "copy_to");
    out.integer(1);
  },
});
