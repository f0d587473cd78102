/** ZCOUNT and ZLEXCOUNT. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ERR_NOT_LEXICAL, LexicalBounds } from "./lexical-bounds.js";
import { ERR_NOT_SCORES, ScoreBounds } from "./score-bounds.js";

const scores = new ScoreBounds();
const members = new LexicalBounds();

export const zcount = defineCommand({
  name: "zcount",
  group: "sorted-set",
  since: "2.0.0",
  complexity: "O(log(N)) with N members in the set",
  summary: "Counts the members of a sorted set in a range of scores.",
  arity: 4,
  flags: ["readonly", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.double("min"), arg.double("max")],
  run(ctx, args, out) {
    if (!scores.read(args, 2, 3)) return out.error(ERR_NOT_SCORES);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    scores.find(ctx.sortedSets, record);
    out.integer(scores.count);
  },
});

export const zlexcount = defineCommand({
  name: "zlexcount",
  group: "sorted-set",
  since: "2.8.9",
  complexity: "O(log(N)) with N members in the set",
  summary: "Counts the members of a sorted set of equal scores in a range of names.",
  arity: 4,
  flags: ["readonly", "fast"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.string("min"), arg.string("max")],
  run(ctx, args, out) {
    if (!members.read(args, 2, 3)) return out.error(ERR_NOT_LEXICAL);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    if (!ctx.sortedSets.haveOneScore(record)) return out.integer(members.countAny(ctx.sortedSets, record, args));
    members.find(ctx.sortedSets, record, args);
    out.integer(members.count);
  },
});
