import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/strings.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_STRING_TOO_LONG, ERR_WRONG_TYPE } from "../errors.js";

export const append = defineCommand({
  name: "append",
  group: "string",
  since: "2.0.0",
  complexity: "O(1) amortized for short values: a string that grows gets room in advance.",
  summary: "Puts a string behind the value of a key, which comes into being if it has to.",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "insert")],
  args: [arg.key("key"), arg.string("value")],
  run(ctx, args, out) {
    const { db, strings } = ctx;
    const from = args.start(2);
    const length = args.byteLength(2);
    const record = db.findForWrite(args, 1);
    let total = length;
    if (record === NO_ENTRY) {
      strings.set(db, args.view, args.start(1), args.byteLength(1), args.view, from, length, DEADLINE_NONE);
    } else {
      if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
      total += strings.byteLength(record);
      if (total > ctx.server.maxBulkBytes) return out.error(ERR_STRING_TOO_LONG);
      strings.append(db, record, args.view, from, length);
    }
    ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "append");
    out.integer(total);
  },
});
