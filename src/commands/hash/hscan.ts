import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { passesMatch, readCursorOrReply, readScanOptionsOrReply, type ScanOptions } from "../scan-options.js";

export const hscan = defineCommand({
  name: "hscan",
  group: "hash",
  since: "2.8.0",
  complexity: "O(1) for a call, O(N) for all calls until the cursor is 0 again",
  summary: "Iterates over the fields of a hash.",
  arity: -3,
  flags: ["readonly"],
  acl: ["hash"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.integer("cursor"),
    arg.optional(arg.pattern("pattern", { token: "MATCH" })),
    arg.optional(arg.integer("count", { token: "COUNT" })),
    arg.optional(arg.token("NOVALUES")),
  ],
  run(ctx, args, out) {
    const { hashes } = ctx;
    const cursor = readCursorOrReply(args, 2, out);
    if (Number.isNaN(cursor)) return;
    const record = ctx.db.find(args, 1);
    if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const mark = out.beginArray();
    // Options of a missing key are not looked at.
    if (record === NO_ENTRY) return out.endScan(mark, 0, 0);
    const options = readScanOptionsOrReply(args, 3, "hscan", out);
    if (options === null) return;
    if (hashes.isTable(record)) return scanTable(ctx, record, args, cursor, options, out);
    let elements = 0;
    for (let more = hashes.first(record); more; more = hashes.next()) elements += replyMatch(ctx, args, options, out);
    out.endScan(mark, 0, elements);
  },
});

function scanTable(
  ctx: CommandContext,
  record: Record,
  args: Args,
  from: number,
  options: ScanOptions,
  out: ReplyWriter,
): void {
  const { hashes } = ctx;
  const found = hashes.table.scan;
  const mark = out.beginArray();
  let cursor = from;
  let elements = 0;
  let sampled = 0;
  let steps = 0;
  do {
    cursor = hashes.scanBucket(record, cursor);
    sampled += found.count;
    for (let i = 0; i < found.count; i++) if (hashes.presentScanned(i)) elements += replyMatch(ctx, args, options, out);
  } while (cursor !== 0 && sampled < options.count && ++steps <= options.maxSteps);
  out.endScan(mark, cursor, elements);
}

/** Writes the present field, and its value, if it passes MATCH. How many elements that were. */
function replyMatch(ctx: CommandContext, args: Args, options: ScanOptions, out: ReplyWriter): number {
  const { hashes } = ctx;
  hashes.locateField();
  const { fieldView, fieldStart } = hashes;
  const end = fieldStart + hashes.fieldLength;
  if (options.pattern !== 0) {
    const bytes = new Uint8Array(fieldView.buffer, fieldView.byteOffset, fieldView.byteLength);
    if (!passesMatch(args, options, bytes, fieldStart, end)) return 0;
  }
  out.bulk(fieldView, fieldStart, end);
  if (options.noValues) return 1;
  hashes.locateValue();
  out.bulk(hashes.view, hashes.start, hashes.start + hashes.length);
  return 2;
}
