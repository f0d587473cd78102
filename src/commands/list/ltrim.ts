import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_LIST } from "../effects.js";
import { ERR_NOT_INTEGER, ERR_WRONG_TYPE } from "../errors.js";

export const ltrim = defineCommand({
  name: "ltrim",
  group: "list",
  since: "1.0.0",
  complexity: "O(N) where N is the number of elements removed.",
  summary: "Keeps only the elements between two indexes of a list.",
  arity: 4,
  flags: ["write"],
  acl: ["list"],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), arg.integer("start"), arg.integer("stop")],
  run(ctx, args, out) {
    const { db, lists, effects } = ctx;
    const start = args.readInteger(2);
    const stop = args.readInteger(3);
    if (Number.isNaN(start) || Number.isNaN(stop)) return out.error(ERR_NOT_INTEGER);
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.ok();
    if (!lists.isList(record)) return out.error(ERR_WRONG_TYPE);
    const count = lists.count(record);
    const first = Math.max(start < 0 ? count + start : start, 0);
    const last = Math.min(stop < 0 ? count + stop : stop, count - 1);
    const isEmpty = first > last;
    if (isEmpty) {
      db.remove(record);
    } else {
      lists.deleteRange(record, last + 1, count - 1 - last);
      lists.deleteRange(record, 0, first);
      lists.shrink(record);
    }
    // One change even where nothing was trimmed: watchers and listeners hear of it, only the count does not grow.
    effects.keyChanged(db, args, 1, EVENT_LIST, "ltrim");
    effects.dirty += (isEmpty ? count : first + count - 1 - last) - 1;
    if (isEmpty) effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
    out.ok();
  },
});
