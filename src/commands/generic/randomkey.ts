import { NO_ENTRY } from "../../keyspace/database.js";
import { EXPIRE_DELETE } from "../../keyspace/expiry-mode.js";
import { defineCommand } from "../define.js";

/** Draws where expired keys stay: with nothing else left, one of them is the answer. */
const DRAWS_MAX = 100;

export const randomkey = defineCommand({
  name: "randomkey",
  group: "generic",
  since: "1.0.0",
  complexity: "O(1)",
  summary: "Draws a key at random.",
  arity: 1,
  flags: ["readonly", "touches_arbitrary_keys"],
  acl: ["keyspace"],
  tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
  run(ctx, _args, out) {
    const { db, keyspace } = ctx;
    const { records, scan, random } = keyspace;
    let record = scan.pickRandom(db.keys, random);
    for (let draws = 1; record !== NO_ENTRY && db.dropIfExpired(record); draws++) {
      if (keyspace.expiryMode !== EXPIRE_DELETE && draws >= DRAWS_MAX) break;
      record = scan.pickRandom(db.keys, random);
    }
    ctx.effects.propagateSeparately();
    if (record === NO_ENTRY) return out.nil();
    const start = records.keyStart(record);
    out.bulk(records.view(record), start, start + records.keyLength(record));
  },
});
