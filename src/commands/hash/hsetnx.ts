import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_HASH } from "../effects.js";
import { findOrCreateHash, revive, setField } from "./set-fields.js";

export const hsetnx = defineCommand({
  name: "hsetnx",
  group: "hash",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Sets a field of a hash unless the hash has it.",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "insert")],
  args: [arg.key("key"), arg.string("field"), arg.string("value")],
  run(ctx, args, out) {
    const { db, hashes } = ctx;
    let record = findOrCreateHash(ctx, args, out);
    if (record === NO_ENTRY) return;
    if (hashes.find(db, record, args.view, args.start(2), args.byteLength(2))) return out.integer(0);
    record = revive(ctx, args, record);
    setField(ctx, record, args, 2, false);
    ctx.effects.keyChanged(db, args, 1, EVENT_HASH, "hset");
    out.integer(1);
  },
});
