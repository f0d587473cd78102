import { matchGlob } from "../../resp/glob.js";
import { arg, defineCommand } from "../define.js";

const STAR = 42;

export const keys = defineCommand({
  name: "keys",
  group: "generic",
  since: "1.0.0",
  complexity: "O(N) for N keys in the database",
  summary: "Lists all keys that match a pattern.",
  arity: 2,
  flags: ["readonly"],
  acl: ["keyspace", "dangerous"],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  args: [arg.pattern("pattern")],
  run(ctx, args, out) {
    const { db, keyspace } = ctx;
    const { records, scan, arena } = keyspace;
    const patternStart = args.start(1);
    const patternEnd = args.end(1);
    const takesAll = patternEnd - patternStart === 1 && args.byteAt(1, 0) === STAR;
    const mark = out.beginArray();
    let count = 0;
    let index = 0;
    do {
      index = scan.readSegment(db.keys, index);
      for (let i = 0; i < scan.segmentCount; i++) {
        const record = scan.segmentRecords[i] ?? 0;
        const { bytes, view } = arena.window(record);
        const start = records.keyStart(record);
        const end = start + records.keyLength(record);
        if (!takesAll && !matchGlob(args.bytes, patternStart, patternEnd, bytes, start, end, false)) continue;
        // Those that are due are left out, and left for others to delete.
        if (db.isExpired(record)) continue;
        out.bulk(view, start, end);
        count++;
      }
    } while (index !== 0);
    out.endArray(mark, count);
  },
});
