/** SISMEMBER and SMISMEMBER. */
import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const sismember = defineCommand({
  name: "sismember",
  group: "set",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Tells whether something is a member of a set.",
  arity: 3,
  flags: ["readonly", "fast"],
  acl: ["set"],
  keys: [keyAt(1, "RO")],
  args: [arg.key("key"), arg.string("member")],
  run(ctx, args, out) {
    const { sets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    out.integer(sets.has(sets.open(record), args.view, args.start(2), args.byteLength(2)) ? 1 : 0);
  },
});

export const smismember = defineCommand({
  name: "smismember",
  group: "set",
  since: "6.2.0",
  complexity: "O(N) where N is the number of elements being checked for membership",
  summary: "Tells of each of several whether it is a member of a set.",
  arity: -3,
  flags: ["readonly", "fast"],
  acl: ["set"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key"), arg.multiple(arg.string("member"))],
  run(ctx, args, out) {
    const { sets } = ctx;
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY && !sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    const set = record === NO_ENTRY ? null : sets.open(record);
    out.array(args.count - 2);
    for (let i = 2; i < args.count; i++) {
      out.integer(set !== null && sets.has(set, args.view, args.start(i), args.byteLength(i)) ? 1 : 0);
    }
  },
});
