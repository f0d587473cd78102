import { NO_ENTRY } from "../../keyspace/database.js";
import { DEADLINE_NONE } from "../../keyspace/field-records.js";
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
import { EVENT_HASH } from "../effects.js";
import { ERR_NOT_FLOAT } from "../errors.js";
import { findOrCreateHash, revive } from "./set-fields.js";

const ERR_INCREMENT = encodeReply("-ERR value is NaN or Infinity\r\n");
const ERR_VALUE = encodeReply("-ERR hash value is not a float\r\n");
const ERR_NOT_FINITE = encodeReply("-ERR increment would produce NaN or Infinity\r\n");

export const hincrbyfloat = defineCommand({
  name: "hincrbyfloat",
  group: "hash",
  since: "2.6.0",
  complexity: "O(1)",
  summary: "Adds a number to the numeric value of a field; a missing field counts as 0.",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.string("field"), arg.double("increment")],
  run(ctx, args, out) {
    const { db, hashes, effects } = ctx;
    const given = args.text(3, LONG_DOUBLE_TEXT_MAX_BYTES);
    const increment = given === null ? null : readLongDouble(given);
    if (increment === null) return out.error(ERR_NOT_FLOAT);
    if (!isFiniteLongDouble(increment)) return out.error(ERR_INCREMENT);
    let record = findOrCreateHash(ctx, args, out);
    if (record === NO_ENTRY) return;
    const start = args.start(2);
    const length = args.byteLength(2);
    const found = hashes.find(db, record, args.view, start, length);
    const value = found ? readValue(ctx) : longDoubleOf(0);
    if (value === null) return out.error(ERR_VALUE);
    const deadline = found ? hashes.deadline() : DEADLINE_NONE;
    if (!found) record = revive(ctx, args, record);
    const sum = addLongDoubles(value, increment);
    if (sum === null || !isFiniteLongDouble(sum)) return out.error(ERR_NOT_FINITE);
    const text = formatLongDouble(sum);
    const bytes = Buffer.from(text, "latin1");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    hashes.set(record, args.view, start, length, view, 0, bytes.length, true);
    effects.keyChanged(db, args, 1, EVENT_HASH, "hincrbyfloat");
    if (effects.propagates) {
      // As the result, since another machine may compute another one; HSET drops the deadline, which follows.
      const [key, field] = [args.copy(1), args.copy(2)];
      effects.propagateAs(db, ["HSET", key, field, bytes]);
      if (deadline !== DEADLINE_NONE) {
        effects.propagateAs(db, ["HPEXPIREAT", key, String(deadline), "FIELDS", "1", field]);
      }
    }
    out.bulkText(text);
  },
});

/** The present field's value, or null when it is no number. */
function readValue({ hashes }: CommandContext): LongDouble | null {
  hashes.locateValue();
  if (hashes.length > LONG_DOUBLE_TEXT_MAX_BYTES) return null;
  const { buffer, byteOffset } = hashes.view;
  return readLongDouble(Buffer.from(buffer, byteOffset + hashes.start, hashes.length).toString("latin1"));
}
