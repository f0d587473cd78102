import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { replyMembers } from "./reply-member.js";

export const smembers = defineCommand({
  name: "smembers",
  group: "set",
  since: "1.0.0",
  complexity: "O(N) where N is the set cardinality.",
  summary: "Lists all members of a set.",
  arity: 2,
  flags: ["readonly"],
  acl: ["set"],
  tips: ["nondeterministic_output_order"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const { sets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.set(0);
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    const set = sets.open(record);
    out.set(sets.size(set));
    replyMembers(sets, set, out);
  },
});
