/** ZSCORE and ZMSCORE. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const zscore = defineCommand({
  name: "zscore",
  group: "sorted-set",
  since: "1.2.0",
  complexity: "O(1)",
  summary: "Reads the score of a member of a sorted set.",
  arity: 3,
  flags: ["readonly", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.string("member")],
  run(ctx, args, out) {
    const { sortedSets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    if (!sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    if (sortedSets.find(record, args.view, args.start(2), args.byteLength(2))) out.double(sortedSets.score);
    else out.nil();
  },
});

export const zmscore = defineCommand({
  name: "zmscore",
  group: "sorted-set",
  since: "6.2.0",
  complexity: "O(N) with N members asked for",
  summary: "Reads the scores of several members of a sorted set.",
  arity: -3,
  flags: ["readonly", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.multiple(arg.string("member"))],
  run(ctx, args, out) {
    const { sortedSets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY && !sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      const isMember = record !== NO_ENTRY && sortedSets.find(record, args.view, args.start(i), args.byteLength(i));
      if (isMember) out.double(sortedSets.score);
      else out.nil();
    }
  },
});
