import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_SET } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { deleteEmpty } from "./delete-empty.js";

export const srem = defineCommand({
  name: "srem",
  group: "set",
  since: "1.0.0",
  complexity: "O(N) where N is the number of members to be removed.",
  summary: "Removes members from a set; the key goes with the last one.",
  arity: -3,
  flags: ["write", "fast"],
  acl: ["set"],
  history: [["2.4.0", "Accepts multiple `member` arguments."]],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), arg.multiple(arg.string("member"))],
  run(ctx, args, out) {
    const { sets, effects, db } = ctx;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    const set = sets.open(record);
    let left = sets.size(set);
    let removed = 0;
    for (let i = 2; i < args.count && left > 0; i++) {
      if (!sets.remove(set, args.view, args.start(i), args.byteLength(i))) continue;
      removed++;
      left--;
    }
    if (removed > 0) {
      effects.dirty += removed - 1;
      effects.keyChanged(db, args, 1, EVENT_SET, "srem");
      deleteEmpty(ctx, args, 1, set);
    }
    out.integer(removed);
  },
});
