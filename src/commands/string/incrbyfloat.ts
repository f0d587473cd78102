import { NO_ENTRY } from "../../keyspace/database.js";
import type { Record } from "../../keyspace/record.js";
import { DEADLINE_KEEP } from "../../keyspace/strings.js";
import {
  addLongDoubles,
  formatLongDouble,
  isFiniteLongDouble,
  LONG_DOUBLE_TEXT_MAX_BYTES,
  type LongDouble,
  longDoubleOf,
  readLongDouble,
} from "../../resp/long-double.js";
import { encodeReply } from "../../resp/reply-writer.js";
import type { CommandContext } from "../context.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_STRING } from "../effects.js";
import { ERR_NOT_FLOAT, ERR_WRONG_TYPE } from "../errors.js";

const ERR_NOT_FINITE = encodeReply("-ERR increment would produce NaN or Infinity\r\n");

export const incrbyfloat = defineCommand({
  name: "incrbyfloat",
  group: "string",
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Adds a number to the numeric value of a key; a missing key counts as 0.",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  acl: ["string"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.double("increment")],
  run(ctx, args, out) {
    const { db, effects } = ctx;
    const record = db.findForWrite(args, 1);
    if (record !== NO_ENTRY && !ctx.strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    const value = record === NO_ENTRY ? longDoubleOf(0) : readValue(ctx, record);
    const text = args.text(2, LONG_DOUBLE_TEXT_MAX_BYTES);
    const increment = text === null ? null : readLongDouble(text);
    if (value === null || increment === null) return out.error(ERR_NOT_FLOAT);
    const sum = addLongDoubles(value, increment);
    if (sum === null || !isFiniteLongDouble(sum)) return out.error(ERR_NOT_FINITE);
    const result = formatLongDouble(sum);
    const bytes = Buffer.from(result, "latin1");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    ctx.strings.setText(db, args.view, args.start(1), args.byteLength(1), view, 0, bytes.length, DEADLINE_KEEP);
    effects.keyChanged(db, args, 1, EVENT_STRING, "incrbyfloat");
    // As the result: another machine may compute another one.
    if (effects.propagates) effects.propagateAs(db, ["SET", args.copy(1), bytes, "KEEPTTL"]);
    out.bulkText(result);
  },
});

function readValue(ctx: CommandContext, record: Record): LongDouble | null {
  const { strings } = ctx;
  if (strings.isInteger(record)) return longDoubleOf(strings.bigint(record));
  if (strings.byteLength(record) > LONG_DOUBLE_TEXT_MAX_BYTES) return null;
  return readLongDouble(strings.copyOut(record).toString("latin1"));
}
