import { NO_ENTRY } from "../../keyspace/database.js";
import { copyBytes } from "../../storage/bytes.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_NOT_INTEGER, ERR_OFFSET_RANGE, ERR_STRING_TOO_LONG, ERR_WRONG_TYPE } from "../errors.js";

export const setrange = defineCommand({
  name: "setrange",
  group: "string",
  since: "2.2.0",
  complexity: "O(M) where M is the length of the value, and the copy of a string that has to move.",
  summary: "Overwrites a string value from an offset on; zero bytes fill a gap.",
  arity: 4,
  flags: ["write", "denyoom"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "update")],
  args: [arg.key("key"), arg.integer("offset"), arg.string("value")],
  run(ctx, args, out) {
    const { db, strings } = ctx;
    const offset = args.readInteger(2);
    if (Number.isNaN(offset)) return out.error(ERR_NOT_INTEGER);
    if (offset < 0) return out.error(ERR_OFFSET_RANGE);
    const record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    const length = args.byteLength(3);
    if (length === 0) return out.integer(record === NO_ENTRY ? 0 : strings.byteLength(record));
    const end = offset + length;
    if (end > ctx.server.maxBulkBytes) return out.error(ERR_STRING_TOO_LONG);
    if (record === NO_ENTRY) strings.addZeroed(db, args.view, args.start(1), args.byteLength(1), end);
    else strings.makeWritable(db, record, end);
    copyBytes(args.view, args.start(3), strings.view, strings.start + offset, length);
    ctx.effects.keyChanged(db, args, 1, EVENT_STRING, "setrange");
    out.integer(strings.length);
  },
});
