import type { Database } from "../../keyspace/database.js";
import { type Record, TYPE_NAMES } from "../../keyspace/record.js";
import { arg, defineCommand } from "../define.js";
import { passesMatch, readCursorOrReply, readScanOptionsOrReply } from "../scan-options.js";

const NO_TYPE_ASKED = -2;

export const scan = defineCommand({
  name: "scan",
  group: "generic",
  since: "2.8.0",
  complexity: "O(1) for a call, O(N) for all calls until the cursor is 0 again",
  summary: "Iterates over the keys of the database.",
  arity: -2,
  flags: ["readonly", "touches_arbitrary_keys"],
  acl: ["keyspace"],
  tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
  history: [["6.0.0", "Added the `TYPE` subcommand."]],
  args: [
    arg.integer("cursor"),
    arg.optional(arg.pattern("pattern", { token: "MATCH" })),
    arg.optional(arg.integer("count", { token: "COUNT" })),
    arg.optional(arg.string("type", { token: "TYPE", since: "6.0.0" })),
  ],
  run(ctx, args, out) {
    let cursor = readCursorOrReply(args, 1, out);
    if (Number.isNaN(cursor)) return;
    const options = readScanOptionsOrReply(args, 2, "scan", out);
    if (options === null) return;
    const { db, keyspace } = ctx;
    const { records, scan: scanner, arena } = keyspace;
    // An unknown type is no error: nothing is of it.
    const type = options.type === 0 ? NO_TYPE_ASKED : TYPE_NAMES.indexOf(args.lowerCText(options.type));
    const mark = out.beginArray();
    let found = 0;
    let sampled = 0;
    let steps = 0;
    do {
      cursor = scanner.scanBucket(db.keys, cursor);
      sampled += scanner.count;
      for (let i = 0; i < scanner.count; i++) {
        const record = scanner.records[i] ?? 0;
        const { bytes, view } = arena.window(record);
        const start = records.keyStart(record);
        const end = start + records.keyLength(record);
        if (!passesMatch(args, options, bytes, start, end)) continue;
        if (type === NO_TYPE_ASKED ? db.dropIfExpired(record) : !isOfType(db, record, type)) continue;
        out.bulk(view, start, end);
        found++;
      }
    } while (cursor !== 0 && sampled < options.count && ++steps <= options.maxSteps);
    ctx.effects.propagateSeparately();
    out.endScan(mark, cursor, found);
  },
});

/** With TYPE each key is looked up: that counts as a hit or a miss. */
function isOfType(db: Database, record: Record, type: number): boolean {
  const { keyspace } = db;
  if (db.dropIfExpired(record)) {
    keyspace.misses++;
    return false;
  }
  keyspace.hits++;
  return keyspace.records.type(record) === type;
}
