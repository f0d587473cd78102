import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";

export const hdel = defineCommand({
  name: "hdel",
  group: "hash",
  since: "2.0.0",
  complexity: "O(N) for N fields",
  summary: "Deletes fields of a hash, and the hash with its last one.",
  arity: -3,
  flags: ["write", "fast"],
  acl: ["hash"],
  history: [["2.4.0", "Accepts multiple `field` arguments."]],
  keys: [keyAt(1, "RW", "delete")],
  args: [arg.key("key"), arg.multiple(arg.string("field"))],
  run(ctx, args, out) {
    const { db, hashes, effects } = ctx;
    const record = db.findForWrite(args, 1);
    if (record === NO_ENTRY) return out.integer(0);
    if (!hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    let deleted = 0;
    for (let i = 2; i < args.count; i++) {
      // One that has expired is deleted, and counted, like any other.
      if (!hashes.peek(record, args.view, args.start(i), args.byteLength(i))) continue;
      hashes.remove(record);
      deleted++;
    }
    if (deleted > 0) {
      effects.dirty += deleted - 1;
      const isGone = hashes.settle(db, record);
      effects.keyChanged(db, args, 1, EVENT_HASH, "hdel");
      if (isGone) effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
    }
    out.integer(deleted);
  },
});
