import { NO_ENTRY } from "../../keyspace/database.js";
import { HLL_CORRUPT } from "../../keyspace/hyperloglogs.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_CORRUPTED, openOrReply } from "./open-value.js";

export const pfadd = defineCommand({
  name: "pfadd",
  group: "hyperloglog",
  since: "2.8.9",
  complexity: "O(1) to add every element.",
  summary: "Adds elements to a HyperLogLog, which is created if need be.",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  acl: ["hyperloglog"],
  keys: [keyAt(1, "RW", "insert")],
  args: [arg.key("key"), arg.optional(arg.multiple(arg.string("element")))],
  run(ctx, args, out) {
    const { db, hyperLogLogs, effects } = ctx;
    const { view } = args;
    const record = db.findForWrite(args, 1);
    let changes = 0;
    if (record === NO_ENTRY) {
      hyperLogLogs.create(db, view, args.start(1), args.byteLength(1));
      changes++;
    } else {
      if (!openOrReply(ctx, record, out)) return;
      hyperLogLogs.openWritable(db, record);
    }
    for (let i = 2; i < args.count; i++) {
      const change = hyperLogLogs.add(db, view, args.start(i), args.byteLength(i));
      if (change === HLL_CORRUPT) return out.error(ERR_CORRUPTED);
      changes += change;
    }
    if (changes === 0) return out.integer(0);
    hyperLogLogs.invalidate();
    effects.dirty += changes - 1;
    effects.keyChanged(db, args, 1, EVENT_STRING, "pfadd");
    out.integer(1);
  },
});
