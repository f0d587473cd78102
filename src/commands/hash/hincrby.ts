import { NO_ENTRY } from "../../keyspace/database.js";
import { INT64_MAX, INT64_MIN } from "../../resp/numbers.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { EVENT_HASH } from "../effects.js";
import { ERR_NOT_INTEGER } from "../errors.js";
import { findOrCreateHash, revive } from "./set-fields.js";

const ERR_VALUE = encodeReply("-ERR hash value is not an integer\r\n");
const ERR_OVERFLOW = encodeReply("-ERR increment or decrement would overflow\r\n");

export const hincrby = defineCommand({
  name: "hincrby",
  group: "hash",
  since: "2.0.0",
  complexity: "O(1)",
  summary: "Adds an integer to the integer value of a field; a missing field counts as 0.",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  acl: ["hash"],
  keys: [keyAt(1, "RW", "access", "update")],
  args: [arg.key("key"), arg.string("field"), arg.integer("increment")],
  run(ctx, args, out) {
    const { db, hashes, effects } = ctx;
    const increment = args.readInteger(3);
    if (Number.isNaN(increment)) return out.error(ERR_NOT_INTEGER);
    let record = findOrCreateHash(ctx, args, out);
    if (record === NO_ENTRY) return;
    const start = args.start(2);
    const length = args.byteLength(2);
    const found = hashes.find(db, record, args.view, start, length);
    const value = found ? hashes.readInteger() : 0;
    if (Number.isNaN(value)) return out.error(ERR_VALUE);
    if (!found) record = revive(ctx, args, record);
    const sum = value + increment;
    // Doubles while all three are exact, else BigInts.
    if (Number.isSafeInteger(value) && Number.isSafeInteger(increment) && Number.isSafeInteger(sum)) {
      hashes.setInteger(record, args.view, start, length, sum);
      out.integer(sum);
    } else {
      const exact = (found ? hashes.readInt64() : 0n) + args.readInt64(3);
      if (exact > INT64_MAX || exact < INT64_MIN) return out.error(ERR_OVERFLOW);
      hashes.setInteger(record, args.view, start, length, exact);
      out.bigint(exact);
    }
    effects.keyChanged(db, args, 1, EVENT_HASH, "hincrby");
  },
});
