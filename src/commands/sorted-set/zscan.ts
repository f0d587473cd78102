import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import { formatDouble, formatFullDouble } from "../../resp/double-text.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { passesMatch, readCursorOrReply, readScanOptionsOrReply, type ScanOptions } from "../scan-options.js";

export const zscan = defineCommand({
  name: "zscan",
  group: "sorted-set",
  since: "2.8.0",
  complexity: "O(1) for a call, O(N) for all calls until the cursor is 0 again",
  summary: "Iterates over the members and scores of a sorted set.",
  arity: -3,
  flags: ["readonly"],
  acl: ["sortedset"],
  keys: [keyAt(1, "RO", "access")],
  tips: ["nondeterministic_output"],
  args: [
    arg.key("key"),
    arg.integer("cursor"),
    arg.optional(arg.pattern("pattern", { token: "MATCH" })),
    arg.optional(arg.integer("count", { token: "COUNT" })),
  ],
  run(ctx, args, out) {
    const cursor = readCursorOrReply(args, 2, out);
    if (Number.isNaN(cursor)) return;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) {
      out.endScan(out.beginArray(), 0, 0);
      return;
    }
    if (!ctx.sortedSets.isSortedSet(record)) return out.error(ERR_WRONG_TYPE);
    const options = readScanOptionsOrReply(args, 3, "zscan", out);
    if (options === null) return;
    if (ctx.sortedSets.isPacked(record)) scanPacked(ctx, args, record, options, out);
    else scanIndexed(ctx, args, record, cursor, options, out);
  },
});

/** A small set comes in one answer, whatever COUNT is. A score is a string here with RESP3 too. */
function scanPacked(ctx: CommandContext, args: Args, record: Record, options: ScanOptions, out: ReplyWriter): void {
  const { cursor } = ctx.sortedSets;
  const mark = out.beginArray();
  let found = 0;
  for (let more = cursor.seek(record, 0, false); more; more = cursor.next()) {
    const { view, start, length, score } = cursor;
    if (!passes(args, options, view, start, length)) continue;
    out.bulk(view, start, start + length);
    if (Number.isSafeInteger(score)) out.bulkInteger(score);
    else out.bulkText(formatDouble(score));
    found += 2;
  }
  out.endScan(mark, 0, found);
}

/** As in Redis, the scores of a large set have all of their 17 digits here, and only here: `0.10000000000000001`. */
function scanIndexed(
  ctx: CommandContext,
  args: Args,
  record: Record,
  from: number,
  options: ScanOptions,
  out: ReplyWriter,
): void {
  const { indexed } = ctx.sortedSets;
  const { scan, tree } = indexed;
  const dict = tree.ownerWord(ctx.keyspace.records.valueHandle(record));
  const mark = out.beginArray();
  let cursor = from;
  let found = 0;
  let sampled = 0;
  let steps = 0;
  do {
    cursor = scan.scanBucket(dict, cursor);
    sampled += scan.count;
    for (let i = 0; i < scan.count; i++) {
      const member = scan.records[i] ?? 0;
      indexed.locate(member);
      const { view, start, length } = indexed;
      if (!passes(args, options, view, start, length)) continue;
      const score = tree.score(member);
      out.bulk(view, start, start + length);
      if (Number.isSafeInteger(score) && score !== 0) out.bulkInteger(score);
      else out.bulkText(formatFullDouble(score));
      found += 2;
    }
  } while (cursor !== 0 && sampled < options.count && ++steps <= options.maxSteps);
  out.endScan(mark, cursor, found);
}

function passes(args: Args, options: ScanOptions, view: DataView, start: number, length: number): boolean {
  if (options.pattern === 0) return true;
  return passesMatch(args, options, new Uint8Array(view.buffer, view.byteOffset + start, length), 0, length);
}
