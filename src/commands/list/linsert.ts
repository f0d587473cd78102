import { NO_ENTRY } from "../../keyspace/database.js";
import { keyword } from "../../resp/args.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_LIST } from "../effects.js";
import { ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";

const BEFORE = keyword("BEFORE");
const AFTER = keyword("AFTER");

export const linsert = defineCommand({
  name: "linsert",
  group: "list",
  since: "2.2.0",
  complexity: "O(N) where N is the number of elements up to the pivot.",
  summary: "Puts an element in front of another one of a list, or behind it.",
  arity: 5,
  flags: ["write", "denyoom"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "insert")],
  args: [
    arg.key("key"),
    arg.oneOf("where", [arg.token("BEFORE"), arg.token("AFTER")]),
    arg.string("pivot"),
    arg.string("element"),
  ],
  run(ctx, args, out) {
    const { db, lists } = ctx;
    const after = args.is(2, AFTER);
    if (!after && !args.is(2, BEFORE)) return out.error(ERR_SYNTAX);
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    // Whether the pivot is there or not: the cursor does not outlive a change of the encoding.
    lists.prepareToGrow(record, args.byteLength(4), 1);
    lists.setNeedle(args.view, args.start(3), args.byteLength(3));
    lists.seek(record, 0);
    while (!lists.isAtEnd && !lists.matches()) lists.next();
    if (lists.isAtEnd) return out.integer(-1);
    lists.insert(record, args.view, args.start(4), args.byteLength(4), after);
    ctx.effects.keyChanged(db, args, 1, EVENT_LIST, "linsert");
    out.integer(lists.count(record));
  },
});
