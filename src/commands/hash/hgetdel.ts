import { NO_ENTRY } from "../../keyspace/database.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_GENERIC, EVENT_HASH } from "../effects.js";
import { ERR_WRONG_TYPE } from "../errors.js";
import { ERR_FIELD_COUNT, FIELDS_ARG, NO_FIELDS, readFieldsOrReply } from "./field-arguments.js";
import { replyField, replyNulls } from "./reply-field.js";

export const hgetdel = defineCommand({
  name: "hgetdel",
  group: "hash",
  since: "8.0.0",
  complexity: "O(N) for N fields",
  summary: "Reads fields of a hash, and deletes them.",
  arity: -5,
  flags: ["write", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "access", "delete")],
  args: [arg.key("key"), FIELDS_ARG],
  run(ctx, args, out) {
    const { db, hashes, effects } = ctx;
    const record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !hashes.isHash(record)) return out.error(ERR_WRONG_TYPE);
    const first = readFieldsOrReply(args, 2, ERR_FIELD_COUNT, out);
    if (first === NO_FIELDS) return;
    if (record === NO_ENTRY) return replyNulls(args.count - first, out);
    let deleted = 0;
    out.array(args.count - first);
    for (let i = first; i < args.count; i++) {
      if (!replyField(ctx, record, args, i, out)) continue;
      hashes.remove(record);
      deleted++;
    }
    if (deleted === 0 && hashes.expired === 0) return;
    hashes.announceExpired(db, record);
    if (deleted > 0) {
      effects.dirty += deleted - 1;
      effects.keyChanged(db, args, 1, EVENT_HASH, "hdel");
      if (effects.propagates) {
        // Fields that were not there do no harm.
        const fields = Array.from({ length: args.count - first }, (_, i) => args.copy(first + i));
        effects.propagateAs(db, ["HDEL", args.copy(1), ...fields]);
      }
    }
    if (hashes.settle(db, record)) {
      effects.notify(db, args.view, args.start(1), args.byteLength(1), EVENT_GENERIC, "del");
    }
  },
});
