import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { finishRemoval } from "./finish-removal.js";

export const zrem = defineCommand({
  name: "zrem",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(M*log(N)) for M of N members",
  summary: "Removes members from a sorted set; an emptied one is deleted.",
  arity: -3,
  flags: ["write", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RW", "delete")],
  history: [["2.4.0", "Accepts multiple elements."]],
  args: [arg.key("key"), arg.multiple(arg.string("member"))],
  run(ctx, args, out) {
    const { sortedSets } = ctx;
    const record = ctx.db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    let left = sortedSets.count(record);
    let removed = 0;
    for (let i = 2; i < args.count && left > 0; i++) {
      if (!sortedSets.find(record, args.view, args.start(i), args.byteLength(i))) continue;
      sortedSets.remove(record);
      removed++;
      left--;
    }
    finishRemoval(ctx, args, 1, record, removed, "zrem");
    out.integer(removed);
  },
});
