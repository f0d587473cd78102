import { NO_ENTRY } from "../../keyspace/database.js";
import type { SetMember } from "../../keyspace/set-member.js";
import { SET_HASHTABLE, type SetValue } from "../../keyspace/set-value.js";
import type { Sets } from "../../keyspace/sets.js";
import type { Args } from "../../resp/args.js";
import type { ReplyWriter } from "../../resp/reply-writer.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { passesMatch, readCursorOrReply, readScanOptionsOrReply, type ScanOptions } from "../scan-options.js";
import { replyMember } from "./reply-member.js";

export const sscan = defineCommand({
  name: "sscan",
  group: "set",
  since: "2.8.0",
  complexity:
    "O(1) for every call. O(N) for a complete iteration, including enough command calls for the cursor to return back to 0. N is the number of elements inside the collection.",
  summary: "Iterates over the members of a set.",
  arity: -3,
  flags: ["readonly"],
  acl: ["set"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.integer("cursor"),
    arg.optional(arg.pattern("pattern", { token: "MATCH" })),
    arg.optional(arg.integer("count", { token: "COUNT" })),
  ],
  run(ctx, args, out) {
    const { sets } = ctx;
    const cursor = readCursorOrReply(args, 2, out);
    if (Number.isNaN(cursor)) return;
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.endScan(out.beginArray(), 0, 0);
    if (!sets.isSet(record)) return out.error(ERR_WRONG_TYPE);
    const options = readScanOptionsOrReply(args, 3, "sscan", out);
    if (options === null) return;
    const set = sets.open(record);
    if (set.encoding === SET_HASHTABLE) scanTable(sets, set, cursor, args, options, out);
    else listAll(sets, set, args, options, out);
  },
});

function scanTable(sets: Sets, set: SetValue, from: number, args: Args, options: ScanOptions, out: ReplyWriter): void {
  const { scan, table, scanned } = sets;
  const mark = out.beginArray();
  let cursor = from;
  let found = 0;
  let sampled = 0;
  let steps = 0;
  do {
    cursor = scan.scanBucket(set.value, cursor);
    sampled += scan.count;
    for (let i = 0; i < scan.count; i++) {
      table.read(scan.records[i] ?? 0, scanned);
      if (tryReply(scanned, args, options, out)) found++;
    }
  } while (cursor !== 0 && sampled < options.count && ++steps <= options.maxSteps);
  out.endScan(mark, cursor, found);
}

/** A small encoding is answered as a whole, whatever the cursor. */
function listAll(sets: Sets, set: SetValue, args: Args, options: ScanOptions, out: ReplyWriter): void {
  const { cursor } = sets;
  const mark = out.beginArray();
  let found = 0;
  cursor.begin(set);
  while (cursor.next()) if (tryReply(cursor.member, args, options, out)) found++;
  out.endScan(mark, 0, found);
}

function tryReply(member: SetMember, args: Args, options: ScanOptions, out: ReplyWriter): boolean {
  if (options.pattern !== 0) {
    const bytes = member.bytes();
    if (!passesMatch(args, options, bytes, 0, bytes.length)) return false;
  }
  replyMember(out, member);
  return true;
}
