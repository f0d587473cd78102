import { NO_ENTRY } from "../../keyspace/database.js";
import { encodeReply } from "../../resp/reply-writer.js";
import { findBit, NO_BIT } from "../../storage/bit-search.js";
import { arg, defineCommand, keyAt } from "../define.js";
import { ERR_NOT_INTEGER, ERR_SYNTAX, ERR_WRONG_TYPE } from "../errors.js";
import { BitRange, readUnit, UNIT_ARG, UNIT_BYTE, UNIT_NONE } from "./bit-range.js";

const ERR_NO_BIT = encodeReply("-ERR The bit argument must be 1 or 0.\r\n");

const range = new BitRange();

export const bitpos = defineCommand({
  name: "bitpos",
  group: "bitmap",
  since: "2.8.7",
  complexity: "O(N)",
  summary: "Finds the first bit of a string, or of a part of it, that is set or clear.",
  arity: -3,
  flags: ["readonly"],
  acl: ["bitmap"],
  keys: [keyAt(1, "RO", "access")],
  args: [
    arg.key("key"),
    arg.integer("bit"),
    arg.optional(
      arg.block("range", [
        arg.integer("start"),
        arg.optional(arg.block("end-unit-block", [arg.integer("end"), UNIT_ARG])),
      ]),
    ),
  ],
  history: [["7.0.0", "Added the `BYTE|BIT` option."]],
  run(ctx, args, out) {
    const { strings } = ctx;
    const { count } = args;
    const bit = args.readInteger(2);
    if (Number.isNaN(bit)) return out.error(ERR_NOT_INTEGER);
    if (bit !== 0 && bit !== 1) return out.error(ERR_NO_BIT);
    if (count > 6) return out.error(ERR_SYNTAX);
    let first = 0;
    let last = -1;
    let unit = UNIT_BYTE;
    if (count > 3) first = args.readInteger(3);
    if (Number.isNaN(first)) return out.error(ERR_NOT_INTEGER);
    if (count === 6) unit = readUnit(args, 5);
    if (unit === UNIT_NONE) return out.error(ERR_SYNTAX);
    if (count > 4) last = args.readInteger(4);
    if (Number.isNaN(last)) return out.error(ERR_NOT_INTEGER);
    const record = ctx.db.find(args, 1);
    if (record === NO_ENTRY) return out.integer(bit === 1 ? NO_BIT : 0);
    if (!strings.isString(record)) return out.error(ERR_WRONG_TYPE);
    strings.locate(record);
    range.set(strings.length, unit, first, last);
    if (range.from >= range.to) return out.integer(NO_BIT);
    const found = findBit(strings.view, strings.start, range.from, range.to, bit);
    // A string goes on with zeros, unless the range says where it ends.
    out.integer(found === NO_BIT && bit === 0 && count < 5 ? range.to : found);
  },
});
