import { NO_ENTRY } from "../../keyspace/database.js";
import type { HyperLogLogs } from "../../keyspace/hyperloglogs.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyRange } from "../define.js";
import { EVENT_NONE } from "../effects.js";
import { ERR_CORRUPTED, openOrReply } from "./open-value.js";

const TWO_32 = 2 ** 32;

export const pfcount = defineCommand({
  name: "pfcount",
  group: "hyperloglog",
  since: "2.8.9",
  complexity:
    "O(1) for one key, whose count is kept with it; O(N) with N being the number of keys when there are several.",
  summary: "Estimates how many different elements were added to a HyperLogLog, or to several together.",
  arity: -2,
  flags: ["readonly", "may_replicate"],
  acl: ["hyperloglog"],
  keys: [
    {
      ...keyRange(1, -1, 1, "RW", "access"),
      notes: "RW because it may change the internal representation of the key, and propagate to replicas",
    },
  ],
  args: [arg.multiple(arg.key("key"))],
  steadyWords: 2,
  run(ctx, args, out) {
    if (args.count > 2) return countUnion(ctx, args, out);
    const { db, hyperLogLogs } = ctx;
    const record = db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!openOrReply(ctx, record, out)) return;
    hyperLogLogs.openWritable(db, record);
    if (!hyperLogLogs.readCached()) {
      if (!hyperLogLogs.compute()) return out.error(ERR_CORRUPTED);
      // The value has changed, though no client can tell: replicas get the command as well.
      ctx.effects.keyChanged(db, args, 1, EVENT_NONE, "");
    }
    replyCardinality(hyperLogLogs, out);
  },
});

function countUnion(ctx: CommandContext, args: Args, out: ReplyWriter): void {
  const { hyperLogLogs } = ctx;
  hyperLogLogs.beginUnion();
  for (let i = 1; i < args.count; i++) {
    const record = ctx.db.find(args, i);
    if (record === NO_ENTRY) continue;
    if (!openOrReply(ctx, record, out)) return;
    if (!hyperLogLogs.addToUnion()) return out.error(ERR_CORRUPTED);
  }
  hyperLogLogs.computeUnion();
  replyCardinality(hyperLogLogs, out);
}

function replyCardinality(hyperLogLogs: HyperLogLogs, out: ReplyWriter): void {
  const { high, low } = hyperLogLogs;
  const value = high * TWO_32 + low;
  if (Number.isSafeInteger(value)) out.integer(value);
  else out.bigint((BigInt(high) << 32n) | BigInt(low));
}
