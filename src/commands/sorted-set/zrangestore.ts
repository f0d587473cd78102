import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ANY_DIRECTION, BY_ANY, MemberRange } from "./member-range.js";
import { storeResult } from "./store-result.js";

const range = new MemberRange();

export const zrangestore = defineCommand({
  name: "zrangestore",
  group: "sorted-set",
  since: "6.2.0",
  complexity: "O(log(N)+M) with N members in the source and M stored",
  summary: "Stores a range of a sorted set in another key.",
  arity: -5,
  flags: ["write", "denyoom"],
  acl: ["sortedset"],
  keys: [keyAt(1, "OW", "update"), keyAt(2, "RO", "access")],
  args: [
    arg.key("dst"),
    arg.key("src", { keySpecIndex: 1 }),
    arg.string("min"),
    arg.string("max"),
    arg.optional(arg.oneOf("sortby", [arg.token("BYSCORE"), arg.token("BYLEX")])),
    arg.optional(arg.token("REV")),
    arg.optional(arg.block("limit", [arg.integer("offset"), arg.integer("count")], { token: "LIMIT" })),
  ],
  run(ctx, args, out) {
    if (!range.readOrReply(args, 3, BY_ANY, ANY_DIRECTION, true, out)) return;
    const { sortedSets } = ctx;
    const source = ctx.db.find(args, 2);
    if (source !== NO_ENTRY && !sortedSets.isSortedSet(source)) return out.error(ERR_WRONG_TYPE);
    const { indexed, cursor } = sortedSets;
    const result = indexed.create();
    try {
      if (source !== NO_ENTRY) {
        range.find(sortedSets, source, args);
        // In order, whatever the direction was: the result is a sorted set again.
        const first = range.reverse ? range.first - range.count + 1 : range.first;
        let left = range.count;
        for (let more = left > 0 && cursor.seek(source, first, false); more && left > 0; left--) {
          indexed.append(result, cursor.view, cursor.start, cursor.length, cursor.score);
          more = cursor.next();
        }
      }
    } catch (error) {
      indexed.destroy(result);
      throw error;
    }
    storeResult(ctx, args, 1, result, "zrangestore", out);
  },
});
