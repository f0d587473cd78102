import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_LIST } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { readSymmetricOrReply } from "./symmetric-integer.js";

export const lrem = defineCommand({
  name: "lrem",
  group: "list",
  since: "1.0.0",
  complexity: "O(N+M) where N is the length of the list and M the number of elements removed.",
  summary: "Removes elements that equal a value from a list.",
  arity: 4,
  flags: ["write"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), arg.integer("count"), arg.string("element")],
  run(ctx, args, out) {
    const { db, lists, effects } = ctx;
    const count = readSymmetricOrReply(args, 2, out);
    if (Number.isNaN(count)) return;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    const backward = count < 0;
    const limit = count === 0 ? Number.POSITIVE_INFINITY : Math.abs(count);
    let removed = 0;
    lists.setNeedle(args.view, args.start(3), args.byteLength(3));
    lists.seek(record, backward ? -1 : 0);
    while (!lists.isAtEnd && removed < limit) {
      if (lists.matches()) {
        lists.delete(record, backward);
        removed++;
      } else if (backward) {
        lists.previous();
      } else {
        lists.next();
      }
    }
    if (removed > 0) {
      const isEmpty = lists.count(record) === 0;
      if (isEmpty) db.remove(record);
      else lists.shrink(record);
      effects.keyChanged(db, args, 1, EVENT_LIST, "lrem");
      effects.dirty += removed - 1;
      if (isEmpty) effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
    }
    out.integer(removed);
  },
});
