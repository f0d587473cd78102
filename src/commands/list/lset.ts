import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_LIST } from "../effects.js";
import { ERR_INDEX_RANGE, ERR_NO_SUCH_KEY, ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";

export const lset = defineCommand({
  name: "lset",
  group: "list",
  since: "1.0.0",
  complexity: "O(N) where N is the length of the list; O(1) for the first and the last element.",
  summary: "Replaces the element at an index of a list.",
  arity: 4,
  flags: ["write", "denyoom"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key"), arg.integer("index"), arg.string("element")],
  run(ctx, args, out) {
    const { db, lists } = ctx;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.error(ERR_NO_SUCH_KEY);
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    const index = args.readInteger(2);
    if (Number.isNaN(index)) return out.error(ERR_NOT_INTEGER);
    lists.prepareToGrow(record, args.byteLength(3), 1);
    if (!lists.seek(record, index)) return out.error(ERR_INDEX_RANGE);
    lists.replace(record, args.view, args.start(3), args.byteLength(3));
    lists.shrink(record);
    ctx.effects.keyChanged(db, args, 1, EVENT_LIST, "lset");
    out.ok();
  },
});
