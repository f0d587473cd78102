import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt, keyRange } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_CORRUPTED, openOrReply } from "./open-value.js";

export const pfmerge = defineCommand({
  name: "pfmerge",
  group: "hyperloglog",
  since: "2.8.9",
  complexity: "O(N) to merge N HyperLogLogs, but with high constant times.",
  summary: "Merges HyperLogLogs into one, which counts among the sources.",
  arity: -2,
  flags: ["write", "denyoom"],
  acl: ["hyperloglog"],
  keys: [keyAt(1, "RW", "access", "insert"), keyRange(2, -1, 1, "RO", "access")],
  args: [arg.key("destkey"), arg.optional(arg.multiple(arg.key("sourcekey", { keySpecIndex: 1 })))],
  run(ctx, args, out) {
    const { db, hyperLogLogs } = ctx;
    let isDense = false;
    hyperLogLogs.beginUnion();
    for (let i = 1; i < args.count; i++) {
      const record = db.find(args, i);
      if (record === NO_ENTRY) continue;
      if (!openOrReply(ctx, record, out)) return;
      isDense ||= hyperLogLogs.isDense;
      if (!hyperLogLogs.addToUnion()) return out.error(ERR_CORRUPTED);
    }
    const target = db.findForWrite(args, 1);
    if (target === NO_ENTRY) {
      hyperLogLogs.create(db, args.view, args.start(1), args.byteLength(1));
    } else {
      if (!openOrReply(ctx, target, out)) return;
      hyperLogLogs.openWritable(db, target);
    }
    if (isDense) hyperLogLogs.makeDense(db);
    hyperLogLogs.raiseToUnion(db);
    // To listeners it is a PFADD of many elements.
    ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "pfadd");
    out.ok();
  },
});
