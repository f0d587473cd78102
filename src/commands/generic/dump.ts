import { NO_ENTRY } from "../../keyspace/database.js";
import { dumpRecord } from "../../keyspace/dump.js";
import { arg, defineCommand, keyAt } from "../define.js";

export const dump = defineCommand({
  name: "dump",
  group: "generic",
  since: "2.6.0",
  complexity: "O(1) to find the key, O(N) for a value of N bytes",
  summary: "Serializes a value, for RESTORE here or elsewhere.",
  arity: 2,
  flags: ["readonly"],
  acl: ["keyspace"],
  tips: ["nondeterministic_output"],
  keys: [keyAt(1, "RO", "access")],
  args: [arg.key("key")],
  run(ctx, args, out) {
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.nil();
    out.bulkBytes(dumpRecord(ctx.keyspace, record, ctx.server.compressesDumps));
  },
});
